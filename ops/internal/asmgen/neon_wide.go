package main

import "fmt"

// neonWide writes kernels over int16 on arm64: products with bytes in 64 bits, rows of products, rectifiers with a slope.
func neonWide(f *file) {
	neonWideDot(f)
	neonWordRows(f)
	neonLeakyWords(f)
}

// neonWideDot adds to four sums of 64 bits the products of a row of int16 with four rows of bytes: k elements, a multiple of 8. Of
// 2040 products, 510 to a lane, the sums of 32 bits do not overflow.
func neonWideDot(f *file) {
	f.function("wideDot4S16S8NEON", "(sums *int64, x *int16, w *int8, k, ldw int)", 40)
	for i, name := range []string{"sums", "x", "w", "k", "ldw"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, []int{0, 1, 10, 3, 4}[i])
	}
	for c := 1; c < 4; c++ {
		f.op("ADD R4, R%d, R%d", 9+c, 10+c)
	}
	for i := range 4 {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	f.op("SUBS $16, R3, R3")
	f.op("BLT rest")
	f.op("PCALIGN $16")
	f.label("sixteen")
	f.op("VLD1.P 32(R1), [V16.H8, V17.H8]")
	for c := range 4 {
		f.op("FMOVQ.P 16(R%d), F20", 10+c)
		f.neon("SXTL.8H", 21, 20)
		f.neon("SXTL2.8H", 22, 20)
		for half := range 2 {
			f.neon("SMLAL.4S", c, 21+half, 16+half)
			f.neon("SMLAL2.4S", c, 21+half, 16+half)
		}
	}
	f.op("SUBS $16, R3, R3")
	f.op("BGE sixteen")
	f.label("rest")
	f.op("TBZ $3, R3, sum")
	f.op("FMOVQ (R1), F16")
	for c := range 4 {
		f.op("FMOVD (R%d), F20", 10+c)
		f.neon("SXTL.8H", 21, 20)
		f.neon("SMLAL.4S", c, 21, 16)
		f.neon("SMLAL2.4S", c, 21, 16)
	}
	f.label("sum")
	for c := range 4 {
		f.neon("SADDLV.D", c, c)
		f.op("FMOVD F%d, R5", c)
		f.op("MOVD %d(R0), R6", 8*c)
		f.op("ADD R5, R6")
		f.op("MOVD R6, %d(R0)", 8*c)
	}
	f.op("RET")
}

// neonWordRows: sums wrap.
func neonWordRows(f *file) {
	f.function("wordRowsNEON", "(dst *int32, a, b *int16, rows, n int, init *int32)", 48)
	for i, name := range []string{"dst", "a", "b", "rows", "n", "init"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	f.label("row")
	f.op("VEOR V0.B16, V0.B16, V0.B16")
	f.op("VEOR V1.B16, V1.B16, V1.B16")
	f.op("MOVD R4, R6")
	f.label("eight")
	f.op("FMOVQ.P 16(R1), F2")
	f.op("FMOVQ.P 16(R2), F3")
	f.neon("SMLAL.4S", 0, 2, 3)
	f.neon("SMLAL2.4S", 1, 2, 3)
	f.op("SUBS $8, R6, R6")
	f.op("BGT eight")
	f.op("VADD V1.S4, V0.S4, V0.S4")
	f.op("VADDV V0.S4, V0")
	f.op("VMOV V0.S[0], R7")
	f.op("CBZ R5, store")
	f.op("MOVW.P 4(R5), R8")
	f.op("ADD R8, R7")
	f.label("store")
	f.op("MOVW.P R7, 4(R0)")
	f.op("SUBS $1, R3, R3")
	f.op("BNE row")
	f.op("RET")
}

// neonLeakyWords scales by one of two factors: constants are the multipliers, the shifts to the left and those to the right, of
// each first for numbers that are not negative.
func neonLeakyWords(f *file) {
	f.function("leakyWordsNEON", "(dst, x unsafe.Pointer, n int, c *leakyConstants)", 32)
	f.op("MOVD dst+0(FP), R0")
	f.op("MOVD x+8(FP), R1")
	f.op("MOVD n+16(FP), R3")
	f.op("MOVD c+24(FP), R4")
	for i := range 2 {
		at := 24 + 4*i // V24 and V28: multiplier, left, right, ones where there is a right shift
		for j := range 3 {
			f.op("MOVW %d(R4), R5", 8*j+4*i)
			if j == 2 {
				f.op("NEG R5, R5")
			}
			f.op("VDUP R5, V%d.S4", at+j)
		}
		f.neon("CMLT0.4S", at+3, at+2)
	}
	neonWordLoop(f, 1, func(part int) {
		neonLoadWords(f, part, 1, 0)
		f.neon("SXTL.4S", 2, 0)
		f.neon("SXTL2.4S", 3, 0)
		for half := range 2 {
			for i := range 2 {
				s, at := 4+2*half+i, 24+4*i
				f.neon("SSHL.4S", s, 2+half, at+1)
				f.neon("SQRDMULH.4S", s, s, at)
				f.op("VAND V%d.B16, V%d.B16, V%d.B16", at+3, s, 8+i)
				f.neon("SSRA31.4S", s, 8+i)
				f.neon("SRSHL.4S", s, s, at+2)
			}
			f.neon("CMLT0.4S", 2+half, 2+half)
			f.op("VBIT V%d.B16, V%d.B16, V%d.B16", 2+half, 5+2*half, 4+2*half)
		}
		f.neon("SQXTN.4H", 0, 4)
		f.neon("SQXTN2.8H", 0, 6)
		neonStoreWords(f, part, 0, 0)
	})
}

// neonPoolF32 writes the float32 pooling kernels for arm64: see f32's poolArgs. Blocks of 4 channels, or 8, follow each other, the
// last one overlaps the one before.
func neonPoolF32(f *file) {
	for _, average := range []bool{false, true} {
		neonPoolOfF32(f, average)
	}
}

func neonPoolOfF32(f *file, average bool) {
	const (
		x, dst, offset, dstOffset = 0, 8, 16, 24
		row, pixel, rows, columns = 32, 40, 48, 56
		channels, outputs, nextX  = 64, 72, 80
		nextDst, count            = 88, 96
	)
	name := "poolMax"
	if average {
		name = "poolAverage"
	}
	f.function(name+"F32NEON", "(args *poolArgs)", 8)
	f.op("MOVD args+0(FP), R0")
	load := func(at, r int) { f.op("MOVD %d(R0), R%d", at, r) }
	for i, at := range []int{outputs, x, dst, row, pixel, rows, columns, channels} {
		load(at, 1+i)
	}
	f.op("LSL $2, R8")
	load(offset, 11)
	f.op("ADD R11, R2")
	load(dstOffset, 11)
	f.op("ADD R11, R3")
	for i := range 4 { // count, lo, hi, lowest
		f.op("MOVWU %d(R0), R11", count+4*i)
		f.op("VDUP R11, V%d.S4", 28+i)
	}
	f.label("output")
	f.op("MOVD ZR, R9")
	f.label("block")
	f.op("ADD R9, R2, R10")
	f.op("ADD R9, R3, R15")
	f.op("MOVD R6, R12")
	f.op("SUB R9, R8, R11")
	f.op("CMP $32, R11")
	f.op("BLT narrow")
	for _, vectors := range []int{2, 1} {
		label := func(name string) string { return fmt.Sprintf("%s%d", name, vectors) }
		if vectors == 1 {
			f.label("narrow")
		}
		for v := range vectors {
			if average {
				f.op("VEOR V%d.B16, V%d.B16, V%d.B16", v, v, v)
			} else {
				f.op("VMOV V31.B16, V%d.B16", v)
			}
		}
		f.label(label("row"))
		f.op("MOVD R10, R14")
		f.op("MOVD R7, R13")
		f.label(label("column"))
		if vectors == 2 {
			f.op("VLD1.P (R14)(R5), [V2.S4, V3.S4]")
		} else {
			f.op("VLD1.P (R14)(R5), [V2.S4]")
		}
		for v := range vectors {
			if average {
				f.neon("FADD.4S", v, v, 2+v)
			} else { // a NaN is passed over
				f.neon("FCMGT.4S", 4+v, 2+v, v)
				f.op("VBIT V%d.B16, V%d.B16, V%d.B16", 4+v, 2+v, v)
			}
		}
		f.op("SUBS $1, R13, R13")
		f.op("BNE %s", label("column"))
		f.op("ADD R4, R10")
		f.op("SUBS $1, R12, R12")
		f.op("BNE %s", label("row"))
		for v := range vectors {
			if average {
				f.neon("FDIV.4S", v, v, 28)
			}
			f.neon("FCMGT.4S", 4, 29, v)
			f.op("VBIT V4.B16, V29.B16, V%d.B16", v)
			f.neon("FCMGT.4S", 4, v, 30)
			f.op("VBIT V4.B16, V30.B16, V%d.B16", v)
		}
		if vectors == 2 {
			f.op("VST1 [V0.S4, V1.S4], (R15)")
			f.op("ADD $32, R9")
		} else {
			f.op("FMOVQ F0, (R15)")
			f.op("ADD $16, R9")
		}
		f.op("CMP R8, R9")
		f.op("BGE next")
		f.op("SUB $16, R8, R11")
		f.op("CMP R11, R9")
		f.op("CSEL LT, R9, R11, R9")
		f.op("B block")
	}
	f.label("next")
	load(nextX, 11)
	f.op("ADD R11, R2")
	load(nextDst, 11)
	f.op("ADD R11, R3")
	f.op("SUBS $1, R1, R1")
	f.op("BNE output")
	f.op("RET")
}
