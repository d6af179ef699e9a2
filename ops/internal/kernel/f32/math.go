package f32

import "math"

// The functions below are computed in vectors where the processor allows. Their error is then at most, in units of the last
// place of the exact result:
//
//	Exp 1    Logistic 2.5   Tanh 2.5   Elu 2    Log 1.5   Sin, Cos 1.5 up to 2^17, as the generic ones beyond
//	Sqrt 0.5, Rsqrt two roundings   Gelu 7   GeluTanh 3 for x > -1, 2^-22 of |x| elsewhere   HardSwish 2
//
// Infinities, NaNs and subnormal numbers are treated as by the functions of package math, except on amd64, where subnormal
// numbers are slow: there results of Logistic below 2^-126 are 0, and so are those of GeluTanh and Gelu where the logistic
// function or e^(-x^2/2) is below 2^-126. The generic kernels compute in
// float64, one number at a time; the functions of one number (LogisticOf and so on) are theirs, for tables of quantized types,
// which must not depend on the processor.

// vectorRun is the number of elements of one call of assembly, which is not interrupted.
const vectorRun = 1 << 16

// Exp is
//
//	for i, v := range x { dst[i] = e^v }
//
// dst may be x.
func Exp(dst, x []float32) {
	if dst = dst[:len(x)]; !expVector(dst, x) {
		expGeneric(dst, x)
	}
}

func expGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Exp(float64(v)))
	}
}

// Log is
//
//	for i, v := range x { dst[i] = ln(v) }
//
// dst may be x.
func Log(dst, x []float32) {
	if dst = dst[:len(x)]; !logVector(dst, x) {
		logGeneric(dst, x)
	}
}

func logGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Log(float64(v)))
	}
}

// Sin is
//
//	for i, v := range x { dst[i] = sin(v) }
//
// dst may be x.
func Sin(dst, x []float32) {
	if dst = dst[:len(x)]; !sinVector(dst, x) {
		sinGeneric(dst, x)
	}
}

func sinGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Sin(float64(v)))
	}
}

// Cos is
//
//	for i, v := range x { dst[i] = cos(v) }
//
// dst may be x.
func Cos(dst, x []float32) {
	if dst = dst[:len(x)]; !cosVector(dst, x) {
		cosGeneric(dst, x)
	}
}

func cosGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Cos(float64(v)))
	}
}

// Sqrt is
//
//	for i, v := range x { dst[i] = sqrt(v) }
//
// dst may be x.
func Sqrt(dst, x []float32) {
	if dst = dst[:len(x)]; !sqrtVector(dst, x) {
		sqrtGeneric(dst, x)
	}
}

func sqrtGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Sqrt(float64(v)))
	}
}

// Rsqrt is
//
//	for i, v := range x { dst[i] = 1 / sqrt(v) }
//
// with both steps rounded. dst may be x.
func Rsqrt(dst, x []float32) {
	if dst = dst[:len(x)]; !rsqrtVector(dst, x) {
		rsqrtGeneric(dst, x)
	}
}

func rsqrtGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = 1 / float32(math.Sqrt(float64(v)))
	}
}
