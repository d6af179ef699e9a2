package main

import "fmt"

// neonFFT writes the stages of package fft for arm64, two complex numbers of double precision at a time: see fftStages. R0 and R1
// point to the results, R2 and R3 to the inputs, R4 to the factors, R5 counts the quarters, R6 is the size of a table of factors.
func neonFFT(f *file) {
	arguments := func() {
		for i, name := range []string{"yRe", "yIm", "xRe", "xIm", "factors", "quarter"} {
			f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
		}
		f.op("LSL $3, R5, R6")
	}
	// sums loads a, b, c, d, which are R8 apart: V2 and V4 become the parts of a+c, V3 and V5 those of a-c, V6 and V8 of b+d, V7
	// and V9 of b-d.
	sums := func() {
		for i := range 2 {
			f.op("MOVD R%d, R9", 2+i)
			for v := range 4 {
				f.op("VLD1.P (R9)(R8), [V%d.D2]", 24+v)
			}
			at := 2 * i
			f.neon("FADD.2D", 2+at, 24, 26)
			f.neon("FSUB.2D", 3+at, 24, 26)
			f.neon("FADD.2D", 6+at, 25, 27)
			f.neon("FSUB.2D", 7+at, 25, 27)
		}
		// V0 and V1: the first result. Without their factors: V2 and V4 the third, V6 and V8 the second, V3 and V5 the last.
		f.neon("FADD.2D", 0, 2, 6)
		f.neon("FADD.2D", 1, 4, 8)
		f.neon("FSUB.2D", 2, 2, 6)
		f.neon("FSUB.2D", 4, 4, 8)
		f.neon("FADD.2D", 6, 3, 9)
		f.neon("FSUB.2D", 8, 5, 7)
		f.neon("FSUB.2D", 3, 3, 9)
		f.neon("FADD.2D", 5, 5, 7)
	}
	times := func(toRe, toIm, re, im, w int) {
		f.neon("FMUL.2D", toRe, re, w)
		f.neon("FMUL.2D", toIm, re, w+1)
		f.neon("FMLS.2D", toRe, im, w+1)
		f.neon("FMLA.2D", toIm, im, w)
	}
	f.function("stage2NEON", "(yRe, yIm, xRe, xIm, factors unsafe.Pointer, quarter, stride int)", 56)
	arguments()
	f.op("MOVD stride+48(FP), R7")
	f.op("LSL $3, R7")         // bytes between the results
	f.op("MUL R7, R5, R8")     // bytes between the inputs
	f.op("ADD R7<<1, R7, R13") // from the second result to the first of the next
	f.label("factors")
	f.op("MOVD R4, R9")
	for i := range 6 {
		f.op("VLD1R (R9), [V%d.D2]", 10+i)
		f.op("ADD R6, R9")
	}
	f.op("MOVD R7, R10")
	f.label("loop")
	sums()
	times(16, 17, 6, 8, 10)
	times(18, 19, 2, 4, 12)
	times(20, 21, 3, 5, 14)
	for i := range 2 {
		f.op("MOVD R%d, R9", i)
		for _, v := range []int{i, 16 + i, 18 + i, 20 + i} {
			f.op("VST1.P [V%d.D2], (R9)(R7)", v)
		}
	}
	for r := range 4 {
		f.op("ADD $16, R%d", r)
	}
	f.op("SUBS $16, R10, R10")
	f.op("BNE loop")
	f.op("ADD R13, R0")
	f.op("ADD R13, R1")
	f.op("ADD $8, R4")
	f.op("SUBS $1, R5, R5")
	f.op("BNE factors")
	f.op("RET")

	// The results of two neighbours are interleaved.
	f.function("first2NEON", "(yRe, yIm, xRe, xIm, factors unsafe.Pointer, quarter int)", 48)
	arguments()
	f.op("MOVD R6, R8")
	f.label("loop")
	sums()
	f.op("MOVD R4, R9")
	for i := range 6 {
		f.op("VLD1.P (R9)(R6), [V%d.D2]", 10+i)
	}
	times(17, 21, 6, 8, 10)
	times(18, 22, 2, 4, 12)
	times(19, 23, 3, 5, 14)
	f.op("VMOV V0.B16, V16.B16")
	f.op("VMOV V1.B16, V20.B16")
	for i := range 2 {
		at := 16 + 4*i
		f.op("%s", fmt.Sprintf("VST4.P [V%d.D2, V%d.D2, V%d.D2, V%d.D2], 64(R%d)", at, at+1, at+2, at+3, i))
	}
	for _, r := range []int{2, 3, 4} {
		f.op("ADD $16, R%d", r)
	}
	f.op("SUBS $2, R5, R5")
	f.op("BNE loop")
	f.op("RET")
}
