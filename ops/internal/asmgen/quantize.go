package main

// pieces writes a loop over CX elements, a positive multiple of the lanes of a register, and moves the pointers on by the bytes
// that a register's elements take in memory.
func pieces(f *file, lanes int, sizes map[string]int, order []string, body func()) {
	f.label("loop")
	body()
	for _, p := range order {
		f.op("ADDQ $%d, %s", lanes*sizes[p], p)
	}
	f.op("SUBQ $%d, CX", lanes)
	f.op("JNE loop")
	f.ret()
}

// lanes is the number of float32 of a register.
func lanes(width byte) int {
	if width == 'Z' {
		return 16
	}
	return 8
}

// writeQuantize writes conversions between float32 and stored values.
func writeQuantize(f *file) {
	for _, v := range variants {
		writeQuantizeStored(f, v, "Bytes", 1)
		if v.width == 'Z' {
			writeQuantizeStored(f, v, "Words", 2)
		}
		for _, from := range []struct {
			name, load string
			size       int
		}{{"S8", "VPMOVSXBD", 1}, {"U8", "VPMOVZXBD", 1}, {"S16", "VPMOVSXWD", 2}} {
			f.function("dequantize"+from.name+v.feature, "(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)", 32)
			f.op("MOVQ dst+0(FP), DI")
			f.op("MOVQ x+8(FP), SI")
			f.op("MOVQ n+16(FP), CX")
			f.op("VBROADCASTSS scale+24(FP), %s", vec(v.width, 1))
			f.op("VBROADCASTSS zero+28(FP), %s", vec(v.width, 2))
			pieces(f, lanes(v.width), map[string]int{"SI": from.size, "DI": 4}, []string{"SI", "DI"}, func() {
				x := vec(v.width, 0)
				f.op("%s (SI), %s", from.load, x)
				f.op("VPSUBD %s, %[2]s, %[2]s", vec(v.width, 2), x)
				f.op("VCVTDQ2PS %[1]s, %[1]s", x)
				f.op("VMULPS %s, %[2]s, %[2]s", vec(v.width, 1), x)
				f.op("VMOVUPS %s, (DI)", x)
			})
		}
	}
	f.line("")
	f.line("// The lowest bytes of four int32.")
	for i := range 2 {
		f.line("DATA lowBytes<>+%d(SB)/8, $0x808080800c080400", 16*i)
		f.line("DATA lowBytes<>+%d(SB)/8, $0x8080808080808080", 16*i+8)
	}
	f.line("GLOBL lowBytes<>(SB), RODATA|NOPTR, $32")
}

// writeQuantizeStored divides, clamps, adds just less than one half away from zero, and truncates. NaNs become 0 first.
func writeQuantizeStored(f *file, v variant, name string, size int) {
	r := func(i int) string { return vec(v.width, i) }
	f.function("quantize"+name+v.feature, "(dst unsafe.Pointer, x *float32, n int, scale float32, zero, lo, hi int32)", 40)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("VBROADCASTSS scale+24(FP), %s", r(15))
	f.op("VBROADCASTSS zero+28(FP), %s", r(14))
	f.op("VBROADCASTSS lo+32(FP), %s", r(13))
	f.op("VBROADCASTSS hi+36(FP), %s", r(12))
	for i, c := range []uint32{bits(1 << 20), bits(-1 << 20), bits(0x1.fffffep-2), 1 << 31} {
		f.op("MOVL $0x%08x, AX", c)
		f.op("VMOVD AX, X%d", 11-i)
		f.op("VPBROADCASTD X%d, %s", 11-i, r(11-i))
	}
	if v.width == 'Y' {
		f.op("VMOVDQU lowBytes<>(SB), Y7")
	}
	pieces(f, lanes(v.width), map[string]int{"SI": 4, "DI": size}, []string{"SI", "DI"}, func() {
		f.op("VMOVUPS (SI), %s", r(0))
		f.op("VDIVPS %s, %[2]s, %[2]s", r(15), r(0))
		if v.width == 'Z' {
			f.op("VCMPPS $7, Z0, Z0, K1")
			f.op("VMOVAPS.Z Z0, K1, Z0")
		} else {
			f.op("VCMPPS $7, Y0, Y0, Y1")
			f.op("VANDPS Y1, Y0, Y0")
		}
		f.op("VMINPS %s, %[2]s, %[2]s", r(11), r(0))
		f.op("VMAXPS %s, %[2]s, %[2]s", r(10), r(0))
		if v.width == 'Z' {
			f.op("VPANDD Z8, Z0, Z1")
			f.op("VPORD Z9, Z1, Z1")
		} else {
			f.op("VPAND Y8, Y0, Y1")
			f.op("VPOR Y9, Y1, Y1")
		}
		f.op("VADDPS %s, %[2]s, %[2]s", r(1), r(0))
		f.op("VCVTTPS2DQ %[1]s, %[1]s", r(0))
		f.op("VPADDD %s, %[2]s, %[2]s", r(14), r(0))
		f.op("VPMAXSD %s, %[2]s, %[2]s", r(13), r(0))
		f.op("VPMINSD %s, %[2]s, %[2]s", r(12), r(0))
		if v.width == 'Z' {
			f.op("%s Z0, (DI)", map[int]string{1: "VPMOVDB", 2: "VPMOVDW"}[size])
			return
		}
		f.op("VPSHUFB Y7, Y0, Y0")
		f.op("VEXTRACTI128 $1, Y0, X1")
		f.op("VPUNPCKLDQ X1, X0, X0")
		f.op("VMOVQ X0, (DI)")
	})
}

// writeHalf writes conversions between FLOAT16 and float32.
func writeHalf(f *file) {
	for _, v := range variants {
		half := vec(v.width-1, 0) // the register of half the width
		f.function("fromFloat16"+v.feature, "(dst *float32, x *uint16, n int)", 24)
		f.op("MOVQ dst+0(FP), DI")
		f.op("MOVQ x+8(FP), SI")
		f.op("MOVQ n+16(FP), CX")
		pieces(f, lanes(v.width), map[string]int{"SI": 2, "DI": 4}, []string{"SI", "DI"}, func() {
			f.op("VCVTPH2PS (SI), %s", vec(v.width, 0))
			f.op("VMOVUPS %s, (DI)", vec(v.width, 0))
		})
		f.function("toFloat16"+v.feature, "(dst *uint16, x *float32, n int)", 24)
		f.op("MOVQ dst+0(FP), DI")
		f.op("MOVQ x+8(FP), SI")
		f.op("MOVQ n+16(FP), CX")
		pieces(f, lanes(v.width), map[string]int{"SI": 4, "DI": 2}, []string{"SI", "DI"}, func() {
			f.op("VMOVUPS (SI), %s", vec(v.width, 0))
			f.op("VCVTPS2PH $0, %s, %s", vec(v.width, 0), half)
			f.op("VMOVUPS %s, (DI)", half)
		})
	}
}
