package fixedpoint

import "math"

// RoundToInt32 rounds half away from zero, as C's roundf does, and saturates. NaN gives 0.
func RoundToInt32(x float32) int32 { return RoundFloat64ToInt32(float64(x)) }

// RoundFloat64ToInt32 rounds half away from zero, as C's round does, and saturates.
// NaN gives 0.
func RoundFloat64ToInt32(x float64) int32 {
	if !(x > math.MinInt32 && x < math.MaxInt32) {
		return saturateFloat(x)
	}
	// The fraction is exact. Adding one half before truncating is not:
	// 0.49999999999999994 + 0.5 rounds to 1.
	i := int32(x)
	f := float64(x) - float64(i) // the conversion rounds x, a product where this is inlined: some processors would fuse
	if f >= 0.5 {
		return i + 1
	}
	if f <= -0.5 {
		return i - 1
	}
	return i
}

func saturateFloat(x float64) int32 {
	switch {
	case x >= math.MaxInt32:
		return math.MaxInt32
	case x <= math.MinInt32:
		return math.MinInt32
	}
	return 0
}

// RoundAway rounds to an integral value, halves away from zero, as C's roundf does.
func RoundAway(x float32) float32 { return float32(math.Round(float64(x))) }

// RoundHalfEven rounds to an integral value, halves to even, as C's rintf does by default.
func RoundHalfEven(x float32) float32 { return float32(math.RoundToEven(float64(x))) }

// RoundHalfEvenToInt32 rounds halves to even and saturates. NaN gives 0.
func RoundHalfEvenToInt32(x float32) int32 {
	return RoundFloat64ToInt32(math.RoundToEven(float64(x)))
}
