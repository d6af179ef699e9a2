package main

// The fields of argMaxArgs, in bytes.
const (
	amX, amDst, amAt, amOffset, amDstOffset = 0, 8, 16, 24, 32
	amRow, amPixel, amRows, amColumns       = 40, 48, 56, 64
	amChannels, amOutputs, amNextX          = 72, 80, 88
	amNextDst                               = 96
	amLo, amHi, amLowest, amMore            = 104, 108, 112, 116
	amFirst, amLane, amColumn, amLine       = 120, 124, 128, 132
	amNext                                  = 136
)

// argMaxPool writes maxima of windows with the indexes of where they are, as int32 or float32.
func argMaxPool(f *file) {
	f.line("\n// The numbers from 0.")
	for i := range 16 {
		f.line("DATA lanes<>+%d(SB)/4, $%d", 4*i, i)
	}
	f.line("GLOBL lanes<>(SB), RODATA|NOPTR, $64")
	for _, width := range []byte{'Z', 'Y'} {
		for _, index := range []string{"I32", "F32"} {
			argMax(f, width, index)
		}
	}
}

// argMax writes a function for neighbouring windows of the same size, a vector of channels at a time, as poolKernel does.
//
//	register 0 maxima   1 their indexes   2 index of the tap   3 of the first tap of the row   4 tap
func argMax(f *file, width byte, index string) {
	r := func(i int) string { return vec(width, i) }
	lanes, feature := 8, "AVX2"
	if width == 'Z' {
		lanes, feature = 16, "AVX512"
	}
	f.function("argMaxPool"+index+feature, "(args *argMaxArgs)", 8)
	f.op("MOVQ args+0(FP), DI")
	f.op("MOVQ %d(DI), DX", amPixel)
	f.op("MOVQ %d(DI), SI", amRow)
	for i, at := range []int{amColumn, amLine, amLowest, amLo, amHi, amMore} {
		f.op("VPBROADCASTD %d(DI), %s", at, r(10+i))
	}
	f.op("VPBROADCASTD %d(DI), %s", amLane, r(9))
	f.label("output")
	f.op("XORQ CX, CX")
	f.label("block")
	f.op("MOVQ %d(DI), R10", amChannels)
	f.op("SUBQ CX, R10")
	if width == 'Z' {
		f.op("MOVQ $%d, R8", lanes)
		f.op("CMPQ R10, R8")
		f.op("CMOVQGT R8, R10")
		f.op("MOVQ $-1, AX")
		f.op("BZHIQ R10, AX, AX")
		f.op("KMOVW AX, K1")
	} else {
		f.op("CMPQ R10, $%d", lanes)
		f.op("JGE inside")
		f.op("ADDQ R10, CX")
		f.op("SUBQ $%d, CX", lanes)
		f.label("inside")
	}
	move := map[byte]string{'Z': "VMOVDQA32", 'Y': "VMOVDQA"}[width]
	// The first channel's index, and then the others'.
	f.op("VMOVQ CX, X4")
	f.op("VPBROADCASTD X4, %s", r(4))
	f.op("VPADDD lanes<>(SB), %s, %s", r(4), r(4))
	f.op("VPMULLD %s, %s, %s", r(9), r(4), r(1))
	f.op("VPBROADCASTD %d(DI), %s", amFirst, r(3))
	f.op("VPADDD %s, %s, %s", r(1), r(3), r(3))
	f.op("VMOVAPS %s, %s", r(12), r(0))
	f.op("MOVQ %d(DI), AX", amX)
	f.op("ADDQ %d(DI), AX", amOffset)
	f.op("LEAQ (AX)(CX*4), AX")
	f.op("MOVQ %d(DI), R9", amRows)
	f.label("row")
	f.op("%s %s, %s", move, r(3), r(2))
	f.op("MOVQ AX, BX")
	f.op("MOVQ %d(DI), R10", amColumns)
	f.label("tap")
	if width == 'Z' {
		f.op("VMOVUPS.Z (BX), K1, Z4")
		f.op("VCMPPS $30, Z0, Z4, K2") // above the maximum; not where it is a NaN
		f.op("VMOVAPS Z4, K2, Z0")
		f.op("VMOVDQA32 Z2, K2, Z1")
	} else {
		f.op("VMOVUPS (BX), Y4")
		f.op("VCMPPS $30, Y0, Y4, Y5")
		f.op("VBLENDVPS Y5, Y4, Y0, Y0")
		f.op("VBLENDVPS Y5, Y2, Y1, Y1")
	}
	f.op("VPADDD %s, %s, %s", r(10), r(2), r(2))
	f.op("ADDQ DX, BX")
	f.op("DECQ R10")
	f.op("JNZ tap")
	f.op("VPADDD %s, %s, %s", r(11), r(3), r(3))
	f.op("ADDQ SI, AX")
	f.op("DECQ R9")
	f.op("JNZ row")
	f.op("VMAXPS %s, %s, %s", r(0), r(13), r(0))
	f.op("VMINPS %s, %s, %s", r(0), r(14), r(0))
	if index == "F32" {
		f.op("VCVTDQ2PS %s, %s", r(1), r(1))
		f.op("VADDPS %s, %s, %s", r(15), r(1), r(1))
	} else {
		f.op("VPADDD %s, %s, %s", r(15), r(1), r(1))
	}
	for i, at := range []int{amDst, amAt} {
		f.op("MOVQ %d(DI), AX", at)
		f.op("ADDQ %d(DI), AX", amDstOffset)
		if width == 'Z' {
			f.op("VMOVUPS %s, K1, (AX)(CX*4)", r(i))
		} else {
			f.op("VMOVUPS %s, (AX)(CX*4)", r(i))
		}
	}
	f.op("ADDQ $%d, CX", lanes)
	f.op("CMPQ CX, %d(DI)", amChannels)
	f.op("JLT block")
	f.op("MOVL %d(DI), AX", amNext)
	f.op("ADDL AX, %d(DI)", amFirst)
	f.op("MOVQ %d(DI), AX", amNextX)
	f.op("ADDQ AX, %d(DI)", amOffset)
	f.op("MOVQ %d(DI), AX", amNextDst)
	f.op("ADDQ AX, %d(DI)", amDstOffset)
	f.op("DECQ %d(DI)", amOutputs)
	f.op("JNZ output")
	f.ret()
}
