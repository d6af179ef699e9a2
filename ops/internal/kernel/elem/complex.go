package elem

import "math"

// Real64 is
//
//	dst[i] = re x[i]
func Real64(dst []float32, x []complex64) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = real(v)
	}
}

// Imag64 is
//
//	dst[i] = im x[i]
func Imag64(dst []float32, x []complex64) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = imag(v)
	}
}

// Abs64 is
//
//	dst[i] = |x[i]|
func Abs64(dst []float32, x []complex64) {
	dst = dst[:len(x)]
	for i, v := range x {
		// Squares of float32 neither overflow nor vanish in float64.
		re, im := float64(real(v)), float64(imag(v))
		y := float32(math.Sqrt(re*re + im*im))
		if y != y { // a NaN beside an infinity gives infinity
			y = float32(math.Hypot(re, im))
		}
		dst[i] = y
	}
}

// Real128 is Real64 in double precision.
func Real128(dst []float64, x []complex128) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = real(v)
	}
}

// Imag128 is Imag64 in double precision.
func Imag128(dst []float64, x []complex128) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = imag(v)
	}
}

// Abs128 is Abs64 in double precision.
func Abs128(dst []float64, x []complex128) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = math.Hypot(real(v), imag(v))
	}
}
