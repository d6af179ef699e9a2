//go:build arm64 && !noasm

package q

import "unsafe"

// outputFast is outputExact; false where it leaves the work to it.
func outputFast[A int32 | int64, Out int8 | uint8 | int16](dst []Out, acc, offsets []A, less A, p *OutputParams) bool {
	if len(acc) == 0 {
		return false
	}
	a, ok := any(&acc[0]).(*int32)
	if !ok {
		return false
	}
	n := len(acc)
	_, _ = dst[:n], offsets[:n]
	each := 0
	if len(p.Scales) > 1 {
		each = 1
		_ = p.Scales[:n]
	}
	o := any(&offsets[0]).(*int32)
	if unsafe.Sizeof(dst[0]) == 1 {
		outputExactBNEON(unsafe.Pointer(&dst[0]), a, o, &p.Scales[0], each, n, int32(less), p.Zero, p.Min, p.Max)
	} else {
		outputExactWNEON(unsafe.Pointer(&dst[0]), a, o, &p.Scales[0], each, n, int32(less), p.Zero, p.Min, p.Max)
	}
	return true
}

// quantizeVector is quantizeGeneric of bytes in vectors, for as many elements as it returns.
func quantizeVector[T int8 | uint8 | int16](dst []T, x []float32, scale float32, zero, lo, hi int32) int {
	if unsafe.Sizeof(T(0)) != 1 {
		return 0
	}
	count := len(x) &^ 15
	dst = dst[:len(x)]
	for i := 0; i < count; i += bytesRun {
		quantizeBytesNEON((*uint8)(unsafe.Pointer(&dst[i])), &x[i], min(count-i, bytesRun), scale, zero, lo, hi)
	}
	return count
}

// dequantizeVector is dequantizeGeneric in vectors, for as many elements as it returns. The product of float32 has been rounded
// once, as that of float64 has: it is exact there.
func dequantizeVector[T int8 | uint8 | int16](dst []float32, x []T, scale float32, zero int32) int {
	if zero < -1<<20 || zero > 1<<20 {
		return 0
	}
	count := len(x) &^ 7
	minusOne := T(0)
	minusOne--
	dst = dst[:len(x)]
	for i := 0; i < count; i += bytesRun {
		n, from := min(count-i, bytesRun), unsafe.Pointer(&x[i])
		switch {
		case unsafe.Sizeof(minusOne) == 2:
			dequantizeS16NEON(&dst[i], from, n, scale, zero)
		case minusOne < 0:
			dequantizeS8NEON(&dst[i], from, n, scale, zero)
		default:
			dequantizeU8NEON(&dst[i], from, n, scale, zero)
		}
	}
	return count
}

// windowSumsFast is [WindowSums]; false where it leaves the work to the generic kernel.
func windowSumsFast[X int8 | uint8](dst []int32, x []X, ldx int, win *Window, factor int32) bool {
	if X(0)-1 < 0 || len(dst) == 0 || win.Length == 0 {
		return false
	}
	_ = x[:(len(dst)-1)*ldx+win.reach()]
	windowSumsU8NEON(&dst[0], len(dst), (*uint8)(unsafe.Pointer(&x[0])), ldx, win.Length, win.Segments, unsafe.SliceData(win.Steps), factor)
	return true
}

// The kernels map a row of n sums; each says that every column has a scale of its own. Their generic twin is outputExact.

//go:noescape
func outputExactBNEON(dst unsafe.Pointer, acc, offsets *int32, scales *float64, each, n int, less, zero, lo, hi int32)

//go:noescape
func outputExactWNEON(dst unsafe.Pointer, acc, offsets *int32, scales *float64, each, n int, less, zero, lo, hi int32)

// quantizeBytesNEON: see quantizeGeneric. n elements, a positive multiple of 16.
//
//go:noescape
func quantizeBytesNEON(dst *uint8, x *float32, n int, scale float32, zero, lo, hi int32)

// The kernels that follow are dequantizeGeneric for n elements, a positive multiple of 8.

//go:noescape
func dequantizeS8NEON(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

//go:noescape
func dequantizeU8NEON(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

//go:noescape
func dequantizeS16NEON(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)

// Its generic twin is windowSumsGeneric.
//
//go:noescape
func windowSumsU8NEON(dst *int32, rows int, x *uint8, ldx, length, segments int, steps *int, factor int32)

// addRowsFast says that there is no faster kernel.
func addRowsFast[X int8 | uint8](sums []int32, x []X) bool { return false }
