package main

// outputExact writes the mapping of a row of sums to stored values by float64 factors, halves rounded away from zero, 16 columns
// at a time with AVX-512:
//
//	dst[j] = clamp(round((acc[j]+offsets[j]-less)*scale[j]) + zero)
//
// The clamp stands before the rounding, which gives the same since its ends are integers. Half an ulp less than 0.5 with the
// sign of the number is added before truncation: adding 0.5 itself would lift 0.49999999999999994 to 1.
func outputExact(f *file) {
	f.line("\nDATA ·outputHalf<>+0(SB)/8, $0x3FDFFFFFFFFFFFFF")
	f.line("DATA ·outputHalf<>+8(SB)/8, $0x8000000000000000")
	f.line("GLOBL ·outputHalf<>(SB), RODATA|NOPTR, $16")
	for _, out := range []string{"B", "W"} {
		f.function("outputExact"+out+"AVX512", "(dst unsafe.Pointer, acc, offsets *int32, scales *float64, each, n int, less, zero int32, lo, hi float64)", 72)
		f.op("MOVQ dst+0(FP), DI")
		f.op("MOVQ acc+8(FP), SI")
		f.op("MOVQ offsets+16(FP), BX")
		f.op("MOVQ scales+24(FP), R8")
		f.op("MOVQ each+32(FP), R9")
		f.op("MOVQ n+40(FP), CX")
		f.op("MOVL less+48(FP), AX")
		f.op("VPBROADCASTD AX, Z16")
		f.op("MOVL zero+52(FP), AX")
		f.op("VPBROADCASTD AX, Z17")
		f.op("VBROADCASTSD lo+56(FP), Z18")
		f.op("VBROADCASTSD hi+64(FP), Z19")
		f.op("VBROADCASTSD ·outputHalf<>+0(SB), Z20")
		f.op("VBROADCASTSD ·outputHalf<>+8(SB), Z21")
		f.op("VBROADCASTSD (R8), Z4")
		f.op("VMOVAPD Z4, Z5")
		f.op("MOVL $0xFFFF, DX")
		f.op("KMOVW DX, K1")
		f.label("columns")
		f.op("CMPQ CX, $16")
		f.op("JGE full")
		f.op("MOVL $1, DX")
		f.op("SHLL CX, DX")
		f.op("DECL DX")
		f.op("KMOVW DX, K1")
		f.label("full")
		f.op("VMOVDQU32.Z (SI), K1, Z0")
		f.op("VMOVDQU32.Z (BX), K1, Z1")
		f.op("VPADDD Z1, Z0, Z0")
		f.op("VPSUBD Z16, Z0, Z0")
		f.op("TESTQ R9, R9")
		f.op("JZ one")
		f.op("KSHIFTRW $8, K1, K2")
		f.op("VMOVUPD.Z (R8), K1, Z4")
		f.op("VMOVUPD.Z 64(R8), K2, Z5")
		f.op("ADDQ $128, R8")
		f.label("one")
		f.op("VEXTRACTI64X4 $1, Z0, Y1")
		f.op("VCVTDQ2PD Y0, Z0")
		f.op("VCVTDQ2PD Y1, Z1")
		for i, r := range []string{"Z0", "Z1"} {
			f.op("VMULPD Z%d, %s, %s", 4+i, r, r)
			f.op("VMAXPD Z18, %s, %s", r, r)
			f.op("VMINPD Z19, %s, %s", r, r)
			f.op("VPANDQ Z21, %s, Z2", r)
			f.op("VPORQ Z20, Z2, Z2")
			f.op("VADDPD Z2, %s, %s", r, r)
			f.op("VCVTTPD2DQ %s, Y%d", r, i)
		}
		f.op("VINSERTI64X4 $1, Y1, Z0, Z0")
		f.op("VPADDD Z17, Z0, Z0")
		if out == "B" {
			f.op("VPMOVDB Z0, X0")
			f.op("VMOVDQU8 X0, K1, (DI)")
			f.op("ADDQ $16, DI")
		} else {
			f.op("VPMOVDW Z0, Y0")
			f.op("VMOVDQU16 Y0, K1, (DI)")
			f.op("ADDQ $32, DI")
		}
		f.op("ADDQ $64, SI")
		f.op("ADDQ $64, BX")
		f.op("SUBQ $16, CX")
		f.op("JGT columns")
		f.ret()
	}
}
