package main

import "fmt"

// Offsets in q's gemmArgs.
const (
	gemmA, gemmLDA, gemmB, gemmC, gemmLDC   = 0, 8, 16, 24, 32
	gemmGroups, gemmSegments, gemmJumps     = 40, 48, 56
	gemmTail, gemmHasTail, gemmColumns      = 64, 72, 80
	gemmMask, gemmTiles, gemmRowTerms       = 88, 96, 104
	gemmXor, gemmLo, gemmHi, gemmOut        = 112, 116, 120, 124
	gemmZero, gemmAddend, gemmSides         = 128, 132, 136
	gemmRounding, gemmNear, gemmSign        = 140, 144, 148
	gemmSpill                               = 192
	gemmOutSums, gemmOutSigned, gemmOutByte = 0, 1, 2
)

// Offsets in the constants of 16 columns, see q's columnBlock. A factor of 64 bits stands where multiplier and high do.
const (
	columnStart, columnScale, columnAddend                = 0, 64, 128
	columnMultiplier, columnHigh, columnShift, columnSize = 192, 256, 320, 384
	columnFactor                                          = columnMultiplier
)

// gemmS8 writes the tile kernels of bytes for AVX-512 VNNI: MR rows by NR = 32 or 16 columns, in groups of KR = 4 bytes along k.
//
// Rows of A are unsigned bytes read in place, a group of each broadcast by the load that brings it; B stands as
// [groups][NR][4]. A row of A is a number of segments of equal length: the runs of consecutive bytes under a window. The last
// group of a segment whose length is no multiple of 4 starts where it ends with the segment, and has weights 0 for what the group
// before it had.
//
// A sum x becomes a stored value in float32 with 16 fractional bits,
//
//	y = round(x*scale + addend), stored value y >> 16
//
// whose addend brings the zero point, what turns the floor into rounding, and four units more. That is off by less than four
// units, so that the stored value is right unless the lower half of y is less than eight; then, and where y does not fit, the
// vectors are computed by gemmExact. Fixed point rounds twice, which moves a sum up or, below zero, down: where a value below
// the zero point is never stored it may move up too, which is part of the addend then; elsewhere (two sides) the addend of a
// column is what it moves by, and the rest one for all.
//
// Two 16-column vectors have the even and the odd columns, so that taking the upper halves of both puts them in order.
func gemmS8(f *file) {
	f.line("\n// Even qwords, then odd ones; dwords by their place in a lane; bytes of four rows of pairs; what puts the sums of 32 columns in order.")
	data := func(name string, size int, v []int) {
		for i, x := range v {
			f.line("DATA ·%s<>+%d(SB)/%d, $%d", name, i*size, size, x)
		}
		f.line("GLOBL ·%s<>(SB), RODATA|NOPTR, $%d", name, size*len(v))
	}
	data("gemmQwords", 8, []int{0, 2, 4, 6, 1, 3, 5, 7})
	data("gemmDwords", 4, []int{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15})
	data("gemmPairs", 1, []int{0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15})
	gemmOrder(f)
	gemmExact(f)
	gemmFlip(f)
	for nv := 1; nv <= 2; nv++ {
		for mr := 1; mr <= 12; mr++ {
			gemmTile512(f, mr, nv, false)
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

// gemmS16 writes the tile kernels of words by bytes: groups of two along k, and sums only.
func gemmS16(f *file) {
	gemmOrder(f)
	for nv := 1; nv <= 2; nv++ {
		for mr := 1; mr <= 12; mr++ {
			gemmTile512(f, mr, nv, true)
		}
	}
}

// gemmOrder declares what puts the sums of 32 columns in order.
func gemmOrder(f *file) {
	for i := range 32 {
		f.line("DATA ·gemmOrder<>+%d(SB)/4, $%d", i*4, i/2+i%2*16)
	}
	f.line("GLOBL ·gemmOrder<>(SB), RODATA|NOPTR, $128")
}

func gemmTile512(f *file, mr, nv int, words bool) {
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
	free := min(32-(next+nv), 6)
	tmp := func(i int) string { return vec('Z', next+nv+i%free) }

	name, group, multiply := "gemm%dx%dx4S8VNNI512", 64, "VPDPBUSD"
	if words {
		name, group, multiply = "gemm%dx%dx2S16VNNI512", 32, "VPDPWSSD"
	}
	f.function(fmt.Sprintf(name, mr, nv*16), "(args *gemmArgs)", 8)
	f.op("MOVQ args+0(FP), R9")
	f.op("MOVQ %d(R9), R15", gemmA)
	f.op("MOVQ %d(R9), R8", gemmC)
	f.op("MOVQ %d(R9), R13", gemmTiles)
	f.op("MOVL $0xAAAAAAAA, R14")
	f.op("KMOVD R14, K4")
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
			if words {
				f.op("VPMOVSXBW %d(R10), %s", (u*nv+v)*group, bReg(v))
			} else {
				f.op("VMOVDQU32 %d(R10), %s", (u*nv+v)*group, bReg(v))
			}
		}
		for r := range mr {
			f.op("VPBROADCASTD %s, %s", gemmRow(r, u*4), tmp(r))
			for v := range nv {
				f.op("%s %s, %s, %s", multiply, bReg(v), tmp(r), acc(s, r, v))
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
	f.op("ADDQ $%d, R10", unroll*nv*group)
	gemmAdvance(f, mr, fmt.Sprintf("$%d", unroll*4))
	f.op("SUBQ $%d, CX", unroll)
	f.op("JGE loop")
	f.label("rest")
	f.op("ADDQ $%d, CX", unroll)
	f.op("JZ last")
	f.label("one")
	step(0, 0)
	f.op("ADDQ $%d, R10", nv*group)
	gemmAdvance(f, mr, "$4")
	f.op("DECQ CX")
	f.op("JNZ one")
	f.label("last")
	f.op("CMPQ %d(R9), $0", gemmHasTail)
	f.op("JEQ jump")
	f.op("MOVQ %d(R9), R14", gemmTail)
	gemmAdvance(f, mr, "R14")
	step(0, split-1)
	f.op("ADDQ $%d, R10", nv*group)
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
	if words {
		f.op("MOVQ %d(R9), DX", gemmLDC)
		f.op("MOVQ R8, AX")
		gemmSums(f, mr, nv, acc)
		gemmNextTile(f, mr)
		return
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
	// Rows of 32 go in pairs, those of 16 by fours.
	together := 4 / nv
	var outOfLine []func()
	constants := func() {
		for v := range nv {
			f.op("VMOVUPS %d(R14), Z%d", v*columnSize+columnAddend, 29+v)
		}
		f.op("VPBROADCASTD %d(R9), Z31", gemmSign)
	}
	constants()
	f.op("CMPL %d(R9), $0", gemmSides)
	f.op("JNE sides")
	for _, sides := range []string{"", "Sides"} {
		if sides != "" {
			f.label("sides")
		}
		for r := 0; r < mr; r += together {
			count := min(together, mr-r) * nv
			from := func(i int) string { return acc(0, r+i/nv, i%nv) }
			y := func(i int) string { return vec('Z', 24+i) }
			for i := range count {
				f.op("VCVTDQ2PS %s, %s", from(i), y(i))
				addend := vec('Z', 29+i%nv)
				if sides != "" {
					f.op("VMOVDQA32 %s, Z28", addend)
					f.op("VPTERNLOGD $0xF8, Z31, %s, Z28", y(i)) // the addend with the sign of the sum
					addend = "Z28"
				}
				f.op("VFMADD132PS %d(R14), %s, %s", i%nv*columnSize+columnScale, addend, y(i))
				if sides != "" {
					f.op("VADDPS.BCST %d(R9), %[2]s, %[2]s", gemmAddend, y(i))
				}
				f.op("VCVTPS2DQ %[1]s, %[1]s", y(i))
			}
			least := y(0)
			for i := 1; i < count; i++ {
				f.op("VPMINUW %s, %s, Z28", y(i), least)
				least = "Z28"
			}
			f.op("VPTESTNMD.BCST %d(R9), %s, K2", gemmNear, least)
			f.op("KORTESTW K2, K2")
			near := fmt.Sprintf("%s%d", sides, r)
			f.op("JNZ near%s", near)
			f.label("words" + near)
			for i := 0; i < count; i += 2 {
				f.op("VPSRLD $16, %s, %s", y(i), from(i))
				if i+1 < count {
					f.op("VMOVDQU16 %s, K4, %s", y(i+1), from(i))
				}
			}
			outOfLine = append(outOfLine, func() {
				f.label("near" + near)
				for i := range count {
					f.op("VMOVDQU32 %s, %d(R9)", from(i), gemmSpill+i*64)
				}
				f.op("MOVQ $%d, R10", nv-1)
				f.op("CALL ·gemmExactVNNI512(SB)")
				for i := range count {
					f.op("VMOVDQU32 %d(R9), %s", gemmSpill+i*64, y(i))
				}
				constants()
				f.op("JMP words%s", near)
			})
		}
		if sides == "" {
			f.op("JMP bytes")
		}
	}
	f.label("bytes")
	f.op("VPBROADCASTD %d(R9), Z24", gemmLo)
	f.op("VPBROADCASTD %d(R9), Z25", gemmHi)
	f.op("VMOVDQU64 ·%s<>(SB), Z26", []string{"", "gemmDwords", "gemmQwords"}[nv])
	if nv == 1 {
		f.op("VBROADCASTI32X4 ·gemmPairs<>(SB), Z27")
	}
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
			words, second := acc(0, r, 0), acc(0, at(together/2), 0)
			if at(together/2) != r+together/2 {
				second = words
			}
			f.op("VPACK%sSWB %s, %s, %s", sign, second, words, words)
			if nv == 2 {
				f.op("VPERMQ %s, Z26, %s", words, words)
			} else {
				f.op("VPSHUFB Z27, %s, %s", words, words)
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
	gemmNextTile(f, mr)
	f.label("sums")
	gemmSums(f, mr, nv, acc)
	f.op("JMP done")
	for _, write := range outOfLine {
		write()
	}
}

// gemmNextTile goes on to the next tile.
func gemmNextTile(f *file, mr int) {
	f.op("MOVQ AX, R8")
	f.op("MOVQ %d(R9), DX", gemmLDA)
	f.op("IMUL3Q $%d, DX, DX", mr)
	f.op("ADDQ DX, R15")
	f.op("DECQ R13")
	f.op("JNZ tile")
	f.ret()
}

// gemmSums stores the sums of a tile.
func gemmSums(f *file, mr, nv int, acc func(s, r, v int) string) {
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
			f.op("VPERMT2D %s, Z26, Z28", b)
			f.op("VMOVDQU32 Z28, K1, (AX)")
			f.op("VPERMT2D %s, Z27, %s", b, a)
			f.op("VMOVDQU32 %s, K2, 64(AX)", a)
		} else {
			f.op("VMOVDQU32 %s, K1, (AX)", a)
		}
		f.op("ADDQ DX, AX")
	}
}

// gemmExact writes what makes stored values of four vectors of sums, those that a kernel has left in its arguments, and leaves
// them there as upper halves; R10 is 1 where the second and the fourth vector have the constants of other columns. In fixed point
// a stored value is
//
//	(high32(2*x*multiplier + 2^31 + high<<32) - (x < 0 and shift > 0)) >> shift + zero
//
// where high brings the second rounding: exact for |x| < 2^30. With float64 factors it is what outputExact
// computes.
func gemmExact(f *file) {
	f.line("\nDATA ·gemmBounds<>+0(SB)/8, $0x3FDFFFFFFFFFFFFF")
	f.line("DATA ·gemmBounds<>+8(SB)/8, $0x8000000000000000")
	f.line("DATA ·gemmBounds<>+16(SB)/8, $0x40D0000000000000 // 2^14")
	f.line("DATA ·gemmBounds<>+24(SB)/8, $0xC0D0000000000000")
	f.line("DATA ·gemmBounds<>+32(SB)/8, $0x0000000080000000")
	f.line("DATA ·gemmBounds<>+40(SB)/4, $32767")
	f.line("DATA ·gemmBounds<>+44(SB)/4, $-32768")
	f.line("GLOBL ·gemmBounds<>(SB), RODATA|NOPTR, $48")
	f.line("\n// It is called by the kernels: R9 are their arguments, R14 the constants of the columns.")
	f.line("TEXT ·gemmExactVNNI512(SB), NOSPLIT|NOFRAME, $0-0")
	f.op("MOVL $0x5555, CX")
	f.op("KMOVW CX, K2")
	f.op("KNOTW K2, K3")
	f.op("XORQ BX, BX")
	f.label("vector")
	f.op("MOVQ BX, SI")
	f.op("SHRQ $6, SI")
	f.op("ANDQ R10, SI")
	f.op("IMUL3Q $%d, SI, SI", columnSize)
	f.op("ADDQ R14, SI")
	f.op("VMOVDQU32 %d(R9)(BX*1), Z24", gemmSpill)
	f.op("CMPL %d(R9), $0", gemmRounding)
	f.op("JNE factors")
	f.op("VMOVDQU32 %d(SI), Z25", columnMultiplier)
	f.op("VPSRLQ $32, Z25, Z26")
	f.op("VPADDD Z24, Z24, Z28")
	f.op("VPSRLQ $32, Z28, Z29")
	f.op("VPMULDQ Z25, Z28, Z28")
	f.op("VPMULDQ Z26, Z29, Z29")
	f.op("VMOVDQU32 %d(SI), Z27", columnHigh)
	f.op("VPBROADCASTQ ·gemmBounds<>+32(SB), Z31")
	f.op("VPSLLQ $32, Z27, Z30")
	f.op("VPADDQ Z30, Z28, Z28")
	f.op("VPADDQ Z31, Z28, Z28")
	f.op("VMOVDQA32 Z27, K3, Z31")
	f.op("VPADDQ Z31, Z29, Z29")
	f.op("VMOVSHDUP Z28, K2, Z29")
	f.op("VMOVDQU32 %d(SI), Z31", columnShift)
	f.op("VPTESTMD Z31, Z31, K5")
	f.op("VPSRLD.Z $31, Z24, K5, Z30")
	f.op("VPSUBD Z30, Z29, Z29")
	f.op("VPSRAVD Z31, Z29, Z29")
	f.op("JMP zero")
	f.label("factors")
	f.op("VEXTRACTI64X4 $1, Z24, Y25")
	f.op("VBROADCASTSD ·gemmBounds<>+0(SB), Z26")
	f.op("VBROADCASTSD ·gemmBounds<>+8(SB), Z27")
	f.op("VCVTDQ2PD Y24, Z24")
	f.op("VCVTDQ2PD Y25, Z25")
	for i, r := range []string{"Z24", "Z25"} {
		f.op("VMULPD %d(SI), %s, %s", columnFactor+64*i, r, r)
		f.op("VMINPD.BCST ·gemmBounds<>+16(SB), %s, %s", r, r)
		f.op("VMAXPD.BCST ·gemmBounds<>+24(SB), %s, %s", r, r)
		f.op("VPANDQ Z27, %s, Z28", r)
		f.op("VPORQ Z26, Z28, Z28")
		f.op("VADDPD Z28, %s, %s", r, r)
		f.op("VCVTTPD2DQ %s, Y%d", r, 29+i)
	}
	f.op("VINSERTI64X4 $1, Y30, Z29, Z29")
	f.label("zero")
	f.op("VPBROADCASTD %d(R9), Z30", gemmZero)
	f.op("VPSLLD $16, Z30, Z30")
	f.op("VPSRAD $16, Z30, Z30")
	f.op("VPADDD Z30, Z29, Z29")
	f.op("VPMINSD.BCST ·gemmBounds<>+40(SB), Z29, Z29")
	f.op("VPMAXSD.BCST ·gemmBounds<>+44(SB), Z29, Z29")
	f.op("VPSLLD $16, Z29, Z29")
	f.op("VMOVDQU32 Z29, %d(R9)(BX*1)", gemmSpill)
	f.op("ADDQ $64, BX")
	f.op("CMPQ BX, $256")
	f.op("JLT vector")
	f.op("RET")
}

// gemmFlip writes the copy of n bytes, at least one, with their top bits flipped.
func gemmFlip(f *file) {
	f.function("flipAVX512", "(dst, src unsafe.Pointer, n int)", 24)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ src+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("MOVL $0x80808080, AX")
	f.op("VPBROADCASTD AX, Z0")
	f.op("SUBQ $256, CX")
	f.op("JLT rest")
	f.label("loop")
	for i := range 4 {
		f.op("VPXORD %d(SI), Z0, Z%d", i*64, 1+i)
	}
	for i := range 4 {
		f.op("VMOVDQU32 Z%d, %d(DI)", 1+i, i*64)
	}
	f.op("ADDQ $256, SI")
	f.op("ADDQ $256, DI")
	f.op("SUBQ $256, CX")
	f.op("JGE loop")
	f.label("rest")
	f.op("ADDQ $256, CX")
	f.op("JZ done")
	f.label("part")
	f.op("MOVQ $64, DX")
	f.op("CMPQ CX, DX")
	f.op("CMOVQLT CX, DX")
	f.op("MOVQ $-1, AX")
	f.op("BZHIQ DX, AX, AX")
	f.op("KMOVQ AX, K1")
	f.op("VMOVDQU8.Z (SI), K1, Z1")
	f.op("VPXORD Z0, Z1, Z1")
	f.op("VMOVDQU8 Z1, K1, (DI)")
	f.op("ADDQ $64, SI")
	f.op("ADDQ $64, DI")
	f.op("SUBQ $64, CX")
	f.op("JGT part")
	f.label("done")
	f.ret()
}
