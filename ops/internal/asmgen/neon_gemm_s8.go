package main

import "fmt"

// neonGemmS8 writes the tile kernels of bytes for arm64 with the dot product: 1 to 5 rows of A by 16 or 8 columns, in groups of
// 4 bytes along k. What rows, segments, panels and the constants of columns are stands at gemmS8; B is [groups][columns][4].
// Four groups of a row are a vector, each of which SDOT takes by its place. Unsigned rows are made signed first.
func neonGemmS8(f *file) {
	for _, unsigned := range []bool{false, true} {
		for vectors := 4; vectors > 1; vectors -= 2 {
			for rows := 1; rows <= 5; rows++ {
				neonGemm{rows, vectors, unsigned}.dot(f)
			}
		}
	}
}

// neonGemm is a tile: vectors of 4 columns. R0 are the arguments, R19 to R23 point along the rows of A, R4 along B, R6 and R7 count
// the segments and point to their jumps, R8 is the row of C, R9 the tiles left, R10 their first row of A, R12 the constants of
// the columns, R16 the terms of the rows, R17 the number of columns.
type neonGemm struct {
	rows, vectors int
	unsigned      bool
}

func (t neonGemm) kind() string {
	if t.unsigned {
		return "U8"
	}
	return "S8"
}

// arguments loads what holds for all tiles.
func (t neonGemm) arguments(f *file) {
	f.op("MOVD args+0(FP), R0")
	f.op("MOVD %d(R0), R10", gemmA)
	f.op("MOVD %d(R0), R8", gemmC)
	f.op("MOVD %d(R0), R9", gemmTiles)
	f.op("MOVD %d(R0), R16", gemmRowTerms)
	f.op("MOVD %d(R0), R17", gemmMask)
	f.op("MVN R17, R17")
	f.op("RBIT R17, R17")
	f.op("CLZ R17, R17")
	if t.unsigned {
		f.op("VMOVI $128, V31.B16")
	}
}

// pointers sets the pointers of a tile to its start.
func (t neonGemm) pointers(f *file) {
	f.op("MOVD %d(R0), R11", gemmLDA)
	f.op("MOVD R10, R19")
	for r := 1; r < t.rows; r++ {
		f.op("ADD R11, R%d, R%d", 18+r, 19+r)
	}
	f.op("MOVD %d(R0), R6", gemmSegments)
	f.op("MOVD %d(R0), R7", gemmJumps)
}

// advance moves the pointers along the rows of A by a register.
func (t neonGemm) advance(f *file, by string) {
	for r := range t.rows {
		f.op("ADD %s, R%d", by, 19+r)
	}
}

// signed makes loaded elements signed.
func (t neonGemm) signed(f *file) {
	for r := range t.rows {
		if t.unsigned {
			f.op("VEOR V31.B16, V%d.B16, V%d.B16", 20+r, 20+r)
		}
	}
}

// group multiplies the group at a place of the loaded elements: V0 on are the sums, V20 on A, V25 on B.
func (t neonGemm) group(f *file, place int) {
	if t.vectors == 4 {
		f.op("VLD1.P 64(R4), [V25.B16, V26.B16, V27.B16, V28.B16]")
	} else {
		f.op("VLD1.P 32(R4), [V25.B16, V26.B16]")
	}
	for r := range t.rows {
		for v := range t.vectors {
			f.neon(fmt.Sprintf("SDOT.4S[%d]", place), r*t.vectors+v, 25+v, 20+r)
		}
	}
}

func (t neonGemm) dot(f *file) {
	f.function(fmt.Sprintf("gemm%dx%dx4%sDOT", t.rows, 4*t.vectors, t.kind()), "(args *gemmArgs)", 8)
	t.arguments(f)
	f.label("tile")
	t.pointers(f)
	f.op("MOVD %d(R0), R4", gemmB)
	f.op("MOVD %d(R0), R12", gemmColumns)
	if t.vectors == 4 {
		f.op("VLD1 (R12), [V0.S4, V1.S4, V2.S4, V3.S4]")
	} else {
		f.op("VLD1 (R12), [V0.S4, V1.S4]")
	}
	for i := t.vectors; i < t.rows*t.vectors; i++ {
		f.op("VMOV V%d.B16, V%d.B16", i%t.vectors, i)
	}
	f.label("segment")
	f.op("MOVD %d(R0), R5", gemmGroups)
	f.op("SUBS $4, R5, R5")
	f.op("BLT rest")
	f.op("PCALIGN $16")
	f.label("four")
	for r := range t.rows {
		f.op("FMOVQ.P 16(R%d), F%d", 19+r, 20+r)
	}
	t.signed(f)
	for i := range 4 {
		t.group(f, i)
	}
	f.op("SUBS $4, R5, R5")
	f.op("BGE four")
	f.label("rest")
	f.op("ADDS $4, R5, R5")
	f.op("BEQ last")
	f.label("one")
	for r := range t.rows {
		f.op("FMOVS.P 4(R%d), F%d", 19+r, 20+r)
	}
	t.signed(f)
	t.group(f, 0)
	f.op("SUBS $1, R5, R5")
	f.op("BNE one")
	f.label("last")
	f.op("MOVD %d(R0), R11", gemmHasTail)
	f.op("CBZ R11, jump")
	f.op("MOVD %d(R0), R11", gemmTail)
	t.advance(f, "R11")
	for r := range t.rows {
		f.op("FMOVS (R%d), F%d", 19+r, 20+r)
	}
	t.signed(f)
	t.group(f, 0)
	f.label("jump")
	f.op("SUBS $1, R6, R6")
	f.op("BEQ sum")
	f.op("MOVD.P 8(R7), R11")
	t.advance(f, "R11")
	f.op("B segment")
	f.label("sum")
	f.op("CBZ R16, output")
	for r := range t.rows {
		f.op("VLD1R.P 4(R16), [V20.S4]")
		for v := range t.vectors {
			f.op("VADD V20.S4, V%d.S4, V%d.S4", r*t.vectors+v, r*t.vectors+v)
		}
	}
	f.label("output")
	f.op("MOVD %d(R0), R2", gemmLDC)
	f.op("MOVWU %d(R0), R11", gemmOut)
	f.op("CBZ R11, sums")
	t.constants(f)
	for r := range t.rows {
		t.requantize(f, r*t.vectors)
		t.store(f, r)
	}
	f.label("next")
	f.op("MOVD %d(R0), R11", gemmLDA)
	f.op("MOVD $%d, R13", t.rows)
	f.op("MADD R13, R10, R11, R10")
	f.op("SUBS $1, R9, R9")
	f.op("BNE tile")
	f.op("RET")
	f.label("sums")
	t.storeSums(f)
	f.op("B next")
}

// constants loads the multipliers of the columns to V20 on, their shifts to V24 on, the zero point as words to V28, the range as
// bytes to V29 and V30.
func (t neonGemm) constants(f *file) {
	regs := func(first int) string {
		if t.vectors == 4 {
			return fmt.Sprintf("[V%d.S4, V%d.S4, V%d.S4, V%d.S4]", first, first+1, first+2, first+3)
		}
		return fmt.Sprintf("[V%d.S4, V%d.S4]", first, first+1)
	}
	f.op("ADD $%d, R12, R13", columnMultiplier)
	f.op("VLD1 (R13), %s", regs(20))
	f.op("ADD $%d, R12, R13", columnShift)
	f.op("VLD1 (R13), %s", regs(24))
	t.range8(f)
}

// range8 loads the zero point and the range of the output.
func (t neonGemm) range8(f *file) {
	for i, at := range []int{gemmZero, gemmLo, gemmHi} {
		f.op("MOVWU %d(R0), R11", at)
		f.op("VDUP R11, V%d.S4", 28+i)
	}
}

// requantize makes a row of sums stored values, in its first register. SRSHL rounds ties up, so that negative numbers get 1 less
// before it; every shift is at least 1. What does not fit 16 bits is beyond the range of 8 whatever the zero point.
func (t neonGemm) requantize(f *file, at int) {
	step := func(do func(v int)) {
		for v := range t.vectors {
			do(v)
		}
	}
	step(func(v int) { f.neon("SQRDMULH.4S", at+v, at+v, 20+v) })
	step(func(v int) { f.neon("SSRA31.4S", at+v, at+v) })
	step(func(v int) { f.neon("SRSHL.4S", at+v, at+v, 24+v) })
	for v := 0; v < t.vectors; v += 2 {
		f.neon("SQXTN.4H", at+v, at+v)
		f.neon("SQXTN2.8H", at+v, at+v+1)
	}
	for v := 0; v < t.vectors; v += 2 {
		f.neon("SQADD.8H", at+v, at+v, 28)
	}
	t.narrow(f, at, t.vectors == 4)
}

// narrow makes bytes of words in the registers at, and at+2 if two, and clamps them.
func (t neonGemm) narrow(f *file, at int, two bool) {
	narrow, sign := "SQXTN", "S"
	if t.unsigned {
		narrow, sign = "SQXTUN", "U"
	}
	f.neon(narrow+".8B", at, at)
	if two {
		f.neon(narrow+"2.16B", at, at+2)
	}
	f.neon(sign+"MAX.16B", at, at, 29)
	f.neon(sign+"MIN.16B", at, at, 30)
}

// store writes the bytes of row r that exist and moves R8 on to the next row.
func (t neonGemm) store(f *file, r int) {
	at := r * t.vectors
	next := fmt.Sprintf("row%d", r)
	f.op("CMP $%d, R17", 4*t.vectors)
	f.op("BNE %spart", next)
	if t.vectors == 4 {
		f.op("FMOVQ F%d, (R8)", at)
	} else {
		f.op("FMOVD F%d, (R8)", at)
	}
	f.op("B %s", next)
	f.label(next + "part")
	f.op("MOVD R8, R13")
	if t.vectors == 4 {
		f.op("TBZ $3, R17, %sfour", next)
		f.op("FMOVD.P F%d, 8(R13)", at)
		f.op("VEXT $8, V%d.B16, V%d.B16, V%d.B16", at, at, at)
		f.label(next + "four")
	}
	f.op("VMOV V%d.D[0], R11", at)
	f.op("TBZ $2, R17, %stwo", next)
	f.op("MOVW.P R11, 4(R13)")
	f.op("LSR $32, R11")
	f.label(next + "two")
	f.op("TBZ $1, R17, %sone", next)
	f.op("MOVH.P R11, 2(R13)")
	f.op("LSR $16, R11")
	f.label(next + "one")
	f.op("TBZ $0, R17, %s", next)
	f.op("MOVB R11, (R13)")
	f.label(next)
	f.op("ADD R2, R8")
}

// storeSums writes the sums that exist of all rows.
func (t neonGemm) storeSums(f *file) {
	for r := range t.rows {
		next := fmt.Sprintf("sums%d", r)
		f.op("MOVD R8, R13")
		f.op("MOVD R17, R11")
		for v := range t.vectors {
			part := fmt.Sprintf("%spart%d", next, v)
			f.op("SUBS $4, R11, R11")
			f.op("BLT %s", part)
			f.op("FMOVQ.P F%d, 16(R13)", r*t.vectors+v)
		}
		f.op("B %s", next)
		for v := range t.vectors {
			f.label(fmt.Sprintf("%spart%d", next, v))
			if v+1 < t.vectors {
				f.op("VMOV V%d.B16, V29.B16", r*t.vectors+v)
				f.op("B %spart", next)
			} else {
				f.op("VMOV V%d.B16, V29.B16", r*t.vectors+v)
			}
		}
		f.label(next + "part")
		f.op("TBZ $1, R11, %sone", next)
		f.op("FMOVD.P F29, 8(R13)")
		f.op("VEXT $8, V29.B16, V29.B16, V29.B16")
		f.label(next + "one")
		f.op("TBZ $0, R11, %s", next)
		f.op("FMOVS F29, (R13)")
		f.label(next)
		f.op("ADD R2, R8")
	}
}
