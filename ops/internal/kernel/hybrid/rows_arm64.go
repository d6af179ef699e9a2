//go:build arm64 && !noasm

package hybrid

const vectors = true

// rangeRowNEON is the range that fixedpoint.QuantizeRowSymmetric takes: NaNs are passed over but for a leading one. n >= 1.
//
//go:noescape
func rangeRowNEON(x *float32, n int) (low, high float32)

// quantizeRowNEON is max(least, min(fixedpoint.RoundToInt32(x[i]*inverse)+zero, 127)) for products that are in the range of
// int32 or NaN, and the infinities.
//
//go:noescape
func quantizeRowNEON(dst *int8, x *float32, n int, inverse float32, zero, least int32)

// scaleRowsNEON is scaleRowsGeneric for rows, n >= 1; each is 1 where scale has n elements, 0 where it has one.
//
//go:noescape
func scaleRowsNEON(dst *float32, ldd int, acc *int32, rows, n int, scale *float32, each int, bias *float32, input, lo, hi float32)

// accumulateScaledNEON is accumulateScaledGeneric for n >= 1; sums is nil where zero is 0.
//
//go:noescape
func accumulateScaledNEON(out *float32, acc *int32, n int, scale float32, zero int32, each *float32, sums *int32)

func rangeRow(x []float32) (low, high float32) { return rangeRowNEON(&x[0], len(x)) }

func quantizeRow(dst []int8, x []float32, inverse float32, zero, least int32) {
	quantizeRowNEON(&dst[:len(x)][0], &x[0], len(x), inverse, zero, least)
}

func scaleRows(dst []float32, ldd int, acc []int32, rows, n int, scale []float32, input float32, bias []float32, lo, hi float32) {
	if n < 2 {
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
		scaleRowsNEON(&dst[0], ldd, &acc[0], min(rows, step), n, &scale[0], each, b, input, lo, hi)
		if rows > step {
			dst, acc = dst[step*ldd:], acc[step*n:]
		}
	}
}

func accumulateScaled(out []float32, acc []int32, scale float32, each []float32, zero int32, sums []int32) {
	n := len(out)
	if n < 4 {
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
	accumulateScaledNEON(&out[0], &acc[0], n, scale, zero, e, s)
}

// nibbles tells whether there are kernels for rows of 4-bit weights.
const nibbles = false

func blockNibbles(out []float32, w []uint8, cols int, scales []float32, size int, spread []int8) {
	blockNibblesGeneric(out, w, cols, scales, size, spread)
}
