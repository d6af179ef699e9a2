package q

import "unsafe"

// Dense multiplies few rows of int8 with constant weights and makes stored values of the sums at once. It is made for one node.
type Dense struct {
	args   denseArgs
	packed *PackedBytes
	start  []int32   // of the columns, filled up to whole panels
	scales []float64 // likewise
	n, k   int
}

// denseArgs are the arguments of a kernel, whose offsets asmgen knows.
type denseArgs struct {
	x       unsafe.Pointer // a row
	w       unsafe.Pointer // panels of [groups][16][4], the last group of a row with a tail
	dst     unsafe.Pointer
	start   unsafe.Pointer // int32 for each column of the panels
	scales  unsafe.Pointer // float64 for each column of the panels
	groups  int            // whole ones
	tail    uint32         // elements of the last group
	hasTail uint32
	n       int // columns
	zero    int32
	_       int32
	lo, hi  float64 // output range less the zero point
	from    int32   // output range
	to      int32
}

// DenseKernel returns what packs weights of n rows of k elements for [NewDense]; nil where there is no such kernel, or where the
// generic path is as good.
func DenseKernel(n, k int) *GemmKernel {
	if denseKernel == nil || !denseKernel.Available || n < 1 || k < 1 {
		return nil
	}
	// Columns that fill up the last panel are multiplied too.
	columns, most := (int64(n)+15)/16*16, int64(denseMost)
	if columns-int64(n) > int64(n)/4 {
		most = min(most, 1<<15)
	}
	if columns*int64(k) > most {
		return nil
	}
	return denseKernel
}

// NewDense returns the product with weights that the kernel has packed. offsets are what [OutputRows] takes; p rounds exactly.
func NewDense(packed *PackedBytes, offsets []int32, p *OutputParams) *Dense {
	d := &Dense{packed: packed, n: packed.n, k: packed.length}
	columns := (d.n + 15) / 16 * 16
	d.start, d.scales = make([]int32, columns), make([]float64, columns)
	c, step := p.columns()
	for j := range d.n {
		d.start[j] = offsets[j]
		if packed.kernel.elements == unsignedElements {
			d.start[j] -= 128 * packed.Sums[j] // the kernel adds 128 to the elements of x
		}
		d.scales[j] = p.Scales[c]
		c += step
	}
	d.args = denseArgs{
		w: unsafe.Pointer(&packed.data[0]), start: unsafe.Pointer(&d.start[0]), scales: unsafe.Pointer(&d.scales[0]),
		groups: packed.groups, n: d.n, zero: p.Zero, lo: float64(int64(p.Min) - int64(p.Zero)), hi: float64(int64(p.Max) - int64(p.Zero)),
		from: p.Min, to: p.Max,
	}
	if packed.hasTail {
		d.args.hasTail = 1
	}
	return d
}

// Multiply is, for rows of x of k elements and rows of dst of n,
//
//	dst[i*n+j] = clamp(round((offsets[j] + sum(p, x[i*k+p]*w[j*k+p])) * scale[j]) + Zero)
//
// as [MatMulTransposed] and [OutputRows] compute it, its generic twins.
func (d *Dense) Multiply(dst, x []int8, rows int) {
	dst, x = dst[:rows*d.n], x[:rows*d.k]
	args := &d.args
	for ; rows > 0; rows-- {
		if args.hasTail != 0 {
			args.tail = lastBytes(x[:d.k])
		}
		args.x, args.dst = unsafe.Pointer(&x[0]), unsafe.Pointer(&dst[0])
		denseRow(args)
		dst, x = dst[d.n:], x[d.k:]
	}
}

// lastBytes returns the last four elements, the first one lowest; all of them where they are fewer.
func lastBytes(x []int8) (v uint32) {
	for i, b := range x[max(0, len(x)-4):] {
		v |= uint32(uint8(b)) << (8 * i)
	}
	return v
}
