//go:build amd64 && !noasm

package q

func runVNNI256(mr, width int, args *gemmArgs) {
	switch mr {
	case 1:
		gemm1x16x4S8VNNI256(args)
	case 2:
		gemm2x16x4S8VNNI256(args)
	case 3:
		gemm3x16x4S8VNNI256(args)
	case 4:
		gemm4x16x4S8VNNI256(args)
	case 5:
		gemm5x16x4S8VNNI256(args)
	case 6:
		gemm6x16x4S8VNNI256(args)
	}
}

func runAVX2(mr, width int, args *gemmArgs) {
	if args.xor == 0 {
		gemmUnsignedAVX2(mr, args)
		return
	}
	switch mr {
	case 1:
		gemm1x16x2S8AVX2(args)
	case 2:
		gemm2x16x2S8AVX2(args)
	case 3:
		gemm3x16x2S8AVX2(args)
	case 4:
		gemm4x16x2S8AVX2(args)
	case 5:
		gemm5x16x2S8AVX2(args)
	}
}

func gemmUnsignedAVX2(mr int, args *gemmArgs) {
	switch mr {
	case 1:
		gemm1x16x2U8AVX2(args)
	case 2:
		gemm2x16x2U8AVX2(args)
	case 3:
		gemm3x16x2U8AVX2(args)
	case 4:
		gemm4x16x2U8AVX2(args)
	case 5:
		gemm5x16x2U8AVX2(args)
	}
}

// The kernels compute args.tiles tiles of sums one below the other. Their generic twin is productsGeneric.

//go:noescape
func gemm1x16x4S8VNNI256(args *gemmArgs)

//go:noescape
func gemm2x16x4S8VNNI256(args *gemmArgs)

//go:noescape
func gemm3x16x4S8VNNI256(args *gemmArgs)

//go:noescape
func gemm4x16x4S8VNNI256(args *gemmArgs)

//go:noescape
func gemm5x16x4S8VNNI256(args *gemmArgs)

//go:noescape
func gemm6x16x4S8VNNI256(args *gemmArgs)

//go:noescape
func gemm1x16x2S8AVX2(args *gemmArgs)

//go:noescape
func gemm2x16x2S8AVX2(args *gemmArgs)

//go:noescape
func gemm3x16x2S8AVX2(args *gemmArgs)

//go:noescape
func gemm4x16x2S8AVX2(args *gemmArgs)

//go:noescape
func gemm5x16x2S8AVX2(args *gemmArgs)

//go:noescape
func gemm1x16x2U8AVX2(args *gemmArgs)

//go:noescape
func gemm2x16x2U8AVX2(args *gemmArgs)

//go:noescape
func gemm3x16x2U8AVX2(args *gemmArgs)

//go:noescape
func gemm4x16x2U8AVX2(args *gemmArgs)

//go:noescape
func gemm5x16x2U8AVX2(args *gemmArgs)
