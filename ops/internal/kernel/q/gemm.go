package q

import (
	"math"
	"unsafe"
)

// GemmKernel is a set of tile kernels for products of bytes with constant weights: MR or fewer rows by NR columns, in groups of
// KR elements along k.
type GemmKernel struct {
	Name       string
	MR, NR, KR int
	Available  bool

	// fuse fills in the constants of column i of those that it makes stored values with, if the arithmetic is exact for sums up
	// to limit in magnitude; nil where it makes sums only. sides says that values below the zero point are stored, too.
	fuse func(block []int32, i int, multiplier int32, shift int, zero int32, limit int64, sides bool) bool
	// factor fills in those for a factor of 64 bits, nil where it does not take such ones.
	factor func(block []int32, i int, factor float64, zero int32)
	// elements is what it makes of the elements before it multiplies them; flipped says that unsignedElements are given so.
	elements elementForm
	flipped  bool
	// narrow is the width of the last panel where that is enough.
	narrow int
	// order tells which of a panel's columns stands at a place of it.
	order func(place, width int) int
	// pack packs blocks of 16 elements of 16 rows, nil where that is done in Go: row e of lane l is l*lane+e*ld from src.
	pack func(dst unsafe.Pointer, step int, src unsafe.Pointer, ld, lane, blocks int, flip uint32, sums *int32)
	// run computes tiles of mr rows by width columns, as args say.
	run func(mr, width int, args *gemmArgs)
}

// elementForm is a form of elements that a kernel multiplies.
type elementForm int

const (
	unsignedElements elementForm = iota // signed ones get 128 more
	widenedElements                     // as they are
	signedElements                      // unsigned ones get 128 less; stored values are of the elements' type
	wordElements                        // of 16 bits, as they are
)

// GemmFor returns the kernel for this processor, nil where only generic ones are.
func GemmFor() *GemmKernel {
	for i := range gemmKernels {
		if gemmKernels[i].Available {
			return &gemmKernels[i]
		}
	}
	return nil
}

// GemmForWords returns the kernel for rows of 16 bits by weights of 8, nil where there is none. It makes sums only.
func GemmForWords() *GemmKernel {
	if gemmWords == nil || !gemmWords.Available {
		return nil
	}
	return gemmWords
}

// Window says where the elements lie that a row of sums is made of: Segments runs of Length elements each, run s starting
// Steps[s-1] elements after run s-1.
type Window struct {
	Length, Segments int
	Steps            []int
}

// reach is the number of elements from the first to the last of a window.
func (w *Window) reach() int {
	n := w.Length
	for _, s := range w.Steps {
		n += s
	}
	return n
}

// PackedBytes are n rows of weights of a window each, as a kernel reads them: panels of NR columns, a last one of fewer, of
// [groups][columns][KR]. Unsigned weights are packed less 128.
type PackedBytes struct {
	kernel    *GemmKernel
	n, groups int // of a segment, without the last one that overlaps
	tail      int // what to add for the last group; hasTail says that there is one
	hasTail   bool
	length    int
	segments  int
	data      []byte
	Sums      []int32 // of the rows, as packed
}

// Bytes is the memory that Pack takes for n rows.
func (k *GemmKernel) Bytes(n int, w *Window) int64 {
	groups := (w.Length + k.KR - 1) / k.KR
	columns := (n + k.narrow - 1) / k.narrow * k.narrow
	return int64(columns) * int64(groups*w.Segments*k.KR+4)
}

// Overreads tells whether rows of such windows are read beyond their ends, by up to KR-1 elements.
func (k *GemmKernel) Overreads(w *Window) bool { return w.Length < k.KR }

// Pack packs n rows of weights into data, of k.Bytes(n, win) bytes, best at the start of a cache line.
func Pack[W int8 | uint8](k *GemmKernel, data []byte, w []W, n int, win *Window) *PackedBytes {
	p := &PackedBytes{kernel: k, n: n, length: win.Length, segments: win.Segments, data: data}
	p.groups = win.Length / k.KR
	switch rest := win.Length % k.KR; {
	case rest == 0:
	case p.groups == 0:
		p.hasTail = true
	default:
		p.hasTail, p.tail = true, rest-k.KR
	}
	p.Sums = make([]int32, n)
	repack(p, w)
	return p
}

// repack packs other weights.
func repack[W int8 | uint8](p *PackedBytes, w []W) {
	k, n, size := p.kernel, p.n, p.length*p.segments
	flip := byte(0)
	if W(0)-1 > 0 {
		flip = 0x80
	}
	clear(p.Sums)
	w = w[:n*size]
	from := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), n*size)
	at := 0
	for first := 0; first < n; first += k.NR {
		width := k.width(n - first)
		for place := 0; place < width; place += 16 {
			done := 0 // elements of each segment
			if k.pack != nil && first+width <= n {
				done = p.packVector(p.data[at+place*k.KR:], width, from[(first+k.order(place, width))*size:], first+place, flip)
			}
			if done == p.length { // all of it
				continue
			}
			for i := place; i < min(place+16, width); i++ {
				if c := first + k.order(i, width); c < n {
					p.Sums[c] += p.packColumn(p.data[at+i*k.KR:], width*k.KR, from[c*size:(c+1)*size], flip, done)
				}
			}
		}
		at += p.panel(width)
	}
}

// width is that of the next panel when columns are left.
func (k *GemmKernel) width(columns int) int {
	if columns <= k.narrow {
		return k.narrow
	}
	return k.NR
}

// panel is the size in bytes of a panel.
func (p *PackedBytes) panel(width int) int {
	groups := p.groups
	if p.hasTail {
		groups++
	}
	return groups * p.segments * width * p.kernel.KR
}

// packVector packs the 16 rows of a vector of a panel as far as whole blocks of 16 elements go, and returns how many elements of
// each segment that are. The sums of the rows are added to Sums.
func (p *PackedBytes) packVector(dst []byte, width int, rows []byte, place int, flip byte) int {
	const block = 16
	blocks := p.length / block
	if blocks == 0 {
		return 0
	}
	k, size := p.kernel, p.length*p.segments
	lane, row := (k.order(4, width)-k.order(0, width))*size, (k.order(1, width)-k.order(0, width))*size
	groups := p.panel(width) / (p.segments * width * k.KR)
	var sums [16]int32
	for s := range p.segments {
		d, from := dst[s*groups*width*k.KR:], rows[s*p.length:]
		_, _ = d[(blocks*4-1)*width*k.KR+63], from[3*lane+3*row+blocks*block-1]
		k.pack(unsafe.Pointer(&d[0]), width*k.KR, unsafe.Pointer(&from[0]), row, lane, blocks, uint32(flip)*0x01010101, &sums[0])
		first := place / k.NR * k.NR // of the panel
		for i, v := range sums {
			p.Sums[first+k.order(place-first+i, width)] += v
		}
	}
	return blocks * block
}

// packColumn copies a row of weights to groups that are step bytes apart, but for the first elements of each segment that are
// done, and returns the sum of what it copies.
func (p *PackedBytes) packColumn(dst []byte, step int, row []byte, flip byte, done int) (sum int32) {
	size := p.kernel.KR
	flip8 := uint64(flip) * 0x0101010101010101
	at := 0
	for ; len(row) > 0; row = row[p.length:] {
		segment := row[done:p.length]
		at += done / size * step
		if size == 4 || size == 2 {
			for ; len(segment) >= 8; segment = segment[8:] {
				v := le.Uint64(segment) ^ flip8
				sum += sumBytes(v)
				if size == 4 {
					le.PutUint32(dst[at:], uint32(v))
					le.PutUint32(dst[at+step:], uint32(v>>32))
					at += 2 * step
					continue
				}
				le.PutUint16(dst[at:], uint16(v))
				le.PutUint16(dst[at+step:], uint16(v>>16))
				le.PutUint16(dst[at+2*step:], uint16(v>>32))
				le.PutUint16(dst[at+3*step:], uint16(v>>48))
				at += 4 * step
			}
		}
		for ; len(segment) >= size; segment = segment[size:] {
			for i, b := range segment[:size] {
				sum += int32(int8(b ^ flip))
				dst[at+i] = b ^ flip
			}
			at += step
		}
		if p.hasTail {
			skip := 0
			if p.groups > 0 {
				skip = size - len(segment)
			}
			for i, b := range segment {
				sum += int32(int8(b ^ flip))
				dst[at+skip+i] = b ^ flip
			}
			at += step
		}
	}
	return sum
}

// gemmArgs are the arguments of a tile kernel, whose offsets asmgen knows.
type gemmArgs struct {
	a        unsafe.Pointer // first element of the first row
	lda      int            // bytes between rows
	b        unsafe.Pointer // panel of weights
	c        unsafe.Pointer // first output
	ldc      int            // bytes between rows
	groups   int            // of a segment
	segments int
	jumps    unsafe.Pointer // bytes from where the groups of a segment end to the next segment
	tail     int            // bytes from there to the last group
	hasTail  int
	columns  unsafe.Pointer // constants
	mask     uint64         // columns that exist
	tiles    int
	rowTerms unsafe.Pointer // int32 for each row, or nil
	xor      uint32         // what makes the elements unsigned
	lo, hi   uint32         // output range, in every byte
	out      uint32
	zero     uint32 // zero point of the output, in both words
	// What follows is for kernels that round in float32; see asmgen's gemmS8.
	addend   float32 // for all columns, where there are two sides
	sides    uint32
	rounding uint32 // 1 with factors
	near     uint32
	sign     uint32
	_        [40]byte
	spill    [64]int32 // vectors of sums
}

// Kinds of output.
const (
	gemmSums = iota
	gemmSigned
	gemmUnsigned
)

// inOrder is the order of columns that stand as they are.
func inOrder(place, width int) int { return place }

// columnBlock is how many int32 hold the constants of 16 columns: for each 16 starts, 16 scales and 16 addends in float32, and 16
// multipliers, 16 times what is added to the upper halves of products, and 16 right shifts; or 16 factors in float64.
const columnBlock = 96

// Gemm multiplies rows of bytes with packed weights. It is made for one use of them: a layout of the rows, the start of the
// sums, and what becomes of them.
type Gemm struct {
	packed  *PackedBytes
	columns []int32
	starts  []int32 // where in columns the starts of the columns stand
	jumps   []int
	reach   int
	block   int // rows at a time
	out     int
	shift   int32      // what a kernel adds to the elements
	flips   bool       // these have to be flipped before
	args    []gemmArgs // one for each thread
}

// NewGemm returns the product of rows whose windows are win, for a number of threads. start are what the sums of the columns
// start from, the share of zero points included but for what a kernel does to the elements itself. With c, from whose channel
// from on, the sums become stored values of type Out; ok is false where the fused arithmetic could not be exact for sums up to
// limit in magnitude. Without c the sums themselves are what Run makes; Out does not matter then.
func NewGemm[X int8 | uint8 | int16, Out int8 | uint8](p *PackedBytes, win *Window, threads int, start []int32, c *Channels, from int, limit int64) (g *Gemm, ok bool) {
	size := int(unsafe.Sizeof(X(0)))
	g = &Gemm{packed: p, reach: win.reach(), args: make([]gemmArgs, threads)}
	for _, s := range win.Steps {
		g.jumps = append(g.jumps, size*(s-p.groups*p.kernel.KR-p.tail))
	}
	if len(g.jumps) == 0 {
		g.jumps = []int{0}
	}
	const blockBytes = 24 << 10
	g.block = max(1, blockBytes/(p.length*p.segments*size)/p.kernel.MR) * p.kernel.MR
	args := gemmArgs{
		groups: p.groups, segments: p.segments, jumps: unsafe.Pointer(&g.jumps[0]), tail: p.tail * size,
	}
	if p.hasTail {
		args.hasTail = 1
	}
	signed := X(0)-1 < 0
	switch form := p.kernel.elements; {
	case form == wordElements:
	case p.kernel.flipped && signed:
		g.shift, g.flips = 128, true
	case form == signedElements && !signed:
		args.xor, g.shift = 0x80808080, -128
	case form != signedElements && signed:
		args.xor = 0x80808080
		if form == unsignedElements {
			g.shift = 128
		}
	}
	sides := false
	if c != nil {
		outSigned := Out(0)-1 < 0
		if p.kernel.fuse == nil || c.Factors != nil && p.kernel.factor == nil || p.kernel.elements == signedElements && signed != outSigned {
			return nil, false
		}
		g.out = gemmUnsigned
		if outSigned {
			g.out = gemmSigned
		}
		args.lo, args.hi = uint32(uint8(c.Min))*0x01010101, uint32(uint8(c.Max))*0x01010101
		args.zero = uint32(uint16(c.ZeroOut)) * 0x00010001
		args.near, args.sign = 0xFFFF&^(nearUnits-1), 1<<31
		if c.Factors != nil {
			args.rounding = 1
		} else if sides = c.Min < c.ZeroOut; sides {
			args.sides, args.addend = 1, roundingAddend(c.ZeroOut)
		}
	}
	args.out = uint32(g.out)
	for i := range g.args {
		g.args[i] = args
	}
	g.columns, g.starts = make([]int32, (p.n+15)/16*columnBlock), make([]int32, p.n)
	at := 0
	for first := 0; first < p.n; first += p.kernel.NR {
		width := p.kernel.width(p.n - first)
		for place := range width {
			j := first + p.kernel.order(place, width)
			block, i := g.columns[at+place/16*columnBlock:][:columnBlock], place%16
			if j < p.n {
				g.starts[j] = int32(at + place/16*columnBlock + place%16)
			}
			switch {
			case c == nil:
			case j >= p.n && c.Factors != nil: // nothing about columns that are not there may call for another way
				p.kernel.factor(block, i, 0, 0)
			case j >= p.n:
				p.kernel.fuse(block, i, 0, -1, 0, 0, false)
			case c.Factors != nil:
				p.kernel.factor(block, i, c.Factors[from+j], c.ZeroOut)
			case !p.kernel.fuse(block, i, c.Multiplier[from+j], int(c.Shift[from+j]), c.ZeroOut, limit, sides):
				return nil, false
			}
		}
		at += (width + 15) / 16 * columnBlock
	}
	g.setStart(start)
	return g, true
}

// NarrowColumns is the number of columns of the narrowest panel.
func (k *GemmKernel) NarrowColumns() int { return k.narrow }

// Flips reports whether rows of int8 have to be given with their top bits flipped.
func (k *GemmKernel) Flips() bool { return k.flipped }

// Flipped reports whether rows of int8 have to be given with their top bits flipped, as [Flip] makes them.
func (g *Gemm) Flipped() bool { return g.flips }

// Flip copies elements with their top bits flipped: the bytes of x+128. dst and x may be the same.
func Flip(dst, x []int8) {
	if len(x) == 0 {
		return
	}
	dst = dst[:len(x)]
	if flipFast(dst, x) {
		return
	}
	for i, v := range x {
		dst[i] = v ^ -128
	}
}

// setStart fills in what the sums of the columns start from.
func (g *Gemm) setStart(start []int32) {
	sums, starts := g.packed.Sums[:g.packed.n], g.starts[:g.packed.n]
	start = start[:len(starts)]
	for j, at := range starts {
		g.columns[at] = start[j] - g.shift*sums[j]
	}
}

// Rounding in float32 with 16 fractional bits, see asmgen's gemmS8: what is within half of nearUnits above an integer, or below
// it, is computed again.
const (
	roundingBits = 16
	nearUnits    = 8
)

// roundingAddend is what rounds to nearest and adds a zero point.
func roundingAddend(zero int32) float32 {
	return float32(zero<<roundingBits + 1<<(roundingBits-1) + nearUnits/2)
}

// fuseColumn fills in the constants of column i; false where the arithmetic would not be exact for sums up to limit.
func fuseColumn(block []int32, i int, multiplier int32, shift int, zero int32, limit int64, sides bool) bool {
	right := -shift
	if multiplier < 0 || right < 0 || limit >= 1<<30 {
		return false
	}
	if right > 31 {
		multiplier, right = 0, 0 // all become zero
	}
	high, nudge := int32(0), float32(0) // by which the first rounding may move a sum
	if right > 0 {
		high = 1 << (right - 1)
		nudge = float32(powerOfTwo(roundingBits - right - 1))
	}
	addend := nudge
	if !sides {
		addend += roundingAddend(zero)
	}
	block[16+i] = int32(math.Float32bits(float32(float64(multiplier) * powerOfTwo(roundingBits-31-right))))
	block[32+i] = int32(math.Float32bits(addend))
	block[48+i] = multiplier
	block[64+i] = high
	block[80+i] = int32(right)
	return true
}

// powerOfTwo is 2^e for normal numbers: math.Ldexp, which takes any, was a tenth of preparing a convolution.
func powerOfTwo(e int) float64 { return math.Float64frombits(uint64(1023+e) << 52) }

// factorColumn fills in the constants of column i for a factor of 64 bits.
func factorColumn(block []int32, i int, factor float64, zero int32) {
	block[16+i] = int32(math.Float32bits(float32(math.Ldexp(factor, roundingBits))))
	block[32+i] = int32(math.Float32bits(roundingAddend(zero)))
	*(*float64)(unsafe.Pointer(&block[48+2*i])) = factor
}

// Multiply is, for rows of x that start ldx elements apart, and rows of dst ldd apart,
//
//	dst[p*ldd+j] = output(start[j] + rowTerms[p] + sum(i, x[p*ldx+window[i]]*w[j][i]))
//
// rowTerms may be nil. thread is the number of the thread that calls.
func Multiply[X int8 | uint8 | int16, Out int8 | uint8 | int16 | int32](g *Gemm, thread int, dst []Out, ldd int, x []X, ldx, rows int, rowTerms []int32) {
	p := g.packed
	if rows <= 0 {
		return
	}
	_, _ = x[:(rows-1)*ldx+g.reach], dst[:(rows-1)*ldd+p.n]
	args := &g.args[thread]
	size := int(unsafe.Sizeof(dst[0]))
	args.lda, args.ldc = ldx*int(unsafe.Sizeof(x[0])), ldd*size
	for first := 0; first < rows; first += g.block {
		count := min(g.block, rows-first)
		b, columns := 0, 0
		for j := 0; j < p.n; j += p.kernel.NR {
			width := p.kernel.width(p.n - j)
			args.b, args.columns = unsafe.Pointer(&p.data[b]), unsafe.Pointer(&g.columns[columns])
			args.mask = 1<<min(width, p.n-j) - 1
			g.panel(args, width, count, unsafe.Pointer(&dst[first*ldd+j]), unsafe.Pointer(&x[first*ldx]), rowTerms, first)
			b += p.panel(width)
			columns += (width + 15) / 16 * columnBlock
		}
	}
}

// panel multiplies rows with one panel. Of the rows that the largest tiles leave the last ones share theirs.
func (g *Gemm) panel(args *gemmArgs, width, rows int, c, a unsafe.Pointer, rowTerms []int32, first int) {
	k := g.packed.kernel
	tile := func(mr, tiles, at int) {
		args.a, args.c = unsafe.Add(a, at*args.lda), unsafe.Add(c, at*args.ldc)
		args.rowTerms = nil
		if rowTerms != nil {
			args.rowTerms = unsafe.Pointer(&rowTerms[first+at : first+at+mr*tiles][0])
		}
		args.tiles = tiles
		k.run(mr, width, args)
	}
	tiles, rest := rows/k.MR, rows%k.MR
	half := 0
	if rest > 0 && rest < k.MR/2 && tiles > 0 {
		tiles--
		half = (rest + k.MR) / 2
		rest = rest + k.MR - half
	}
	if tiles > 0 {
		tile(k.MR, tiles, 0)
	}
	if half > 0 {
		tile(half, 1, tiles*k.MR)
	}
	if rest > 0 {
		tile(rest, 1, tiles*k.MR+half)
	}
}
