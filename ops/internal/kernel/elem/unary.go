package elem

import "math"

// Abs is
//
//	dst[i] = |x[i]|
//
// where the smallest integer stays what it is.
func Abs[T int8 | int16 | int32 | int64](dst, x []T) {
	dst = dst[:len(x)]
	for i, v := range x {
		if v < 0 {
			v = -v
		}
		dst[i] = v
	}
}

// AbsFloat is Abs for float32.
func AbsFloat(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = math.Float32frombits(math.Float32bits(v) &^ (1 << 31))
	}
}

// Neg is
//
//	dst[i] = -x[i]
func Neg[T Number](dst, x []T) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = -v
	}
}

// Sign is
//
//	dst[i] = x[i] > 0 ? 1 : x[i] < 0 ? -1 : 0
//
// and NaN for a NaN.
func Sign[T float32 | float64 | int32](dst, x []T) {
	dst = dst[:len(x)]
	for i, v := range x {
		switch {
		case v > 0:
			v = 1
		case v < 0:
			v = -1
		case v == 0:
			v = 0 // not -0
		}
		dst[i] = v
	}
}

// Square is
//
//	dst[i] = x[i]^2
func Square(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = v * v
	}
}

// Floor is
//
//	dst[i] = floor(x[i])
func Floor(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = float32(math.Floor(float64(v)))
	}
}

// Ceil is
//
//	dst[i] = ceil(x[i])
func Ceil(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = float32(math.Ceil(float64(v)))
	}
}

// Round is
//
//	dst[i] = the integer nearest to x[i], the even one of two
func Round(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		r := float32(math.RoundToEven(float64(v)))
		if r == 0 && v < 0 {
			r = 0 // the reference adds 1 to the floor, which gives +0
		}
		dst[i] = r
	}
}

// Atan2 is
//
//	dst[i] = the angle of the point (x[i], y[i])
func Atan2[T Float](dst, y, x []T) {
	dst, x = dst[:len(y)], x[:len(y)]
	for i, v := range y {
		dst[i] = T(math.Atan2(float64(v), float64(x[i])))
	}
}
