package main

import "fmt"

// neonGemmS8Pairs writes the tile kernels of bytes for arm64 without the dot product: 1 to 4 rows of A by a panel of 16 or 8
// columns, of which 4 at a time, in groups of 8 bytes along k. B is [groups][columns][8]. A group of a row stands in both halves
// of a vector, so that SMULL and SMULL2 multiply it with two columns. Each sum has a vector of its own.
func neonGemmS8Pairs(f *file) {
	for _, unsigned := range []bool{false, true} {
		for vectors := 4; vectors > 1; vectors -= 2 {
			for rows := 1; rows <= 4; rows++ {
				neonGemm{rows, vectors, unsigned}.pairs(f)
			}
		}
	}
}

// groupPairs multiplies a group, which is loaded to V20 on.
func (t neonGemm) groupPairs(f *file) {
	t.signed(f)
	f.op("VLD1 (R4), [V24.B16, V25.B16]")
	f.op("ADD $%d, R4", 4*t.vectors*8)
	for r := range t.rows {
		for c := range 4 {
			f.neon([]string{"SMULL.8H", "SMULL2.8H"}[c%2], 26+c, 20+r, 24+c/2)
		}
		for c := range 4 {
			f.neon("SADALP.4S", r*4+c, 26+c)
		}
	}
}

// pairs writes the kernel. R14 points to the four columns' weights, R15 to their outputs, R24 counts the columns left, R25 is
// where the next group of four begins in the constants.
func (t neonGemm) pairs(f *file) {
	f.function(fmt.Sprintf("gemm%dx%dx8%sNEON", t.rows, 4*t.vectors, t.kind()), "(args *gemmArgs)", 8)
	t.arguments(f)
	f.label("tile")
	f.op("MOVD %d(R0), R14", gemmB)
	f.op("MOVD %d(R0), R12", gemmColumns)
	f.op("MOVD R8, R15")
	f.op("MOVD R17, R24")
	f.label("columns")
	t.pointers(f)
	f.op("MOVD R14, R4")
	for i := range 4 * t.rows {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	f.label("segment")
	f.op("MOVD %d(R0), R5", gemmGroups)
	f.op("CBZ R5, last")
	f.op("PCALIGN $16")
	f.label("group")
	for r := range t.rows {
		f.op("VLD1R.P 8(R%d), [V%d.D2]", 19+r, 20+r)
	}
	t.groupPairs(f)
	f.op("SUBS $1, R5, R5")
	f.op("BNE group")
	f.label("last")
	f.op("MOVD %d(R0), R11", gemmHasTail)
	f.op("CBZ R11, jump")
	f.op("MOVD %d(R0), R11", gemmTail)
	t.advance(f, "R11")
	for r := range t.rows {
		f.op("VLD1R (R%d), [V%d.D2]", 19+r, 20+r)
	}
	t.groupPairs(f)
	f.label("jump")
	f.op("SUBS $1, R6, R6")
	f.op("BEQ sum")
	f.op("MOVD.P 8(R7), R11")
	t.advance(f, "R11")
	f.op("B segment")
	f.label("sum")
	f.op("VLD1 (R12), [V20.S4]")
	for r := range t.rows {
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+1, 4*r, 4*r)
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+3, 4*r+2, 4*r+2)
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+2, 4*r, r)
		f.op("VADD V20.S4, V%d.S4, V%d.S4", r, r)
	}
	f.op("CBZ R16, output")
	f.op("MOVD R16, R13")
	for r := range t.rows {
		f.op("VLD1R.P 4(R13), [V21.S4]")
		f.op("VADD V21.S4, V%d.S4, V%d.S4", r, r)
	}
	f.label("output")
	f.op("MOVD %d(R0), R2", gemmLDC)
	f.op("MOVD R15, R25")
	f.op("MOVWU %d(R0), R11", gemmOut)
	f.op("CBZ R11, sums")
	f.op("ADD $%d, R12, R13", columnMultiplier)
	f.op("VLD1 (R13), [V22.S4]")
	f.op("ADD $%d, R12, R13", columnShift)
	f.op("VLD1 (R13), [V23.S4]")
	t.range8(f)
	for r := range t.rows {
		f.neon("SQRDMULH.4S", r, r, 22)
	}
	for r := range t.rows {
		f.neon("SSRA31.4S", r, r)
	}
	for r := range t.rows {
		f.neon("SRSHL.4S", r, r, 23)
	}
	for r := range t.rows {
		f.neon("SQXTN.4H", r, r)
		f.neon("SQADD.8H", r, r, 28)
		t.narrow(f, r, false)
		f.op("VMOV V%d.S[0], R11", r)
		next := fmt.Sprintf("row%d", r)
		f.op("CMP $4, R24")
		f.op("BLT %spart", next)
		f.op("MOVW R11, (R25)")
		f.op("B %s", next)
		f.label(next + "part")
		f.op("MOVD R25, R13")
		f.op("TBZ $1, R24, %sone", next)
		f.op("MOVH.P R11, 2(R13)")
		f.op("LSR $16, R11")
		f.label(next + "one")
		f.op("TBZ $0, R24, %s", next)
		f.op("MOVB R11, (R13)")
		f.label(next)
		f.op("ADD R2, R25")
	}
	f.op("ADD $4, R15")
	f.label("next")
	f.op("ADD $32, R14")
	f.op("ADD $16, R12")
	f.op("SUBS $4, R24, R24")
	f.op("BGT columns")
	f.op("MOVD $%d, R13", t.rows)
	f.op("CBZ R16, rows")
	f.op("ADD R13<<2, R16")
	f.label("rows")
	f.op("MADD R13, R8, R2, R8")
	f.op("MOVD %d(R0), R11", gemmLDA)
	f.op("MADD R13, R10, R11, R10")
	f.op("SUBS $1, R9, R9")
	f.op("BNE tile")
	f.op("RET")
	f.label("sums")
	for r := range t.rows {
		next := fmt.Sprintf("sums%d", r)
		f.op("CMP $4, R24")
		f.op("BLT %spart", next)
		f.op("FMOVQ F%d, (R25)", r)
		f.op("B %s", next)
		f.label(next + "part")
		f.op("MOVD R25, R13")
		f.op("TBZ $1, R24, %sone", next)
		f.op("FMOVD.P F%d, 8(R13)", r)
		f.op("VEXT $8, V%d.B16, V%d.B16, V%d.B16", r, r, r)
		f.label(next + "one")
		f.op("TBZ $0, R24, %s", next)
		f.op("FMOVS F%d, (R13)", r)
		f.label(next)
		f.op("ADD R2, R25")
	}
	f.op("ADD $16, R15")
	f.op("B next")
}
