package main

import "fmt"

// Offsets in q's depthwiseArgs, behind those of gemmArgs.
const (
	dqX, dqW, dqC, dqDst         = 448, 456, 464, 472
	dqPhases, dqVectors, dqStepX = 480, 488, 496
	dqStepDst, dqTaps, dqTapsLen = 504, 512, 520
	dqRow, dqLast, dqFlip        = 528, 536, 544
	dqWStep, dqWPhase            = 552, 560
	dqMore, dqEnds, dqCurrent    = 568, 576, 584
)

// depthwiseS8 writes depthwise convolutions of bytes with AVX-512 VNNI. Four rows of the image, whose bytes are interleaved, are a
// stream of dwords, an element of all four rows each; a tap, a column of the kernel, multiplies a run of the stream with weights
// that are interleaved likewise. The outputs of a row, one after the other, are vectors of 16; as the channels of a vector are
// those of the vector some others behind it, their phase, the constants of a phase are loaded once for all of its vectors.
//
// The same four rows serve one or two rows of outputs. Of words, the rows of a stream are two.
func depthwiseS8(f *file) {
	f.line("\n// The elements of a vector as lanes want them to be interleaved in order; see gemmDwords and gemmPairs.")
	for i, v := range []int{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15} {
		f.line("DATA ·depthwiseDwords<>+%d(SB)/4, $%d", i*4, v)
	}
	f.line("GLOBL ·depthwiseDwords<>(SB), RODATA|NOPTR, $64")
	for i, v := range []int{0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15} {
		f.line("DATA ·depthwisePairs<>+%d(SB)/1, $%d", i, v)
	}
	f.line("GLOBL ·depthwisePairs<>(SB), RODATA|NOPTR, $16")
	depthwiseInterleave(f)
	depthwiseInterleaveWords(f)
	for _, rows := range []int{1, 2} {
		for _, sides := range []string{"", "Sides"} {
			k := depthwiseStream{file: f, rows: rows, sides: sides != ""}
			k.write(fmt.Sprintf("depthwise%dx16%sS8VNNI512", rows, sides))
		}
		k := depthwiseStream{file: f, rows: rows, words: true}
		k.write(fmt.Sprintf("depthwise%dx16S16VNNI512", rows))
	}
}

// depthwiseInterleave writes
//
//	for i := range n { for r := range 4 { dst[4*i+r] = rows[r][offset+i] ^ flip } }
//
// for every one of count runs, offset and dst moving on by step and dstStep.
func depthwiseInterleave(f *file) {
	f.function("depthwiseInterleaveAVX512", "(dst unsafe.Pointer, rows *unsafe.Pointer, offset, n, count, step, dstStep int, flip uint32)", 60)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ rows+8(FP), BX")
	for i, r := range []string{"R8", "R9", "R10", "R11"} {
		f.op("MOVQ %d(BX), %s", 8*i, r)
		f.op("ADDQ offset+16(FP), %s", r)
	}
	f.op("MOVQ count+32(FP), R13")
	f.op("MOVL flip+56(FP), AX")
	f.op("VPBROADCASTD AX, Z16")
	f.op("VMOVDQU32 ·depthwiseDwords<>(SB), Z17")
	f.label("run")
	f.op("XORQ SI, SI")
	f.op("MOVQ DI, R12")
	f.op("MOVQ n+24(FP), CX")
	f.op("SUBQ $64, CX")
	f.op("JLT tail")
	interleave := func() {
		for i := range 4 {
			f.op("VPXORD Z16, Z%d, Z%d", i, i)
		}
		f.op("VPUNPCKLBW Z1, Z0, Z4")
		f.op("VPUNPCKHBW Z1, Z0, Z5")
		f.op("VPUNPCKLBW Z3, Z2, Z6")
		f.op("VPUNPCKHBW Z3, Z2, Z7")
		f.op("VPUNPCKLWD Z6, Z4, Z0")
		f.op("VPUNPCKHWD Z6, Z4, Z1")
		f.op("VPUNPCKLWD Z7, Z5, Z2")
		f.op("VPUNPCKHWD Z7, Z5, Z3")
	}
	rows := []string{"R8", "R9", "R10", "R11"}
	f.op("PCALIGN $32")
	f.label("loop")
	for i, r := range rows {
		f.op("VPERMD (%s)(SI*1), Z17, Z%d", r, i)
	}
	interleave()
	for i := range 4 {
		f.op("VMOVDQU32 Z%d, %d(R12)", i, 64*i)
	}
	f.op("ADDQ $64, SI")
	f.op("ADDQ $256, R12")
	f.op("SUBQ $64, CX")
	f.op("JGE loop")
	f.label("tail")
	f.op("ADDQ $64, CX")
	f.op("JZ next")
	f.op("MOVQ $-1, AX")
	f.op("BZHIQ CX, AX, AX")
	f.op("KMOVQ AX, K1")
	for i, r := range rows {
		f.op("VMOVDQU8.Z (%s)(SI*1), K1, Z%d", r, i)
		f.op("VPERMD Z%d, Z17, Z%d", i, i)
	}
	interleave()
	for i := range 4 {
		f.op("VMOVDQU32 Z%d, K1, %d(R12)", i, 64*i)
		f.op("KSHIFTRQ $16, K1, K1")
	}
	f.label("next")
	for _, r := range rows {
		f.op("ADDQ step+40(FP), %s", r)
	}
	f.op("ADDQ dstStep+48(FP), DI")
	f.op("DECQ R13")
	f.op("JNZ run")
	f.ret()
}

// depthwiseInterleaveWords writes depthwiseInterleave for two rows of words; distances are in bytes.
func depthwiseInterleaveWords(f *file) {
	f.line("")
	for i, v := range []int{0, 4, 1, 5, 2, 6, 3, 7} {
		f.line("DATA ·depthwiseQwords<>+%d(SB)/8, $%d", i*8, v)
	}
	f.line("GLOBL ·depthwiseQwords<>(SB), RODATA|NOPTR, $64")
	f.function("depthwiseInterleaveWordsAVX512", "(dst unsafe.Pointer, rows *unsafe.Pointer, offset, n, count, step, dstStep int)", 56)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ rows+8(FP), BX")
	rows := []string{"R8", "R9"}
	for i, r := range rows {
		f.op("MOVQ %d(BX), %s", 8*i, r)
		f.op("ADDQ offset+16(FP), %s", r)
	}
	f.op("MOVQ count+32(FP), R13")
	f.op("VMOVDQU64 ·depthwiseQwords<>(SB), Z17")
	f.label("run")
	f.op("XORQ SI, SI")
	f.op("MOVQ DI, R12")
	f.op("MOVQ n+24(FP), CX")
	f.op("SUBQ $32, CX")
	f.op("JLT tail")
	f.label("loop")
	for i, r := range rows {
		f.op("VPERMQ (%s)(SI*1), Z17, Z%d", r, i)
	}
	f.op("VPUNPCKLWD Z1, Z0, Z2")
	f.op("VPUNPCKHWD Z1, Z0, Z3")
	f.op("VMOVDQU32 Z2, (R12)")
	f.op("VMOVDQU32 Z3, 64(R12)")
	f.op("ADDQ $64, SI")
	f.op("ADDQ $128, R12")
	f.op("SUBQ $32, CX")
	f.op("JGE loop")
	f.label("tail")
	f.op("ADDQ $32, CX")
	f.op("JZ next")
	f.op("MOVQ $-1, AX")
	f.op("BZHIQ CX, AX, AX")
	f.op("KMOVD AX, K1")
	for i, r := range rows {
		f.op("VMOVDQU16.Z (%s)(SI*1), K1, Z%d", r, i)
		f.op("VPERMQ Z%d, Z17, Z%d", i, i)
	}
	f.op("VPUNPCKLWD Z1, Z0, Z2")
	f.op("VPUNPCKHWD Z1, Z0, Z3")
	f.op("VMOVDQU32 Z2, K1, (R12)")
	f.op("KSHIFTRD $16, K1, K1")
	f.op("VMOVDQU32 Z3, K1, 64(R12)")
	f.label("next")
	for _, r := range rows {
		f.op("ADDQ step+40(FP), %s", r)
	}
	f.op("ADDQ dstStep+48(FP), DI")
	f.op("DECQ R13")
	f.op("JNZ run")
	f.ret()
}

// depthwiseStream is a kernel for one or two rows of outputs, of bytes with constants for one side or two, or of words. For how sums
// become stored bytes, which are signed ones here, see gemmS8; for words, requantizeOnce.
//
//	R9 arguments   R13 phases left   R14 constants   R15 weights   R8 vectors of the phase left   R11, R12 1, 3 steps of the stream
//	AX stream   DI outputs   DX their step
//
// Registers 0 to 7 are sums, 16 to 21 of bytes and 8 to 13 of words what is multiplied.
type depthwiseStream struct {
	*file
	rows         int
	sides, words bool
}

func (f *depthwiseStream) write(name string) {
	const lo, hi, dwords, pairs, sign, addend, scale, flip = 8, 9, 10, 11, 12, 13, 14, 15
	rows, sides := f.rows, f.sides
	size, weight, column, multiply := 1, 16, 18, "VPDPBUSD"
	if f.words {
		size, weight, column, multiply = 2, 8, 10, "VPDPWSSD"
	}
	f.function(name, "(args *depthwiseArgs)", 8)
	f.op("MOVQ args+0(FP), R9")
	if f.words {
		f.op("VPBROADCASTD %d(R9), Z24", gemmLo)
		f.op("VPBROADCASTD %d(R9), Z25", gemmHi)
	} else {
		f.op("VPBROADCASTD %d(R9), Z%d", gemmLo, lo)
		f.op("VPBROADCASTD %d(R9), Z%d", gemmHi, hi)
		f.op("VPBROADCASTD %d(R9), Z%d", gemmSign, sign)
		f.op("VPBROADCASTD %d(R9), Z%d", dqFlip, flip)
		f.op("VMOVDQU32 ·depthwiseDwords<>(SB), Z%d", dwords)
		f.op("VBROADCASTI32X4 ·depthwisePairs<>(SB), Z%d", pairs)
	}
	f.op("MOVL $0xAAAAAAAA, R14")
	f.op("KMOVD R14, K4")
	f.op("MOVQ %d(R9), DX", dqStepDst)
	f.op("MOVQ %d(R9), R11", dqStepX)
	f.op("LEAQ (R11)(R11*2), R12")
	f.op("MOVQ %d(R9), R13", dqPhases)
	f.op("MOVQ %d(R9), R14", dqC)
	f.op("MOVQ %d(R9), R15", dqW)
	f.op("MOVQ %d(R9), AX", dqX)
	f.op("MOVQ AX, %d(R9)", dqCurrent)
	f.op("MOVQ %d(R9), DI", dqDst)
	f.op("MOVQ DI, %d(R9)", dqCurrent+8)
	f.label("phase")
	// The first phases have a vector more; the mask of the last store is that of the row in the phase that ends it.
	f.op("MOVQ %d(R9), SI", dqPhases)
	f.op("SUBQ R13, SI")
	f.op("MOVQ %d(R9), R8", dqVectors)
	f.op("LEAQ 1(R8), CX")
	f.op("CMPQ SI, %d(R9)", dqMore)
	f.op("CMOVQLT CX, R8")
	f.op("TESTQ R8, R8")
	f.op("JZ done")
	f.op("MOVQ $0xFFFF, CX")
	f.op("CMPQ SI, %d(R9)", dqEnds)
	f.op("CMOVQEQ %d(R9), CX", dqLast)
	f.op("KMOVW CX, K1")
	f.op("MOVQ %d(R9), AX", dqCurrent)
	f.op("MOVQ %d(R9), DI", dqCurrent+8)
	if f.words {
		f.op("VMOVDQU32 %d(R14), Z16", columnMultiplier)
		f.op("VMOVDQU32 %d(R14), Z18", columnShift)
		requantizeOnceConstants(f.file)
	} else {
		f.op("VMOVUPS %d(R14), Z%d", columnScale, scale)
		f.op("VMOVUPS %d(R14), Z%d", columnAddend, addend)
	}
	f.op("PCALIGN $32")
	f.label("block")
	// The last four vectors of a phase overlap those before.
	f.op("MOVQ R8, CX")
	f.op("SUBQ $4, CX")
	f.op("JGE whole")
	f.op("CMPQ AX, %d(R9)", dqCurrent)
	f.op("JEQ whole") // there are no others
	f.op("IMULQ R11, CX")
	f.op("ADDQ CX, AX")
	f.op("LEAQ -4(R8), CX")
	f.op("IMULQ DX, CX")
	f.op("ADDQ CX, DI")
	f.op("MOVQ $4, R8")
	f.label("whole")
	acc := func(r, i int) string { return vec('Z', 4*r+i) }
	for r := range rows {
		for i := range 4 {
			if r == 0 && i == 0 {
				f.op("VMOVDQU32 %d(R14), %s", columnStart, acc(r, i))
			} else {
				f.op("VMOVDQA32 %s, %s", acc(0, 0), acc(r, i))
			}
		}
	}
	f.op("MOVQ %d(R9), R10", dqTaps)
	f.op("MOVQ %d(R9), CX", dqTapsLen)
	f.op("MOVQ R15, SI")
	f.label("tap")
	f.op("MOVQ (R10), BX")
	f.op("ADDQ AX, BX")
	for r := range rows {
		f.op("VMOVDQU32 %d(SI), Z%d", 64*r, weight+r)
	}
	for i, at := range []string{"(BX)", "(BX)(R11*1)", "(BX)(R11*2)", "(BX)(R12*1)"} {
		f.op("VMOVDQU32 %s, Z%d", at, column+i)
		for r := range rows {
			f.op("%s Z%d, Z%d, %s", multiply, weight+r, column+i, acc(r, i))
		}
	}
	f.op("ADDQ $8, R10")
	f.op("ADDQ %d(R9), SI", dqWStep)
	f.op("DECQ CX")
	f.op("JNZ tap")
	var outOfLine []func()
	for r := range rows {
		if f.words {
			for i := range 4 {
				requantizeOnceVector(f.file, acc(r, i), vec('Z', 26+i))
			}
			continue
		}
		y := func(i int) string { return vec('Z', 24+i) }
		for i := range 4 {
			f.op("VCVTDQ2PS %s, %s", acc(r, i), y(i))
			from := vec('Z', addend)
			if sides {
				f.op("VMOVDQA32 Z%d, Z28", addend)
				f.op("VPTERNLOGD $0xF8, Z%d, %s, Z28", sign, y(i)) // the addend with the sign of the sum
				from = "Z28"
			}
			f.op("VFMADD132PS Z%d, %s, %s", scale, from, y(i))
			if sides {
				f.op("VADDPS.BCST %d(R9), %[2]s, %[2]s", gemmAddend, y(i))
			}
			f.op("VCVTPS2DQ %[1]s, %[1]s", y(i))
		}
		f.op("VPMINUW Z25, Z24, Z28")
		f.op("VPMINUW Z27, Z26, Z29")
		f.op("VPMINUW Z29, Z28, Z28")
		f.op("VPTESTNMD.BCST %d(R9), Z28, K2", gemmNear)
		f.op("KORTESTW K2, K2")
		f.op("JNZ near%d", r)
		f.label(fmt.Sprintf("words%d", r))
		f.op("VPSRLD $16, Z24, Z24")
		f.op("VPSRLD $16, Z26, Z26")
		f.op("VMOVDQU16 Z25, K4, Z24")
		f.op("VMOVDQU16 Z27, K4, Z26")
		f.op("VPACKSSWB Z26, Z24, Z24")
		f.op("VPSHUFB Z%d, Z24, Z24", pairs)
		f.op("VPERMD Z24, Z%d, Z24", dwords)
		f.op("VPMAXSB Z%d, Z24, Z24", lo)
		f.op("VPMINSB Z%d, Z24, Z24", hi)
		f.op("VPXORD Z%d, Z24, %s", flip, acc(r, 0))
		outOfLine = append(outOfLine, func() {
			f.label(fmt.Sprintf("near%d", r))
			for i := range 4 {
				f.op("VMOVDQU32 %s, %d(R9)", acc(r, i), gemmSpill+i*64)
			}
			f.op("XORL R10, R10")
			f.op("CALL ·gemmExactVNNI512(SB)")
			for i := range 4 {
				f.op("VMOVDQU32 %d(R9), %s", gemmSpill+i*64, y(i))
			}
			f.op("JMP words%d", r)
		})
	}
	store := func(r, i int, base string) {
		if f.words {
			f.op("VPMOVDW %s, (%s)", acc(r, i), base)
			return
		}
		from := acc(r, 0)
		if i == 0 {
			f.op("VMOVDQU X%s, (%s)", from[1:], base)
		} else {
			f.op("VEXTRACTI32X4 $%d, %s, (%s)", i, from, base)
		}
	}
	last := func(r, i int, base string) {
		if f.words {
			f.op("VPMOVDW %s, K1, (%s)", acc(r, i), base)
			return
		}
		from := acc(r, 0)
		if i > 0 {
			f.op("VEXTRACTI32X4 $%d, %s, X24", i, from)
			from = "X24"
		}
		f.op("VMOVDQU8 X%s, K1, (%s)", from[1:], base)
	}
	f.op("MOVQ %d(R9), SI", dqRow)
	f.op("ADDQ DI, SI")
	bases := []string{"DI", "SI"}[:rows]
	f.op("CMPQ R8, $4")
	f.op("JLE end")
	for i := range 4 {
		for r, base := range bases {
			store(r, i, base)
			f.op("ADDQ DX, %s", base)
		}
	}
	f.op("LEAQ (AX)(R11*4), AX")
	f.op("SUBQ $4, R8")
	f.op("JMP block")
	f.label("end")
	for i := range 4 {
		if i < 3 {
			f.op("CMPQ R8, $%d", i+1)
			f.op("JEQ last%d", i)
		}
		for r, base := range bases {
			if i < 3 {
				store(r, i, base)
				f.op("ADDQ DX, %s", base)
			} else {
				last(r, i, base)
			}
		}
	}
	f.label("next")
	f.op("ADDQ $%d, R14", columnSize)
	f.op("ADDQ %d(R9), R15", dqWPhase)
	f.op("ADDQ $64, %d(R9)", dqCurrent)
	f.op("ADDQ $%d, %d(R9)", 16*size, dqCurrent+8)
	f.op("DECQ R13")
	f.op("JNZ phase")
	f.label("done")
	f.ret()
	for i := range 3 {
		f.label(fmt.Sprintf("last%d", i))
		for r, base := range bases {
			last(r, i, base)
		}
		f.op("JMP next")
	}
	for _, write := range outOfLine {
		write()
	}
}
