package hybrid

import "github.com/litewren/litewren/ops/internal/fixedpoint"

// QuantizeSymmetric quantizes one row, dst[i] = round(x[i]/scale), with the scale that maps the largest magnitude to 127.
// A row of zeros gives zeros and scale 1. len(dst) >= len(x).
func QuantizeSymmetric(dst []int8, x []float32) (scale float32) {
	if !vectors || len(x) == 0 {
		return fixedpoint.QuantizeRowSymmetric(dst, x)
	}
	low, high := rangeRow(x)
	limit := max(-low, high)
	if limit == 0 {
		clear(dst[:len(x)])
		return 1
	}
	if inverse := 127 / limit; ordinary(inverse) {
		quantizeRow(dst[:len(x)], x, inverse, 0, -127)
		return limit / 127
	}
	return fixedpoint.QuantizeRowSymmetric(dst, x)
}

// QuantizeAsymmetric quantizes one row, dst[i] = round(x[i]/scale + zero), over the interval of its values and 0.
// A row of zeros gives zeros, scale 1 and zero point 0. len(dst) >= len(x).
func QuantizeAsymmetric(dst []int8, x []float32) (scale float32, zero int32) {
	if !vectors || len(x) == 0 {
		return fixedpoint.QuantizeRowAsymmetric(dst, x)
	}
	scale, zero, zeros := fixedpoint.AsymmetricRange(rangeRow(x))
	if zeros {
		clear(dst[:len(x)])
		return scale, zero
	}
	if inverse := 1 / scale; ordinary(inverse) {
		quantizeRow(dst[:len(x)], x, inverse, zero, -128)
		return scale, zero
	}
	return fixedpoint.QuantizeRowAsymmetric(dst, x)
}

// ordinary reports whether products with a row's inverse scale are as small as they should be: scales near the smallest
// numbers lose so many bits that the products may exceed any integer, and that of a row with an infinity is none.
func ordinary(inverse float32) bool { return inverse > 1e-30 && inverse < 1e30 }

// AllZero reports whether every element is 0 (or -0): the hybrid operators leave such products out, which matters because a
// quantized row of zeros would still add 0*scale, turning a -0 into a 0.
func AllZero(x []float32) bool {
	for _, v := range x {
		if v != 0 {
			return false
		}
	}
	return true
}
