package main

// neonOutputs writes how sums and numbers become stored values, and the reverse, on arm64.
func neonOutputs(f *file) {
	neonOutputExact(f, "B")
	neonOutputExact(f, "W")
	neonQuantizeBytes(f)
	for _, kind := range []string{"S8", "U8", "S16"} {
		neonDequantize(f, kind)
	}
	neonWindowSums(f)
}

// neonOutputExact is outputExact by way of float64, whose conversion rounds halves away from zero and saturates: dst[j] =
// clamp(round((acc[j]+offsets[j]-less)*scale[j]) + zero). Four columns at a time, then one; each says that columns have scales of
// their own.
func neonOutputExact(f *file, out string) {
	f.function("outputExact"+out+"NEON", "(dst unsafe.Pointer, acc, offsets *int32, scales *float64, each, n int, less, zero, lo, hi int32)", 64)
	for i, name := range []string{"dst", "acc", "offsets", "scales", "each", "n"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, []int{0, 1, 2, 4, 5, 3}[i])
	}
	for i, name := range []string{"less", "zero", "lo", "hi"} {
		f.op("MOVW %s+%d(FP), R6", name, 48+4*i)
		f.op("VDUP R6, V%d.S4", 28+i)
	}
	f.op("VLD1R (R4), [V4.D2]")
	f.op("VMOV V4.B16, V5.B16")
	for _, columns := range []int{4, 1} {
		label := map[int]string{4: "four", 1: "one"}[columns]
		f.op("SUBS $%d, R3, R3", columns)
		f.op("BLT %sLess", label)
		f.label(label)
		if columns == 4 {
			f.op("FMOVQ.P 16(R1), F0")
			f.op("FMOVQ.P 16(R2), F1")
		} else {
			f.op("FMOVS.P 4(R1), F0")
			f.op("FMOVS.P 4(R2), F1")
		}
		f.op("CBZ R5, %sScaled", label)
		if columns == 4 {
			f.op("VLD1.P 32(R4), [V4.D2, V5.D2]")
		} else {
			f.op("FMOVD.P 8(R4), F4")
		}
		f.label(label + "Scaled")
		f.op("VADD V1.S4, V0.S4, V0.S4")
		f.op("VSUB V28.S4, V0.S4, V0.S4")
		f.neon("SXTL2.2D", 1, 0)
		f.neon("SXTL.2D", 0, 0)
		for i := range 2 {
			f.neon("SCVTF.2D", i, i)
		}
		for i := range 2 {
			f.neon("FMUL.2D", i, i, 4+i)
		}
		for i := range 2 {
			f.neon("FCVTAS.2D", i, i)
		}
		f.neon("SQXTN.2S", 0, 0)
		f.neon("SQXTN2.4S", 0, 1)
		f.neon("SQADD.4S", 0, 0, 29)
		f.neon("SMAX.4S", 0, 0, 30)
		f.neon("SMIN.4S", 0, 0, 31)
		f.neon("XTN.4H", 0, 0)
		switch {
		case out == "W" && columns == 4:
			f.op("FMOVD.P F0, 8(R0)")
		case out == "W":
			f.op("VMOV V0.H[0], R6")
			f.op("MOVH.P R6, 2(R0)")
		case columns == 4:
			f.neon("XTN.8B", 0, 0)
			f.op("FMOVS.P F0, 4(R0)")
		default:
			f.op("VMOV V0.B[0], R6")
			f.op("MOVB.P R6, 1(R0)")
		}
		f.op("SUBS $%d, R3, R3", columns)
		f.op("BGE %s", label)
		f.label(label + "Less")
		f.op("ADDS $%d, R3, R3", columns)
		if columns == 4 {
			f.op("BEQ done")
		}
	}
	f.label("done")
	f.op("RET")
}

// neonQuantizeBytes: what does not fit 16 bits is beyond every stored value whatever the zero point.
func neonQuantizeBytes(f *file) {
	f.function("quantizeBytesNEON", "(dst *uint8, x *float32, n int, scale float32, zero, lo, hi int32)", 40)
	f.op("MOVD dst+0(FP), R0")
	f.op("MOVD x+8(FP), R1")
	f.op("MOVD n+16(FP), R3")
	f.op("MOVW scale+24(FP), R4")
	f.op("VDUP R4, V28.S4")
	for i, name := range []string{"zero", "lo", "hi"} {
		f.op("MOVW %s+%d(FP), R4", name, 28+4*i)
		f.op("VDUP R4, V%d.H8", 29+i)
	}
	f.label("sixteen")
	neonLoad(f, 4, 1, 0)
	for v := range 4 {
		f.neon("FDIV.4S", v, v, 28)
	}
	for v := range 4 {
		f.neon("FCVTAS.4S", v, v)
	}
	for v := 0; v < 4; v += 2 {
		f.neon("SQXTN.4H", v, v)
		f.neon("SQXTN2.8H", v, v+1)
		f.neon("SQADD.8H", v, v, 29)
		f.neon("SMAX.8H", v, v, 30)
		f.neon("SMIN.8H", v, v, 31)
	}
	f.neon("XTN.8B", 0, 0)
	f.neon("XTN2.16B", 0, 2)
	f.op("VST1.P [V0.B16], 16(R0)")
	f.op("SUBS $16, R3, R3")
	f.op("BGT sixteen")
	f.op("RET")
}

// neonDequantize takes 8 elements at a time.
func neonDequantize(f *file, kind string) {
	f.function("dequantize"+kind+"NEON", "(dst *float32, x unsafe.Pointer, n int, scale float32, zero int32)", 32)
	f.op("MOVD dst+0(FP), R0")
	f.op("MOVD x+8(FP), R1")
	f.op("MOVD n+16(FP), R3")
	f.op("MOVW scale+24(FP), R4")
	f.op("VDUP R4, V30.S4")
	f.op("MOVW zero+28(FP), R4")
	f.op("VDUP R4, V31.S4")
	f.label("eight")
	if kind == "S16" {
		f.op("FMOVQ.P 16(R1), F0")
	} else {
		f.op("FMOVD.P 8(R1), F0")
		f.neon(kind[:1]+"XTL.8H", 0, 0)
	}
	f.neon("SXTL2.4S", 1, 0)
	f.neon("SXTL.4S", 0, 0)
	for v := range 2 {
		f.op("VSUB V31.S4, V%d.S4, V%d.S4", v, v)
		f.neon("SCVTF.4S", v, v)
		f.neon("FMUL.4S", v, v, 30)
	}
	f.op("VST1.P [V0.S4, V1.S4], 32(R0)")
	f.op("SUBS $8, R3, R3")
	f.op("BGT eight")
	f.op("RET")
}

// neonWindowSums adds up the bytes of windows: R0 dst, R1 rows left, R2 x, R3 bytes between rows, R4 length, R5 segments, R6 steps,
// R8 along the row, R9 bytes of the segment left, R10 segments left, R11 along the steps.
func neonWindowSums(f *file) {
	f.function("windowSumsU8NEON", "(dst *int32, rows int, x *uint8, ldx, length, segments int, steps *int, factor int32)", 60)
	for i, name := range []string{"dst", "rows", "x", "ldx", "length", "segments", "steps"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	f.op("MOVW factor+56(FP), R7")
	f.label("row")
	f.op("MOVD R2, R8")
	f.op("MOVD R5, R10")
	f.op("MOVD R6, R11")
	f.op("VEOR V0.B16, V0.B16, V0.B16")
	f.label("segment")
	f.op("MOVD R8, R13")
	f.op("SUBS $16, R4, R9")
	f.op("BLT rest")
	f.label("sixteen")
	f.op("FMOVQ.P 16(R13), F1")
	f.neon("UADDLP.8H", 1, 1)
	f.neon("UADALP.4S", 0, 1)
	f.op("SUBS $16, R9, R9")
	f.op("BGE sixteen")
	f.label("rest")
	part := func(bit int, load, next string) {
		f.op("TBZ $%d, R9, %s", bit, next)
		f.op("%s", load)
		f.neon("UADDLP.8H", 1, 1)
		f.neon("UADALP.4S", 0, 1)
		f.label(next)
	}
	part(3, "FMOVD.P 8(R13), F1", "four")
	part(2, "FMOVS.P 4(R13), F1", "ones")
	f.op("ANDS $3, R9, R9")
	f.op("BEQ ended")
	f.label("byte")
	f.op("MOVBU.P 1(R13), R12")
	f.op("FMOVS R12, F1")
	f.neon("UADDLP.8H", 1, 1)
	f.neon("UADALP.4S", 0, 1)
	f.op("SUBS $1, R9, R9")
	f.op("BNE byte")
	f.label("ended")
	f.op("SUBS $1, R10, R10")
	f.op("BEQ sum")
	f.op("MOVD.P 8(R11), R12")
	f.op("ADD R12, R8")
	f.op("B segment")
	f.label("sum")
	f.op("VADDV V0.S4, V0")
	f.op("VMOV V0.S[0], R12")
	f.op("MULW R7, R12, R12")
	f.op("MOVW.P R12, 4(R0)")
	f.op("ADD R3, R2")
	f.op("SUBS $1, R1, R1")
	f.op("BNE row")
	f.op("RET")
}
