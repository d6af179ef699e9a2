//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// outputFast is outputExact; false where it leaves the work to it.
func outputFast[A int32 | int64, Out int8 | uint8 | int16](dst []Out, acc, offsets []A, less A, p *OutputParams) bool {
	if !isa.AVX512 || len(acc) == 0 {
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
	lo, hi := float64(int64(p.Min)-int64(p.Zero)), float64(int64(p.Max)-int64(p.Zero))
	if unsafe.Sizeof(dst[0]) == 1 {
		outputExactBAVX512(unsafe.Pointer(&dst[0]), a, o, &p.Scales[0], each, n, int32(less), p.Zero, lo, hi)
	} else {
		outputExactWAVX512(unsafe.Pointer(&dst[0]), a, o, &p.Scales[0], each, n, int32(less), p.Zero, lo, hi)
	}
	return true
}

// The kernels map a row of n sums; each says that every column has a scale of its own. Their generic twin is outputExact.

//go:noescape
func outputExactBAVX512(dst unsafe.Pointer, acc, offsets *int32, scales *float64, each, n int, less, zero int32, lo, hi float64)

//go:noescape
func outputExactWAVX512(dst unsafe.Pointer, acc, offsets *int32, scales *float64, each, n int, less, zero int32, lo, hi float64)
