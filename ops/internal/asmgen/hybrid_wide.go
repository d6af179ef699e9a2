package main

import "fmt"

// hybridWide writes the kernels of hybridRows for many rows in one call, with AVX-512: with rows of ten or a hundred elements,
// calls and the numbers that are computed once for a row take longer than its elements, unless rows overlap.
func hybridWide(f *file) {
	quantizeRows(f)
	scaleSums(f)
}

// quantizeRows does what rangeRow, fixedpoint.AsymmetricRange and quantizeRow do. It stops at a row whose range is nothing, no
// number, or too small or large for products that are in the range of int32.
func quantizeRows(f *file) {
	f.line("")
	for i, d := range []string{"406FE00000000000", "405FC00000000000", "4060000000000000", "C060000000000000", "8000000000000000", "3FDFFFFFFFFFFFFF"} {
		f.line("DATA ·rowNumbers<>+%d(SB)/8, $0x%s // %s", 8*i, d, []string{"255", "127", "128", "-128", "sign", "largest below 1/2"}[i])
	}
	for i, v := range []float32{1, 127, 1e-30, 1e30} {
		f.line("DATA ·rowNumbers<>+%d(SB)/4, $0x%08x // %v", 48+4*i, bits(v), v)
	}
	f.line("GLOBL ·rowNumbers<>(SB), RODATA|NOPTR, $64")
	number := func(name string) string {
		at := map[string]int{"255": 0, "127": 8, "128": 16, "-128": 24, "sign": 32, "half": 40, "one": 48, "limit": 52, "least": 56, "most": 60}
		return fmt.Sprintf("·rowNumbers<>+%d(SB)", at[name])
	}
	f.function("quantizeRowsAVX512", "(dst *int8, x *float32, rows, n int, scales *float32, zeros *int32, asymmetric int) (done int)", 64)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ rows+16(FP), R8")
	f.op("MOVQ n+24(FP), R9")
	f.op("MOVQ scales+32(FP), R10")
	f.op("MOVQ zeros+40(FP), R11")
	f.op("MOVQ asymmetric+48(FP), R12")
	f.op("XORQ DX, DX")
	f.op("MOVQ R9, CX")
	f.op("ANDQ $15, CX")
	f.op("MOVL $1, AX")
	f.op("SHLL CX, AX")
	f.op("DECL AX")
	f.op("KMOVW AX, K1")
	f.op("MOVQ R9, R13")
	f.op("ANDQ $-16, R13") // elements in whole vectors
	f.constant(0x80000000, "AX", "Z31")
	f.constant(0x3effffff, "AX", "Z30") // 0.5 - 2^-25
	f.constant(0x44800000, "AX", "Z29") // 1024
	f.op("VPXORD Z31, Z29, Z28")
	f.op("MOVL $-127, AX")
	f.op("SUBL R12, AX")
	f.op("VMOVD AX, X15")
	f.op("VPBROADCASTB X15, X15")
	f.op("VXORPS X14, X14, X14")
	f.label("row")
	f.op("VBROADCASTSS (SI), Z0")
	f.op("VMOVAPS Z0, Z4")
	f.op("XORQ BX, BX")
	f.op("CMPQ BX, R13")
	f.op("JGE rangeTail")
	f.label("range")
	f.op("VMOVUPS (SI)(BX*4), Z8")
	f.op("VMINPS Z0, Z8, Z0") // NaNs do not replace what is there
	f.op("VMAXPS Z4, Z8, Z4")
	f.op("ADDQ $16, BX")
	f.op("CMPQ BX, R13")
	f.op("JLT range")
	f.label("rangeTail")
	f.op("CMPQ BX, R9")
	f.op("JGE across")
	f.op("VMOVUPS.Z (SI)(BX*4), K1, Z8")
	f.op("VMINPS Z0, Z8, K1, Z0")
	f.op("VMAXPS Z4, Z8, K1, Z4")
	f.label("across")
	f.op("VEXTRACTF64X4 $1, Z0, Y8")
	f.op("VEXTRACTF64X4 $1, Z4, Y9")
	f.op("VMINPS Y8, Y0, Y0")
	f.op("VMAXPS Y9, Y4, Y4")
	f.op("VEXTRACTF128 $1, Y0, X8")
	f.op("VEXTRACTF128 $1, Y4, X9")
	f.op("VMINPS X8, X0, X0")
	f.op("VMAXPS X9, X4, X4")
	for _, order := range []string{"0x4E", "0xB1"} {
		f.op("VPSHUFD $%s, X0, X8", order)
		f.op("VPSHUFD $%s, X4, X9", order)
		f.op("VMINPS X8, X0, X0")
		f.op("VMAXPS X9, X4, X4")
	}
	f.op("VUCOMISS X0, X4")
	f.op("JPS done")
	f.op("TESTQ R12, R12")
	f.op("JZ symmetric")
	f.op("VMINSS X0, X14, X0")
	f.op("VMAXSS X4, X14, X4")
	f.op("VCVTSS2SD X0, X0, X0") // low
	f.op("VCVTSS2SD X4, X4, X4") // high
	f.op("VSUBSD X0, X4, X5")
	f.op("VUCOMISD X14, X5")
	f.op("JEQ done")
	f.op("VDIVSD %s, X5, X5", number("255")) // step
	f.op("VDIVSD X5, X0, X6")
	f.op("VDIVSD X5, X4, X7")
	f.op("VMOVSD %s, X9", number("127"))
	f.op("VADDSD X7, X9, X12")
	f.op("VSUBSD X7, X9, X9")
	f.op("VMOVSD %s, X11", number("128"))
	f.op("VSUBSD X6, X11, X11")
	f.op("VMOVSD %s, X10", number("-128"))
	f.op("VSUBSD X6, X10, X10")
	f.op("VCMPSD $1, X12, X11, X11") // which end loses less
	f.op("VBLENDVPD X11, X10, X9, X9")
	f.op("VMOVSD %s, X10", number("sign"))
	f.op("VMOVSD %s, X11", number("half"))
	f.op("VANDPD X10, X9, X10")
	f.op("VORPD X11, X10, X10")
	f.op("VADDSD X10, X9, X9")
	f.op("VCVTTSD2SI X9, AX")
	f.op("MOVL $127, CX")
	f.op("CMPL AX, CX")
	f.op("CMOVLGT CX, AX")
	f.op("NOTL CX")
	f.op("CMPL AX, CX")
	f.op("CMOVLLT CX, AX")
	f.op("VCVTSD2SS X5, X5, X5") // scale
	f.op("VMOVSS %s, X6", number("one"))
	f.op("VDIVSS X5, X6, X6")
	f.op("JMP scaled")
	f.label("symmetric")
	f.op("VXORPS X31, X0, X0")
	f.op("VMAXSS X0, X4, X4")
	f.op("VUCOMISS X14, X4")
	f.op("JEQ done")
	f.op("VMOVSS %s, X6", number("limit"))
	f.op("VDIVSS X6, X4, X5")
	f.op("VDIVSS X4, X6, X6")
	f.op("XORL AX, AX")
	f.label("scaled")
	f.op("VUCOMISS %s, X6", number("least"))
	f.op("JLS done")
	f.op("VUCOMISS %s, X6", number("most"))
	f.op("JCC done")
	f.op("VMOVSS X5, (R10)(DX*4)")
	f.op("MOVL AX, (R11)(DX*4)")
	f.op("VBROADCASTSS X6, Z6")
	f.op("VPBROADCASTD AX, Z7")
	step := func(tail bool) {
		if tail {
			f.op("VMULPS.Z (SI)(BX*4), Z6, K1, Z0")
		} else {
			f.op("VMULPS (SI)(BX*4), Z6, Z0")
		}
		f.op("VCMPPS $7, Z0, Z0, K2") // ordered
		f.op("VMINPS.Z Z0, Z29, K2, Z0")
		f.op("VMAXPS Z0, Z28, Z0")
		f.op("VPANDD Z0, Z31, Z1")
		f.op("VPORD Z30, Z1, Z1")
		f.op("VADDPS Z1, Z0, Z0")
		f.op("VCVTTPS2DQ Z0, Z0")
		f.op("VPADDD Z7, Z0, Z0")
		f.op("VPMOVSDB Z0, X0")
		f.op("VPMAXSB X15, X0, X0")
		if tail {
			f.op("VMOVDQU8 X0, K1, (DI)(BX*1)")
		} else {
			f.op("VMOVDQU X0, (DI)(BX*1)")
		}
	}
	f.op("XORQ BX, BX")
	f.op("CMPQ BX, R13")
	f.op("JGE tail")
	f.label("loop")
	step(false)
	f.op("ADDQ $16, BX")
	f.op("CMPQ BX, R13")
	f.op("JLT loop")
	f.label("tail")
	f.op("CMPQ BX, R9")
	f.op("JGE next")
	step(true)
	f.label("next")
	f.op("LEAQ (SI)(R9*4), SI")
	f.op("ADDQ R9, DI")
	f.op("INCQ DX")
	f.op("CMPQ DX, R8")
	f.op("JLT row")
	f.label("done")
	f.op("MOVQ DX, done+56(FP)")
	f.ret()
}

// scaleSums multiplies, adds and clamps without fusing, as Go does; offsets are those of hybrid's sumArgs. What is absent is read
// from a vector of zeros or ones again and again: the strides say how far to go.
func scaleSums(f *file) {
	f.function("scaleSumsAVX512", "(args *sumArgs)", 8)
	f.op("MOVQ args+0(FP), R15")
	f.op("MOVQ 0(R15), DI")
	f.op("MOVQ 8(R15), SI")
	f.op("MOVQ 16(R15), R8")
	f.op("MOVQ 32(R15), R9")
	f.op("MOVQ 40(R15), R13")
	f.op("VBROADCASTSS 96(R15), Z15")
	f.op("VBROADCASTSS 100(R15), Z14")
	f.op("VBROADCASTSS 104(R15), Z13")
	f.op("MOVQ 24(R15), CX")
	f.op("ANDQ $15, CX")
	f.op("MOVL $1, AX")
	f.op("SHLL CX, AX")
	f.op("DECL AX")
	f.op("KMOVW AX, K1")
	f.label("row")
	f.op("VMULSS (R9), X15, X12")
	f.op("VBROADCASTSS X12, Z12")
	f.op("VPBROADCASTD (R13), Z11")
	f.op("ADDQ $4, R9")
	f.op("ADDQ $4, R13")
	f.op("MOVQ 48(R15), R10")
	f.op("MOVQ 56(R15), R11")
	f.op("MOVQ 64(R15), R12")
	f.op("MOVQ 24(R15), CX")
	f.op("SUBQ $16, CX")
	f.op("JLT tail")
	step := func(tail bool) {
		load := func(op, from, to string) {
			if tail {
				f.op("%s.Z %s, K1, %s", op, from, to)
				return
			}
			f.op("%s %s, %s", op, from, to)
		}
		load("VMOVDQU32", "(R12)", "Z1")
		f.op("VPMULLD Z11, Z1, Z1")
		load("VMOVDQU32", "(SI)", "Z0")
		f.op("VPSUBD Z1, Z0, Z0")
		f.op("VCVTDQ2PS Z0, Z0")
		load("VMOVUPS", "(R11)", "Z1")
		f.op("VMULPS Z12, Z1, Z1")
		f.op("VMULPS Z1, Z0, Z0")
		load("VMOVUPS", "(R10)", "Z1")
		f.op("VADDPS Z0, Z1, Z0")
		f.op("VMAXPS Z0, Z14, Z0") // a NaN stays one
		f.op("VMINPS Z0, Z13, Z0")
		if tail {
			f.op("VMOVUPS Z0, K1, (DI)")
		} else {
			f.op("VMOVUPS Z0, (DI)")
		}
	}
	f.op("PCALIGN $32")
	f.label("loop")
	step(false)
	for _, r := range []string{"DI", "SI"} {
		f.op("ADDQ $64, %s", r)
	}
	f.op("ADDQ 72(R15), R10")
	f.op("ADDQ 80(R15), R11")
	f.op("ADDQ 88(R15), R12")
	f.op("SUBQ $16, CX")
	f.op("JGE loop")
	f.label("tail")
	f.op("ADDQ $16, CX")
	f.op("JZ next")
	step(true)
	f.op("LEAQ (DI)(CX*4), DI")
	f.op("LEAQ (SI)(CX*4), SI")
	f.label("next")
	f.op("DECQ R8")
	f.op("JNZ row")
	f.ret()
}
