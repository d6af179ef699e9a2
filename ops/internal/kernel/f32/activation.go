package f32

import "math"

// Logistic is
//
//	for i, v := range x { dst[i] = 1 / (1 + exp(-v)) }
//
// dst may be x.
func Logistic(dst, x []float32) {
	if dst = dst[:len(x)]; !logisticVector(dst, x) {
		logisticGeneric(dst, x)
	}
}

func logisticGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = LogisticOf(v)
	}
}

// LogisticOf is
//
//	1 / (1 + exp(-v))
//
// with the exponential rounded to float32, and exp(v) itself below -9.
func LogisticOf(v float32) float32 {
	// Source: Logistic in TFLite's reference kernels. Above the upper cut the sum rounds to 1 in any case.
	const lower = -9
	if v < lower {
		return float32(math.Exp(float64(v)))
	}
	return 1 / (1 + float32(math.Exp(float64(-v))))
}

// Tanh is
//
//	for i, v := range x { dst[i] = tanh(v) }
//
// dst may be x.
func Tanh(dst, x []float32) {
	if dst = dst[:len(x)]; !tanhVector(dst, x) {
		tanhGeneric(dst, x)
	}
}

func tanhGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = TanhOf(v)
	}
}

// TanhOf is the hyperbolic tangent, computed in float64.
func TanhOf(v float32) float32 { return float32(math.Tanh(float64(v))) }

// HardSwish is
//
//	for i, v := range x { dst[i] = v * min(6, max(0, v+3)) / 6 }
//
// dst may be x.
func HardSwish(dst, x []float32) {
	if dst = dst[:len(x)]; !hardSwishVector(dst, x) {
		hardSwishGeneric(dst, x)
	}
}

func hardSwishGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = v * min(6, max(0, v+3)) / 6
	}
}

// Elu is
//
//	for i, v := range x { dst[i] = v < 0 ? exp(v)-1 : v }
//
// dst may be x.
func Elu(dst, x []float32) {
	if dst = dst[:len(x)]; !eluVector(dst, x) {
		eluGeneric(dst, x)
	}
}

func eluGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = EluOf(v)
	}
}

// EluOf is Elu of one number.
func EluOf(v float32) float32 {
	if v < 0 {
		v = float32(math.Expm1(float64(v)))
	}
	return v
}

// Gelu is
//
//	for i, v := range x { dst[i] = v/2 * erfc(-v/sqrt(2)) }
//
// dst may be x.
func Gelu(dst, x []float32) {
	if dst = dst[:len(x)]; !geluVector(dst, x) {
		geluGeneric(dst, x)
	}
}

func geluGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = GeluOf(v)
	}
}

// GeluOf is Gelu of one number, rounded to float32 after each step, as the tables of quantized types expect.
func GeluOf(v float32) float32 {
	e := float32(math.Erfc(float64(v * float32(-math.Sqrt2/2))))
	return 0.5 * v * e
}

// GeluTanh is
//
//	for i, v := range x { dst[i] = v/2 * (1 + tanh(sqrt(2/pi) * (v + 0.044715*v*v*v))) }
//
// dst may be x.
func GeluTanh(dst, x []float32) {
	if dst = dst[:len(x)]; !geluTanhVector(dst, x) {
		geluTanhGeneric(dst, x)
	}
}

func geluTanhGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = GeluTanhOf(v)
	}
}

// GeluTanhOf is GeluTanh of one number, rounded to float32 after each step.
func GeluTanhOf(v float32) float32 {
	const k = float32(math.Sqrt2 / math.SqrtPi)
	cubic := float32(0.044715 * v * v * v)
	t := float32(math.Tanh(float64(k * (v + cubic))))
	return 0.5 * v * (1 + t)
}

// LeakyRelu is
//
//	for i, v := range x { dst[i] = v > 0 ? v : v*alpha }
//
// dst may be x.
func LeakyRelu(dst, x []float32, alpha float32) {
	if dst = dst[:len(x)]; !leakyReluOneVector(dst, x, alpha) {
		leakyReluGeneric(dst, x, alpha)
	}
}

func leakyReluGeneric(dst, x []float32, alpha float32) {
	for i, v := range x {
		if !(v > 0) {
			v *= alpha
		}
		dst[i] = v
	}
}

// PRelu is LeakyRelu with a slope for each element and v >= 0 as the positive side. dst may be x.
func PRelu(dst, alpha, x []float32) {
	if dst, alpha = dst[:len(x)], alpha[:len(x)]; !preluVector(dst, x, alpha) {
		preluGeneric(dst, alpha, x)
	}
}

func preluGeneric(dst, alpha, x []float32) {
	for i, v := range x {
		if !(v >= 0) {
			v *= alpha[i]
		}
		dst[i] = v
	}
}

// PReluOne is PRelu with one slope. dst may be x.
func PReluOne(dst, x []float32, alpha float32) {
	if dst = dst[:len(x)]; !preluOneVector(dst, x, alpha) {
		preluOneGeneric(dst, x, alpha)
	}
}

func preluOneGeneric(dst, x []float32, alpha float32) {
	for i, v := range x {
		if !(v >= 0) {
			v *= alpha
		}
		dst[i] = v
	}
}
