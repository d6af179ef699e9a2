package sparse

import "unsafe"

// TurnedRows is how many rows of x at a time a product with several rows pays for: with so many columns of words, so that
// these stay in the first-level cache.
func TurnedRows(columns, rows int) int {
	const cache = 1 << 15
	if rows > 16 && columns*32*4 <= cache {
		return 32
	}
	return 16
}

// Floats is, for x of columns of at rows, 16 or 32 of them (see [TurnedRows]),
//
//	for j := range w.Rows { for i := range at { dst[j*at+i] = clamp(start[j] + sum(c, x[c*at+i]*w[j][c]), lo, hi) } }
//
// with float32 words.
func (w *Words) Floats(dst, x, start []float32, at int, lo, hi float32) {
	w.floats(turnedKernel(false), dst, x, start, at, lo, hi)
}

func (w *Words) floats(kind turnedKind, dst, x, start []float32, at int, lo, hi float32) {
	if w.Rows == 0 {
		return
	}
	_, _, _ = dst[:w.Rows*at], x[:w.Columns*at], start[:w.Rows]
	turnedFloats(kind, &dst[0], &x[0], unsafe.SliceData(w.elements), &w.segments[0], &start[0], w.Rows, at, lo, hi)
}

// WithStart returns the matrix of int8 for products whose sums start from offsets, one for each row. It shares the words.
func (w *Words) WithStart(offsets []int32) *Words {
	started := *w
	started.start = make([]int32, w.Rows)
	for r, s := range w.start {
		started.start[r] = s + offsets[r]
	}
	return &started
}

// Bytes8 is Floats for words of four int8, without a clamp; the sums start from 0 or from what [Words.WithStart] was given, and
// wrap.
func (w *Words) Bytes8(dst []int32, x []int8, at int) { w.bytes8(turnedKernel(true), dst, x, at) }

func (w *Words) bytes8(kind turnedKind, dst []int32, x []int8, at int) {
	if w.Rows == 0 {
		return
	}
	_, _ = dst[:w.Rows*at], x[:w.Columns*at*4]
	turnedBytes(kind, &dst[0], &x[0], unsafe.SliceData(w.elements), &w.segments[0], &w.start[0], w.Rows, at)
}
