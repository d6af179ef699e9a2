package main

// neonDense is dense on arm64: of rows of signed bytes, with the panel's columns in V0 to V3. R0 args, R1 x, R2 w, R3 dst, R4 start,
// R5 scales, R6 columns left, R7 groups, R8 along the row, V22 the last group of it, V29 the zero point, V30 and V31 the range.
func neonDense(f *file) {
	f.function("dense1x16x4S8DOT", "(args *denseArgs)", 8)
	f.op("MOVD args+0(FP), R0")
	for r, at := range []int{0, 8, 24, 32} {
		f.op("MOVD %d(R0), R%d", at, []int{1, 2, 4, 5}[r])
	}
	f.op("MOVD 16(R0), R3")
	f.op("MOVD 40(R0), R7")
	f.op("MOVD 56(R0), R6")
	f.op("FMOVS 48(R0), F22")
	f.op("MOVW 64(R0), R9")
	f.op("VDUP R9, V29.S4")
	for i := range 2 {
		f.op("MOVW %d(R0), R9", 88+4*i)
		f.op("VDUP R9, V%d.H8", 30+i)
	}
	f.op("MOVW 52(R0), R10")
	group := func(x, place int) {
		f.op("VLD1.P 64(R2), [V16.B16, V17.B16, V18.B16, V19.B16]")
		for v := range 4 {
			f.neon([]string{"SDOT.4S[0]", "SDOT.4S[1]", "SDOT.4S[2]", "SDOT.4S[3]"}[place], v, 16+v, x)
		}
	}
	f.label("panel")
	f.op("VLD1.P 64(R4), [V0.S4, V1.S4, V2.S4, V3.S4]")
	f.op("MOVD R1, R8")
	f.op("SUBS $4, R7, R9")
	f.op("BLT rest")
	f.label("four")
	f.op("FMOVQ.P 16(R8), F20")
	for place := range 4 {
		group(20, place)
	}
	f.op("SUBS $4, R9, R9")
	f.op("BGE four")
	f.label("rest")
	f.op("ADDS $4, R9, R9")
	f.op("BEQ last")
	f.label("one")
	f.op("FMOVS.P 4(R8), F20")
	group(20, 0)
	f.op("SUBS $1, R9, R9")
	f.op("BNE one")
	f.label("last")
	f.op("CBZ R10, sum")
	group(22, 0)
	f.label("sum")
	for half := range 2 {
		f.op("VLD1.P 64(R5), [V4.D2, V5.D2, V6.D2, V7.D2]")
		for i := range 2 {
			f.neon("SXTL.2D", 16+2*i, 2*half+i)
			f.neon("SXTL2.2D", 17+2*i, 2*half+i)
		}
		for _, op := range []string{"SCVTF.2D", "FMUL.2D", "FCVTAS.2D"} {
			for i := range 4 {
				if op == "FMUL.2D" {
					f.neon(op, 16+i, 16+i, 4+i)
				} else {
					f.neon(op, 16+i, 16+i)
				}
			}
		}
		for i := range 2 {
			f.neon("SQXTN.2S", 2*half+i, 16+2*i)
			f.neon("SQXTN2.4S", 2*half+i, 17+2*i)
		}
	}
	for v := range 4 {
		f.neon("SQADD.4S", v, v, 29)
	}
	for v := 0; v < 4; v += 2 {
		f.neon("SQXTN.4H", v, v)
		f.neon("SQXTN2.8H", v, v+1)
		f.neon("SMAX.8H", v, v, 30)
		f.neon("SMIN.8H", v, v, 31)
	}
	f.neon("XTN.8B", 0, 0)
	f.neon("XTN2.16B", 0, 2)
	f.op("SUBS $16, R6, R6")
	f.op("BLT part")
	f.op("VST1.P [V0.B16], 16(R3)")
	f.op("BGT panel")
	f.op("RET")
	f.label("part")
	for _, bytes := range []int{8, 4, 2, 1} {
		next := map[int]string{8: "under8", 4: "under4", 2: "under2", 1: "done"}[bytes]
		f.op("TBZ $%d, R6, %s", map[int]int{8: 3, 4: 2, 2: 1, 1: 0}[bytes], next)
		switch bytes {
		case 8:
			f.op("FMOVD.P F0, 8(R3)")
		case 4:
			f.op("FMOVS.P F0, 4(R3)")
		case 2:
			f.op("VMOV V0.H[0], R9")
			f.op("MOVH.P R9, 2(R3)")
		default:
			f.op("VMOV V0.B[0], R9")
			f.op("MOVB R9, (R3)")
		}
		if bytes > 1 {
			f.op("VEXT $%d, V0.B16, V0.B16, V0.B16", bytes)
		}
		f.label(next)
	}
	f.op("RET")
}
