package main

// neonBytes writes sums and products of stored bytes and the application of tables to them on arm64: see writeBytes, whose
// parameters they share.
func neonBytes(f *file) {
	for _, name := range byteKernels {
		neonByteKernel(f, name)
	}
	neonLookup(f)
}

// neonByteKernel takes 16 elements at a time. x and y are in V0 to V3 and V4 to V7 as doublewords. V31 is what makes unsigned bytes
// signed, V29 and V30 the zero points of x and y in words, V28 that of the result, V26 and V27 its range in bytes.
func neonByteKernel(f *file, name string) {
	f.function(name+"BytesNEON", "(dst, x, y *uint8, n int, p *byteParams)", 40)
	for i, name := range []string{"dst", "x", "y", "n", "p"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	dup := func(row, v int, arrangement string) {
		f.op("MOVWU %d(R4), R5", 32*row)
		f.op("VDUP R5, V%d.%s", v, arrangement)
	}
	dup(rowFlipBytes, 31, "S4")
	dup(rowZeroX, 29, "H8")
	dup(rowZeroY, 30, "H8")
	dup(rowZero, 28, "H8")
	dup(rowMin, 26, "B16")
	dup(rowMax, 27, "B16")
	dup(rowMultiplier, 23, "S4")
	dup(rowSign, 24, "S4")
	shift := func(row, v int) {
		f.op("MOVWU %d(R4), R5", 32*row)
		f.op("NEG R5, R5")
		f.op("VDUP R5, V%d.S4", v)
	}
	shift(rowShift, 25)
	if name != "mul" {
		dup(rowMultiplierY, 20, "S4")
		dup(rowSignY, 21, "S4")
		shift(rowShiftY, 22)
	}
	// scale rounds twice: SQRDMULH, then SRSHL, which rounds ties up, so that negative numbers get 1 less where there is a shift.
	scale := func(first, multiplier int) {
		each := func(do func(v int)) {
			for v := range 4 {
				do(first + v)
			}
		}
		each(func(v int) { f.neon("SQRDMULH.4S", v, v, multiplier) })
		each(func(v int) { f.op("VAND V%d.B16, V%d.B16, V%d.B16", multiplier+1, v, 16+v%4) })
		each(func(v int) { f.neon("SSRA31.4S", v, 16+v%4) })
		each(func(v int) { f.neon("SRSHL.4S", v, v, multiplier+2) })
	}
	f.label("loop")
	f.op("VLD1.P 16(R1), [V8.B16]")
	f.op("VLD1.P 16(R2), [V12.B16]")
	for i, v := range []int{8, 12} {
		f.op("VEOR V31.B16, V%d.B16, V%d.B16", v, v)
		f.neon("SXTL2.8H", v+1, v)
		f.neon("SXTL.8H", v, v)
		f.op("VSUB V%d.H8, V%d.H8, V%d.H8", 29+i, v, v)
		f.op("VSUB V%d.H8, V%d.H8, V%d.H8", 29+i, v+1, v+1)
	}
	switch name {
	case "mul":
		for half := range 2 {
			f.neon("SMULL.4S", 2*half, 8+half, 12+half)
			f.neon("SMULL2.4S", 2*half+1, 8+half, 12+half)
		}
	case "square":
		for i, from := range []int{8, 12} {
			for half := range 2 {
				f.neon("SXTL.4S", 4*i+2*half, from+half)
				f.neon("SXTL2.4S", 4*i+2*half+1, from+half)
			}
		}
		for v := range 4 {
			f.op("VSHL $6, V%d.S4, V%d.S4", v, v)
			f.op("VSHL $7, V%d.S4, V%d.S4", 4+v, 4+v)
		}
		scale(4, 20)
		for v := range 4 {
			f.op("VSUB V%d.S4, V%d.S4, V%d.S4", 4+v, v, v)
			f.neon("MUL.4S", v, v, v)
		}
	default:
		for i, from := range []int{8, 12} {
			for half := range 2 {
				f.neon("SSHLL15.4S", 4*i+2*half, from+half)
				f.neon("SSHLL15H.4S", 4*i+2*half+1, from+half)
			}
		}
		for v := range 4 {
			f.op("VSHL $4, V%d.S4, V%d.S4", v, v)
			f.op("VSHL $5, V%d.S4, V%d.S4", 4+v, 4+v)
		}
		scale(4, 20)
		for v := range 4 {
			if name == "add" {
				f.op("VADD V%d.S4, V%d.S4, V%d.S4", 4+v, v, v)
				continue
			}
			f.op("VSUB V%d.S4, V%d.S4, V%d.S4", 4+v, v, v)
			if v == 0 {
				dup(rowNegate, 19, "S4") // after its other use
			}
			f.op("VEOR V19.B16, V%d.B16, V%d.B16", v, v)
			f.op("VSUB V19.S4, V%d.S4, V%d.S4", v, v)
		}
	}
	scale(0, 23)
	for half := range 2 {
		f.neon("SQXTN.4H", 2*half, 2*half)
		f.neon("SQXTN2.8H", 2*half, 2*half+1)
		f.neon("SQADD.8H", 2*half, 2*half, 28)
	}
	f.neon("SQXTN.8B", 0, 0)
	f.neon("SQXTN2.16B", 0, 2)
	f.neon("SMAX.16B", 0, 0, 26)
	f.neon("SMIN.16B", 0, 0, 27)
	f.op("VEOR V31.B16, V0.B16, V0.B16")
	f.op("VST1.P [V0.B16], 16(R0)")
	f.op("SUBS $16, R3, R3")
	f.op("BGT loop")
	f.op("RET")
}

// neonLookup looks bytes up in the four quarters of a table, in V16 to V31: TBX leaves what is beyond a quarter.
func neonLookup(f *file) {
	f.function("lookupNEON", "(dst, x *uint8, n int, table *[256]uint8)", 32)
	for i, name := range []string{"dst", "x", "n", "table"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	for q := range 4 {
		f.op("VLD1.P 64(R3), [V%d.B16, V%d.B16, V%d.B16, V%d.B16]", 16+4*q, 17+4*q, 18+4*q, 19+4*q)
	}
	f.op("VMOVI $64, V7.B16")
	f.op("MOVD table+24(FP), R3")
	f.op("SUBS $16, R2, R2")
	f.op("BLT less")
	f.label("loop")
	f.op("VLD1.P 16(R1), [V0.B16]")
	f.op("VTBL V0.B16, [V16.B16, V17.B16, V18.B16, V19.B16], V1.B16")
	for q := 1; q < 4; q++ {
		f.op("VSUB V7.B16, V0.B16, V0.B16")
		f.op("VTBX V0.B16, [V%d.B16, V%d.B16, V%d.B16, V%d.B16], V1.B16", 16+4*q, 17+4*q, 18+4*q, 19+4*q)
	}
	f.op("VST1.P [V1.B16], 16(R0)")
	f.op("SUBS $16, R2, R2")
	f.op("BGE loop")
	f.label("less")
	f.op("ADDS $16, R2, R2")
	f.op("BEQ done")
	f.label("one")
	f.op("MOVBU.P 1(R1), R4")
	f.op("MOVBU (R3)(R4), R4")
	f.op("MOVB.P R4, 1(R0)")
	f.op("SUBS $1, R2, R2")
	f.op("BNE one")
	f.label("done")
	f.op("RET")
}
