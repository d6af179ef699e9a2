package sparse

import "unsafe"

// Packed is a sparse matrix packed for products with single rows of x. Rows with like numbers of elements share a slice, a
// register of sums; each of its steps multiplies one word, or one block of 16 bytes, of each row. What a row lacks is filled up with
// zeros, whose products are added too: rows of x must be finite.
type Packed struct {
	kernel *kernel
	width  int // bytes of a row of x
	places []int32
	blocks []uint16
	data   []uint32
	counts []int32 // of the groups of a slice, in units of several steps
	from   []int32 // of the slices: the first of these units
	order  []int32 // of the sums of a slice: their rows
	start  []int32 // of int8 sums, in the same order: what undoes that bytes of x are taken as 128 more
	rows   int
}

// kernel multiplies slices of as many rows as a register has words.
type kernel struct {
	kind      kernelKind
	name      string
	available bool
	lanes     int
	window    int  // words of x among which a step may choose; 0 for blocks of 16 bytes
	bytes     bool // int8, else float32
	flips     bool // adds 128 to bytes of x
	unitCost  float64
}

// unit is how many steps are taken at a time.
func (k *kernel) unit() int {
	if k.window > 0 {
		return 4
	}
	return 2
}

// unitWords is how many words of data a unit has.
func (k *kernel) unitWords() int {
	if k.window > 0 {
		return 5 * k.lanes
	}
	return 2 * k.lanes
}

// groups is how many parts of a slice count their steps apart, and of how many rows.
func (k *kernel) groups() (n, rows int) {
	if k.window > 0 {
		return 1, k.lanes
	}
	return 4, k.lanes / 4
}

// lane is the place of a row of a group among the sums.
func (k *kernel) lane(group, row int) int {
	if k.window > 0 {
		return row
	}
	return 4*row + group
}

func kernelFor(bytes, blocks bool) *kernel {
	for i := range kernels {
		if k := &kernels[i]; k.available && k.bytes == bytes && (k.window == 0) == blocks {
			return k
		}
	}
	return nil
}

// PackWords packs a matrix for the kernels that choose words of x by a permutation; nil where there is none for it, and where
// it would take more memory than dense.
func PackWords(w *Words) *Packed {
	k := kernelFor(w.sums != nil, false)
	if k == nil || w.Columns < k.window || w.Columns > MostWords {
		return nil
	}
	return k.packWords(w, w.Rows*w.Columns)
}

// MostWords is how many words a row of a matrix may have.
const MostWords = 1 << 24

func (k *kernel) packWords(w *Words, limit int) *Packed {
	p, order := k.begin(w.Rows, w.sums, func(r int) int32 { return w.segments[r+1] - w.segments[r] })
	p.width = 4 * w.Columns
	const align = 16 // words: of a cache line
	at, end := make([]int32, k.lanes), make([]int32, k.lanes)
	for s := 0; s < len(order); s += k.lanes {
		clear(at)
		clear(end)
		for l, r := range order[s : s+k.lanes] {
			if r >= 0 {
				at[l], end[l] = w.segments[r], w.segments[r+1]
			}
		}
		steps := 0
		for {
			least := int32(-1)
			for l, e := range at {
				if c := int32(0); e < end[l] {
					if c = w.elements[e].place / placeBytes; least < 0 || c < least {
						least = c
					}
				}
			}
			if least < 0 {
				break
			}
			if steps%4 == 0 {
				p.data = append(p.data, make([]uint32, k.unitWords())...)
				p.places = append(p.places, 0, 0, 0, 0)
			}
			first := min(least-least%min(align, int32(k.window)), int32(w.Columns-k.window))
			p.places[len(p.places)-4+steps%4] = 4 * first
			unit := p.data[len(p.data)-k.unitWords():]
			for l, e := range at {
				if e == end[l] {
					continue
				}
				if c := w.elements[e].place/placeBytes - first; c < int32(k.window) {
					unit[l] |= uint32(c) << (8 * (steps % 4))
					unit[k.lanes*(1+steps%4)+l] = w.elements[e].word
					at[l]++
				}
			}
			steps++
		}
		if len(p.data) > limit {
			return nil
		}
		p.counts = append(p.counts, int32((steps+3)/4))
		p.from = append(p.from, int32(len(p.places)/4))
	}
	return p
}

// begin makes the order of the rows, that of the sums of a slice for the kernel. Lanes without a row are -1, and name a row
// whose sum is stored after theirs.
func (k *kernel) begin(rows int, sums []int32, count func(r int) int32) (p *Packed, order []int32) {
	counts := make([]int32, rows)
	for r := range counts {
		counts[r] = count(r)
	}
	sorted := byCount(counts)
	lacking := (k.lanes - rows%k.lanes) % k.lanes
	p = &Packed{kernel: k, rows: rows, from: []int32{0}}
	order = make([]int32, rows+lacking)
	groups, size := k.groups()
	for s := 0; s < len(order); s += k.lanes {
		for g := range groups {
			for r := range size {
				row := int32(-1)
				if i := s + g*size + r - lacking; i >= 0 {
					row = sorted[i]
				}
				order[s+k.lane(g, r)] = row
			}
		}
	}
	// Lanes are stored in order: a lane without a row must come before one with the row that it names.
	p.order = make([]int32, len(order))
	after := int32(0)
	for i := len(order) - 1; i >= 0; i-- {
		if order[i] >= 0 {
			after = order[i]
		}
		p.order[i] = after
	}
	p.start = make([]int32, len(order))
	if k.flips {
		for i, r := range order {
			if r >= 0 {
				p.start[i] = -128 * sums[r]
			}
		}
	}
	return p, order
}

// PackBlocks packs a matrix whose row r has the blocks of 16 bytes segments[r] to segments[r+1]-1 of data, block p at column
// columns[p] of columns of size elements of a block, for kernels of int8 or float32; nil where there is none for it.
func PackBlocks(data []byte, segments, columns []int32, bytes bool, width int) *Packed {
	k := kernelFor(bytes, true)
	element := 4
	if bytes {
		element = 1
	}
	if k == nil || width*element/8 > 1<<16 || len(segments) < 2 {
		return nil
	}
	return k.packBlocks(data, segments, columns, element, width)
}

func (k *kernel) packBlocks(data []byte, segments, columns []int32, element, width int) *Packed {
	const block = 16
	rows := len(segments) - 1
	var sums []int32
	if k.flips {
		sums = make([]int32, rows)
		for r := range sums {
			for _, b := range data[int(segments[r])*block : int(segments[r+1])*block] {
				sums[r] += int32(int8(b))
			}
		}
	}
	p, order := k.begin(rows, sums, func(r int) int32 { return segments[r+1] - segments[r] })
	p.width = element * width
	groups, size := k.groups()
	count := func(r int32) int {
		if r < 0 {
			return 0
		}
		return int(segments[r+1] - segments[r])
	}
	unit := 0
	for s := 0; s < len(order); s += k.lanes {
		for g := range groups {
			steps := 0
			for r := range size {
				steps = max(steps, count(order[s+k.lane(g, r)]))
			}
			units := (steps + 1) / 2
			p.counts = append(p.counts, int32(units))
			for step := range 2 * units {
				for r := range size {
					row := order[s+k.lane(g, r)]
					if step >= count(row) {
						p.blocks = append(p.blocks, 0)
						p.data = append(p.data, 0, 0, 0, 0)
						continue
					}
					at := int(segments[row]) + step
					p.blocks = append(p.blocks, uint16(int(columns[at])*element/8))
					p.data = append(p.data, (*[4]uint32)(unsafe.Pointer(&data[at*block]))[:]...)
				}
			}
			unit += units
		}
		p.from = append(p.from, int32(unit))
	}
	return p
}

// Slices is into how many parts the product may be divided.
func (p *Packed) Slices() int { return len(p.order) / p.kernel.lanes }

// Bytes is the memory that a product reads of the matrix.
func (p *Packed) Bytes() int { return 4*len(p.data) + 4*len(p.places) + 2*len(p.blocks) }

// Floats is, for slices [first, last), which have rows of their own,
//
//	for j := range rows { dst[j] = sum(p, x[p]*w[j][p]) }
//
// x must be [Finite].
func (p *Packed) Floats(dst, x []float32, first, last int) {
	if first < last && p.rows > 0 {
		_, _ = dst[:p.rows], x[:p.width/4]
		p.run(unsafe.Pointer(&dst[0]), unsafe.Pointer(&x[0]), first, last)
	}
}

// Bytes8 is Floats for int8, whose sums wrap.
func (p *Packed) Bytes8(dst []int32, x []int8, first, last int) {
	if first < last && p.rows > 0 {
		_, _ = dst[:p.rows], x[:p.width]
		p.run(unsafe.Pointer(&dst[0]), unsafe.Pointer(&x[0]), first, last)
	}
}

// WithStart returns the product of int8 whose sums start from offsets, one for each row. It shares what is packed.
func (p *Packed) WithStart(offsets []int32) *Packed {
	started := *p
	started.start = make([]int32, len(p.start))
	for i, r := range p.order {
		started.start[i] = p.start[i] + offsets[r]
	}
	return &started
}

// empty stores the sums of rows of which nothing is stored.
func (p *Packed) empty(dst unsafe.Pointer, first, last int) {
	sums := unsafe.Slice((*int32)(dst), p.rows)
	for i := first * p.kernel.lanes; i < last*p.kernel.lanes; i++ {
		sums[p.order[i]] = p.start[i]
	}
}

func finiteGeneric(x []float32) bool {
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}
