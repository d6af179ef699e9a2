//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// requantizeFast is [RequantizeChannels]; false where it leaves the work to the generic kernel.
func requantizeFast[Out int8 | uint8 | int16](dst []Out, ldd int, acc []int32, rows, from, n int, c *Channels) bool {
	if rows <= 0 || n <= 0 || !isa.AVX2 || !isa.AVX512 && n < 8 {
		return false
	}
	requantizeRows(isa.AVX512, dst, ldd, acc, rows, from, n, c)
	return true
}

func requantizeRows[Out int8 | uint8 | int16](avx512 bool, dst []Out, ldd int, acc []int32, rows, from, n int, c *Channels) {
	_, _ = dst[:(rows-1)*ldd+n], acc[:rows*n]
	multiplier, shift := c.Multiplier[from:][:n], c.Shift[from:][:n]
	width := 8
	if avx512 {
		width = 16
	}
	size := int(unsafe.Sizeof(dst[0]))
	for j := 0; j < n; j += width {
		mask := 1<<min(width, n-j) - 1
		if !avx512 {
			j = min(j, n-width) // again some columns that are there already
		}
		d, a, m, s := unsafe.Pointer(&dst[j]), &acc[j], &multiplier[j], &shift[j]
		switch any(dst[0]).(type) {
		case int8:
			if avx512 {
				requantize16BAVX512(d, ldd*size, a, n*4, rows, m, s, mask, c.ZeroOut, c.Min, c.Max)
			} else {
				requantize8S8AVX2(d, ldd*size, a, n*4, rows, m, s, mask, c.ZeroOut, c.Min, c.Max)
			}
		case uint8:
			if avx512 {
				requantize16BAVX512(d, ldd*size, a, n*4, rows, m, s, mask, c.ZeroOut, c.Min, c.Max)
			} else {
				requantize8U8AVX2(d, ldd*size, a, n*4, rows, m, s, mask, c.ZeroOut, c.Min, c.Max)
			}
		default:
			if avx512 {
				requantize16WAVX512(d, ldd*size, a, n*4, rows, m, s, mask, c.ZeroOut, c.Min, c.Max)
			} else {
				requantize8S16AVX2(d, ldd*size, a, n*4, rows, m, s, mask, c.ZeroOut, c.Min, c.Max)
			}
		}
	}
}

// onceFast is [Once.Rows] with rows and columns; false where it leaves the work to the generic loop.
func onceFast(o *Once, dst []int16, ldd int, acc []int32, rows, from, n int) bool {
	if !isa.AVX512 {
		return false
	}
	_, _ = dst[:(rows-1)*ldd+n], acc[:rows*n]
	reduced, right := o.reduced[from:][:n], o.right[from:][:n]
	for j := 0; j < n; j += 16 {
		mask := 1<<min(16, n-j) - 1
		requantizeOnce16AVX512(unsafe.Pointer(&dst[j]), 2*ldd, &acc[j], 4*n, rows, &reduced[j], &right[j], mask, o.channels.Min, o.channels.Max)
	}
	return true
}

//go:noescape
func requantizeOnce16AVX512(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, reduced, right *int32, mask int, lo, hi int32)

// The kernels map rows of 16 columns (those of mask) or 8; their generic twin is requantizeGeneric. ldd and lda are in bytes.

//go:noescape
func requantize16BAVX512(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, multiplier *int32, shift *int8, mask int, zero, lo, hi int32)

//go:noescape
func requantize16WAVX512(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, multiplier *int32, shift *int8, mask int, zero, lo, hi int32)

//go:noescape
func requantize8S8AVX2(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, multiplier *int32, shift *int8, mask int, zero, lo, hi int32)

//go:noescape
func requantize8U8AVX2(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, multiplier *int32, shift *int8, mask int, zero, lo, hi int32)

//go:noescape
func requantize8S16AVX2(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, multiplier *int32, shift *int8, mask int, zero, lo, hi int32)
