package main

// argRows writes the place of the smallest of each row of bytes, the first of equals, after an exclusive or with flip: that makes
// signed bytes unsigned, and the largest one the smallest. Rows of less than 32 bytes are loaded with what follows them, which the
// mask replaces by 255; of longer ones the last 32 bytes are a vector by themselves.
func argRows(f *file) {
	f.line("\nDATA ·argMask<>+0(SB)/8, $0")
	for i := 1; i < 8; i++ {
		v := "0"
		if i >= 4 {
			v = "0xffffffffffffffff"
		}
		f.line("DATA ·argMask<>+%d(SB)/8, $%s", 8*i, v)
	}
	f.line("GLOBL ·argMask<>(SB), RODATA|NOPTR, $64")
	for _, size := range []int{4, 8} {
		short, long := "argRows32AVX2", "argLongRows32AVX2"
		typ := "int32"
		if size == 8 {
			short, long, typ = "argRows64AVX2", "argLongRows64AVX2", "int64"
		}
		store := func(reg string) {
			if size == 4 {
				f.op("MOVL %s, (DI)", reg)
			} else {
				f.op("MOVQ %s, (DI)", reg)
			}
			f.op("ADDQ $%d, DI", size)
		}
		load := func() {
			f.op("MOVQ dst+0(FP), DI")
			f.op("MOVQ x+8(FP), SI")
			f.op("MOVQ rows+16(FP), R8")
			f.op("MOVQ n+24(FP), R9")
			f.op("MOVL flip+32(FP), AX")
			f.op("VMOVD AX, X15")
			f.op("VPBROADCASTB X15, Y15")
		}
		// least leaves the least byte of Y1 in all of Y1.
		least := func() {
			f.op("VEXTRACTI128 $1, Y1, X2")
			f.op("VPMINUB X2, X1, X1")
			f.op("VPSRLW $8, X1, X2")
			f.op("VPMINUB X2, X1, X1")
			f.op("VPHMINPOSUW X1, X1") // the upper bytes of the words are 0
			f.op("VPBROADCASTB X1, Y1")
		}
		f.function(short, "(dst *"+typ+", x *uint8, rows, n int, flip uint32)", 36)
		load()
		f.op("LEAQ ·argMask<>+32(SB), AX")
		f.op("SUBQ R9, AX")
		f.op("VMOVDQU (AX), Y14")
		f.op("PCALIGN $32")
		f.label("row")
		f.op("VPXOR (SI), Y15, Y0")
		f.op("VPOR Y14, Y0, Y0")
		f.op("VMOVDQA Y0, Y1")
		least()
		f.op("VPCMPEQB Y1, Y0, Y0")
		f.op("VPMOVMSKB Y0, AX")
		f.op("BSFL AX, AX")
		store("AX")
		f.op("ADDQ R9, SI")
		f.op("DECQ R8")
		f.op("JNZ row")
		f.ret()

		f.function(long, "(dst *"+typ+", x *uint8, rows, n int, flip uint32)", 36)
		load()
		f.label("row")
		f.op("VPXOR -32(SI)(R9*1), Y15, Y1")
		f.op("LEAQ -32(R9), R10") // where the last vector begins
		f.op("XORQ BX, BX")
		f.label("smaller")
		f.op("VPXOR (SI)(BX*1), Y15, Y0")
		f.op("VPMINUB Y0, Y1, Y1")
		f.op("ADDQ $32, BX")
		f.op("CMPQ BX, R10")
		f.op("JLT smaller")
		least()
		f.op("XORQ BX, BX")
		f.label("search")
		f.op("VPXOR (SI)(BX*1), Y15, Y0")
		f.op("VPCMPEQB Y1, Y0, Y0")
		f.op("VPMOVMSKB Y0, AX")
		f.op("TESTL AX, AX")
		f.op("JNZ found")
		f.op("ADDQ $32, BX")
		f.op("CMPQ BX, R10")
		f.op("JLE search")
		f.op("MOVQ R10, BX")
		f.op("JMP search")
		f.label("found")
		f.op("BSFL AX, AX")
		f.op("ADDQ AX, BX")
		store("BX")
		f.op("ADDQ R9, SI")
		f.op("DECQ R8")
		f.op("JNZ row")
		f.ret()
	}
}
