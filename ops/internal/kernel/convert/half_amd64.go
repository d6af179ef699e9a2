//go:build amd64 && !noasm

package convert

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// halfRun is the number of elements of one call of assembly, which is not interrupted.
const halfRun = 1 << 16

// halfCount is how many of n elements fill registers.
func halfCount(n int) int {
	switch {
	case isa.AVX512:
		return n &^ 15
	case isa.AVX2:
		return n &^ 7
	}
	return 0
}

// fromFloat16Vector is fromFloat16Generic in vectors, for as many elements as it returns.
func fromFloat16Vector(dst []float32, x []uint16) int {
	count := halfCount(len(x))
	for i := 0; i < count; i += halfRun {
		n := min(count-i, halfRun)
		if isa.AVX512 {
			fromFloat16AVX512(&dst[i], &x[i], n)
		} else {
			fromFloat16AVX2(&dst[i], &x[i], n)
		}
	}
	return count
}

// toFloat16Vector is toFloat16Generic in vectors, for as many elements as it returns.
func toFloat16Vector(dst []uint16, x []float32) int {
	count := halfCount(len(x))
	for i := 0; i < count; i += halfRun {
		n := min(count-i, halfRun)
		if isa.AVX512 {
			toFloat16AVX512(&dst[i], &x[i], n)
		} else {
			toFloat16AVX2(&dst[i], &x[i], n)
		}
	}
	return count
}

// fromFloat16AVX2: see fromFloat16Generic. n elements, a positive multiple of 8.
//
//go:noescape
func fromFloat16AVX2(dst *float32, x *uint16, n int)

// fromFloat16AVX512: see fromFloat16Generic. n elements, a positive multiple of 16.
//
//go:noescape
func fromFloat16AVX512(dst *float32, x *uint16, n int)

// toFloat16AVX2: see toFloat16Generic. n elements, a positive multiple of 8.
//
//go:noescape
func toFloat16AVX2(dst *uint16, x *float32, n int)

// toFloat16AVX512: see toFloat16Generic. n elements, a positive multiple of 16.
//
//go:noescape
func toFloat16AVX512(dst *uint16, x *float32, n int)
