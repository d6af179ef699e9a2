//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// gemmKernels are the sets of tile kernels, the better ones first.
var gemmKernels = []GemmKernel{
	{Name: "gemm12x32x4S8VNNI512", MR: 12, NR: 32, KR: 4, Available: isa.VNNI512, flipped: true, fuse: fuseColumn, factor: factorColumn, narrow: 16, order: orderVNNI512, pack: packVNNI512, run: runVNNI512},
	{Name: "gemm6x16x4S8VNNI256", MR: 6, NR: 16, KR: 4, Available: isa.VNNI256, narrow: 16, order: inOrder, run: runVNNI256},
	{Name: "gemm5x16x2S8AVX2", MR: 5, NR: 16, KR: 2, Available: isa.AVX2, elements: widenedElements, narrow: 16, order: inOrder, run: runAVX2},
}

// orderVNNI512 puts the even columns of 32 in one vector and the odd ones in another: taking words of both in turn puts them
// in order again.
func orderVNNI512(place, width int) int {
	if width == 16 {
		return place
	}
	return place%16*2 + place/16
}

// flipFast is [Flip] of elements there are; false where it leaves the work to the generic loop.
func flipFast(dst, x []int8) bool {
	if !isa.AVX512 {
		return false
	}
	flipAVX512(unsafe.Pointer(&dst[0]), unsafe.Pointer(&x[0]), len(x))
	return true
}

//go:noescape
func flipAVX512(dst, src unsafe.Pointer, n int)

func packVNNI512(dst unsafe.Pointer, step int, src unsafe.Pointer, ld, lane, blocks int, flip uint32, sums *int32) {
	pack16S8VNNI512(dst, step, src, ld, lane, blocks, flip, 0x01010101, sums)
}

// Its generic twin is packColumn.
//
//go:noescape
func pack16S8VNNI512(dst unsafe.Pointer, step int, src unsafe.Pointer, ld, lane, blocks int, flip, ones uint32, sums *int32)

func runVNNI512(mr, width int, args *gemmArgs) {
	if width == 16 {
		gemmBy16VNNI512(mr, args)
		return
	}
	switch mr {
	case 1:
		gemm1x32x4S8VNNI512(args)
	case 2:
		gemm2x32x4S8VNNI512(args)
	case 3:
		gemm3x32x4S8VNNI512(args)
	case 4:
		gemm4x32x4S8VNNI512(args)
	case 5:
		gemm5x32x4S8VNNI512(args)
	case 6:
		gemm6x32x4S8VNNI512(args)
	case 7:
		gemm7x32x4S8VNNI512(args)
	case 8:
		gemm8x32x4S8VNNI512(args)
	case 9:
		gemm9x32x4S8VNNI512(args)
	case 10:
		gemm10x32x4S8VNNI512(args)
	case 11:
		gemm11x32x4S8VNNI512(args)
	case 12:
		gemm12x32x4S8VNNI512(args)
	}
}

func gemmBy16VNNI512(mr int, args *gemmArgs) {
	switch mr {
	case 1:
		gemm1x16x4S8VNNI512(args)
	case 2:
		gemm2x16x4S8VNNI512(args)
	case 3:
		gemm3x16x4S8VNNI512(args)
	case 4:
		gemm4x16x4S8VNNI512(args)
	case 5:
		gemm5x16x4S8VNNI512(args)
	case 6:
		gemm6x16x4S8VNNI512(args)
	case 7:
		gemm7x16x4S8VNNI512(args)
	case 8:
		gemm8x16x4S8VNNI512(args)
	case 9:
		gemm9x16x4S8VNNI512(args)
	case 10:
		gemm10x16x4S8VNNI512(args)
	case 11:
		gemm11x16x4S8VNNI512(args)
	case 12:
		gemm12x16x4S8VNNI512(args)
	}
}

// The kernels compute args.tiles tiles one below the other. Their generic twins are productsGeneric and requantizeGeneric.

//go:noescape
func gemm1x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm2x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm3x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm4x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm5x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm6x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm7x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm8x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm9x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm10x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm11x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm12x16x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm1x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm2x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm3x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm4x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm5x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm6x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm7x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm8x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm9x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm10x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm11x32x4S8VNNI512(args *gemmArgs)

//go:noescape
func gemm12x32x4S8VNNI512(args *gemmArgs)
