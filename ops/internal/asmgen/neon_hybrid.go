package main

// neonHybrid writes the kernels for rows of hybrid products on arm64: see kernel/hybrid.
func neonHybrid(f *file) {
	neonRangeRow(f)
	neonQuantizeRow(f)
	neonScaleRows(f)
	neonAccumulateScaled(f)
}

// neonRangeRow finds the least and the largest element, passing over NaNs but a leading one, with which every lane starts.
func neonRangeRow(f *file) {
	f.function("rangeRowNEON", "(x *float32, n int) (low, high float32)", 24)
	f.op("MOVD x+0(FP), R1")
	f.op("MOVD n+8(FP), R3")
	f.op("VLD1R (R1), [V4.S4]")
	for i := 5; i < 12; i++ {
		f.op("VMOV V4.B16, V%d.B16", i)
	}
	neonEach(f, "each", func(vectors int) {
		neonLoad(f, vectors, 1, 0)
		if vectors == 0 {
			f.op("VDUP V0.S[0], V0.S4")
		}
	}, func(v int) {
		f.neon("FCMGT.4S", 12+v, 4+v, v)
		f.op("VBIT V%d.B16, V%d.B16, V%d.B16", 12+v, v, 4+v)
		f.neon("FCMGT.4S", 16+v, v, 8+v)
		f.op("VBIT V%d.B16, V%d.B16, V%d.B16", 16+v, v, 8+v)
	}, func(int) {})
	for _, step := range []struct {
		first int
		name  string
	}{{4, "FMINNM"}, {8, "FMAXNM"}} {
		r := step.first
		f.neon(step.name+".4S", r, r, r+1)
		f.neon(step.name+".4S", r+2, r+2, r+3)
		f.neon(step.name+".4S", r, r, r+2)
		f.neon(step.name+"P.4S", r, r, r)
		f.neon(step.name+"P.4S", r, r, r)
	}
	f.op("FMOVS F4, low+16(FP)")
	f.op("FMOVS F8, high+20(FP)")
	f.op("RET")
}

// neonQuantizeRow rounds halves away from zero (a NaN gives 0) and saturates on the way from 32 to 16 and 8 bits.
func neonQuantizeRow(f *file) {
	f.function("quantizeRowNEON", "(dst *int8, x *float32, n int, inverse float32, zero, least int32)", 36)
	f.op("MOVD dst+0(FP), R0")
	f.op("MOVD x+8(FP), R1")
	f.op("MOVD n+16(FP), R3")
	f.op("FMOVS inverse+24(FP), F31")
	f.op("MOVW zero+28(FP), R4")
	f.op("VDUP R4, V30.H8")
	f.op("MOVW least+32(FP), R4")
	f.op("VDUP R4, V29.B16")
	narrow := func(words, bytes int) {
		for v := range bytes {
			f.neon("FMUL.4S[0]", v, v, 31)
			f.neon("FCVTAS.4S", v, v)
		}
		for v := range words {
			f.neon("SQXTN.4H", 2*v, 2*v)
			if bytes > 1 {
				f.neon("SQXTN2.8H", 2*v, 2*v+1)
			}
		}
		for v := range words {
			f.neon("SQADD.8H", 2*v, 2*v, 30)
		}
		f.neon("SQXTN.8B", 0, 0)
		if words > 1 {
			f.neon("SQXTN2.16B", 0, 2)
		}
		f.neon("SMAX.16B", 0, 0, 29)
	}
	f.op("SUBS $16, R3, R3")
	f.op("BLT less")
	f.label("sixteen")
	neonLoad(f, 4, 1, 0)
	narrow(2, 4)
	f.op("VST1.P [V0.B16], 16(R0)")
	f.op("SUBS $16, R3, R3")
	f.op("BGE sixteen")
	f.label("less")
	f.op("ADDS $16, R3, R3")
	f.op("BEQ done")
	f.label("one")
	neonLoad(f, 0, 1, 0)
	narrow(1, 1)
	f.op("VMOV V0.B[0], R4")
	f.op("MOVB.P R4, 1(R0)")
	f.op("SUBS $1, R3, R3")
	f.op("BNE one")
	f.label("done")
	f.op("RET")
}

// neonScaleRows writes rows one after the other.
func neonScaleRows(f *file) {
	f.function("scaleRowsNEON", "(dst *float32, ldd int, acc *int32, rows, n int, scale *float32, each int, bias *float32, input, lo, hi float32)", 76)
	for i, name := range []string{"dst", "ldd", "acc", "rows", "n", "scale", "each", "bias"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, []int{8, 9, 1, 10, 11, 12, 13, 14}[i])
	}
	f.op("LSL $2, R9")
	f.op("FMOVS input+64(FP), F29")
	neonRange(f, 68)
	f.op("VLD1R (R12), [V28.S4]")
	f.neon("FMUL.4S[0]", 28, 28, 29)
	f.label("row")
	f.op("MOVD R8, R0")
	f.op("MOVD R12, R2")
	f.op("MOVD R14, R7")
	f.op("MOVD R11, R3")
	for _, each := range []bool{false, true} {
		name := "same"
		if each {
			name = "each"
			f.label("channels")
		} else {
			f.op("CBNZ R13, channels")
		}
		neonEach(f, name, func(vectors int) {
			neonLoad(f, vectors, 1, 0)
			if each {
				neonLoad(f, vectors, 2, 4)
			}
			for v := range max(1, vectors) {
				f.neon("SCVTF.4S", v, v)
				if each {
					f.neon("FMUL.4S[0]", 4+v, 4+v, 29)
					f.neon("FMUL.4S", v, v, 4+v)
				} else {
					f.neon("FMUL.4S", v, v, 28)
				}
			}
			unbiased := name + "Unbiased" + string(rune('0'+vectors))
			f.op("CBZ R7, %s", unbiased)
			neonLoad(f, vectors, 7, 8)
			for v := range max(1, vectors) {
				f.neon("FADD.4S", v, v, 8+v)
			}
			f.label(unbiased)
		}, func(v int) { neonClamp(f, v, 12+v) }, func(vectors int) { neonStore(f, vectors, 0, 0) })
		if !each {
			f.op("B next")
		}
	}
	f.label("next")
	f.op("ADD R9, R8")
	f.op("SUBS $1, R10, R10")
	f.op("BNE row")
	f.op("RET")
}

// neonAccumulateScaled adds to every element a sum, less its share of the zero point, times the scale.
func neonAccumulateScaled(f *file) {
	f.function("accumulateScaledNEON", "(out *float32, acc *int32, n int, scale float32, zero int32, each *float32, sums *int32)", 48)
	f.op("MOVD out+0(FP), R0")
	f.op("MOVD R0, R5")
	f.op("MOVD acc+8(FP), R1")
	f.op("MOVD n+16(FP), R3")
	f.op("MOVW scale+24(FP), R4")
	f.op("VDUP R4, V28.S4")
	f.op("MOVW zero+28(FP), R4")
	f.op("VDUP R4, V29.S4")
	f.op("MOVD each+32(FP), R6")
	f.op("MOVD sums+40(FP), R7")
	neonEach(f, "each", func(vectors int) {
		neonLoad(f, vectors, 1, 0)
		neonLoad(f, vectors, 5, 4)
		label := string(rune('0' + vectors))
		f.op("CBZ R7, centred%s", label)
		neonLoad(f, vectors, 7, 8)
		for v := range max(1, vectors) {
			f.neon("MLS.4S", v, 8+v, 29)
		}
		f.label("centred" + label)
		for v := range max(1, vectors) {
			f.op("VMOV V28.B16, V%d.B16", 8+v)
		}
		f.op("CBZ R6, scaled%s", label)
		neonLoad(f, vectors, 6, 12)
		for v := range max(1, vectors) {
			f.neon("FMUL.4S", 8+v, 12+v, 28)
		}
		f.label("scaled" + label)
	}, func(v int) {
		f.neon("SCVTF.4S", v, v)
		f.neon("FMUL.4S", v, v, 8+v)
		f.neon("FADD.4S", v, v, 4+v)
	}, func(vectors int) { neonStore(f, vectors, 0, 0) })
	f.op("RET")
}
