//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// windowSumsFast is [WindowSums]; false where it leaves the work to the generic kernel.
func windowSumsFast[X int8 | uint8](dst []int32, x []X, ldx int, win *Window, factor int32) bool {
	if !isa.AVX512 || len(dst) == 0 || win.Length == 0 {
		return false
	}
	_ = x[:(len(dst)-1)*ldx+win.reach()]
	flip, less := uint32(0), int32(0)
	if X(0)-1 < 0 {
		flip, less = 0x80808080, int32(128*win.Length*win.Segments)
	}
	windowSumsAVX512(&dst[0], len(dst), (*uint8)(unsafe.Pointer(&x[0])), ldx, win.Length, win.Segments, unsafe.SliceData(win.Steps), factor, flip, less)
	return true
}

// addRowsFast is [AddRows]; false where it leaves the work to the generic kernel.
func addRowsFast[X int8 | uint8](sums []int32, x []X) bool {
	if !isa.AVX512 || len(sums) == 0 || len(x) == 0 {
		return false
	}
	if X(0)-1 < 0 {
		addRowsS8AVX512(&sums[0], len(sums), unsafe.Pointer(&x[0]), len(x)/len(sums))
	} else {
		addRowsU8AVX512(&sums[0], len(sums), unsafe.Pointer(&x[0]), len(x)/len(sums))
	}
	return true
}

// Their generic twins are windowSumsGeneric and addRowsGeneric.

//go:noescape
func windowSumsAVX512(dst *int32, rows int, x *uint8, ldx, length, segments int, steps *int, factor int32, flip uint32, less int32)

//go:noescape
func addRowsS8AVX512(sums *int32, n int, x unsafe.Pointer, rows int)

//go:noescape
func addRowsU8AVX512(sums *int32, n int, x unsafe.Pointer, rows int)
