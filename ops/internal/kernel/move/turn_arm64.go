//go:build arm64 && !noasm

package move

import "unsafe"

// The kernels turn a strip: turnGeneric for so many elements as the last number of the name, of so many bits as the first one;
// rows is at least the second one. Strides count bytes.

//go:noescape
func turn8x8x8NEON(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

//go:noescape
func turn16x8x8NEON(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

//go:noescape
func turn32x4x4NEON(dst, src unsafe.Pointer, rows, dstRow, srcRow int)

// hasTurns tells whether the processor has the kernels.
func hasTurns() bool { return true }

// turnKernels are all kernels.
var turnKernels = []turnKernel{
	{"turn8x8x8NEON", 1, 8, 8, turn8x8x8NEON},
	{"turn16x8x8NEON", 2, 8, 8, turn16x8x8NEON},
	{"turn32x4x4NEON", 4, 4, 4, turn32x4x4NEON},
}
