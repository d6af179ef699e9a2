//go:build amd64 && !noasm

package hybrid

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// vectors tells whether there are kernels for rows, nibbles for rows of 4-bit weights.
var vectors, nibbles = isa.AVX2, isa.AVX2

// rangeRowAVX2 is the range that fixedpoint.QuantizeRowSymmetric takes: NaNs are passed over but for a leading one. n >= 1.
//
//go:noescape
func rangeRowAVX2(x *float32, n int) (low, high float32)

// quantizeRowAVX2 is max(least, min(fixedpoint.RoundToInt32(x[i]*inverse)+zero, 127)) for products that are in the range of
// int32 or NaN, and the infinities.
//
//go:noescape
func quantizeRowAVX2(dst *int8, x *float32, n int, inverse float32, zero, least int32)

// scaleRowsAVX2 is scaleRowsGeneric for rows, n >= 1; each is 1 where scale has n elements, 0 where it has one.
//
//go:noescape
func scaleRowsAVX2(dst *float32, ldd int, acc *int32, rows, n int, scale *float32, each int, bias *float32, input, lo, hi float32)

// accumulateScaledAVX2 is accumulateScaledGeneric for n >= 1; sums is nil where zero is 0.
//
//go:noescape
func accumulateScaledAVX2(out *float32, acc *int32, n int, scale float32, zero int32, each *float32, sums *int32)

func rangeRow(x []float32) (low, high float32) { return rangeRowAVX2(&x[0], len(x)) }

func quantizeRow(dst []int8, x []float32, inverse float32, zero, least int32) {
	quantizeRowAVX2(&dst[:len(x)][0], &x[0], len(x), inverse, zero, least)
}

func scaleRows(dst []float32, ldd int, acc []int32, rows, n int, scale []float32, input float32, bias []float32, lo, hi float32) {
	if !vectors || n < 2 {
		scaleRowsGeneric(dst, ldd, acc, rows, n, scale, input, bias, lo, hi)
		return
	}
	if rows <= 0 {
		return
	}
	_, _ = dst[(rows-1)*ldd:][:n], acc[:rows*n]
	each := 0
	if len(scale) > 1 {
		each = 1
		scale = scale[:n]
	}
	var b *float32
	if bias != nil {
		b = &bias[:n][0]
	}
	// One call is bounded to some tens of microseconds.
	for step := max(1, 1<<17/n); rows > 0; rows -= step {
		scaleRowsAVX2(&dst[0], ldd, &acc[0], min(rows, step), n, &scale[0], each, b, input, lo, hi)
		if rows > step {
			dst, acc = dst[step*ldd:], acc[step*n:]
		}
	}
}

func accumulateScaled(out []float32, acc []int32, scale float32, each []float32, zero int32, sums []int32) {
	n := len(out)
	if !vectors || n < 4 {
		accumulateScaledGeneric(out, acc, scale, each, zero, sums)
		return
	}
	acc = acc[:n]
	var e *float32
	if each != nil {
		e = &each[:n][0]
	}
	var s *int32
	if zero != 0 {
		s = &sums[:n][0]
	}
	accumulateScaledAVX2(&out[0], &acc[0], n, scale, zero, e, s)
}

// blockNibblesAVX2 is blockNibblesGeneric for rows, blocks of groups of 32 weights, all >= 1.
//
//go:noescape
func blockNibblesAVX2(out *float32, w *uint8, x *int8, scales *float32, rows, blocks, groups int)

func blockNibbles(out []float32, w []uint8, cols int, scales []float32, size int, spread []int8) {
	blocks := cols / size
	for most := max(1, 1<<20/cols); len(out) > 0; {
		rows := min(most, len(out))
		blockNibblesAVX2(&out[0], &w[0], &spread[0], &scales[0], rows, blocks, size/nibbleGroup)
		out, w, scales = out[rows:], w[rows*cols/2:], scales[rows*blocks:]
	}
}
