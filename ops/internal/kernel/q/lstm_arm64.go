//go:build arm64 && !noasm

package q

// logisticWordsNEON is fixedpoint.Logistic16 of each element, with up to 5 integer bits. All kernels here take any n >= 1.
//
//go:noescape
func logisticWordsNEON(dst, x *int16, n int, constants *sigmoidWords)

// tanhWordsNEON is fixedpoint.Tanh16 of each element; the constants are those for one integer bit more.
//
//go:noescape
func tanhWordsNEON(dst, x *int16, n int, constants *sigmoidWords)

// updateWordsNEON is updateCellGeneric for gates that are not negative and shifts of 15 to 31.
//
//go:noescape
func updateWordsNEON(cell, forget, in, new *int16, n, shift, limit int)

// hideWordsNEON is hideGeneric; the factor's shift is left or -right.
//
//go:noescape
func hideWordsNEON(dst *int8, gate, x *int16, n int, multiplier, left, right, zero int32)

// accumulateWordsNEON is accumulateWordsGeneric.
//
//go:noescape
func accumulateWordsNEON(z *int16, acc *int32, n int, multiplier, left, right int32)

// sigmoidWordsVector is LogisticGate, or TanhGate; false where it leaves the work to them.
func sigmoidWordsVector(dst, x []int16, integerBits int, tanh bool) bool {
	if tanh {
		integerBits++
	}
	if integerBits < 0 || integerBits > mostSigmoidBits {
		return false
	}
	c := &sigmoidWordsOf[integerBits]
	for len(x) > 0 {
		n := run(len(x))
		if tanh {
			tanhWordsNEON(&dst[0], &x[0], n, c)
		} else {
			logisticWordsNEON(&dst[0], &x[0], n, c)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// updateWords is UpdateCell; false where it leaves the work to that.
func updateWords(cell, forget, in, new []int16, shift int, limit int16) bool {
	if shift < 15 || shift > 31 {
		return false
	}
	for at := 0; at < len(cell); {
		n := run(len(cell) - at)
		var g *int16
		if in != nil {
			g = &in[at]
		}
		updateWordsNEON(&cell[at], &forget[at], g, &new[at], n, shift, int(limit))
		at += n
	}
	return true
}

// hideWords is Hide; false where it leaves the work to that.
func hideWords(dst []int8, gate, x []int16, f Factor, zero int32) bool {
	if !usable(f) || zero != int32(int16(zero)) {
		return false
	}
	for at := 0; at < len(dst); {
		n := run(len(dst) - at)
		hideWordsNEON(&dst[at], &gate[at], &x[at], n, f.Multiplier, int32(max(f.Shift, 0)), int32(max(-f.Shift, 0)), zero)
		at += n
	}
	return true
}

func accumulateWords(z []int16, acc []int32, f Factor) {
	if !usable(f) {
		accumulateWordsGeneric(z, acc, f)
		return
	}
	for at := 0; at < len(z); {
		n := run(len(z) - at)
		accumulateWordsNEON(&z[at], &acc[at], n, f.Multiplier, int32(max(f.Shift, 0)), int32(max(-f.Shift, 0)))
		at += n
	}
}

// wordRowsNEON is wordRowsGeneric for rows >= 1 of n elements, a multiple of 8 that is not 0.
//
//go:noescape
func wordRowsNEON(dst *int32, a, b *int16, rows, n int, init *int32)

func wordRows(dst []int32, a, b []int16, n int, init []int32) {
	if n%8 != 0 || n == 0 {
		wordRowsGeneric(dst, a, b, n, init)
		return
	}
	a, b = a[:len(dst)*n], b[:len(dst)*n]
	for most := max(1, wordRun/n); len(dst) > 0; {
		rows := min(most, len(dst))
		var from *int32
		if init != nil {
			from = &init[:rows][0]
			init = init[rows:]
		}
		wordRowsNEON(&dst[0], &a[0], &b[0], rows, n, from)
		dst, a, b = dst[rows:], a[rows*n:], b[rows*n:]
	}
}

const lstmStepAvailable = false

func (l *LSTM) prepareStep() {}

func (l *LSTM) step(packed, x, h []int8, c []int16, dst []int8) { l.stepGeneric(packed, x, h, c, dst) }
