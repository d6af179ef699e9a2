package main

// dense writes the product of one row of int8 with packed weights, whose sums become stored values at once, as outputExact makes
// them; see denseArgs for the arguments. Four panels of 16 columns share the elements of x while there are four, with two vectors
// of sums each to hide the latency of the products; a panel alone has four vectors of sums.
//
//	SI, AX x   BX panels   DI dst   R10 start   R8 scales   CX columns left   R11 groups left   R12 bytes of a panel   R13 of three
func dense(f *file) {
	f.line("\nDATA ·denseHalf<>+0(SB)/8, $0x3FDFFFFFFFFFFFFF")
	f.line("DATA ·denseHalf<>+8(SB)/8, $0x8000000000000000")
	f.line("GLOBL ·denseHalf<>(SB), RODATA|NOPTR, $16")
	f.function("dense1x16x4S8VNNI512", "(args *denseArgs)", 8)
	f.op("MOVQ args+0(FP), R9")
	f.op("MOVQ 0(R9), SI")
	f.op("MOVQ 8(R9), BX")
	f.op("MOVQ 16(R9), DI")
	f.op("MOVQ 24(R9), R10")
	f.op("MOVQ 32(R9), R8")
	f.op("MOVQ 56(R9), CX")
	f.op("MOVL $0x80808080, AX")
	f.op("VPBROADCASTD AX, Z22")
	f.op("VPXORD.BCST 48(R9), Z22, Z23")
	f.op("VPBROADCASTD 64(R9), Z17")
	f.op("VBROADCASTSD 72(R9), Z18")
	f.op("VBROADCASTSD 80(R9), Z19")
	f.op("VBROADCASTSD ·denseHalf<>+0(SB), Z20")
	f.op("VBROADCASTSD ·denseHalf<>+8(SB), Z21")
	f.op("MOVQ 40(R9), R12")
	f.op("MOVL 52(R9), AX")
	f.op("ADDQ AX, R12")
	f.op("SHLQ $6, R12")
	f.op("LEAQ (R12)(R12*2), R13")
	f.op("SUBQ $64, CX")
	f.op("JLT panels")
	f.label("four")
	densePanels(f)
	f.op("SUBQ $64, CX")
	f.op("JGE four")
	f.label("panels")
	f.op("ADDQ $64, CX")
	f.op("JZ done")
	f.label("panel")
	f.op("VMOVDQU32 (R10), Z0")
	for i := 1; i < 4; i++ {
		f.zero(vec('Z', i))
	}
	f.op("MOVQ SI, AX")
	f.op("MOVQ 40(R9), R11")
	f.op("SUBQ $4, R11")
	f.op("JLT rest")
	f.op("PCALIGN $32")
	f.label("loop")
	for i := range 4 {
		f.op("VPXORD.BCST %d(AX), Z22, Z%d", i*4, 4+i)
		f.op("VPDPBUSD %d(BX), Z%d, Z%d", i*64, 4+i, i)
	}
	f.op("ADDQ $16, AX")
	f.op("ADDQ $256, BX")
	f.op("SUBQ $4, R11")
	f.op("JGE loop")
	f.label("rest")
	f.op("ADDQ $4, R11")
	f.op("JZ last")
	f.label("one")
	f.op("VPXORD.BCST (AX), Z22, Z4")
	f.op("VPDPBUSD (BX), Z4, Z1")
	f.op("ADDQ $4, AX")
	f.op("ADDQ $64, BX")
	f.op("DECQ R11")
	f.op("JNZ one")
	f.label("last")
	f.op("CMPL 52(R9), $0")
	f.op("JEQ sum")
	f.op("VPDPBUSD (BX), Z23, Z2")
	f.op("ADDQ $64, BX")
	f.label("sum")
	f.op("VPADDD Z2, Z0, Z0")
	f.op("VPADDD Z3, Z1, Z1")
	f.op("VPADDD Z1, Z0, Z0")
	denseStored(f, 0, 0)
	f.op("CMPQ CX, $16")
	f.op("JGE full")
	f.op("MOVL $1, DX")
	f.op("SHLL CX, DX")
	f.op("DECL DX")
	f.op("KMOVW DX, K1")
	f.op("VMOVDQU8 X0, K1, (DI)")
	f.op("JMP done")
	f.label("full")
	f.op("VMOVDQU X0, (DI)")
	f.op("ADDQ $16, DI")
	f.op("ADDQ $64, R10")
	f.op("ADDQ $128, R8")
	f.op("SUBQ $16, CX")
	f.op("JGT panel")
	f.label("done")
	f.ret()
}

// densePanels multiplies with four panels and moves all pointers on.
func densePanels(f *file) {
	panels := []string{"(BX)", "(BX)(R12*1)", "(BX)(R12*2)", "(BX)(R13*1)"}
	for i := range 4 {
		f.op("VMOVDQU32 %d(R10), Z%d", 64*i, i)
		f.zero(vec('Z', 4+i))
	}
	f.op("MOVQ SI, AX")
	f.op("MOVQ 40(R9), R11")
	f.op("SUBQ $2, R11")
	f.op("JLT fourRest")
	f.op("PCALIGN $32")
	f.label("fourLoop")
	for g := range 2 {
		f.op("VPXORD.BCST %d(AX), Z22, Z%d", 4*g, 8+g)
	}
	for g := range 2 {
		for i, at := range panels {
			f.op("VPDPBUSD %d%s, Z%d, Z%d", 64*g, at, 8+g, 4*g+i)
		}
	}
	f.op("ADDQ $8, AX")
	f.op("ADDQ $128, BX")
	f.op("SUBQ $2, R11")
	f.op("JGE fourLoop")
	f.label("fourRest")
	f.op("ADDQ $2, R11")
	f.op("JZ fourLast")
	f.op("VPXORD.BCST (AX), Z22, Z8")
	for i, at := range panels {
		f.op("VPDPBUSD %s, Z8, Z%d", at, i)
	}
	f.op("ADDQ $64, BX")
	f.label("fourLast")
	f.op("CMPL 52(R9), $0")
	f.op("JEQ fourSum")
	for i, at := range panels {
		f.op("VPDPBUSD %s, Z23, Z%d", at, 4+i)
	}
	f.op("ADDQ $64, BX")
	f.label("fourSum")
	f.op("ADDQ R13, BX") // one is behind already
	for i := range 4 {
		f.op("VPADDD Z%d, Z%d, Z%d", 4+i, i, i)
	}
	for i := range 4 {
		denseStored(f, i, 128*i)
		f.op("VMOVDQU X%d, %d(DI)", i, 16*i)
	}
	f.op("ADDQ $64, DI")
	f.op("ADDQ $256, R10")
	f.op("ADDQ $512, R8")
}

// denseStored makes stored values, in the same register, of sums in register i, with the scales at that place. It uses the
// registers from 8 on.
func denseStored(f *file, i, place int) {
	f.op("VEXTRACTI64X4 $1, Z%d, Y9", i)
	f.op("VCVTDQ2PD Y%d, Z8", i)
	f.op("VCVTDQ2PD Y9, Z9")
	for half, r := range []string{"Z8", "Z9"} {
		f.op("VMULPD %d(R8), %s, %s", place+half*64, r, r)
		f.op("VMAXPD Z18, %s, %s", r, r)
		f.op("VMINPD Z19, %s, %s", r, r)
		f.op("VMOVDQA64 Z20, Z10")
		f.op("VPTERNLOGQ $0xf8, Z21, %s, Z10", r) // half, with the sign of the sum
		f.op("VADDPD Z10, %s, %s", r, r)
		f.op("VCVTTPD2DQ %s, Y%d", r, 8+half)
	}
	f.op("VINSERTI64X4 $1, Y9, Z8, Z8")
	f.op("VPADDD Z17, Z8, Z8")
	f.op("VPMOVDB Z8, X%d", i)
}
