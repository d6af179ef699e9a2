package main

import "fmt"

// Offsets in q's gemmArgs.
const (
	gemmA, gemmLDA, gemmB, gemmC, gemmLDC   = 0, 8, 16, 24, 32
	gemmGroups, gemmSegments, gemmJumps     = 40, 48, 56
	gemmTail, gemmHasTail, gemmColumns      = 64, 72, 80
	gemmMask, gemmTiles, gemmRowTerms       = 88, 96, 104
	gemmXor, gemmLo, gemmHi, gemmOut        = 112, 116, 120, 124
	gemmZero                                = 128
	gemmOutSums, gemmOutSigned, gemmOutByte = 0, 1, 2
)

// Offsets in the constants of 16 columns, see q's columnBlock.
const (
	columnStart, columnMultiplier, columnEven, columnOdd, columnShift, columnSign, columnSize = 0, 64, 128, 192, 256, 320, 384
)

// gemmS8 writes the tile kernels of bytes for AVX-512 VNNI: MR rows by NR = 32 or 16 columns, in groups of KR = 4 bytes along k.
//
// Rows of A are read in place, a group of each broadcast and its top bits flipped in one instruction, which makes unsigned bytes
// of signed ones; B stands as [groups][NR][4]. A row of A is a number of segments of equal length: the runs of consecutive bytes
// under a window. The last group of a segment whose length is no multiple of 4 starts where it ends with the segment, and has
// weights 0 for what the group before it had.
//
// The sums x of a column become stored values by
//
//	(high32(2*x*multiplier + even|odd) - (x < 0)) >> shift
//
// where the addend 2^31 + (zero<<shift + 2^(shift-1))<<32 brings both roundings and the zero point. That is exact for |x| < 2^30;
// 10 instructions for 16 sums. Two 16-column vectors interleave their columns by fours, so that packing puts them in order.
func gemmS8(f *file) {
	f.line("\n// Even qwords, then odd ones; dwords by their place in a lane; what puts the sums of 32 columns in order.")
	data := func(name string, size int, v []int) {
		for i, x := range v {
			f.line("DATA ·%s<>+%d(SB)/%d, $%d", name, i*size, size, x)
		}
		f.line("GLOBL ·%s<>(SB), RODATA|NOPTR, $%d", name, size*len(v))
	}
	data("gemmQwords", 8, []int{0, 2, 4, 6, 1, 3, 5, 7})
	data("gemmDwords", 4, []int{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15})
	data("gemmOrder", 8, []int{0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15})
	for nv := 1; nv <= 2; nv++ {
		for mr := 1; mr <= 12; mr++ {
			gemmTile512(f, mr, nv)
		}
	}
}

var gemmBases = []string{"AX", "BX", "SI", "DI"}

// gemmRow is the address of byte off of row r: three rows have a base register together.
func gemmRow(r, off int) string {
	return fmt.Sprintf([]string{"%d(%s)", "%d(%s)(DX*1)", "%d(%s)(DX*2)"}[r%3], off, gemmBases[r/3])
}

// gemmAdvance moves the base registers of mr rows on.
func gemmAdvance(f *file, mr int, by string) {
	for i := 0; i <= (mr-1)/3; i++ {
		f.op("ADDQ %s, %s", by, gemmBases[i])
	}
}

func gemmTile512(f *file, mr, nv int) {
	split := 1
	switch n := mr * nv; {
	case n <= 4:
		split = 4
	case n <= 8:
		split = 2
	}
	acc := func(s, r, v int) string { return vec('Z', (s*mr+r)*nv+v) }
	next := mr * nv * split
	bReg := func(v int) string { return vec('Z', next+v) }
	flip := vec('Z', next+nv)
	free := min(32-(next+nv+1), 6)
	tmp := func(i int) string { return vec('Z', next+nv+1+i%free) }

	f.function(fmt.Sprintf("gemm%dx%dx4S8VNNI512", mr, nv*16), "(args *gemmArgs)", 8)
	f.op("MOVQ args+0(FP), R9")
	f.op("MOVQ %d(R9), R15", gemmA)
	f.op("MOVQ %d(R9), R8", gemmC)
	f.op("MOVQ %d(R9), R13", gemmTiles)
	f.op("MOVL $0x5555, R14")
	f.op("KMOVW R14, K3")
	f.op("MOVQ %d(R9), R14", gemmMask)
	f.op("KMOVQ R14, K1")
	f.label("tile")
	f.op("MOVQ %d(R9), DX", gemmLDA)
	f.op("MOVQ R15, AX")
	for i := 1; i <= (mr-1)/3; i++ {
		f.op("LEAQ (%s)(DX*2), %s", gemmBases[i-1], gemmBases[i])
		f.op("ADDQ DX, %s", gemmBases[i])
	}
	f.op("MOVQ %d(R9), R10", gemmB)
	f.op("MOVQ %d(R9), R11", gemmJumps)
	f.op("MOVQ %d(R9), R12", gemmSegments)
	f.op("MOVQ %d(R9), R14", gemmColumns)
	f.op("VPBROADCASTD %d(R9), %s", gemmXor, flip)
	for v := range nv {
		f.op("VMOVDQU32 %d(R14), %s", v*columnSize+columnStart, acc(0, 0, v))
	}
	for r := 1; r < mr; r++ {
		for v := range nv {
			f.op("VMOVDQA32 %s, %s", acc(0, 0, v), acc(0, r, v))
		}
	}
	for i := mr * nv; i < next; i++ {
		f.zero(vec('Z', i))
	}
	step := func(u, s int) {
		for v := range nv {
			f.op("VMOVDQU32 %d(R10), %s", (u*nv+v)*64, bReg(v))
		}
		for r := range mr {
			f.op("VPXORD.BCST %s, %s, %s", gemmRow(r, u*4), flip, tmp(r))
			for v := range nv {
				f.op("VPDPBUSD %s, %s, %s", bReg(v), tmp(r), acc(s, r, v))
			}
		}
	}
	const unroll = 4
	f.label("segment")
	f.op("MOVQ %d(R9), CX", gemmGroups)
	f.op("SUBQ $%d, CX", unroll)
	f.op("JLT rest")
	f.op("PCALIGN $32")
	f.label("loop")
	for u := range unroll {
		step(u, u%split)
	}
	f.op("ADDQ $%d, R10", unroll*nv*64)
	gemmAdvance(f, mr, fmt.Sprintf("$%d", unroll*4))
	f.op("SUBQ $%d, CX", unroll)
	f.op("JGE loop")
	f.label("rest")
	f.op("ADDQ $%d, CX", unroll)
	f.op("JZ last")
	f.label("one")
	step(0, 0)
	f.op("ADDQ $%d, R10", nv*64)
	gemmAdvance(f, mr, "$4")
	f.op("DECQ CX")
	f.op("JNZ one")
	f.label("last")
	f.op("CMPQ %d(R9), $0", gemmHasTail)
	f.op("JEQ jump")
	f.op("MOVQ %d(R9), R14", gemmTail)
	gemmAdvance(f, mr, "R14")
	step(0, split-1)
	f.op("ADDQ $%d, R10", nv*64)
	f.label("jump")
	f.op("DECQ R12")
	f.op("JZ sum")
	f.op("MOVQ (R11), R14")
	f.op("ADDQ $8, R11")
	gemmAdvance(f, mr, "R14")
	f.op("JMP segment")
	f.label("sum")
	for s := split; s > 1; s /= 2 {
		for t := range s / 2 {
			for r := range mr {
				for v := range nv {
					f.op("VPADDD %s, %s, %s", acc(t+s/2, r, v), acc(t, r, v), acc(t, r, v))
				}
			}
		}
	}
	f.op("MOVQ %d(R9), R14", gemmRowTerms)
	f.op("TESTQ R14, R14")
	f.op("JZ output")
	f.op("MOVQ %d(R9), CX", gemmTiles)
	f.op("SUBQ R13, CX")
	f.op("IMUL3Q $%d, CX, CX", mr*4)
	f.op("ADDQ CX, R14")
	for r := range mr {
		for v := range nv {
			f.op("VPADDD.BCST %d(R14), %s, %s", r*4, acc(0, r, v), acc(0, r, v))
		}
	}
	f.label("output")
	f.op("MOVQ %d(R9), R14", gemmColumns)
	f.op("MOVQ %d(R9), DX", gemmLDC)
	f.op("MOVQ R8, AX")
	f.op("CMPL %d(R9), $%d", gemmOut, gemmOutSums)
	f.op("JEQ sums")
	for v := range nv {
		at := v * columnSize
		f.op("VMOVDQU32 %d(R14), Z24", at+columnMultiplier)
		f.op("VPSRLQ $32, Z24, Z25")
		f.op("VMOVDQU64 %d(R14), Z26", at+columnEven)
		f.op("VMOVDQU64 %d(R14), Z27", at+columnOdd)
		for r := range mr {
			a := acc(0, r, v)
			f.op("VPADDD %s, %s, Z28", a, a)
			f.op("VPSRLQ $32, Z28, Z29")
			f.op("VPMULDQ Z24, Z28, Z28")
			f.op("VPMULDQ Z25, Z29, Z29")
			f.op("VPADDQ Z26, Z28, Z28")
			f.op("VPADDQ Z27, Z29, Z29")
			f.op("VMOVSHDUP Z28, K3, Z29")
			f.op("VMOVDQU32 %d(R14), Z30", at+columnSign)
			f.op("VPSRLVD Z30, %s, Z30", a)
			f.op("VPSUBD Z30, Z29, Z29")
			f.op("VMOVDQU32 %d(R14), Z31", at+columnShift)
			f.op("VPSRAVD Z31, Z29, %s", a)
		}
	}
	// Rows of 32 go in pairs, those of 16 by fours.
	together := 4 / nv
	f.op("VPBROADCASTD %d(R9), Z24", gemmLo)
	f.op("VPBROADCASTD %d(R9), Z25", gemmHi)
	f.op("VMOVDQU64 ·%s<>(SB), Z26", []string{"", "gemmDwords", "gemmQwords"}[nv])
	for _, out := range []int{gemmOutSigned, gemmOutByte} {
		sign := "S"
		if out == gemmOutSigned {
			f.op("CMPL %d(R9), $%d", gemmOut, gemmOutByte)
			f.op("JEQ unsigned")
		} else {
			sign = "U"
			f.label("unsigned")
		}
		for r := 0; r < mr; r += together {
			at := func(k int) int { return min(r+k, mr-1) }
			words := acc(0, r, 0)
			if nv == 2 {
				second := acc(0, at(1), 0)
				f.op("VPACKSSDW %s, %s, %s", acc(0, r, 1), words, words)
				if at(1) != r {
					f.op("VPACKSSDW %s, %s, %s", acc(0, at(1), 1), second, second)
				}
				f.op("VPACK%sSWB %s, %s, %s", sign, second, words, words)
				f.op("VPERMQ %s, Z26, %s", words, words)
			} else {
				f.op("VPACKSSDW %s, %s, Z28", acc(0, at(1), 0), words)
				f.op("VPACKSSDW %s, %s, Z29", acc(0, at(3), 0), acc(0, at(2), 0))
				f.op("VPACK%sSWB Z29, Z28, %s", sign, words)
				f.op("VPERMD %s, Z26, %s", words, words)
			}
			f.op("VPMAX%sB Z24, %s, %s", sign, words, words)
			f.op("VPMIN%sB Z25, %s, %s", sign, words, words)
		}
		if out == gemmOutSigned {
			f.op("JMP store")
		}
	}
	f.label("store")
	full := uint64(1)<<(nv*16) - 1
	f.op("MOVQ $0x%x, CX", full)
	f.op("CMPQ CX, %d(R9)", gemmMask)
	f.op("JNE part")
	for _, part := range []bool{false, true} {
		if part {
			f.label("part")
		}
		for r := range mr {
			from := acc(0, r/together*together, 0)
			i := r % together
			narrow, extract := "Y", "VEXTRACTI64X4"
			if nv == 1 {
				narrow, extract = "X", "VEXTRACTI32X4"
			}
			reg := narrow + from[1:]
			switch {
			case part && i > 0:
				f.op("%s $%d, %s, %s27", extract, i, from, narrow)
				f.op("VMOVDQU8 %s27, K1, (AX)", narrow)
			case part:
				f.op("VMOVDQU8 %s, K1, (AX)", reg)
			case i > 0:
				f.op("%s $%d, %s, (AX)", extract, i, from)
			default:
				f.op("VMOVDQU64 %s, (AX)", reg)
			}
			f.op("ADDQ DX, AX")
		}
		if !part {
			f.op("JMP done")
		}
	}
	f.label("done")
	f.op("MOVQ AX, R8")
	f.op("MOVQ %d(R9), DX", gemmLDA)
	f.op("IMUL3Q $%d, DX, DX", mr)
	f.op("ADDQ DX, R15")
	f.op("DECQ R13")
	f.op("JNZ tile")
	f.ret()
	f.label("sums")
	if nv == 2 {
		f.op("VMOVDQU64 ·gemmOrder<>(SB), Z26")
		f.op("VMOVDQU64 ·gemmOrder<>+64(SB), Z27")
		f.op("KSHIFTRQ $16, K1, K2")
	}
	for r := range mr {
		a := acc(0, r, 0)
		if nv == 2 {
			b := acc(0, r, 1)
			f.op("VMOVDQA64 %s, Z28", a)
			f.op("VPERMT2Q %s, Z26, Z28", b)
			f.op("VMOVDQU32 Z28, K1, (AX)")
			f.op("VPERMT2Q %s, Z27, %s", b, a)
			f.op("VMOVDQU32 %s, K2, 64(AX)", a)
		} else {
			f.op("VMOVDQU32 %s, K1, (AX)", a)
		}
		f.op("ADDQ DX, AX")
	}
	f.op("JMP done")
}
