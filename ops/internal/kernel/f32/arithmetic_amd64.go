//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// addVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func addVector(dst, a, b []float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			addF32AVX512(&dst[0], &a[0], &b[0], n, lo, hi)
		} else {
			addF32AVX2(&dst[0], &a[0], &b[0], n, lo, hi)
		}
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// addOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func addOneVector(dst, a []float32, b float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			addOneF32AVX512(&dst[0], &a[0], &b, n, lo, hi)
		} else {
			addOneF32AVX2(&dst[0], &a[0], &b, n, lo, hi)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// subVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func subVector(dst, a, b []float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			subF32AVX512(&dst[0], &a[0], &b[0], n, lo, hi)
		} else {
			subF32AVX2(&dst[0], &a[0], &b[0], n, lo, hi)
		}
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// oneSubVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func oneSubVector(dst []float32, a float32, b []float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(b) > 0 {
		n := min(len(b), vectorRun)
		if isa.AVX512 {
			oneSubF32AVX512(&dst[0], &a, &b[0], n, lo, hi)
		} else {
			oneSubF32AVX2(&dst[0], &a, &b[0], n, lo, hi)
		}
		dst = dst[n:]
		b = b[n:]
	}
	return true
}

// subOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func subOneVector(dst, a []float32, b float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			subOneF32AVX512(&dst[0], &a[0], &b, n, lo, hi)
		} else {
			subOneF32AVX2(&dst[0], &a[0], &b, n, lo, hi)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// mulVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func mulVector(dst, a, b []float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			mulF32AVX512(&dst[0], &a[0], &b[0], n, lo, hi)
		} else {
			mulF32AVX2(&dst[0], &a[0], &b[0], n, lo, hi)
		}
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// mulOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func mulOneVector(dst, a []float32, b float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			mulOneF32AVX512(&dst[0], &a[0], &b, n, lo, hi)
		} else {
			mulOneF32AVX2(&dst[0], &a[0], &b, n, lo, hi)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// divVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func divVector(dst, a, b []float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			divF32AVX512(&dst[0], &a[0], &b[0], n, lo, hi)
		} else {
			divF32AVX2(&dst[0], &a[0], &b[0], n, lo, hi)
		}
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// oneDivVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func oneDivVector(dst []float32, a float32, b []float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(b) > 0 {
		n := min(len(b), vectorRun)
		if isa.AVX512 {
			oneDivF32AVX512(&dst[0], &a, &b[0], n, lo, hi)
		} else {
			oneDivF32AVX2(&dst[0], &a, &b[0], n, lo, hi)
		}
		dst = dst[n:]
		b = b[n:]
	}
	return true
}

// divOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func divOneVector(dst, a []float32, b float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			divOneF32AVX512(&dst[0], &a[0], &b, n, lo, hi)
		} else {
			divOneF32AVX2(&dst[0], &a[0], &b, n, lo, hi)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// maxVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func maxVector(dst, a, b []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			maxF32AVX512(&dst[0], &a[0], &b[0], n)
		} else {
			maxF32AVX2(&dst[0], &a[0], &b[0], n)
		}
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// oneMaxVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func oneMaxVector(dst []float32, a float32, b []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(b) > 0 {
		n := min(len(b), vectorRun)
		if isa.AVX512 {
			oneMaxF32AVX512(&dst[0], &a, &b[0], n)
		} else {
			oneMaxF32AVX2(&dst[0], &a, &b[0], n)
		}
		dst = dst[n:]
		b = b[n:]
	}
	return true
}

// maxOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func maxOneVector(dst, a []float32, b float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			maxOneF32AVX512(&dst[0], &a[0], &b, n)
		} else {
			maxOneF32AVX2(&dst[0], &a[0], &b, n)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// minVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func minVector(dst, a, b []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			minF32AVX512(&dst[0], &a[0], &b[0], n)
		} else {
			minF32AVX2(&dst[0], &a[0], &b[0], n)
		}
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// oneMinVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func oneMinVector(dst []float32, a float32, b []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(b) > 0 {
		n := min(len(b), vectorRun)
		if isa.AVX512 {
			oneMinF32AVX512(&dst[0], &a, &b[0], n)
		} else {
			oneMinF32AVX2(&dst[0], &a, &b[0], n)
		}
		dst = dst[n:]
		b = b[n:]
	}
	return true
}

// minOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func minOneVector(dst, a []float32, b float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			minOneF32AVX512(&dst[0], &a[0], &b, n)
		} else {
			minOneF32AVX2(&dst[0], &a[0], &b, n)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// squaredDifferenceVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func squaredDifferenceVector(dst, a, b []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			squaredDifferenceF32AVX512(&dst[0], &a[0], &b[0], n)
		} else {
			squaredDifferenceF32AVX2(&dst[0], &a[0], &b[0], n)
		}
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// squaredDifferenceOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func squaredDifferenceOneVector(dst, a []float32, b float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			squaredDifferenceOneF32AVX512(&dst[0], &a[0], &b, n)
		} else {
			squaredDifferenceOneF32AVX2(&dst[0], &a[0], &b, n)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// preluVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func preluVector(dst, a, b []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			preluF32AVX512(&dst[0], &a[0], &b[0], n)
		} else {
			preluF32AVX2(&dst[0], &a[0], &b[0], n)
		}
		dst = dst[n:]
		a = a[n:]
		b = b[n:]
	}
	return true
}

// preluOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func preluOneVector(dst, a []float32, b float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			preluOneF32AVX512(&dst[0], &a[0], &b, n)
		} else {
			preluOneF32AVX2(&dst[0], &a[0], &b, n)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// leakyReluOneVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func leakyReluOneVector(dst, a []float32, b float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(a) > 0 {
		n := min(len(a), vectorRun)
		if isa.AVX512 {
			leakyReluOneF32AVX512(&dst[0], &a[0], &b, n)
		} else {
			leakyReluOneF32AVX2(&dst[0], &a[0], &b, n)
		}
		dst = dst[n:]
		a = a[n:]
	}
	return true
}

// absVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func absVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			absF32AVX512(&dst[0], &x[0], n)
		} else {
			absF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// negVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func negVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			negF32AVX512(&dst[0], &x[0], n)
		} else {
			negF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// squareVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func squareVector(dst, x []float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			squareF32AVX512(&dst[0], &x[0], n)
		} else {
			squareF32AVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// clampVector is the generic kernel in vectors. It returns false, having done nothing, where the processor has none.
func clampVector(dst, x []float32, lo, hi float32) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), vectorRun)
		if isa.AVX512 {
			clampF32AVX512(&dst[0], &x[0], n, lo, hi)
		} else {
			clampF32AVX2(&dst[0], &x[0], n, lo, hi)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}
