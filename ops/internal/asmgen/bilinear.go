package main

import "fmt"

// The fields of bilinearArgs, in bytes, and of its table's entries.
const (
	blTop, blBottom, blDst, blTable      = 0, 8, 16, 24
	blDstOffset, blChannels, blOutputs   = 32, 40, 48
	blWTop, blWBottom, blHalf, blEntry   = 56, 60, 64, 16
	blLeft, blRight, blWLeft, blWRight   = 0, 4, 8, 12
	blSignature                          = "(args *bilinearArgs)"
	blRegWTop, blRegWBottom, blRegWeight = 15, 14, 4 // registers; the weights of the four pixels are from the last on
	blRegHalf, blRegWLeft, blRegWRight   = 13, 12, 11
)

// bilinearF32 writes the interpolation of float32, bilinearQuantized that of uint8 in float32 and of int8 in fixed point.
func bilinearF32(f *file) {
	bilinear(f, "F32", 4)
}

func bilinearQuantized(f *file) {
	bilinear(f, "U8", 1)
	bilinear(f, "S8", 1)
	bilinearShared(f)
}

// bilinear writes a function for neighbouring outputs of one row, a vector of channels at a time. With AVX-512 a mask has the last
// channels; with AVX2 the last vector overlaps the one before it.
func bilinear(f *file, name string, size int) {
	for _, width := range []byte{'Z', 'Y'} {
		r := func(i int) string { return vec(width, i) }
		lanes, feature := 8, "AVX2"
		if width == 'Z' {
			lanes, feature = 16, "AVX512"
		}
		f.function("bilinear"+name+feature, blSignature, 8)
		f.op("MOVQ args+0(FP), DI")
		f.op("MOVQ %d(DI), AX", blTop)
		f.op("MOVQ %d(DI), BX", blBottom)
		f.op("MOVQ %d(DI), SI", blTable)
		f.op("MOVQ %d(DI), DX", blDst)
		f.op("ADDQ %d(DI), DX", blDstOffset)
		f.op("MOVQ %d(DI), R11", blOutputs)
		f.op("VPBROADCASTD %d(DI), %s", blWTop, r(blRegWTop))
		f.op("VPBROADCASTD %d(DI), %s", blWBottom, r(blRegWBottom))
		f.op("VPBROADCASTD %d(DI), %s", blHalf, r(blRegHalf))
		f.label("output")
		f.op("MOVLQSX %d(SI), R8", blLeft)
		f.op("MOVLQSX %d(SI), R9", blRight)
		f.op("VPBROADCASTD %d(SI), %s", blWLeft, r(blRegWLeft))
		f.op("VPBROADCASTD %d(SI), %s", blWRight, r(blRegWRight))
		mul := map[string]string{"F32": "VMULPS", "S8": "VPMULLD"}[name]
		if mul != "" {
			for i, w := range [][2]int{{blRegWTop, blRegWLeft}, {blRegWBottom, blRegWLeft}, {blRegWTop, blRegWRight}, {blRegWBottom, blRegWRight}} {
				f.op("%s %s, %s, %s", mul, r(w[0]), r(w[1]), r(blRegWeight+i))
			}
		}
		f.op("XORQ CX, CX")
		f.label("block")
		f.op("MOVQ %d(DI), R10", blChannels)
		f.op("SUBQ CX, R10")
		if width == 'Z' {
			f.op("MOVQ $%d, R13", lanes)
			f.op("CMPQ R10, R13")
			f.op("CMOVQGT R13, R10")
			f.op("MOVQ $-1, R12")
			f.op("BZHIQ R10, R12, R12")
			f.op("KMOVW R12, K1")
		} else {
			f.op("CMPQ R10, $%d", lanes)
			f.op("JGE inside")
			f.op("ADDQ R10, CX")
			f.op("SUBQ $%d, CX", lanes)
			f.label("inside")
		}
		f.op("LEAQ (AX)(CX*%d), R12", size)
		f.op("LEAQ (BX)(CX*%d), R13", size)
		load := map[string]string{"F32": "VMOVUPS", "U8": "VPMOVZXBD", "S8": "VPMOVSXBD"}[name]
		for i, from := range []string{"(R12)(R8*1)", "(R13)(R8*1)", "(R12)(R9*1)", "(R13)(R9*1)"} {
			if width == 'Z' {
				f.op("%s.Z %s, K1, %s", load, from, r(i))
			} else {
				f.op("%s %s, %s", load, from, r(i))
			}
		}
		switch name {
		case "F32":
			f.op("VMULPS %s, %s, %s", r(blRegWeight), r(0), r(0))
			for i := 1; i < 4; i++ {
				f.op("VFMADD231PS %s, %s, %s", r(blRegWeight+i), r(i), r(0))
			}
		case "U8": // every product and sum rounded on its own, in the order of the generic kernel
			for i := range 4 {
				f.op("VCVTDQ2PS %[1]s, %[1]s", r(i))
				f.op("VMULPS %s, %[2]s, %[2]s", r([]int{blRegWTop, blRegWBottom}[i%2]), r(i))
				f.op("VMULPS %s, %[2]s, %[2]s", r([]int{blRegWLeft, blRegWRight}[i/2]), r(i))
			}
			for i := 1; i < 4; i++ {
				f.op("VADDPS %s, %s, %s", r(i), r(0), r(0))
			}
			f.op("VADDPS %s, %s, %s", r(blRegHalf), r(0), r(0))
			f.op("VCVTTPS2DQ %s, %s", r(0), r(0))
		case "S8":
			for i := range 4 {
				f.op("VPMULLD %s, %[2]s, %[2]s", r(blRegWeight+i), r(i))
			}
			for i := 1; i < 4; i++ {
				f.op("VPADDD %s, %s, %s", r(i), r(0), r(0))
			}
			f.op("VPSRAD $31, %s, %s", r(0), r(1)) // halves away from zero
			f.op("VPADDD %s, %s, %s", r(1), r(0), r(0))
			f.op("VPADDD %s, %s, %s", r(blRegHalf), r(0), r(0))
			f.op("VPSRAD $20, %s, %s", r(0), r(0))
		}
		to := fmt.Sprintf("(DX)(CX*%d)", size)
		switch {
		case name == "F32" && width == 'Z':
			f.op("VMOVUPS Z0, K1, %s", to)
		case name == "F32":
			f.op("VMOVUPS Y0, %s", to)
		case width == 'Z':
			f.op("VPMOVDB Z0, K1, %s", to)
		default:
			f.op("VEXTRACTI128 $1, Y0, X1")
			f.op("VPACKSSDW X1, X0, X0")
			f.op("VPACK%sWB X0, X0, X0", map[string]string{"U8": "US", "S8": "SS"}[name])
			f.op("VMOVQ X0, %s", to)
		}
		f.op("ADDQ $%d, CX", lanes)
		f.op("CMPQ CX, %d(DI)", blChannels)
		f.op("JLT block")
		f.op("MOVQ %d(DI), R12", blChannels)
		f.op("LEAQ (DX)(R12*%d), DX", size)
		f.op("ADDQ $%d, SI", blEntry)
		f.op("DECQ R11")
		f.op("JNZ output")
		f.ret()
	}
}
