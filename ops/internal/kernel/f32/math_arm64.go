//go:build arm64 && !noasm

package f32

// expVector is expGeneric in vectors. It returns true.
func expVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		expF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// logVector is logGeneric in vectors. It returns true.
func logVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		logF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// sqrtVector is sqrtGeneric in vectors. It returns true.
func sqrtVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		sqrtF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// rsqrtVector is rsqrtGeneric in vectors. It returns true.
func rsqrtVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		rsqrtF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// logisticVector is logisticGeneric in vectors. It returns true.
func logisticVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		logisticF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// tanhVector is tanhGeneric in vectors. It returns true.
func tanhVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		tanhF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// hardSwishVector is hardSwishGeneric in vectors. It returns true.
func hardSwishVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		hardSwishF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// eluVector is eluGeneric in vectors. It returns true.
func eluVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		eluF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// geluVector is geluGeneric in vectors. It returns true.
func geluVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		geluF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// geluTanhVector is geluTanhGeneric in vectors. It returns true.
func geluTanhVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		geluTanhF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// sinVector is sinGeneric in vectors, but for runs with large arguments. It returns true.
func sinVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), trigonometricRun)
		switch {
		case !withinLimit(x[:n]):
			sinGeneric(dst[:n], x[:n])
		default:
			sinF32NEON(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// cosVector is cosGeneric in vectors, but for runs with large arguments. It returns true.
func cosVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), trigonometricRun)
		switch {
		case !withinLimit(x[:n]):
			cosGeneric(dst[:n], x[:n])
		default:
			cosF32NEON(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// largestVector is largestGeneric in vectors, of at least one element.
func largestVector(x []float32) (top float32, ok bool) {
	if len(x) > vectorRun {
		return 0, false
	}
	return largestF32NEON(&x[0], len(x)), true
}

// expSumVector is expSumGeneric in vectors, of at least one element.
func expSumVector(dst, x []float32, top, beta float32) (sum float32, ok bool) {
	if len(x) > vectorRun {
		return 0, false
	}
	return expSumF32NEON(&dst[0], &x[0], len(x), top, beta), true
}

// sumExpVector is sumExpGeneric in vectors, of at least one element.
func sumExpVector(x []float32, top float32) (sum float32, ok bool) {
	if len(x) > vectorRun {
		return 0, false
	}
	return sumExpF32NEON(&x[0], len(x), top, 1), true
}

func softmaxRowsVector(_, _ []float32, _ int, _ float32) bool { return false }

// scaleNormalVector is scaleNormalGeneric in vectors, of at least one element. It returns false, having done nothing, where it
// cannot.
func scaleNormalVector(dst, x []float32, scale, least float32) bool {
	if len(x) > vectorRun {
		return false
	}
	scaleNormalF32NEON(&dst[0], &x[0], len(x), scale, least)
	return true
}

// sumVector is sumGeneric in vectors.
func sumVector(x []float32) (s float32, ok bool) {
	if len(x) == 0 {
		return 0, false
	}
	return sumF32NEON(&x[0], len(x)), true
}

// expF32NEON: see expGeneric. n elements, at least 1.
//
//go:noescape
func expF32NEON(dst, x *float32, n int)

// logF32NEON: see logGeneric. n elements, at least 1.
//
//go:noescape
func logF32NEON(dst, x *float32, n int)

// sqrtF32NEON: see sqrtGeneric. n elements, at least 1.
//
//go:noescape
func sqrtF32NEON(dst, x *float32, n int)

// rsqrtF32NEON: see rsqrtGeneric. n elements, at least 1.
//
//go:noescape
func rsqrtF32NEON(dst, x *float32, n int)

// logisticF32NEON: see logisticGeneric. n elements, at least 1.
//
//go:noescape
func logisticF32NEON(dst, x *float32, n int)

// tanhF32NEON: see tanhGeneric. n elements, at least 1.
//
//go:noescape
func tanhF32NEON(dst, x *float32, n int)

// hardSwishF32NEON: see hardSwishGeneric. n elements, at least 1.
//
//go:noescape
func hardSwishF32NEON(dst, x *float32, n int)

// eluF32NEON: see eluGeneric. n elements, at least 1.
//
//go:noescape
func eluF32NEON(dst, x *float32, n int)

// geluF32NEON: see geluGeneric. n elements, at least 1.
//
//go:noescape
func geluF32NEON(dst, x *float32, n int)

// geluTanhF32NEON: see geluTanhGeneric. n elements, at least 1.
//
//go:noescape
func geluTanhF32NEON(dst, x *float32, n int)

// sinF32NEON: see sinGeneric. n elements, at least 1.
//
//go:noescape
func sinF32NEON(dst, x *float32, n int)

// cosF32NEON: see cosGeneric. n elements, at least 1.
//
//go:noescape
func cosF32NEON(dst, x *float32, n int)

// expSumF32NEON: see expSumGeneric. n elements, at least 1.
//
//go:noescape
func expSumF32NEON(dst, x *float32, n int, top, beta float32) float32

// sumExpF32NEON: see sumExpGeneric, with the exponents multiplied by beta. n elements, at least 1.
//
//go:noescape
func sumExpF32NEON(x *float32, n int, top, beta float32) float32

// scaleNormalF32NEON: see scaleNormalGeneric. n elements, at least 1.
//
//go:noescape
func scaleNormalF32NEON(dst, x *float32, n int, scale, least float32)

// largestF32NEON: see largestGeneric. n elements, at least 1.
//
//go:noescape
func largestF32NEON(x *float32, n int) float32

// sumF32NEON: see sumGeneric. n elements, at least 1.
//
//go:noescape
func sumF32NEON(x *float32, n int) float32
