package q

import "unsafe"

// Changing multiplies rows of int8 with weights that are not known before, and makes stored values of the sums at once. It is made for
// one node and used by one thread.
type Changing struct {
	packed *PackedBytes
	gemm   *Gemm
	win    Window
	start  []int32
	terms  []int32
	rows   []int8 // flipped
	n, k   int

	zeroX, zeroW int32
}

// ChangingBytes is the memory of a product of m rows with n rows of weights of k elements each; 0 where there is no kernel for it.
func ChangingBytes(m, n, k int) int64 {
	kernel, win := GemmFor(), &Window{Length: k, Segments: 1}
	if kernel == nil || kernel.fuse == nil || n < 1 || k < 1 || kernel.Overreads(win) {
		return 0
	}
	return kernel.Bytes(n, win) + 8*int64(n)*columnBlock + int64(m)*(4+int64(k))
}

// NewChanging returns such a product, nil where the arithmetic of its output could not be exact. p rounds by RoundFixed, with
// SetColumns.
func NewChanging(m, n, k int, zeroX, zeroW int32, p *OutputParams) *Changing {
	if ChangingBytes(m, n, k) == 0 || p.channels == nil {
		return nil
	}
	c := &Changing{win: Window{Length: k, Segments: 1}, start: make([]int32, n), terms: make([]int32, m), n: n, k: k, zeroX: zeroX, zeroW: zeroW}
	kernel := GemmFor()
	c.packed = Pack(kernel, aligned(int(kernel.Bytes(n, &c.win))), make([]int8, n*k), n, &c.win)
	gemm, ok := NewGemm[int8, int8](c.packed, &c.win, 1, c.start, p.channels, 0, int64(k)*255*255)
	if !ok {
		return nil
	}
	c.gemm = gemm
	if gemm.Flipped() {
		c.rows = make([]int8, m*k)
	}
	return c
}

// Load takes weights.
func (c *Changing) Load(w []int8) {
	repack(c.packed, w)
	Offsets(c.start, nil, c.packed.Sums, c.zeroX, c.zeroW, c.k)
	c.gemm.setStart(c.start)
}

// Multiply is [MatMulTransposed] and [OutputRows], its generic twins, for rows of x that lie side by side.
func (c *Changing) Multiply(dst, x []int8, rows int) {
	var terms []int32
	if c.zeroW != 0 {
		terms = c.terms[:rows]
		WindowSums(terms, x[:rows*c.k], c.k, &c.win, -c.zeroW)
	}
	if c.rows != nil {
		Flip(c.rows, x[:rows*c.k])
		x = c.rows
	}
	Multiply(c.gemm, 0, dst, c.n, x, c.k, rows, terms)
}

// aligned returns n bytes at the start of a cache line.
func aligned(n int) []byte {
	const line = 64
	b := make([]byte, n+line)
	skip := int(-uintptr(unsafe.Pointer(&b[0])) & (line - 1))
	return b[skip : skip+n : skip+n]
}
