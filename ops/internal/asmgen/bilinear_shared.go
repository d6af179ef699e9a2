package main

// bilinearShared writes the interpolation of bytes of up to 16 or 32 channels with AVX-512. Outputs between the same pixels, of which
// an image that grows has some, share what the weights of the rows make of these: it stays in registers, from Z16 on. blocks is
// the number of vectors of channels, whose masks are K1 and K2.
func bilinearShared(f *file) {
	for _, name := range []string{"U8", "S8"} {
		for blocks := 1; blocks <= 2; blocks++ {
			f.function([]string{"", "bilinear16", "bilinear32"}[blocks]+name+"AVX512", blSignature, 8)
			f.op("MOVQ args+0(FP), DI")
			f.op("MOVQ %d(DI), AX", blTop)
			f.op("MOVQ %d(DI), BX", blBottom)
			f.op("MOVQ %d(DI), SI", blTable)
			f.op("MOVQ %d(DI), DX", blDst)
			f.op("ADDQ %d(DI), DX", blDstOffset)
			f.op("MOVQ %d(DI), R11", blOutputs)
			f.op("MOVQ %d(DI), CX", blChannels)
			f.op("VPBROADCASTD %d(DI), Z%d", blWTop, blRegWTop)
			f.op("VPBROADCASTD %d(DI), Z%d", blWBottom, blRegWBottom)
			f.op("VPBROADCASTD %d(DI), Z%d", blHalf, blRegHalf)
			f.op("MOVQ $-1, R12")
			f.op("BZHIQ CX, R12, R12")
			f.op("KMOVW R12, K1")
			f.op("SHRQ $16, R12")
			f.op("KMOVW R12, K2")
			f.op("MOVQ $-1, R10") // the left pixel of what is in the registers; the right one is that of the same place
			f.op("MOVQ $-1, R13")
			f.label("output")
			f.op("MOVLQSX %d(SI), R8", blLeft)
			f.op("MOVLQSX %d(SI), R9", blRight)
			f.op("CMPQ R8, R10")
			f.op("JNE pixels")
			f.op("CMPQ R9, R13")
			f.op("JEQ shared")
			f.label("pixels")
			f.op("MOVQ R8, R10")
			f.op("MOVQ R9, R13")
			for b := range blocks {
				at := 16 + 4*b
				for i, from := range []string{"(AX)(R8*1)", "(BX)(R8*1)", "(AX)(R9*1)", "(BX)(R9*1)"} {
					if b == 1 {
						from = "16" + from
					}
					f.op("VPMOV%sXBD.Z %s, K%d, Z%d", map[string]string{"U8": "Z", "S8": "S"}[name], from, 1+b, at+i)
					w := []int{blRegWTop, blRegWBottom}[i%2]
					if name == "U8" {
						f.op("VCVTDQ2PS Z%d, Z%[1]d", at+i)
						f.op("VMULPS Z%d, Z%d, Z%[2]d", w, at+i)
					} else {
						f.op("VPMULLD Z%d, Z%d, Z%[2]d", w, at+i)
					}
				}
				if name == "S8" { // integers: both rows are one sum
					f.op("VPADDD Z%d, Z%d, Z%d", at+1, at, at)
					f.op("VPADDD Z%d, Z%d, Z%d", at+3, at+2, at+2)
				}
			}
			f.label("shared")
			f.op("VPBROADCASTD %d(SI), Z%d", blWLeft, blRegWLeft)
			f.op("VPBROADCASTD %d(SI), Z%d", blWRight, blRegWRight)
			for b := range blocks {
				at, r := 16+4*b, 4*b
				if name == "U8" { // every product and sum rounded on its own, in the order of the generic kernel
					for i := range 4 {
						f.op("VMULPS Z%d, Z%d, Z%d", []int{blRegWLeft, blRegWRight}[i/2], at+i, r+i)
					}
					for i := 1; i < 4; i++ {
						f.op("VADDPS Z%d, Z%d, Z%[2]d", r+i, r)
					}
					f.op("VADDPS Z%d, Z%d, Z%[2]d", blRegHalf, r)
					f.op("VCVTTPS2DQ Z%d, Z%[1]d", r)
				} else {
					f.op("VPMULLD Z%d, Z%d, Z%d", blRegWLeft, at, r)
					f.op("VPMULLD Z%d, Z%d, Z%d", blRegWRight, at+2, r+1)
					f.op("VPADDD Z%d, Z%d, Z%[2]d", r+1, r)
					f.op("VPSRAD $31, Z%d, Z%d", r, r+1) // halves away from zero
					f.op("VPADDD Z%d, Z%d, Z%[2]d", r+1, r)
					f.op("VPADDD Z%d, Z%d, Z%[2]d", blRegHalf, r)
					f.op("VPSRAD $20, Z%d, Z%[1]d", r)
				}
				f.op("VPMOVDB Z%d, K%d, %d(DX)", r, 1+b, 16*b)
			}
			f.op("ADDQ CX, DX")
			f.op("ADDQ $%d, SI", blEntry)
			f.op("DECQ R11")
			f.op("JNZ output")
			f.ret()
		}
	}
}
