package main

import "fmt"

// neonSparse writes the kernels of sparse.go for arm64: blocks, of which a register holds one, and turned rows of floats.
func neonSparse(f *file) {
	neonBlocks(f, "blocks4F32NEON", "float32", "float32", func(sum, x, w int) { f.neon("FMLA.4S", sum, x, w) })
	neonBlocks(f, "blocks4S8DOT", "int32", "int8", func(sum, x, w int) { f.neon("SDOT.4S", sum, x, w) })
	neonBlocks(f, "blocks4S8NEON", "int32", "int8", func(sum, x, w int) {
		f.neon("SMULL.8H", 20, x, w)
		f.neon("SMULL2.8H", 21, x, w)
		f.neon("SADALP.4S", sum, 20)
		f.neon("SADALP.4S", sum, 21)
	})
	for _, columns := range []int{16, 32} {
		neonTurned(f, columns)
	}
}

// neonBlocks multiplies slices of four rows, two steps of each at a time. R0 dst, R1 x, R2 places, R3 data, R4 counts, R5 order,
// R6 start, R7 slices.
func neonBlocks(f *file, name, sum, x string, multiply func(sum, x, w int)) {
	f.function(name, fmt.Sprintf("(dst *%s, x *%s, places *uint16, data *byte, counts, order, start *int32, slices int)", sum, x), 64)
	for i, arg := range []string{"dst", "x", "places", "data", "counts", "order", "start", "slices"} {
		f.op("MOVD %s+%d(FP), R%d", arg, 8*i, i)
	}
	float := sum == "float32"
	f.label("slice")
	for g := range 4 {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", g, g, g)
		f.op("VEOR V4.B16, V4.B16, V4.B16")
		f.op("MOVW.P 4(R4), R8")
		f.op("CBZ R8, sum%d", g)
		f.label(fmt.Sprintf("loop%d", g))
		for i := range 2 {
			f.op("MOVHU.P 2(R2), R9")
			f.op("ADD R9<<3, R1, R9")
			f.op("FMOVQ (R9), F%d", 16+i)
		}
		f.op("VLD1.P 32(R3), [V18.B16, V19.B16]")
		multiply(g, 16, 18)
		multiply(4, 17, 19)
		f.op("SUBS $1, R8, R8")
		f.op("BNE loop%d", g)
		f.label(fmt.Sprintf("sum%d", g))
		if float {
			f.neon("FADD.4S", g, g, 4)
		} else {
			f.op("VADD V4.S4, V%d.S4, V%d.S4", g, g)
		}
	}
	for _, pair := range [][3]int{{0, 0, 1}, {2, 2, 3}, {0, 0, 2}} {
		if float {
			f.neon("FADDP.4S", pair[0], pair[1], pair[2])
		} else {
			f.op("VADDP V%d.S4, V%d.S4, V%d.S4", pair[2], pair[1], pair[0])
		}
	}
	if !float {
		f.op("VLD1.P 16(R6), [V4.S4]")
		f.op("VADD V4.S4, V0.S4, V0.S4")
	}
	for i := range 4 {
		f.op("MOVW.P 4(R5), R9")
		f.op("VMOV V0.S[%d], R10", i)
		f.op("MOVW R10, (R0)(R9<<2)")
	}
	f.op("SUBS $1, R7, R7")
	f.op("BNE slice")
	f.op("RET")
}

// neonTurned is turned for float32. R0 dst, R1 x, R2 elements, R3 segments, R4 start, R5 rows; V0 on the sums, V16 on the
// columns of x.
func neonTurned(f *file, columns int) {
	vectors := columns / 4
	f.function(fmt.Sprintf("turned%dF32NEON", columns),
		"(dst *float32, x *float32, elements *element, segments *int32, start *float32, rows int, lo, hi float32)", 56)
	for i, arg := range []string{"dst", "x", "elements", "segments", "start", "rows"} {
		f.op("MOVD %s+%d(FP), R%d", arg, 8*i, i)
	}
	f.op("MOVWU lo+48(FP), R9")
	f.op("VDUP R9, V30.S4")
	f.op("MOVWU hi+52(FP), R9")
	f.op("VDUP R9, V31.S4")
	f.op("MOVW.P 4(R3), R6")
	f.label("row")
	f.op("MOVW.P 4(R3), R7")
	f.op("SUB R6, R7, R8")
	f.op("MOVD R7, R6")
	f.op("MOVWU.P 4(R4), R9")
	for v := range vectors {
		f.op("VDUP R9, V%d.S4", v)
	}
	f.op("CBZ R8, sum")
	f.label("loop")
	f.op("MOVW (R2), R9")
	f.op("FMOVS 4(R2), F24")
	f.op("ADD $8, R2")
	f.op("ADD R9%s, R1, R9", map[int]string{16: "", 32: "<<1"}[columns])
	for v := 0; v < vectors; v += 4 {
		f.op("VLD1.P 64(R9), [V%d.S4, V%d.S4, V%d.S4, V%d.S4]", 16+v, 17+v, 18+v, 19+v)
	}
	for v := range vectors {
		f.neon("FMLA.4S[0]", v, 16+v, 24)
	}
	f.op("SUBS $1, R8, R8")
	f.op("BNE loop")
	f.label("sum")
	for v := range vectors {
		f.neon("FMAX.4S", v, v, 30)
		f.neon("FMIN.4S", v, v, 31)
	}
	for v := 0; v < vectors; v += 4 {
		f.op("VST1.P [V%d.S4, V%d.S4, V%d.S4, V%d.S4], 64(R0)", v, v+1, v+2, v+3)
	}
	f.op("SUBS $1, R5, R5")
	f.op("BNE row")
	f.op("RET")
}
