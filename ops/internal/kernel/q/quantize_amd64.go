//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// quantizeVector is quantizeGeneric in vectors, for as many elements as it returns.
func quantizeVector[T int8 | uint8 | int16](dst []T, x []float32, scale float32, zero, lo, hi int32) int {
	words := unsafe.Sizeof(T(0)) == 2
	if !isa.AVX2 || words && !isa.AVX512 {
		return 0
	}
	count := vectorCount(len(x))
	dst = dst[:len(x)]
	for i := 0; i < count; i += bytesRun {
		n := min(count-i, bytesRun)
		to := unsafe.Pointer(&dst[i])
		switch {
		case words:
			quantizeWordsAVX512(to, &x[i], n, scale, zero, lo, hi)
		case isa.AVX512:
			quantizeBytesAVX512(to, &x[i], n, scale, zero, lo, hi)
		default:
			quantizeBytesAVX2(to, &x[i], n, scale, zero, lo, hi)
		}
	}
	return count
}

// dequantizeVector is dequantizeGeneric in vectors, for as many elements as it returns. The product of float32 has been rounded
// once, as that of float64 has: it is exact there.
func dequantizeVector[T int8 | uint8 | int16](dst []float32, x []T, scale float32, zero int32) int {
	if !isa.AVX2 || zero < -1<<20 || zero > 1<<20 {
		return 0
	}
	count := vectorCount(len(x))
	minusOne := T(0)
	minusOne--
	dst = dst[:len(x)]
	for i := 0; i < count; i += bytesRun {
		n, from := min(count-i, bytesRun), unsafe.Pointer(&x[i])
		switch {
		case unsafe.Sizeof(minusOne) == 2 && isa.AVX512:
			dequantizeS16AVX512(&dst[i], from, n, scale, zero)
		case unsafe.Sizeof(minusOne) == 2:
			dequantizeS16AVX2(&dst[i], from, n, scale, zero)
		case minusOne < 0 && isa.AVX512:
			dequantizeS8AVX512(&dst[i], from, n, scale, zero)
		case minusOne < 0:
			dequantizeS8AVX2(&dst[i], from, n, scale, zero)
		case isa.AVX512:
			dequantizeU8AVX512(&dst[i], from, n, scale, zero)
		default:
			dequantizeU8AVX2(&dst[i], from, n, scale, zero)
		}
	}
	return count
}

// vectorCount is how many of n elements fill registers.
func vectorCount(n int) int {
	if isa.AVX512 {
		return n &^ 15
	}
	return n &^ 7
}

// quantizeBytesAVX2: see quantizeGeneric. n elements, a positive multiple of 8.
//
//go:noescape
func quantizeBytesAVX2(dst unsafe.Pointer, x *float32, n int, scale float32, zero, lo, hi int32)

// dequantizeS8AVX2: see dequantizeGeneric. n elements, a positive multiple of 8.
//
//go:noescape
func dequantizeS8AVX2(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

// dequantizeU8AVX2: see dequantizeGeneric. n elements, a positive multiple of 8.
//
//go:noescape
func dequantizeU8AVX2(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

// dequantizeS16AVX2: see dequantizeGeneric. n elements, a positive multiple of 8.
//
//go:noescape
func dequantizeS16AVX2(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

// quantizeBytesAVX512: see quantizeGeneric. n elements, a positive multiple of 16.
//
//go:noescape
func quantizeBytesAVX512(dst unsafe.Pointer, x *float32, n int, scale float32, zero, lo, hi int32)

// dequantizeS8AVX512: see dequantizeGeneric. n elements, a positive multiple of 16.
//
//go:noescape
func dequantizeS8AVX512(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

// dequantizeU8AVX512: see dequantizeGeneric. n elements, a positive multiple of 16.
//
//go:noescape
func dequantizeU8AVX512(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

// dequantizeS16AVX512: see dequantizeGeneric. n elements, a positive multiple of 16.
//
//go:noescape
func dequantizeS16AVX512(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

// quantizeWordsAVX512: see quantizeGeneric. n elements, a positive multiple of 16.
//
//go:noescape
func quantizeWordsAVX512(dst unsafe.Pointer, x *float32, n int, scale float32, zero, lo, hi int32)
