// Package convert holds the loops of CAST: one element type to another. What C leaves undefined is defined here: real numbers
// beyond an integer type's range give its nearest end, NaN its highest value.
package convert

import "math"

// Integer lists the integer types, Real the floating-point ones, Number both.
type Integer interface {
	int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64
}

// Real lists the floating-point types.
type Real interface{ float32 | float64 }

// Number lists the types that convert by Go's own rules unless a Real becomes an Integer.
type Number interface{ Integer | Real }

// Plain is
//
//	for i, v := range x { dst[i] = D(v) }
//
// for integers to integers, which keep their low bits, and for everything to floating-point types.
func Plain[D, S Number](dst []D, x []S) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = D(v)
	}
}

// Truncate is
//
//	for i, v := range x { dst[i] = D(clamp(v, lo, hi)) }
//
// rounding toward zero. A hi that S cannot hold counts as the power of two above it.
func Truncate[D Integer, S Real](dst []D, x []S, lo, hi D) {
	dst = dst[:len(x)]
	bottom, top := S(lo), S(hi)
	for i, v := range x {
		switch {
		case v > bottom && v < top:
			dst[i] = D(v)
		case v <= bottom:
			dst[i] = lo
		default:
			dst[i] = hi
		}
	}
}

// Bool is
//
//	for i, v := range x { dst[i] = v != 0 }
func Bool[S Number](dst []bool, x []S) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = v != 0
	}
}

// Complex is
//
//	for i, v := range x { dst[i] = complex(v, 0) }
func Complex(dst []complex64, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = complex(v, 0)
	}
}

// RealPart is
//
//	for i, v := range x { dst[i] = real(v) }
func RealPart(dst []float32, x []complex64) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = real(v)
	}
}

// Limits returns the lowest and highest value of an integer type.
func Limits[D Integer]() (lo, hi D) {
	var zero D
	ones := ^zero
	if ones > 0 {
		return 0, ones
	}
	switch any(zero).(type) {
	case int8:
		hi64 := int64(math.MaxInt8)
		hi = D(hi64)
	case int16:
		hi64 := int64(math.MaxInt16)
		hi = D(hi64)
	case int32:
		hi64 := int64(math.MaxInt32)
		hi = D(hi64)
	case int64:
		hi64 := int64(math.MaxInt64)
		hi = D(hi64)
	}
	return -hi - 1, hi
}
