package fixedpoint

import "math"

// QuantizeRowSymmetric quantizes one row of activations for a hybrid kernel: dst[i] =
// round(src[i]*127/range) in [-127, 127], range being the largest magnitude. The returned
// scale is range/127; a row of zeros gives zeros and scale 1. dst is at least as long as src.
func QuantizeRowSymmetric(dst []int8, src []float32) (scale float32) {
	low, high := rowRange(src)
	limit := max(-low, high)
	if limit == 0 {
		clear(dst[:len(src)])
		return 1
	}
	inverse := 127 / limit
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = int8(max(-127, min(RoundToInt32(v*inverse), 127)))
	}
	return limit / 127
}

// QuantizeRowAsymmetric quantizes one row of activations over [min(0, row), max(0, row)]
// to int8: dst[i] = zeroPoint + round(src[i]/scale). A row of zeros gives zeros, scale 1
// and zero point 0. dst is at least as long as src.
func QuantizeRowAsymmetric(dst []int8, src []float32) (scale float32, zeroPoint int32) {
	dst = dst[:len(src)]
	scale, zeroPoint, zeros := AsymmetricRange(rowRange(src))
	if zeros {
		clear(dst)
		return scale, zeroPoint
	}
	inverse := 1 / scale
	for i, v := range src {
		// The zero point is added after rounding, as TFLite's vector code does. Added before, in float32, the sum loses low bits
		// of the product and lands on ties that are none: recorded outputs (ocr_crnn_dynq, hybrid LSTM cases) show otherwise.
		q := RoundToInt32(v*inverse) + zeroPoint
		dst[i] = int8(max(-128, min(q, 127)))
	}
	return scale, zeroPoint
}

// AsymmetricRange returns scale and zero point of a row whose values range from low to high; zeros reports that these are all
// 0, for which they are 1 and 0.
func AsymmetricRange(low32, high32 float32) (scale float32, zeroPoint int32, zeros bool) {
	low, high := float64(min(0, low32)), float64(max(0, high32))
	if low == high {
		return 1, 0, true
	}
	step := (high - low) / 255
	// Of the two zero points that map an end of the range exactly, the one that
	// loses less by rounding: the comparison is TFLite's bound on that error.
	zero := 127 - high/step
	if 128+math.Abs(low/step) < 127+math.Abs(high/step) {
		zero = -128 - low/step
	}
	return float32(step), max(-128, min(RoundFloat64ToInt32(zero), 127)), false
}

// rowRange returns the smallest and the largest value; (0, 0) for an empty row. NaNs,
// except a leading one, are passed over.
func rowRange(src []float32) (low, high float32) {
	if len(src) == 0 {
		return 0, 0
	}
	low, high = src[0], src[0]
	for _, v := range src[1:] {
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	return low, high
}
