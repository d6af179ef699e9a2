package main

// neonPools writes the pooling kernels of bytes for arm64: see q's poolArgs. Blocks of 16 channels (8 for averages, whose sums have
// 32 bits) follow each other, the last one overlaps the one before.
func neonPools(f *file) {
	for _, kind := range []string{"S8", "U8"} {
		neonPool(f, kind, false)
		neonPool(f, kind, true)
	}
}

func neonPool(f *file, kind string, average bool) {
	const (
		x, dst, offset, dstOffset   = 0, 8, 16, 24
		row, pixel, rows, columns   = 32, 40, 48, 56
		channels, outputs, nextX    = 64, 72, 80
		nextDst, count, lo          = 88, 96, 100
		hi, lowest, block8, block16 = 104, 108, 8, 16
	)
	name, block, sign := "poolMax", block16, kind[:1]
	if average {
		name, block = "poolAverage", block8
	}
	f.function(name+kind+"NEON", "(args *poolArgs)", 8)
	f.op("MOVD args+0(FP), R0")
	load := func(at, r int) { f.op("MOVD %d(R0), R%d", at, r) }
	dup := func(at, v int, arrangement string) {
		f.op("MOVWU %d(R0), R11", at)
		f.op("VDUP R11, V%d.%s", v, arrangement)
	}
	for i, at := range []int{outputs, x, dst, row, pixel, rows, columns, channels} {
		load(at, 1+i)
	}
	load(offset, 11)
	f.op("ADD R11, R2")
	load(dstOffset, 11)
	f.op("ADD R11, R3")
	if average {
		dup(lo, 29, "H8")
		dup(hi, 30, "H8")
		dup(count, 28, "S4")
		f.neon("SCVTF.4S", 27, 28)
		f.op("VUSHR $1, V28.S4, V28.S4") // half
		f.op("MOVD $1, R11")
		f.op("VDUP R11, V26.S4")
	} else {
		dup(lowest, 28, "S4")
		dup(lo, 29, "S4")
		dup(hi, 30, "S4")
	}
	f.label("output")
	f.op("MOVD ZR, R9")
	f.label("block")
	if average {
		f.op("VEOR V0.B16, V0.B16, V0.B16")
		f.op("VEOR V1.B16, V1.B16, V1.B16")
	} else {
		f.op("VMOV V28.B16, V0.B16")
	}
	f.op("ADD R9, R2, R10")
	f.op("MOVD R6, R12")
	f.label("row")
	f.op("MOVD R10, R14")
	f.op("MOVD R7, R13")
	f.label("column")
	if average {
		f.op("VLD1.P (R14)(R5), [V2.B8]")
		f.neon(sign+"XTL.8H", 2, 2)
		f.neon("SADDW.4S", 0, 0, 2)
		f.neon("SADDW2.4S", 1, 1, 2)
	} else {
		f.op("VLD1.P (R14)(R5), [V2.B16]")
		f.neon(sign+"MAX.16B", 0, 0, 2)
	}
	f.op("SUBS $1, R13, R13")
	f.op("BNE column")
	f.op("ADD R4, R10")
	f.op("SUBS $1, R12, R12")
	f.op("BNE row")
	f.op("ADD R9, R3, R10")
	if average {
		// Half is taken away from what is not above 0. Quotients are below 2^8, so that those of float32 truncate alike.
		for v := range 2 {
			f.op("VSUB V26.S4, V%d.S4, V3.S4", v)
			f.neon("SSHR31.4S", 3, 3)
			f.op("VEOR V3.B16, V28.B16, V4.B16")
			f.op("VSUB V3.S4, V4.S4, V4.S4")
			f.op("VADD V4.S4, V%d.S4, V%d.S4", v, v)
			f.neon("SCVTF.4S", v, v)
			f.neon("FDIV.4S", v, v, 27)
			f.neon("FCVTZS.4S", v, v)
		}
		f.neon("SQXTN.4H", 0, 0)
		f.neon("SQXTN2.8H", 0, 1)
		f.neon("SMAX.8H", 0, 0, 29)
		f.neon("SMIN.8H", 0, 0, 30)
		f.neon("XTN.8B", 0, 0)
		f.op("FMOVD F0, (R10)")
	} else {
		f.neon(sign+"MAX.16B", 0, 0, 29)
		f.neon(sign+"MIN.16B", 0, 0, 30)
		f.op("FMOVQ F0, (R10)")
	}
	f.op("ADD $%d, R9, R11", block)
	f.op("CMP R8, R11")
	f.op("BGE next")
	f.op("SUB $%d, R8, R12", block)
	f.op("CMP R12, R11")
	f.op("CSEL LT, R11, R12, R9")
	f.op("B block")
	f.label("next")
	load(nextX, 11)
	f.op("ADD R11, R2")
	load(nextDst, 11)
	f.op("ADD R11, R3")
	f.op("SUBS $1, R1, R1")
	f.op("BNE output")
	f.op("RET")
}
