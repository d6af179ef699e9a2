//go:build amd64 && !noasm

package move

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// The kernels turn a strip: turnGeneric for so many elements as the last number of the name, of so many bits as the first one;
// rows is at least the second one. Strides count bytes.

//go:noescape
func turn8x8x8AVX2(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

//go:noescape
func turn8x16x16AVX2(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

//go:noescape
func turn16x8x8AVX2(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

//go:noescape
func turn16x16x8AVX2(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

//go:noescape
func turn32x4x4AVX2(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

//go:noescape
func turn32x8x8AVX2(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

//go:noescape
func turn64x4x4AVX2(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

// hasTurns tells whether the processor has the kernels.
func hasTurns() bool { return isa.AVX2 }

// turnKernels are all kernels, for each size the one with the largest tile first.
var turnKernels = []turnKernel{
	{"turn8x16x16AVX2", 1, 16, 16, turn8x16x16AVX2},
	{"turn8x8x8AVX2", 1, 8, 8, turn8x8x8AVX2},
	{"turn16x16x8AVX2", 2, 16, 8, turn16x16x8AVX2},
	{"turn16x8x8AVX2", 2, 8, 8, turn16x8x8AVX2},
	{"turn32x8x8AVX2", 4, 8, 8, turn32x8x8AVX2},
	{"turn32x4x4AVX2", 4, 4, 4, turn32x4x4AVX2},
	{"turn64x4x4AVX2", 8, 4, 4, turn64x4x4AVX2},
}
