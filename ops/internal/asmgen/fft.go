package main

// fftStages writes the stages of package fft: four complex numbers of double precision at a time.
func fftStages(f *file) {
	f.function("stage4AVX2", "(yRe, yIm, xRe, xIm, factors unsafe.Pointer, quarter, stride int)", 56)
	fftArguments(f)
	f.op("MOVQ stride+48(FP), R12")
	f.op("SHLQ $3, R12") // bytes between the results
	f.op("LEAQ (R12)(R12*2), R13")
	f.op("MOVQ R12, R10")
	f.op("IMULQ CX, R10") // bytes between the inputs
	f.op("LEAQ (R10)(R10*2), R11")
	f.label("factors")
	f.op("MOVQ DX, AX")
	for i := range 6 {
		f.op("VBROADCASTSD (AX), Y%d", 10+i)
		if i < 5 {
			f.op("ADDQ BX, AX")
		}
	}
	f.op("MOVQ R12, AX")
	f.label("loop")
	fftSums(f)
	fftFirst(f)
	f.op("VMOVUPD Y0, (R8)")
	f.op("VMOVUPD Y1, (R9)")
	for _, o := range []struct {
		place   string
		re, im  int // the value
		factors int
	}{{"(R12*2)", 2, 4, 12}, {"(R12*1)", 6, 8, 10}, {"(R13*1)", 3, 5, 14}} {
		fftTimes(f, 0, 1, o.re, o.im, o.factors)
		f.op("VMOVUPD Y0, (R8)%s", o.place)
		f.op("VMOVUPD Y1, (R9)%s", o.place)
	}
	for _, r := range []string{"SI", "DI", "R8", "R9"} {
		f.op("ADDQ $32, %s", r)
	}
	f.op("SUBQ $32, AX")
	f.op("JNZ loop")
	f.op("ADDQ R13, R8")
	f.op("ADDQ R13, R9")
	f.op("ADDQ $8, DX")
	f.op("DECQ CX")
	f.op("JNZ factors")
	f.ret()

	// The results of four neighbours are transposed.
	f.function("first4AVX2", "(yRe, yIm, xRe, xIm, factors unsafe.Pointer, quarter int)", 48)
	fftArguments(f)
	f.op("MOVQ BX, R10")
	f.op("LEAQ (R10)(R10*2), R11")
	f.label("loop")
	fftSums(f)
	fftFirst(f)
	f.op("MOVQ DX, AX")
	next := func() {
		f.op("VMOVUPD (AX), Y10")
		f.op("VMOVUPD (AX)(BX*1), Y11")
		f.op("LEAQ (AX)(BX*2), AX")
	}
	next()
	fftTimes(f, 12, 13, 6, 8, 10)
	next()
	fftTimes(f, 14, 15, 2, 4, 10)
	next()
	fftTimes(f, 6, 8, 3, 5, 10)
	fftTurn(f, [4]int{0, 12, 14, 6}, "R8")
	fftTurn(f, [4]int{1, 13, 15, 8}, "R9")
	for _, r := range []string{"SI", "DI", "DX"} {
		f.op("ADDQ $32, %s", r)
	}
	f.op("ADDQ $128, R8")
	f.op("ADDQ $128, R9")
	f.op("SUBQ $4, CX")
	f.op("JNZ loop")
	f.ret()
}

// fftArguments loads what both kernels take; BX is the size of a table of factors.
func fftArguments(f *file) {
	f.op("MOVQ yRe+0(FP), R8")
	f.op("MOVQ yIm+8(FP), R9")
	f.op("MOVQ xRe+16(FP), SI")
	f.op("MOVQ xIm+24(FP), DI")
	f.op("MOVQ factors+32(FP), DX")
	f.op("MOVQ quarter+40(FP), CX")
	f.op("LEAQ (CX*8), BX")
}

// fftSums loads the inputs a, b, c, d: 2 and 4 become the parts of a+c, 3 and 5 those of a-c, 6 and 8 of b+d, 7 and 9 of b-d.
func fftSums(f *file) {
	for i, base := range []string{"SI", "DI"} {
		sum := 2 * i
		f.op("VMOVUPD (%s), Y0", base)
		f.op("VMOVUPD (%s)(R10*2), Y1", base)
		f.op("VADDPD Y1, Y0, Y%d", 2+sum)
		f.op("VSUBPD Y1, Y0, Y%d", 3+sum)
		f.op("VMOVUPD (%s)(R10*1), Y0", base)
		f.op("VMOVUPD (%s)(R11*1), Y1", base)
		f.op("VADDPD Y1, Y0, Y%d", 6+sum)
		f.op("VSUBPD Y1, Y0, Y%d", 7+sum)
	}
}

// fftFirst combines the sums: 0 and 1 become the first result, 2 and 4 the third without its factor, 6 and 8 the second, 3 and 5
// the last one.
func fftFirst(f *file) {
	f.op("VADDPD Y6, Y2, Y0")
	f.op("VADDPD Y8, Y4, Y1")
	f.op("VSUBPD Y6, Y2, Y2")
	f.op("VSUBPD Y8, Y4, Y4")
	f.op("VADDPD Y9, Y3, Y6")
	f.op("VSUBPD Y7, Y5, Y8")
	f.op("VSUBPD Y9, Y3, Y3")
	f.op("VADDPD Y7, Y5, Y5")
}

// fftTimes multiplies a complex number by the factor in registers w and w+1.
func fftTimes(f *file, toRe, toIm, re, im, w int) {
	f.op("VMULPD Y%d, Y%d, Y%d", w, re, toRe)
	f.op("VMULPD Y%d, Y%d, Y%d", w+1, re, toIm)
	f.op("VFNMADD231PD Y%d, Y%d, Y%d", w+1, im, toRe)
	f.op("VFMADD231PD Y%d, Y%d, Y%d", w, im, toIm)
}

// fftTurn transposes 4 x 4 numbers and stores them.
func fftTurn(f *file, r [4]int, to string) {
	f.op("VUNPCKLPD Y%d, Y%d, Y2", r[1], r[0])
	f.op("VUNPCKHPD Y%d, Y%d, Y3", r[1], r[0])
	f.op("VUNPCKLPD Y%d, Y%d, Y4", r[3], r[2])
	f.op("VUNPCKHPD Y%d, Y%d, Y5", r[3], r[2])
	for i, p := range []struct{ low, high, lanes int }{{2, 4, 0x20}, {3, 5, 0x20}, {2, 4, 0x31}, {3, 5, 0x31}} {
		f.op("VPERM2F128 $%#x, Y%d, Y%d, Y7", p.lanes, p.high, p.low)
		f.op("VMOVUPD Y7, %d(%s)", 32*i, to)
	}
}
