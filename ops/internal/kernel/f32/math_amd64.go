//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// expVector is expGeneric in vectors. It returns false, having done nothing, where the processor has none.
func expVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			expF32AVX512(&dst[0], &x[0], n)
		} else {
			expF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// logVector is logGeneric in vectors. It returns false, having done nothing, where the processor has none.
func logVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			logF32AVX512(&dst[0], &x[0], n)
		} else {
			logF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// sqrtVector is sqrtGeneric in vectors. It returns false, having done nothing, where the processor has none.
func sqrtVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			sqrtF32AVX512(&dst[0], &x[0], n)
		} else {
			sqrtF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// rsqrtVector is rsqrtGeneric in vectors. It returns false, having done nothing, where the processor has none.
func rsqrtVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			rsqrtF32AVX512(&dst[0], &x[0], n)
		} else {
			rsqrtF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// logisticVector is logisticGeneric in vectors. It returns false, having done nothing, where the processor has none.
func logisticVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			logisticF32AVX512(&dst[0], &x[0], n)
		} else {
			logisticF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// tanhVector is tanhGeneric in vectors. It returns false, having done nothing, where the processor has none.
func tanhVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			tanhF32AVX512(&dst[0], &x[0], n)
		} else {
			tanhF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// hardSwishVector is hardSwishGeneric in vectors. It returns false, having done nothing, where the processor has none.
func hardSwishVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			hardSwishF32AVX512(&dst[0], &x[0], n)
		} else {
			hardSwishF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// eluVector is eluGeneric in vectors. It returns false, having done nothing, where the processor has none.
func eluVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			eluF32AVX512(&dst[0], &x[0], n)
		} else {
			eluF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// geluVector is geluGeneric in vectors. It returns false, having done nothing, where the processor has none.
func geluVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			geluF32AVX512(&dst[0], &x[0], n)
		} else {
			geluF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// geluTanhVector is geluTanhGeneric in vectors. It returns false, having done nothing, where the processor has none.
func geluTanhVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			geluTanhF32AVX512(&dst[0], &x[0], n)
		} else {
			geluTanhF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// sinVector is sinGeneric in vectors, but for runs with large arguments. It returns false, having done nothing, where the
// processor has none.
func sinVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), trigonometricRun)
		switch {
		case !withinLimit(x[:n]):
			sinGeneric(dst[:n], x[:n])
		case isa.AVX512:
			sinF32AVX512(&dst[0], &x[0], n)
		default:
			sinF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// cosVector is cosGeneric in vectors, but for runs with large arguments. It returns false, having done nothing, where the
// processor has none.
func cosVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), trigonometricRun)
		switch {
		case !withinLimit(x[:n]):
			cosGeneric(dst[:n], x[:n])
		case isa.AVX512:
			cosF32AVX512(&dst[0], &x[0], n)
		default:
			cosF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// largestVector is largestGeneric in vectors, of at least one element.
func largestVector(x []float32) (top float32, ok bool) {
	switch {
	case len(x) > vectorRun || !isa.AVX2:
		return 0, false
	case isa.AVX512:
		return largestF32AVX512(&x[0], len(x)), true
	}
	return largestF32AVX2(&x[0], len(x)), true
}

// expSumVector is expSumGeneric in vectors, of at least one element.
func expSumVector(dst, x []float32, top, beta float32) (sum float32, ok bool) {
	switch {
	case len(x) > vectorRun || !isa.AVX2:
		return 0, false
	case isa.AVX512:
		return expSumF32AVX512(&dst[0], &x[0], len(x), top, beta), true
	}
	return expSumF32AVX2(&dst[0], &x[0], len(x), top, beta), true
}

// sumExpVector is sumExpGeneric in vectors, of at least one element.
func sumExpVector(x []float32, top float32) (sum float32, ok bool) {
	switch {
	case len(x) > vectorRun || !isa.AVX2:
		return 0, false
	case isa.AVX512:
		return sumExpF32AVX512(&x[0], len(x), top, 1), true
	}
	return sumExpF32AVX2(&x[0], len(x), top, 1), true
}

// scaleNormalVector is scaleNormalGeneric in vectors, of at least one element. It returns false, having done nothing, where it
// cannot.
func scaleNormalVector(dst, x []float32, scale, least float32) bool {
	switch {
	case len(x) > vectorRun || !isa.AVX2:
		return false
	case isa.AVX512:
		scaleNormalF32AVX512(&dst[0], &x[0], len(x), scale, least)
	default:
		scaleNormalF32AVX2(&dst[0], &x[0], len(x), scale, least)
	}
	return true
}

// softmaxRowsVector is Softmax. It returns false, having done nothing, where it cannot, or where one step after the other is as
// fast. dst and x hold whole rows.
func softmaxRowsVector(dst, x []float32, depth int, beta float32) bool {
	const longest = 256
	switch {
	case depth > longest || !isa.AVX2 || depth < 8 && depth < len(x):
		return false
	case depth < 8 && isa.AVX512:
		softmaxFewF32AVX512(&dst[0], &x[0], depth, beta)
		return true
	case depth < 8:
		softmaxFewF32AVX2(&dst[0], &x[0], depth, beta)
		return true
	}
	step := vectorRun / depth
	for rows := len(x) / depth; rows > 0; rows -= step {
		n := min(rows, step)
		if isa.AVX512 && depth >= 16 {
			softmaxRowsF32AVX512(&dst[0], &x[0], n, depth, beta)
		} else {
			softmaxRowsF32AVX2(&dst[0], &x[0], n, depth, beta)
		}
		dst, x = dst[n*depth:], x[n*depth:]
	}
	return true
}

// sumVector is sumGeneric in vectors.
func sumVector(x []float32) (s float32, ok bool) {
	switch {
	case len(x) == 0 || !isa.AVX2:
		return 0, false
	case isa.AVX512:
		return sumF32AVX512(&x[0], len(x)), true
	}
	return sumF32AVX2(&x[0], len(x)), true
}

// expF32AVX2: see expGeneric. n elements, at least 1.
//
//go:noescape
func expF32AVX2(dst, x *float32, n int)

// expF32AVX512: see expGeneric. n elements, at least 1.
//
//go:noescape
func expF32AVX512(dst, x *float32, n int)

// logF32AVX2: see logGeneric. n elements, at least 1.
//
//go:noescape
func logF32AVX2(dst, x *float32, n int)

// logF32AVX512: see logGeneric. n elements, at least 1.
//
//go:noescape
func logF32AVX512(dst, x *float32, n int)

// sqrtF32AVX2: see sqrtGeneric. n elements, at least 1.
//
//go:noescape
func sqrtF32AVX2(dst, x *float32, n int)

// sqrtF32AVX512: see sqrtGeneric. n elements, at least 1.
//
//go:noescape
func sqrtF32AVX512(dst, x *float32, n int)

// rsqrtF32AVX2: see rsqrtGeneric. n elements, at least 1.
//
//go:noescape
func rsqrtF32AVX2(dst, x *float32, n int)

// rsqrtF32AVX512: see rsqrtGeneric. n elements, at least 1.
//
//go:noescape
func rsqrtF32AVX512(dst, x *float32, n int)

// logisticF32AVX2: see logisticGeneric. n elements, at least 1.
//
//go:noescape
func logisticF32AVX2(dst, x *float32, n int)

// logisticF32AVX512: see logisticGeneric. n elements, at least 1.
//
//go:noescape
func logisticF32AVX512(dst, x *float32, n int)

// tanhF32AVX2: see tanhGeneric. n elements, at least 1.
//
//go:noescape
func tanhF32AVX2(dst, x *float32, n int)

// tanhF32AVX512: see tanhGeneric. n elements, at least 1.
//
//go:noescape
func tanhF32AVX512(dst, x *float32, n int)

// hardSwishF32AVX2: see hardSwishGeneric. n elements, at least 1.
//
//go:noescape
func hardSwishF32AVX2(dst, x *float32, n int)

// hardSwishF32AVX512: see hardSwishGeneric. n elements, at least 1.
//
//go:noescape
func hardSwishF32AVX512(dst, x *float32, n int)

// eluF32AVX2: see eluGeneric. n elements, at least 1.
//
//go:noescape
func eluF32AVX2(dst, x *float32, n int)

// eluF32AVX512: see eluGeneric. n elements, at least 1.
//
//go:noescape
func eluF32AVX512(dst, x *float32, n int)

// geluF32AVX2: see geluGeneric. n elements, at least 1.
//
//go:noescape
func geluF32AVX2(dst, x *float32, n int)

// geluF32AVX512: see geluGeneric. n elements, at least 1.
//
//go:noescape
func geluF32AVX512(dst, x *float32, n int)

// geluTanhF32AVX2: see geluTanhGeneric. n elements, at least 1.
//
//go:noescape
func geluTanhF32AVX2(dst, x *float32, n int)

// geluTanhF32AVX512: see geluTanhGeneric. n elements, at least 1.
//
//go:noescape
func geluTanhF32AVX512(dst, x *float32, n int)

// sinF32AVX2: see sinGeneric. n elements, at least 1.
//
//go:noescape
func sinF32AVX2(dst, x *float32, n int)

// sinF32AVX512: see sinGeneric. n elements, at least 1.
//
//go:noescape
func sinF32AVX512(dst, x *float32, n int)

// cosF32AVX2: see cosGeneric. n elements, at least 1.
//
//go:noescape
func cosF32AVX2(dst, x *float32, n int)

// cosF32AVX512: see cosGeneric. n elements, at least 1.
//
//go:noescape
func cosF32AVX512(dst, x *float32, n int)

// expSumF32AVX2: see expSumGeneric. n elements, at least 1.
//
//go:noescape
func expSumF32AVX2(dst, x *float32, n int, top, beta float32) float32

// sumExpF32AVX2: see sumExpGeneric, with the exponents multiplied by beta. n elements, at least 1.
//
//go:noescape
func sumExpF32AVX2(x *float32, n int, top, beta float32) float32

// softmaxFewF32AVX2 is Softmax of a row of n elements, 1 to 7.
//
//go:noescape
func softmaxFewF32AVX2(dst, x *float32, n int, beta float32)

// softmaxRowsF32AVX2: see Softmax. At least 1 row of at least 8 elements.
//
//go:noescape
func softmaxRowsF32AVX2(dst, x *float32, rows, depth int, beta float32)

// scaleNormalF32AVX2: see scaleNormalGeneric. n elements, at least 1.
//
//go:noescape
func scaleNormalF32AVX2(dst, x *float32, n int, scale, least float32)

// largestF32AVX2: see largestGeneric. n elements, at least 1.
//
//go:noescape
func largestF32AVX2(x *float32, n int) float32

// expSumF32AVX512: see expSumGeneric. n elements, at least 1.
//
//go:noescape
func expSumF32AVX512(dst, x *float32, n int, top, beta float32) float32

// sumExpF32AVX512: see sumExpGeneric, with the exponents multiplied by beta. n elements, at least 1.
//
//go:noescape
func sumExpF32AVX512(x *float32, n int, top, beta float32) float32

// softmaxFewF32AVX512 is Softmax of a row of n elements, 1 to 15.
//
//go:noescape
func softmaxFewF32AVX512(dst, x *float32, n int, beta float32)

// softmaxRowsF32AVX512: see Softmax. At least 1 row of at least 16 elements.
//
//go:noescape
func softmaxRowsF32AVX512(dst, x *float32, rows, depth int, beta float32)

// scaleNormalF32AVX512: see scaleNormalGeneric. n elements, at least 1.
//
//go:noescape
func scaleNormalF32AVX512(dst, x *float32, n int, scale, least float32)

// largestF32AVX512: see largestGeneric. n elements, at least 1.
//
//go:noescape
func largestF32AVX512(x *float32, n int) float32

// sumF32AVX2: see sumGeneric. n elements, at least 1.
//
//go:noescape
func sumF32AVX2(x *float32, n int) float32

// sumF32AVX512: see sumGeneric. n elements, at least 1.
//
//go:noescape
func sumF32AVX512(x *float32, n int) float32
