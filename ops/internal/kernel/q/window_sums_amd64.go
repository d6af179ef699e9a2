//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// windowSumsFast is [WindowSums]; false where it leaves the work to the generic kernel.
func windowSumsFast[X int8 | uint8](dst []int32, x []X, ldx int, win *Window, factor int32) bool {
	if !isa.AVX512 || X(0)-1 < 0 || len(dst) == 0 || win.Length == 0 {
		return false
	}
	_ = x[:(len(dst)-1)*ldx+win.reach()]
	windowSumsU8AVX512(&dst[0], len(dst), (*uint8)(unsafe.Pointer(&x[0])), ldx, win.Length, win.Segments, unsafe.SliceData(win.Steps), factor)
	return true
}

// Its generic twin is windowSumsGeneric.
//
//go:noescape
func windowSumsU8AVX512(dst *int32, rows int, x *uint8, ldx, length, segments int, steps *int, factor int32)
