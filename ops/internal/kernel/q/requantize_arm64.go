//go:build arm64 && !noasm

package q

import "unsafe"

// requantizeFast is [RequantizeChannels]; false where it leaves the work to the generic kernel: few columns, int16, and shifts
// that the kernel does not cover.
func requantizeFast[Out int8 | uint8 | int16](dst []Out, ldd int, acc []int32, rows, from, n int, c *Channels) bool {
	const width = 8
	if unsafe.Sizeof(Out(0)) != 1 || rows <= 0 || n < width {
		return false
	}
	_, _ = dst[:(rows-1)*ldd+n], acc[:rows*n]
	multiplier, shift := c.Multiplier[from:][:n], c.Shift[from:][:n]
	for _, s := range shift {
		if s < -31 || s > 31 {
			return false
		}
	}
	for j := 0; j < n; j += width {
		j = min(j, n-width) // the last ones again some columns that are there already
		requantize8BNEON(unsafe.Pointer(&dst[j]), ldd, &acc[j], n*4, rows, &multiplier[j], &shift[j], c.ZeroOut, c.Min, c.Max)
	}
	return true
}

// requantize8BNEON maps rows of 8 columns to bytes; its generic twin is requantizeGeneric. ldd and lda are in bytes.
//
//go:noescape
func requantize8BNEON(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, multiplier *int32, shift *int8, zero, lo, hi int32)

// onceFast says that there is no faster kernel.
func onceFast(o *Once, dst []int16, ldd int, acc []int32, rows, from, n int) bool { return false }
