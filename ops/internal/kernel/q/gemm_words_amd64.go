//go:build amd64 && !noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// gemmWords are the tile kernels of words by bytes.
var gemmWords = &GemmKernel{
	Name: "gemm12x32x2S16VNNI512", MR: 12, NR: 32, KR: 2, Available: isa.VNNI512, elements: wordElements, narrow: 16, order: orderVNNI512, run: runWordsVNNI512,
}

func runWordsVNNI512(mr, width int, args *gemmArgs) {
	if width == 16 {
		gemmWordsBy16VNNI512(mr, args)
		return
	}
	switch mr {
	case 1:
		gemm1x32x2S16VNNI512(args)
	case 2:
		gemm2x32x2S16VNNI512(args)
	case 3:
		gemm3x32x2S16VNNI512(args)
	case 4:
		gemm4x32x2S16VNNI512(args)
	case 5:
		gemm5x32x2S16VNNI512(args)
	case 6:
		gemm6x32x2S16VNNI512(args)
	case 7:
		gemm7x32x2S16VNNI512(args)
	case 8:
		gemm8x32x2S16VNNI512(args)
	case 9:
		gemm9x32x2S16VNNI512(args)
	case 10:
		gemm10x32x2S16VNNI512(args)
	case 11:
		gemm11x32x2S16VNNI512(args)
	case 12:
		gemm12x32x2S16VNNI512(args)
	}
}

func gemmWordsBy16VNNI512(mr int, args *gemmArgs) {
	switch mr {
	case 1:
		gemm1x16x2S16VNNI512(args)
	case 2:
		gemm2x16x2S16VNNI512(args)
	case 3:
		gemm3x16x2S16VNNI512(args)
	case 4:
		gemm4x16x2S16VNNI512(args)
	case 5:
		gemm5x16x2S16VNNI512(args)
	case 6:
		gemm6x16x2S16VNNI512(args)
	case 7:
		gemm7x16x2S16VNNI512(args)
	case 8:
		gemm8x16x2S16VNNI512(args)
	case 9:
		gemm9x16x2S16VNNI512(args)
	case 10:
		gemm10x16x2S16VNNI512(args)
	case 11:
		gemm11x16x2S16VNNI512(args)
	case 12:
		gemm12x16x2S16VNNI512(args)
	}
}

// The kernels compute args.tiles tiles of sums one below the other. Their generic twin is productsGeneric.

//go:noescape
func gemm1x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm2x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm3x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm4x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm5x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm6x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm7x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm8x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm9x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm10x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm11x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm12x16x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm1x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm2x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm3x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm4x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm5x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm6x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm7x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm8x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm9x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm10x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm11x32x2S16VNNI512(args *gemmArgs)

//go:noescape
func gemm12x32x2S16VNNI512(args *gemmArgs)
