package main

// tailMask writes 8 dwords of ones before 8 of zeros: 8 dwords from 4*(8-t) bytes on are a mask of t.
func (f *file) tailMask(name string) {
	f.line("\n// The 8 dwords from element 8-t on are t of ones, then zeros.")
	for i := range 8 {
		f.line("DATA ·%s<>+%d(SB)/8, $0x%016x", name, i*8, map[bool]uint64{true: 1<<64 - 1}[i < 4])
	}
	f.line("GLOBL ·%s<>(SB), RODATA|NOPTR, $64", name)
}

// loadTailMask sets mask for the low 3 bits of count, which are left in it; address is overwritten.
func (f *file) loadTailMask(name, count, address, mask string) {
	f.op("ANDQ $7, %s", count)
	f.op("LEAQ ·%s<>+32(SB), %s", name, address)
	f.op("SHLQ $2, %s", count)
	f.op("SUBQ %s, %s", count, address)
	f.op("SHRQ $2, %s", count)
	f.op("VMOVDQU (%s), %s", address, mask)
}

// constant broadcasts 32 bits to a register by way of a general one.
func (f *file) constant(bits uint32, via, reg string) {
	f.op("MOVL $0x%08x, %s", bits, via)
	f.op("VMOVD %s, X%s", via, reg[1:])
	f.op("VPBROADCASTD X%s, %s", reg[1:], reg)
}

// broadcast copies 32 bits of an argument to all of a register by way of a general one.
func (f *file) broadcast(from, via, reg string) {
	f.op("MOVL %s, %s", from, via)
	f.op("VMOVD %s, X%s", via, reg[1:])
	f.op("VPBROADCASTD X%s, %s", reg[1:], reg)
}

// hybridRows writes the kernels that quantize rows and scale sums back.
func hybridRows(f *file) {
	f.tailMask("tail")
	rangeRow(f)
	quantizeRow(f)
	scaleRows(f)
	accumulateScaled(f)
	blockNibbles(f)
}

// rangeRow: VMINPS old, new, dst keeps the old value where the comparison is false, NaN included.
func rangeRow(f *file) {
	f.function("rangeRowAVX2", "(x *float32, n int) (low, high float32)", 24)
	f.op("MOVQ x+0(FP), SI")
	f.op("MOVQ n+8(FP), CX")
	f.op("VBROADCASTSS (SI), Y0")
	for i := 1; i < 8; i++ {
		f.op("VMOVAPS Y0, Y%d", i)
	}
	f.op("SUBQ $32, CX")
	f.op("JLT eights")
	f.op("PCALIGN $32")
	f.label("loop")
	for i := range 4 {
		f.op("VMOVUPS %d(SI), Y%d", 32*i, 8+i)
		f.op("VMINPS Y%d, Y%d, Y%d", i, 8+i, i)
		f.op("VMAXPS Y%d, Y%d, Y%d", 4+i, 8+i, 4+i)
	}
	f.op("ADDQ $128, SI")
	f.op("SUBQ $32, CX")
	f.op("JGE loop")
	f.label("eights")
	f.op("ADDQ $32, CX")
	f.op("SUBQ $8, CX")
	f.op("JLT ones")
	f.label("eight")
	f.op("VMOVUPS (SI), Y8")
	f.op("VMINPS Y0, Y8, Y0")
	f.op("VMAXPS Y4, Y8, Y4")
	f.op("ADDQ $32, SI")
	f.op("SUBQ $8, CX")
	f.op("JGE eight")
	f.label("ones")
	for _, r := range []struct {
		op   string
		a    int
		name string
	}{{"VMINPS", 0, "low+16"}, {"VMAXPS", 4, "high+20"}} {
		f.op("%s Y%d, Y%d, Y%d", r.op, r.a+1, r.a, r.a)
		f.op("%s Y%d, Y%d, Y%d", r.op, r.a+3, r.a+2, r.a+2)
		f.op("%s Y%d, Y%d, Y%d", r.op, r.a+2, r.a, r.a)
		f.op("VEXTRACTF128 $1, Y%d, X8", r.a)
		f.op("%s X8, X%d, X%d", r.op, r.a, r.a)
		f.op("VPSHUFD $0x4E, X%d, X8", r.a)
		f.op("%s X8, X%d, X%d", r.op, r.a, r.a)
		f.op("VPSHUFD $0xB1, X%d, X8", r.a)
		f.op("%s X8, X%d, X%d", r.op, r.a, r.a)
	}
	f.op("ADDQ $8, CX")
	f.op("JZ done")
	f.label("one")
	f.op("VMOVSS (SI), X8")
	f.op("VMINSS X0, X8, X0")
	f.op("VMAXSS X4, X8, X4")
	f.op("ADDQ $4, SI")
	f.op("DECQ CX")
	f.op("JNZ one")
	f.label("done")
	f.op("VMOVSS X0, low+16(FP)")
	f.op("VMOVSS X4, high+20(FP)")
	f.ret()
}

// quantizeRow rounds halves away from zero: it adds the largest number below one half with the sign of the product, and
// truncates. What is no number becomes 0; what is large is cut before the conversion, beyond any int8.
func quantizeRow(f *file) {
	f.line("\n// The order of dwords that undoes what packing does to halves of registers.")
	f.line("DATA ·lanes<>+0(SB)/8, $0x0000000400000000")
	f.line("DATA ·lanes<>+8(SB)/8, $0x0000000500000001")
	f.line("DATA ·lanes<>+16(SB)/8, $0x0000000600000002")
	f.line("DATA ·lanes<>+24(SB)/8, $0x0000000700000003")
	f.line("GLOBL ·lanes<>(SB), RODATA|NOPTR, $32")
	f.function("quantizeRowAVX2", "(dst *int8, x *float32, n int, inverse float32, zero, least int32)", 36)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("VBROADCASTSS inverse+24(FP), Y15")
	f.broadcast("zero+28(FP)", "AX", "Y14")
	f.broadcast("least+32(FP)", "AX", "Y13")
	f.op("VPBROADCASTB X13, Y13")
	f.constant(0x80000000, "AX", "Y12")
	f.constant(0x3effffff, "AX", "Y11") // 0.5 - 2^-25
	f.constant(0x44800000, "AX", "Y10") // 1024
	f.op("VXORPS Y12, Y10, Y9")
	f.op("VMOVDQU ·lanes<>(SB), Y8")
	round := func(r, t int) {
		f.op("VMULPS Y%d, Y15, Y%d", r, r)
		f.op("VCMPPS $7, Y%d, Y%d, Y%d", r, r, t) // ordered
		f.op("VANDPS Y%d, Y%d, Y%d", t, r, r)
		f.op("VMINPS Y%d, Y10, Y%d", r, r)
		f.op("VMAXPS Y%d, Y9, Y%d", r, r)
		f.op("VANDPS Y%d, Y12, Y%d", r, t)
		f.op("VORPS Y%d, Y11, Y%d", t, t)
		f.op("VADDPS Y%d, Y%d, Y%d", t, r, r)
		f.op("VCVTTPS2DQ Y%d, Y%d", r, r)
		f.op("VPADDD Y14, Y%d, Y%d", r, r)
	}
	f.op("SUBQ $32, CX")
	f.op("JLT eights")
	f.op("PCALIGN $32")
	f.label("loop")
	for i := range 4 {
		f.op("VMOVUPS %d(SI), Y%d", 32*i, i)
		round(i, 4+i)
	}
	f.op("VPACKSSDW Y1, Y0, Y0")
	f.op("VPACKSSDW Y3, Y2, Y2")
	f.op("VPACKSSWB Y2, Y0, Y0")
	f.op("VPMAXSB Y13, Y0, Y0")
	f.op("VPERMD Y0, Y8, Y0")
	f.op("VMOVDQU Y0, (DI)")
	f.op("ADDQ $128, SI")
	f.op("ADDQ $32, DI")
	f.op("SUBQ $32, CX")
	f.op("JGE loop")
	f.label("eights")
	f.op("ADDQ $32, CX")
	f.op("SUBQ $8, CX")
	f.op("JLT ones")
	f.label("eight")
	f.op("VMOVUPS (SI), Y0")
	round(0, 4)
	f.op("VEXTRACTI128 $1, Y0, X1")
	f.op("VPACKSSDW X1, X0, X0")
	f.op("VPACKSSWB X0, X0, X0")
	f.op("VPMAXSB X13, X0, X0")
	f.op("VMOVQ X0, (DI)")
	f.op("ADDQ $32, SI")
	f.op("ADDQ $8, DI")
	f.op("SUBQ $8, CX")
	f.op("JGE eight")
	f.label("ones")
	f.op("ADDQ $8, CX")
	f.op("JZ done")
	f.label("one")
	f.op("VMOVSS (SI), X0")
	round(0, 4)
	f.op("VPACKSSDW X0, X0, X0")
	f.op("VPACKSSWB X0, X0, X0")
	f.op("VPMAXSB X13, X0, X0")
	f.op("VPEXTRB $0, X0, (DI)")
	f.op("ADDQ $4, SI")
	f.op("INCQ DI")
	f.op("DECQ CX")
	f.op("JNZ one")
	f.label("done")
	f.ret()
}

// scaleRows multiplies, adds and clamps without fusing, as Go does.
func scaleRows(f *file) {
	f.function("scaleRowsAVX2", "(dst *float32, ldd int, acc *int32, rows, n int, scale *float32, each int, bias *float32, input, lo, hi float32)", 76)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ ldd+8(FP), R8")
	f.op("SHLQ $2, R8")
	f.op("MOVQ acc+16(FP), SI")
	f.op("MOVQ rows+24(FP), R9")
	f.op("MOVQ n+32(FP), R10")
	f.op("MOVQ scale+40(FP), R11")
	f.op("MOVQ each+48(FP), R12")
	f.op("MOVQ bias+56(FP), R13")
	f.op("VBROADCASTSS input+64(FP), Y15")
	f.op("VBROADCASTSS lo+68(FP), Y14")
	f.op("VBROADCASTSS hi+72(FP), Y13")
	f.op("MOVQ R10, CX")
	f.loadTailMask("tail", "CX", "AX", "Y12")
	f.op("MOVQ CX, DX")
	f.op("VBROADCASTSS (R11), Y11")
	f.op("VMULPS Y15, Y11, Y11")
	f.label("row")
	f.op("XORQ BX, BX") // bytes of the row done
	f.op("MOVQ R10, CX")
	f.op("SHRQ $3, CX")
	f.op("JZ tail")
	step := func(suffix string, masked bool) {
		load := func(op, from, to string) {
			if masked {
				f.op("%s %s, Y12, %s", map[string]string{"D": "VPMASKMOVD", "S": "VMASKMOVPS"}[op], from, to)
				return
			}
			f.op("%s %s, %s", map[string]string{"D": "VMOVDQU", "S": "VMOVUPS"}[op], from, to)
		}
		load("D", "(SI)(BX*1)", "Y0")
		f.op("VCVTDQ2PS Y0, Y0")
		f.op("TESTQ R12, R12")
		f.op("JZ one%s", suffix)
		load("S", "(R11)(BX*1)", "Y1")
		f.op("VMULPS Y15, Y1, Y1")
		f.op("VMULPS Y1, Y0, Y0")
		f.op("JMP bias%s", suffix)
		f.label("one" + suffix)
		f.op("VMULPS Y11, Y0, Y0")
		f.label("bias" + suffix)
		f.op("TESTQ R13, R13")
		f.op("JZ clamp%s", suffix)
		load("S", "(R13)(BX*1)", "Y1")
		f.op("VADDPS Y1, Y0, Y0")
		f.label("clamp" + suffix)
		f.op("VMAXPS Y0, Y14, Y0")
		f.op("VMINPS Y0, Y13, Y0")
		if masked {
			f.op("VMASKMOVPS Y0, Y12, (DI)(BX*1)")
		} else {
			f.op("VMOVUPS Y0, (DI)(BX*1)")
		}
	}
	f.label("eight")
	step("", false)
	f.op("ADDQ $32, BX")
	f.op("DECQ CX")
	f.op("JNZ eight")
	f.label("tail")
	f.op("TESTQ DX, DX")
	f.op("JZ next")
	step("Tail", true)
	f.label("next")
	f.op("ADDQ R8, DI")
	f.op("LEAQ (SI)(R10*4), SI")
	f.op("DECQ R9")
	f.op("JNZ row")
	f.ret()
}

func accumulateScaled(f *file) {
	f.function("accumulateScaledAVX2", "(out *float32, acc *int32, n int, scale float32, zero int32, each *float32, sums *int32)", 48)
	f.op("MOVQ out+0(FP), DI")
	f.op("MOVQ acc+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("VBROADCASTSS scale+24(FP), Y15")
	f.broadcast("zero+28(FP)", "AX", "Y14")
	f.op("MOVQ each+32(FP), R11")
	f.op("MOVQ sums+40(FP), R12")
	f.op("MOVQ CX, DX")
	f.loadTailMask("tail", "DX", "AX", "Y12")
	f.op("XORQ BX, BX")
	f.op("SHRQ $3, CX")
	f.op("JZ tail")
	step := func(suffix string, masked bool) {
		load := func(op, from, to string) {
			if masked {
				f.op("%s %s, Y12, %s", map[string]string{"D": "VPMASKMOVD", "S": "VMASKMOVPS"}[op], from, to)
				return
			}
			f.op("%s %s, %s", map[string]string{"D": "VMOVDQU", "S": "VMOVUPS"}[op], from, to)
		}
		load("D", "(SI)(BX*1)", "Y0")
		f.op("TESTQ R12, R12")
		f.op("JZ convert%s", suffix)
		load("D", "(R12)(BX*1)", "Y1")
		f.op("VPMULLD Y14, Y1, Y1")
		f.op("VPSUBD Y1, Y0, Y0")
		f.label("convert" + suffix)
		f.op("VCVTDQ2PS Y0, Y0")
		f.op("VMOVAPS Y15, Y1")
		f.op("TESTQ R11, R11")
		f.op("JZ scale%s", suffix)
		load("S", "(R11)(BX*1)", "Y1")
		f.op("VMULPS Y15, Y1, Y1")
		f.label("scale" + suffix)
		f.op("VMULPS Y1, Y0, Y0")
		load("S", "(DI)(BX*1)", "Y1")
		f.op("VADDPS Y1, Y0, Y0")
		if masked {
			f.op("VMASKMOVPS Y0, Y12, (DI)(BX*1)")
		} else {
			f.op("VMOVUPS Y0, (DI)(BX*1)")
		}
	}
	f.label("eight")
	step("", false)
	f.op("ADDQ $32, BX")
	f.op("DECQ CX")
	f.op("JNZ eight")
	f.label("tail")
	f.op("TESTQ DX, DX")
	f.op("JZ done")
	step("Tail", true)
	f.label("done")
	f.ret()
}

// blockNibbles writes the products of rows of 4-bit weights with a row of bytes, a scale for each block: nibbles plus 8 are the
// unsigned operand of VPMADDUBSW, and what the 8 adds is taken out by the dwords that follow the bytes they were added to.
func blockNibbles(f *file) {
	f.function("blockNibblesAVX2", "(out *float32, w *uint8, x *int8, scales *float32, rows, blocks, groups int)", 56)
	f.op("MOVQ out+0(FP), DI")
	f.op("MOVQ w+8(FP), SI")
	f.op("MOVQ x+16(FP), R8")
	f.op("MOVQ scales+24(FP), R9")
	f.op("MOVQ rows+32(FP), R10")
	f.op("MOVQ blocks+40(FP), R11")
	f.op("MOVQ groups+48(FP), R12")
	f.constant(0x0f0f0f0f, "AX", "Y15")
	f.constant(0x88888888, "AX", "Y14")
	f.constant(0x00010001, "AX", "Y13")
	f.label("row")
	f.op("VPXOR X0, X0, X0")
	f.op("MOVQ R8, BX")
	f.op("MOVQ R11, CX")
	f.label("block")
	f.op("VPXOR X1, X1, X1")
	f.op("MOVQ R12, DX")
	f.label("group")
	f.op("VPXOR (SI), X14, X2")
	f.op("VPSRLW $4, X2, X3")
	f.op("VPAND X15, X2, X2")
	f.op("VPAND X15, X3, X3")
	f.op("VPMADDUBSW (BX), X2, X2")
	f.op("VPMADDUBSW 16(BX), X3, X3")
	f.op("VPADDW X3, X2, X2")
	f.op("VPMADDWD X13, X2, X2")
	f.op("VPSUBD 32(BX), X2, X2")
	f.op("VPADDD X2, X1, X1")
	f.op("ADDQ $16, SI")
	f.op("ADDQ $48, BX")
	f.op("DECQ DX")
	f.op("JNZ group")
	f.op("VCVTDQ2PS X1, X1")
	f.op("VBROADCASTSS (R9), X2")
	f.op("VFMADD231PS X2, X1, X0")
	f.op("ADDQ $4, R9")
	f.op("DECQ CX")
	f.op("JNZ block")
	f.op("VHADDPS X0, X0, X0")
	f.op("VHADDPS X0, X0, X0")
	f.op("VMOVSS X0, (DI)")
	f.op("ADDQ $4, DI")
	f.op("DECQ R10")
	f.op("JNZ row")
	f.ret()
}
