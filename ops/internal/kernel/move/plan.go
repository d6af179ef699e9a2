package move

// Plan is a walk over a box of elements, the same for a source and a destination that lie in memory differently:
//
//	for each index i of the box: dst[DstOffset + sum(i*dstStrides)] = src[SrcOffset + sum(i*srcStrides)]
//
// A source stride of 0 repeats elements, a negative one reverses them. Destination strides must not let two indices meet.
// Set works out the fastest order once; the offsets may be changed between uses. A Plan is used by one goroutine at a time.
type Plan struct {
	SrcOffset, DstOffset int

	dims, src, dst []int // at least two dimensions, the last two belong to the inner loops
	index          []int // of the outer dimensions
	kind           kind
}

// kind is the form of the inner loops.
type kind uint8

const (
	nothing kind = iota // the box is empty
	runs                // both inner strides are 1
	repeats             // one source element fills a run of the destination
	turns               // the source is contiguous along the last dimension but one, the destination along the last
	strides             // anything else
)

// Set makes the plan one over a box of these dimensions, with offsets of 0. It keeps nothing of its arguments and allocates
// only to grow.
func (p *Plan) Set(dims, src, dst []int) {
	p.SrcOffset, p.DstOffset = 0, 0
	p.dims, p.src, p.dst = p.dims[:0], p.src[:0], p.dst[:0]
	p.kind = strides
	for i, d := range dims {
		switch last := len(p.dims) - 1; {
		case d == 0:
			p.kind = nothing
			return
		case d == 1:
		case last >= 0 && p.src[last] == src[i]*d && p.dst[last] == dst[i]*d:
			p.dims[last] *= d
			p.src[last], p.dst[last] = src[i], dst[i]
		default:
			p.push(d, src[i], dst[i])
		}
	}
	if len(p.dims) == 0 {
		p.push(1, 1, 1)
	}
	if len(p.dims) == 1 {
		p.push(p.dims[0], p.src[0], p.dst[0])
		p.dims[0], p.src[0], p.dst[0] = 1, 0, 0
	}
	last := len(p.dims) - 1
	switch {
	case p.src[last] == 1 && p.dst[last] == 1:
		p.kind = runs
		p.gatherRows(last - 1)
	case p.src[last] == 0 && p.dst[last] == 1:
		p.kind = repeats
	case p.dst[last] == 1:
		for k := range p.dims[:last] {
			if p.src[k] == 1 {
				rotate(p.dims[k:last])
				rotate(p.src[k:last])
				rotate(p.dst[k:last])
				p.kind = turns
				break
			}
		}
	}
	p.index = p.index[:0]
	for range p.dims[:last-1] {
		p.index = append(p.index, 0)
	}
}

// gatherRows makes the largest of the dimensions up to this one the inner one of them where it is so small that single steps of
// the outer ones would cost more than the rows.
func (p *Plan) gatherRows(at int) {
	if p.dims[at] >= 8 {
		return
	}
	largest := at
	for k, d := range p.dims[:at] {
		if d > p.dims[largest] {
			largest = k
		}
	}
	for _, v := range [][]int{p.dims, p.src, p.dst} {
		v[at], v[largest] = v[largest], v[at]
	}
}

// Elements returns the number of elements of the box.
func (p *Plan) Elements() int {
	if p.kind == nothing {
		return 0
	}
	n := 1
	for _, d := range p.dims {
		n *= d
	}
	return n
}

// Parts returns into how many parts the plan may be divided: the size of the largest dimension but the innermost one.
func (p *Plan) Parts() int {
	if p.kind == nothing {
		return 0
	}
	return p.dims[p.widest()]
}

func (p *Plan) widest() int {
	widest := 0
	for i, d := range p.dims[:len(p.dims)-1] {
		if d > p.dims[widest] {
			widest = i
		}
	}
	return widest
}

// Part makes p the parts [first, last) of another plan.
func (p *Plan) Part(of *Plan, first, last int) {
	i := of.widest()
	p.dims, p.src, p.dst = append(p.dims[:0], of.dims...), append(p.src[:0], of.src...), append(p.dst[:0], of.dst...)
	p.index = append(p.index[:0], of.index...)
	p.kind = of.kind
	p.dims[i] = last - first
	p.SrcOffset, p.DstOffset = of.SrcOffset+first*p.src[i], of.DstOffset+first*p.dst[i]
}

// Run returns where the plan copies n elements that lie side by side from and to; n is 0 where they do not.
func (p *Plan) Run() (from, to, n int) {
	if p.kind != runs || len(p.dims) != 2 || p.dims[0] != 1 {
		return 0, 0, 0
	}
	return p.SrcOffset, p.DstOffset, p.dims[1]
}

func (p *Plan) push(dim, src, dst int) {
	p.dims, p.src, p.dst = append(p.dims, dim), append(p.src, src), append(p.dst, dst)
}

// rotate moves the first element to the end.
func rotate(v []int) {
	first := v[0]
	copy(v, v[1:])
	v[len(v)-1] = first
}

// next steps to the next index of the outer dimensions and reports whether there was one.
func (p *Plan) next(s, d *int) bool {
	for i := len(p.index) - 1; i >= 0; i-- {
		p.index[i]++
		*s += p.src[i]
		*d += p.dst[i]
		if p.index[i] < p.dims[i] {
			return true
		}
		*s -= p.src[i] * p.dims[i]
		*d -= p.dst[i] * p.dims[i]
		p.index[i] = 0
	}
	return false
}
