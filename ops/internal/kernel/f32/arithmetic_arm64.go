//go:build arm64 && !noasm

package f32

// addVector is the generic kernel in vectors. It returns true.
func addVector(dst, a, b []float32, lo, hi float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		addF32NEON(&dst[0], &a[0], &b[0], n, lo, hi)
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// addOneVector is the generic kernel in vectors. It returns true.
func addOneVector(dst, a []float32, b float32, lo, hi float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		addOneF32NEON(&dst[0], &a[0], &b, n, lo, hi)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// subVector is the generic kernel in vectors. It returns true.
func subVector(dst, a, b []float32, lo, hi float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		subF32NEON(&dst[0], &a[0], &b[0], n, lo, hi)
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// oneSubVector is the generic kernel in vectors. It returns true.
func oneSubVector(dst []float32, a float32, b []float32, lo, hi float32) bool {
	for len(b) > 0 {
		n := min(len(b), vectorRun)
		oneSubF32NEON(&dst[0], &a, &b[0], n, lo, hi)
		dst = dst[n:]
		b = b[n:]
	}
	return true
}

// subOneVector is the generic kernel in vectors. It returns true.
func subOneVector(dst, a []float32, b float32, lo, hi float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		subOneF32NEON(&dst[0], &a[0], &b, n, lo, hi)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// mulVector is the generic kernel in vectors. It returns true.
func mulVector(dst, a, b []float32, lo, hi float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		mulF32NEON(&dst[0], &a[0], &b[0], n, lo, hi)
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// mulOneVector is the generic kernel in vectors. It returns true.
func mulOneVector(dst, a []float32, b float32, lo, hi float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		mulOneF32NEON(&dst[0], &a[0], &b, n, lo, hi)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// divVector is the generic kernel in vectors. It returns true.
func divVector(dst, a, b []float32, lo, hi float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		divF32NEON(&dst[0], &a[0], &b[0], n, lo, hi)
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// oneDivVector is the generic kernel in vectors. It returns true.
func oneDivVector(dst []float32, a float32, b []float32, lo, hi float32) bool {
	for len(b) > 0 {
		n := min(len(b), vectorRun)
		oneDivF32NEON(&dst[0], &a, &b[0], n, lo, hi)
		dst = dst[n:]
		b = b[n:]
	}
	return true
}

// divOneVector is the generic kernel in vectors. It returns true.
func divOneVector(dst, a []float32, b float32, lo, hi float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		divOneF32NEON(&dst[0], &a[0], &b, n, lo, hi)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// maxVector is the generic kernel in vectors. It returns true.
func maxVector(dst, a, b []float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		maxF32NEON(&dst[0], &a[0], &b[0], n)
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// oneMaxVector is the generic kernel in vectors. It returns true.
func oneMaxVector(dst []float32, a float32, b []float32) bool {
	for len(b) > 0 {
		n := min(len(b), vectorRun)
		oneMaxF32NEON(&dst[0], &a, &b[0], n)
		dst = dst[n:]
		b = b[n:]
	}
	return true
}

// maxOneVector is the generic kernel in vectors. It returns true.
func maxOneVector(dst, a []float32, b float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		maxOneF32NEON(&dst[0], &a[0], &b, n)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// minVector is the generic kernel in vectors. It returns true.
func minVector(dst, a, b []float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		minF32NEON(&dst[0], &a[0], &b[0], n)
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// oneMinVector is the generic kernel in vectors. It returns true.
func oneMinVector(dst []float32, a float32, b []float32) bool {
	for len(b) > 0 {
		n := min(len(b), vectorRun)
		oneMinF32NEON(&dst[0], &a, &b[0], n)
		dst = dst[n:]
		b = b[n:]
	}
	return true
}

// minOneVector is the generic kernel in vectors. It returns true.
func minOneVector(dst, a []float32, b float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		minOneF32NEON(&dst[0], &a[0], &b, n)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// squaredDifferenceVector is the generic kernel in vectors. It returns true.
func squaredDifferenceVector(dst, a, b []float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		squaredDifferenceF32NEON(&dst[0], &a[0], &b[0], n)
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// squaredDifferenceOneVector is the generic kernel in vectors. It returns true.
func squaredDifferenceOneVector(dst, a []float32, b float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		squaredDifferenceOneF32NEON(&dst[0], &a[0], &b, n)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// preluVector is the generic kernel in vectors. It returns true.
func preluVector(dst, a, b []float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		preluF32NEON(&dst[0], &a[0], &b[0], n)
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// preluOneVector is the generic kernel in vectors. It returns true.
func preluOneVector(dst, a []float32, b float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		preluOneF32NEON(&dst[0], &a[0], &b, n)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// leakyReluOneVector is the generic kernel in vectors. It returns true.
func leakyReluOneVector(dst, a []float32, b float32) bool {
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		leakyReluOneF32NEON(&dst[0], &a[0], &b, n)
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// absVector is the generic kernel in vectors. It returns true.
func absVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		absF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// negVector is the generic kernel in vectors. It returns true.
func negVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		negF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// squareVector is the generic kernel in vectors. It returns true.
func squareVector(dst, x []float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		squareF32NEON(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// clampVector is the generic kernel in vectors. It returns true.
func clampVector(dst, x []float32, lo, hi float32) bool {
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		clampF32NEON(&dst[0], &x[0], n, lo, hi)
		dst, x = dst[n:], x[n:]
	}
	return true
}
