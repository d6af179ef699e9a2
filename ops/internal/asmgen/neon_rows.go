package main

// neonRows writes the kernels of float32 rows on arm64: normalizations, sums of columns, interpolation.
func neonRows(f *file) {
	neonLayerNorm(f)
	neonInstanceNorm(f)
	neonSumRows(f)
	neonBilinear(f)
}

// neonDeviation makes of the sum of squares in V0, all lanes alike, 1/sqrt(V0*inverse + epsilon); inverse in V30, epsilon V31.
func neonDeviation(f *file) {
	f.neon("FMUL.4S", 0, 0, 30)
	f.neon("FADD.4S", 0, 0, 31)
	f.neon("FSQRT.4S", 0, 0)
	f.op("FMOVS $1.0, F1")
	f.op("VDUP V1.S[0], V1.S4")
	f.neon("FDIV.4S", 0, 1, 0)
}

func neonNormArguments(f *file) {
	for i, name := range []string{"dst", "x", "gamma", "beta", "rows", "n"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	f.op("MOVW inverse+48(FP), R6")
	f.op("VDUP R6, V30.S4")
	f.op("MOVW epsilon+52(FP), R6")
	f.op("VDUP R6, V31.S4")
}

// neonLayerNorm passes over a row three times: for its sum, for the sum of squares of what is left without the mean, and to write.
func neonLayerNorm(f *file) {
	f.function("layerNormNEON", "(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)", 56)
	neonNormArguments(f)
	f.label("row")
	// pass visits vectors, by fours and one by one; R7 points to x.
	pass := func(name string, vector func(v int), load, store func(vectors int)) {
		f.op("MOVD R1, R7")
		f.op("SUBS $16, R5, R8")
		f.op("BLT %sRest", name)
		f.label(name + "Sixteen")
		load(4)
		for v := range 4 {
			vector(v)
		}
		store(4)
		f.op("SUBS $16, R8, R8")
		f.op("BGE %sSixteen", name)
		f.label(name + "Rest")
		f.op("ADDS $16, R8, R8")
		f.op("BEQ %sDone", name)
		f.label(name + "Four")
		load(1)
		vector(0)
		store(1)
		f.op("SUBS $4, R8, R8")
		f.op("BGT %sFour", name)
		f.label(name + "Done")
	}
	loadX := func(vectors int) { neonLoad(f, vectors, 7, 4) }
	nothing := func(int) {}
	clear := func() {
		for v := range 4 {
			f.op("VEOR V%d.B16, V%d.B16, V%d.B16", v, v, v)
		}
	}
	fold := func() {
		neonFoldSum(f, 0)
		f.op("VDUP V0.S[0], V0.S4")
	}
	clear()
	pass("sum", func(v int) { f.neon("FADD.4S", v, v, 4+v) }, loadX, nothing)
	fold()
	f.neon("FMUL.4S", 29, 0, 30) // mean
	clear()
	pass("squares", func(v int) {
		f.neon("FSUB.4S", 4+v, 4+v, 29)
		f.neon("FMLA.4S", v, 4+v, 4+v)
	}, loadX, nothing)
	fold()
	neonDeviation(f)
	f.op("MOVD R2, R9")
	f.op("MOVD R3, R10")
	pass("write", func(v int) {
		f.neon("FSUB.4S", 4+v, 4+v, 29)
		f.neon("FMUL.4S", 4+v, 4+v, 0)
		f.neon("FMLA.4S", 12+v, 4+v, 8+v)
	}, func(vectors int) {
		neonLoad(f, vectors, 7, 4)
		neonLoad(f, vectors, 9, 8)
		neonLoad(f, vectors, 10, 12)
	}, func(vectors int) { neonStore(f, vectors, 0, 12) })
	f.op("MOVD R7, R1")
	f.op("SUBS $1, R4, R4")
	f.op("BNE row")
	f.op("RET")
}

// neonInstanceNorm passes down four columns three times.
func neonInstanceNorm(f *file) {
	f.function("instanceNormNEON", "(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)", 56)
	neonNormArguments(f)
	f.op("LSL $2, R5")
	down := func(name string, body func()) {
		f.op("MOVD R1, R7")
		f.op("MOVD R4, R8")
		f.label(name)
		f.op("VLD1.P (R7)(R5), [V4.S4]")
		body()
		f.op("SUBS $1, R8, R8")
		f.op("BNE %s", name)
	}
	f.op("VEOR V0.B16, V0.B16, V0.B16")
	down("sum", func() { f.neon("FADD.4S", 0, 0, 4) })
	f.neon("FMUL.4S", 29, 0, 30)
	f.op("VEOR V0.B16, V0.B16, V0.B16")
	down("squares", func() {
		f.neon("FSUB.4S", 4, 4, 29)
		f.neon("FMLA.4S", 0, 4, 4)
	})
	neonDeviation(f)
	f.op("VLD1 (R2), [V2.S4]")
	f.op("VLD1 (R3), [V3.S4]")
	f.neon("FMUL.4S", 2, 2, 0)  // a
	f.neon("FMLS.4S", 3, 29, 2) // b
	down("write", func() {
		f.op("VMOV V3.B16, V5.B16")
		f.neon("FMLA.4S", 5, 4, 2)
		f.op("VST1.P [V5.S4], (R0)(R5)")
	})
	f.op("RET")
}

// neonSumRows adds up 32 columns.
func neonSumRows(f *file) {
	f.function("sumRows32F32NEON", "(dst, x *float32, rows, stride int)", 32)
	for i, name := range []string{"dst", "x", "rows", "stride"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	for v := range 8 {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", v, v, v)
	}
	f.op("SUB $64, R3")
	f.label("row")
	f.op("VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]")
	f.op("VLD1.P (R1)(R3), [V20.S4, V21.S4, V22.S4, V23.S4]")
	for v := range 8 {
		f.neon("FADD.4S", v, v, 16+v)
	}
	f.op("SUBS $1, R2, R2")
	f.op("BNE row")
	f.op("VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)")
	f.op("VST1 [V4.S4, V5.S4, V6.S4, V7.S4], (R0)")
	f.op("RET")
}

// neonBilinear interpolates one output pixel.
func neonBilinear(f *file) {
	f.function("bilinearF32NEON", "(dst, p00, p10, p01, p11 *float32, n int, w00, w10, w01, w11 float32)", 64)
	for i, name := range []string{"dst", "p00", "p10", "p01", "p11", "n"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	for i, name := range []string{"w00", "w10", "w01", "w11"} {
		f.op("FMOVS %s+%d(FP), F%d", name, 48+4*i, 16+i)
	}
	for _, vectors := range []int{4, 1} {
		label := map[int]string{4: "sixteen", 1: "four"}[vectors]
		f.op("SUBS $%d, R5, R5", 4*vectors)
		f.op("BLT %sLess", label)
		f.label(label)
		for p := range 4 {
			at := 0
			if p > 0 {
				at = 4
			}
			neonLoad(f, vectors, 1+p, at)
			for v := range vectors {
				if p == 0 {
					f.neon("FMUL.4S[0]", v, v, 16)
				} else {
					f.neon("FMLA.4S[0]", v, 4+v, 16+p)
				}
			}
		}
		neonStore(f, vectors, 0, 0)
		f.op("SUBS $%d, R5, R5", 4*vectors)
		f.op("BGE %s", label)
		f.label(label + "Less")
		f.op("ADD $%d, R5", 4*vectors)
	}
	f.op("RET")
}
