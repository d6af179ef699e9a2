//go:build arm64 && !noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// gemmKernels are the sets of tile kernels, the better ones first.
var gemmKernels = []GemmKernel{
	{Name: "gemm5x16x4S8DOT", MR: 5, NR: 16, KR: 4, Available: isa.DotProduct, elements: signedElements, fuse: fuseRounding, narrow: 8, order: inOrder, run: runDOT},
	{Name: "gemm4x16x8S8NEON", MR: 4, NR: 16, KR: 8, Available: true, elements: signedElements, fuse: fuseRounding, narrow: 8, order: inOrder, run: runNEON},
}

// fuseRounding is for kernels that make stored values by a doubling product and a rounding shift to the right: of the block they
// use the multipliers, and where the right shifts stand, negative ones. It refuses left shifts and none.
func fuseRounding(block []int32, i int, multiplier int32, shift int, zero int32, limit int64, _ bool) bool {
	if multiplier == 0 {
		shift = -1
	}
	if multiplier < 0 || shift > -1 || shift < -31 || limit >= 1<<30 {
		return false
	}
	block[48+i], block[80+i] = multiplier, int32(shift)
	return true
}

func runDOT(mr, width int, args *gemmArgs) {
	kernels := &gemmDOT[0]
	if args.xor != 0 {
		kernels = &gemmDOT[1]
	}
	kernels[width/16*5+mr-1](args)
}

func runNEON(mr, width int, args *gemmArgs) {
	kernels := &gemmNEON[0]
	if args.xor != 0 {
		kernels = &gemmNEON[1]
	}
	kernels[width/16*4+mr-1](args)
}

// gemmDOT are the kernels for signed and for unsigned elements: 8 columns, then 16.
var gemmDOT = [2][10]func(args *gemmArgs){
	{
		gemm1x8x4S8DOT, gemm2x8x4S8DOT, gemm3x8x4S8DOT, gemm4x8x4S8DOT, gemm5x8x4S8DOT,
		gemm1x16x4S8DOT, gemm2x16x4S8DOT, gemm3x16x4S8DOT, gemm4x16x4S8DOT, gemm5x16x4S8DOT,
	},
	{
		gemm1x8x4U8DOT, gemm2x8x4U8DOT, gemm3x8x4U8DOT, gemm4x8x4U8DOT, gemm5x8x4U8DOT,
		gemm1x16x4U8DOT, gemm2x16x4U8DOT, gemm3x16x4U8DOT, gemm4x16x4U8DOT, gemm5x16x4U8DOT,
	},
}

// gemmNEON are the kernels for signed and for unsigned elements: 8 columns, then 16.
var gemmNEON = [2][8]func(args *gemmArgs){
	{
		gemm1x8x8S8NEON, gemm2x8x8S8NEON, gemm3x8x8S8NEON, gemm4x8x8S8NEON,
		gemm1x16x8S8NEON, gemm2x16x8S8NEON, gemm3x16x8S8NEON, gemm4x16x8S8NEON,
	},
	{
		gemm1x8x8U8NEON, gemm2x8x8U8NEON, gemm3x8x8U8NEON, gemm4x8x8U8NEON,
		gemm1x16x8U8NEON, gemm2x16x8U8NEON, gemm3x16x8U8NEON, gemm4x16x8U8NEON,
	},
}

// The kernels compute args.tiles tiles one below the other. Their generic twins are productsGeneric and requantizeGeneric.

//go:noescape
func gemm1x8x4S8DOT(args *gemmArgs)

//go:noescape
func gemm2x8x4S8DOT(args *gemmArgs)

//go:noescape
func gemm3x8x4S8DOT(args *gemmArgs)

//go:noescape
func gemm4x8x4S8DOT(args *gemmArgs)

//go:noescape
func gemm5x8x4S8DOT(args *gemmArgs)

//go:noescape
func gemm1x16x4S8DOT(args *gemmArgs)

//go:noescape
func gemm2x16x4S8DOT(args *gemmArgs)

//go:noescape
func gemm3x16x4S8DOT(args *gemmArgs)

//go:noescape
func gemm4x16x4S8DOT(args *gemmArgs)

//go:noescape
func gemm5x16x4S8DOT(args *gemmArgs)

//go:noescape
func gemm1x8x4U8DOT(args *gemmArgs)

//go:noescape
func gemm2x8x4U8DOT(args *gemmArgs)

//go:noescape
func gemm3x8x4U8DOT(args *gemmArgs)

//go:noescape
func gemm4x8x4U8DOT(args *gemmArgs)

//go:noescape
func gemm5x8x4U8DOT(args *gemmArgs)

//go:noescape
func gemm1x16x4U8DOT(args *gemmArgs)

//go:noescape
func gemm2x16x4U8DOT(args *gemmArgs)

//go:noescape
func gemm3x16x4U8DOT(args *gemmArgs)

//go:noescape
func gemm4x16x4U8DOT(args *gemmArgs)

//go:noescape
func gemm5x16x4U8DOT(args *gemmArgs)

//go:noescape
func gemm1x8x8S8NEON(args *gemmArgs)

//go:noescape
func gemm2x8x8S8NEON(args *gemmArgs)

//go:noescape
func gemm3x8x8S8NEON(args *gemmArgs)

//go:noescape
func gemm4x8x8S8NEON(args *gemmArgs)

//go:noescape
func gemm1x16x8S8NEON(args *gemmArgs)

//go:noescape
func gemm2x16x8S8NEON(args *gemmArgs)

//go:noescape
func gemm3x16x8S8NEON(args *gemmArgs)

//go:noescape
func gemm4x16x8S8NEON(args *gemmArgs)

//go:noescape
func gemm1x8x8U8NEON(args *gemmArgs)

//go:noescape
func gemm2x8x8U8NEON(args *gemmArgs)

//go:noescape
func gemm3x8x8U8NEON(args *gemmArgs)

//go:noescape
func gemm4x8x8U8NEON(args *gemmArgs)

//go:noescape
func gemm1x16x8U8NEON(args *gemmArgs)

//go:noescape
func gemm2x16x8U8NEON(args *gemmArgs)

//go:noescape
func gemm3x16x8U8NEON(args *gemmArgs)

//go:noescape
func gemm4x16x8U8NEON(args *gemmArgs)

// flipFast says that there is no faster kernel.
func flipFast(dst, x []int8) bool { return false }

// gemmWords has no kernels.
var gemmWords *GemmKernel
