//go:build amd64 && !noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// The kernels with the suffix AVX512 take any n >= 1, those with AVX2 n >= 16.

// logisticWordsAVX512 is fixedpoint.Logistic16 of each element, with up to 5 integer bits.
//
//go:noescape
func logisticWordsAVX512(dst, x *int16, n int, constants *sigmoidWords)

//go:noescape
func logisticWordsAVX2(dst, x *int16, n int, constants *sigmoidWords)

// tanhWordsAVX512 is fixedpoint.Tanh16 of each element; the constants are those for one integer bit more.
//
//go:noescape
func tanhWordsAVX512(dst, x *int16, n int, constants *sigmoidWords)

//go:noescape
func tanhWordsAVX2(dst, x *int16, n int, constants *sigmoidWords)

// updateWordsAVX512 is updateCellGeneric for gates that are not negative and shifts of 15 to 31.
//
//go:noescape
func updateWordsAVX512(cell, forget, in, new *int16, n, shift, limit int)

//go:noescape
func updateWordsAVX2(cell, forget, in, new *int16, n, shift, limit int)

// hideWordsAVX512 is hideGeneric; the factor's shift is left or -right.
//
//go:noescape
func hideWordsAVX512(dst *int8, gate, x *int16, n int, multiplier, left, right, zero int32)

//go:noescape
func hideWordsAVX2(dst *int8, gate, x *int16, n int, multiplier, left, right, zero int32)

// accumulateWordsAVX512 is accumulateWordsGeneric.
//
//go:noescape
func accumulateWordsAVX512(z *int16, acc *int32, n int, multiplier, left, right int32)

//go:noescape
func accumulateWordsAVX2(z *int16, acc *int32, n int, multiplier, left, right int32)

// wideWords selects the kernels of AVX-512. It is a variable for the tests.
var wideWords = isa.AVX512

// wordVectors tells whether n elements can be done in vectors, and whether by those of AVX-512.
func wordVectors(n int) (vectors, wide bool) {
	return isa.AVX2 && n >= 16 || wideWords && n > 0, wideWords
}

// sigmoidWordsVector is LogisticGate, or TanhGate; false where it leaves the work to them.
func sigmoidWordsVector(dst, x []int16, integerBits int, tanh bool) bool {
	vectors, wide := wordVectors(len(x))
	if tanh {
		integerBits++
	}
	if !vectors || integerBits < 0 || integerBits > mostSigmoidBits {
		return false
	}
	c := &sigmoidWordsOf[integerBits]
	for len(x) > 0 {
		n := run(len(x))
		switch d, s := &dst[0], &x[0]; {
		case tanh && wide:
			tanhWordsAVX512(d, s, n, c)
		case tanh:
			tanhWordsAVX2(d, s, n, c)
		case wide:
			logisticWordsAVX512(d, s, n, c)
		default:
			logisticWordsAVX2(d, s, n, c)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// updateWords is UpdateCell; false where it leaves the work to that.
func updateWords(cell, forget, in, new []int16, shift int, limit int16) bool {
	vectors, wide := wordVectors(len(cell))
	if !vectors || shift < 15 || shift > 31 {
		return false
	}
	for at := 0; at < len(cell); {
		n := run(len(cell) - at)
		var g *int16
		if in != nil {
			g = &in[at]
		}
		if wide {
			updateWordsAVX512(&cell[at], &forget[at], g, &new[at], n, shift, int(limit))
		} else {
			updateWordsAVX2(&cell[at], &forget[at], g, &new[at], n, shift, int(limit))
		}
		at += n
	}
	return true
}

// hideWords is Hide; false where it leaves the work to that.
func hideWords(dst []int8, gate, x []int16, f Factor, zero int32) bool {
	vectors, wide := wordVectors(len(dst))
	if !vectors || !usable(f) {
		return false
	}
	left, right := int32(max(f.Shift, 0)), int32(max(-f.Shift, 0))
	for at := 0; at < len(dst); {
		n := run(len(dst) - at)
		if wide {
			hideWordsAVX512(&dst[at], &gate[at], &x[at], n, f.Multiplier, left, right, zero)
		} else {
			hideWordsAVX2(&dst[at], &gate[at], &x[at], n, f.Multiplier, left, right, zero)
		}
		at += n
	}
	return true
}

func accumulateWords(z []int16, acc []int32, f Factor) {
	vectors, wide := wordVectors(len(z))
	if !vectors || !usable(f) {
		accumulateWordsGeneric(z, acc, f)
		return
	}
	left, right := int32(max(f.Shift, 0)), int32(max(-f.Shift, 0))
	for at := 0; at < len(z); {
		n := run(len(z) - at)
		if wide {
			accumulateWordsAVX512(&z[at], &acc[at], n, f.Multiplier, left, right)
		} else {
			accumulateWordsAVX2(&z[at], &acc[at], n, f.Multiplier, left, right)
		}
		at += n
	}
}

// wordRowsAVX2 is wordRowsGeneric for rows >= 1 of n elements, a multiple of 8 that is not 0.
//
//go:noescape
func wordRowsAVX2(dst *int32, a, b *int16, rows, n int, init *int32)

func wordRows(dst []int32, a, b []int16, n int, init []int32) {
	if !isa.AVX2 || n%8 != 0 || n == 0 {
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
		wordRowsAVX2(&dst[0], &a[0], &b[0], rows, n, from)
		dst, a, b = dst[rows:], a[rows*n:], b[rows*n:]
	}
}

// stepLSTMS8VNNI512 is LSTM.stepGeneric.
//
//go:noescape
func stepLSTMS8VNNI512(args *stepArgs)

var lstmStepAvailable = isa.VNNI512

func (l *LSTM) prepareStep() {
	a := &l.args
	a.gateBits, a.newBits, a.cellBits = &sigmoidWordsOf[3], &sigmoidWordsOf[4], &sigmoidWordsOf[l.CellBits+1]
}

// stepWork is about how many bytes of weights one call of a kernel goes through at most.
const stepWork = 1 << 22

func (l *LSTM) step(packed, x, h []int8, c []int16, dst []int8) {
	if !lstmStepAvailable {
		l.stepGeneric(packed, x, h, c, dst)
		return
	}
	a := &l.args
	a.h = &h[0]
	if len(x) > 0 {
		a.x = &x[0]
	}
	tiles, tile := len(c)/lstmTile, l.tileBytes()
	most := max(1, stepWork/tile)
	for t := 0; t < tiles; t += most {
		a.weights, a.c, a.dst, a.tiles = &packed[t*tile], &c[t*lstmTile], &dst[t*lstmTile], min(most, tiles-t)
		stepLSTMS8VNNI512(a)
	}
	a.weights, a.x, a.h, a.c, a.dst = nil, nil, nil, nil, nil
}
