package fixedpoint

import "math"

// QuantizeMultiplier splits d into multiplier * 2^(shift-31) with the multiplier's
// magnitude in [2^30, 2^31), rounded half away from zero. Zero, and every d so small that
// the shift would be below -31, give (0, 0), and so do NaN and the infinities. A negative
// d gives a negative multiplier. Shifts above 31 are possible for huge d.
func QuantizeMultiplier(d float64) (multiplier int32, shift int) {
	// Each channel of each layer has a multiplier. That of a positive normal number is read off its bits: the significand of 53
	// bits, rounded to 31.
	const significand = 52
	bits := math.Float64bits(d)
	if exponent := int(bits >> significand); exponent > 0 && exponent < 0x7FF {
		q, shift := int64(bits&(1<<significand-1)|1<<significand+1<<(significand-31))>>(significand-30), exponent-1022
		if q == 1<<31 {
			q, shift = q/2, shift+1
		}
		if shift < -31 {
			return 0, 0
		}
		return int32(q), shift
	}
	return quantizeMultiplier(d)
}

// quantizeMultiplier is QuantizeMultiplier for all d.
func quantizeMultiplier(d float64) (multiplier int32, shift int) {
	if d == 0 || math.IsNaN(d) || math.IsInf(d, 0) {
		return 0, 0
	}
	fraction, shift := math.Frexp(d)
	q := int64(math.Round(fraction * (1 << 31)))
	if q == 1<<31 {
		q /= 2
		shift++
	}
	if shift < -31 {
		return 0, 0
	}
	return int32(q), shift
}

// QuantizeMultiplierSmallerThanOneExp is [QuantizeMultiplier] for 0 < d < 1. It reports
// false where TFLite aborts: d outside that range, or so close to one that it rounds up to it.
func QuantizeMultiplierSmallerThanOneExp(d float64) (multiplier int32, shift int, ok bool) {
	if !(d > 0 && d < 1) {
		return 0, 0, false
	}
	multiplier, shift = QuantizeMultiplier(d)
	return multiplier, shift, shift <= 0
}

// QuantizeMultiplierGreaterThanOne is [QuantizeMultiplier] for finite d > 1. It reports
// false where TFLite aborts.
func QuantizeMultiplierGreaterThanOne(d float64) (multiplier int32, shift int, ok bool) {
	if !(d > 1) || math.IsInf(d, 1) {
		return 0, 0, false
	}
	multiplier, shift = QuantizeMultiplier(d)
	return multiplier, shift, shift >= 0
}

// InputRadius returns the largest difference whose image under a left shift by leftShift
// still lies inside a fixed-point range of integerBits integer bits out of totalBits
// (31 for int32): floor((2^integerBits - 1) * 2^(totalBits-integerBits) / 2^leftShift).
// The fixed-point SOFTMAX and LOG_SOFTMAX take their cut-off from it (5 integer bits).
func InputRadius(integerBits, leftShift, totalBits int) int32 {
	r := math.Ldexp(math.Ldexp(1, integerBits)-1, totalBits-integerBits-leftShift)
	return int32(math.Floor(max(math.MinInt32, min(r, math.MaxInt32))))
}

// Log2 returns the power of two nearest to x > 0 and whether x is that power to within
// a thousandth of an octave, TFLite's test for power-of-two scales. Zero, negative numbers,
// NaN and infinities are never a power.
func Log2(x float32) (exponent int, exact bool) {
	if !(x > 0) || math.IsInf(float64(x), 1) {
		return 0, false
	}
	ln2 := float32(math.Ln2)
	l := float32(float32(math.Log(float64(x))) * (1 / ln2)) // rounded here: no fused l-r below
	r := RoundAway(l)
	return int(r), math.Abs(float64(l-r)) < 1e-3
}
