package main

// writePackF32AVX2 makes the function that transposes 8 rows: DI and SI walk along dst and w, DX is row 4 of w.
func writePackF32AVX2(f *file) {
	f.function("packRows8F32AVX2", "(dst *float32, width int, w *float32, k, blocks int)", 40)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ width+8(FP), R8")
	f.op("SHLQ $2, R8")
	f.op("LEAQ (R8)(R8*2), R9")
	f.op("MOVQ w+16(FP), SI")
	f.op("MOVQ k+24(FP), R10")
	f.op("SHLQ $2, R10")
	f.op("LEAQ (R10)(R10*2), R11")
	f.op("LEAQ (SI)(R10*4), DX")
	f.op("MOVQ blocks+32(FP), CX")
	f.label("block")
	for half, base := range []string{"SI", "DX"} {
		rows := []string{"(" + base + ")", "(" + base + ")(R10*1)", "(" + base + ")(R10*2)", "(" + base + ")(R11*1)"}
		for i, at := range rows {
			f.op("VMOVUPS %s, %s", at, vec('Y', 8+i))
		}
		// 12 to 15: pairs of rows interleaved; then columns 0 and 4, 1 and 5, 2 and 6, 3 and 7 of the four rows.
		f.op("VUNPCKLPS Y9, Y8, Y12")
		f.op("VUNPCKHPS Y9, Y8, Y13")
		f.op("VUNPCKLPS Y11, Y10, Y14")
		f.op("VUNPCKHPS Y11, Y10, Y15")
		f.op("VUNPCKLPD Y14, Y12, %s", vec('Y', 4*half))
		f.op("VUNPCKHPD Y14, Y12, %s", vec('Y', 4*half+1))
		f.op("VUNPCKLPD Y15, Y13, %s", vec('Y', 4*half+2))
		f.op("VUNPCKHPD Y15, Y13, %s", vec('Y', 4*half+3))
	}
	to := []string{"(DI)", "(DI)(R8*1)", "(DI)(R8*2)", "(DI)(R9*1)"}
	for _, half := range []string{"$0x20", "$0x31"} {
		for i := range 4 {
			f.op("VPERM2F128 %s, %s, %s, Y8", half, vec('Y', 4+i), vec('Y', i))
			f.op("VMOVUPS Y8, %s", to[i])
		}
		f.op("LEAQ (DI)(R8*4), DI")
	}
	f.op("ADDQ $32, SI")
	f.op("ADDQ $32, DX")
	f.op("DECQ CX")
	f.op("JNZ block")
	f.ret()
}
