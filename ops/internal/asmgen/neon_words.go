package main

import "fmt"

// neonWords16 writes kernels over vectors of 8 int16 on arm64, those of the gates of integer LSTMs: see words, whose computations
// they share. SQRDMULH is gemmlowp's rounding, doubling product, URHADD with 0 or 32767 its half.
func neonWords16(f *file) {
	neonSigmoid(f, false)
	neonSigmoid(f, true)
	neonUpdateWords(f)
	neonHideWords(f)
	neonAccumulateWords(f)
}

// neonWordLoop writes a loop over R3 elements: by vectors of 8, some at a time, by 4, and one by one; other lanes are then 0.
// part is the number of elements.
func neonWordLoop(f *file, vectors int, body func(part int)) {
	for _, part := range []int{8 * vectors, 8, 4, 1} {
		if part == 8 && vectors == 1 {
			continue
		}
		label := fmt.Sprintf("each%d", part)
		f.op("SUBS $%d, R3, R3", part)
		f.op("BLT %sLess", label)
		f.op("PCALIGN $16")
		f.label(label)
		body(part)
		f.op("SUBS $%d, R3, R3", part)
		f.op("BGE %s", label)
		f.label(label + "Less")
		f.op("ADDS $%d, R3, R3", part)
		f.op("BEQ done")
	}
	f.label("done")
	f.op("RET")
}

// neonLoadWords loads so many int16 to register v, or that and the next ones, neonStoreWords stores them. R9 is free for them.
func neonLoadWords(f *file, part, r, v int) {
	switch part {
	case 32:
		f.op("VLD1.P 64(R%d), [V%d.H8, V%d.H8, V%d.H8, V%d.H8]", r, v, v+1, v+2, v+3)
	case 8:
		f.op("FMOVQ.P 16(R%d), F%d", r, v)
	case 4:
		f.op("FMOVD.P 8(R%d), F%d", r, v)
	case 1:
		f.op("MOVHU.P 2(R%d), R9", r)
		f.op("FMOVS R9, F%d", v)
	}
}

func neonStoreWords(f *file, part, r, v int) {
	switch part {
	case 32:
		f.op("VST1.P [V%d.H8, V%d.H8, V%d.H8, V%d.H8], 64(R%d)", v, v+1, v+2, v+3, r)
	case 8:
		f.op("FMOVQ.P F%d, 16(R%d)", v, r)
	case 4:
		f.op("FMOVD.P F%d, 8(R%d)", v, r)
	case 1:
		f.op("VMOV V%d.H[0], R9", v)
		f.op("MOVH.P R9, 2(R%d)", r)
	}
}

// neonSigmoid is gemmlowp's logistic or tanh of int16, as sigmoid computes it. Slots X, N, P, T and S of neonMath hold x, the
// multiple of 1/4, the rest and its exponential, and what comes between.
func neonSigmoid(f *file, tanh bool) {
	name := "logisticWords"
	if tanh {
		name = "tanhWords"
	}
	const (
		quarter, below, bits, eighth, third = 131, 130, 129, 128, 127
		factor, most, two, gain, start      = 126, 125, 124, 123, 122
		bit, by                             = 121, 120
	)
	f.function(name+"NEON", "(dst, x *int16, n int, constants *sigmoidWords)", 32)
	for i, name := range []string{"dst", "x", "constants"} {
		f.op("MOVD %s+%d(FP), R%d", name, []int{0, 8, 24}[i], []int{0, 1, 4}[i])
	}
	f.op("MOVD n+16(FP), R3")
	word := func(reg, v int) {
		f.op("MOVD $%d, R5", v)
		f.op("VDUP R5, V%d.H8", reg-100)
	}
	field := func(reg, at int) {
		f.op("MOVHU %d(R4), R5", at)
		f.op("VDUP R5, V%d.H8", reg-100)
	}
	field(quarter, 0)
	f.op("SUB $1, R5")
	f.op("VDUP R5, V%d.H8", below-100)
	field(bits, 2)
	f.op("MOVHU 4(R4), R6") // factors
	field(gain, 34)
	field(start, 36)
	word(eighth, 4096)
	word(third, 10923)
	word(factor, 28918) // exp(-1/8)
	word(most, 32767)
	word(two, 8192)
	neonWordLoop(f, 4, func(part int) {
		m := &neonMath{file: f, vectors: 4, now: max(1, part/8)}
		times := func(to, a, b int) { m.do("SQRDMULH.8H", to, a, b) }
		neonLoadWords(f, part, 1, 0)
		m.do("ABS.8H", slotN, slotX)
		m.do("NEG.8H", slotN, slotN)
		m.goDo("VAND", "B16", below, slotN, slotP)
		m.goDo("VSUB", "H8", quarter, slotP, slotP) // rest
		m.goDo("VSUB", "H8", slotN, slotP, slotN)   // quarters
		m.do("SSHL.8H", slotP, slotP, bits)
		m.goDo("VADD", "H8", eighth, slotP, slotP)
		times(slotT, slotP, slotP) // x^2
		times(slotS, slotT, slotP) // x^3
		// x^4: not negative, so that (x^4/2+1)/2 is x^4/4 rounded. It takes a register after the other, as no slot is left.
		for v := range m.now {
			p, t, s := m.reg(slotP, v), m.reg(slotT, v), m.reg(slotS, v)
			f.neon("SQRDMULH.8H", bit-100, t, t)
			f.op("VUSHR $1, V%d.H8, V%d.H8", bit-100, bit-100)
			f.op("VEOR V%d.B16, V%d.B16, V%d.B16", by-100, by-100, by-100)
			f.neon("URHADD.8H", bit-100, bit-100, by-100)
			f.op("VADD V%d.H8, V%d.H8, V%d.H8", s, bit-100, bit-100)
			f.neon("SQRDMULH.8H", bit-100, bit-100, third-100)
			f.op("VADD V%d.H8, V%d.H8, V%d.H8", t, bit-100, bit-100)
			f.neon("URHADD.8H", bit-100, bit-100, by-100)
			f.op("VADD V%d.H8, V%d.H8, V%d.H8", bit-100, p, p)
		}
		times(slotP, slotP, factor)
		m.do("SQADD.8H", slotP, slotP, factor) // exp of the rest
		f.op("ADD $6, R4, R7")
		f.op("CBZ R6, multiplied%d", part)
		f.op("MOVD R6, R8")
		f.label(fmt.Sprintf("factor%d", part))
		f.op("VLD1R.P 2(R7), [V%d.H8]", bit-100)
		f.op("VLD1R.P 2(R7), [V%d.H8]", by-100)
		times(slotS, slotP, by)
		m.do("CMTST.8H", slotT, slotN, bit)
		m.pick(slotT, slotS, slotP)
		f.op("SUBS $1, R8, R8")
		f.op("BNE factor%d", part)
		f.label(fmt.Sprintf("multiplied%d", part))
		m.do("URHADD.8H", slotN, slotP, most) // (exp+1)/2
		times(slotT, slotN, gain)
		m.goDo("VADD", "H8", start, slotT, slotT)
		for range 3 {
			times(slotS, slotT, slotN)
			m.goDo("VSUB", "H8", slotS, two, slotS)
			times(slotS, slotS, slotT)
			m.do("SQADD.8H", slotS, slotS, slotS)
			m.do("SQADD.8H", slotS, slotS, slotS)
			m.goDo("VADD", "H8", slotS, slotT, slotT)
		}
		if tanh {
			m.goDo("VSUB", "H8", two, slotT, slotT)
			m.do("SQADD.8H", slotT, slotT, slotT)
			m.do("SQADD.8H", slotT, slotT, slotT)
			m.do("SSHR15.8H", slotN, slotX)
			m.goDo("VEOR", "B16", slotN, slotT, slotT)
			m.goDo("VSUB", "H8", slotN, slotT, slotT)
			m.do("CMTST.8H", slotX, slotX, slotX)
			m.goDo("VAND", "B16", slotT, slotX, slotX)
		} else {
			m.do("SQADD.8H", slotT, slotT, slotT)
			m.do("SSHR15.8H", slotN, slotX)
			for v := range m.now {
				f.op("VUSHR $1, V%d.H8, V%d.H8", m.reg(slotN, v), m.reg(slotN, v))
			}
			m.goDo("VEOR", "B16", slotN, slotT, slotT) // 32767-y
			m.do("CMEQ0.8H", slotN, slotX)
			f.op("VADD V%d.H8, V%d.H8, V%d.H8", two-100, two-100, bit-100)
			m.pick(slotN, bit, slotT)
			m.copy(slotT, slotX)
		}
		neonStoreWords(f, part, 0, 0)
	})
}

// neonDivideWords divides sums by a power of two, rounding halves away from zero: shift is a register of the negative exponent.
func neonDivideWords(f *file, shift int, sums ...int) {
	for _, s := range sums {
		f.neon("SSRA31.4S", s, s)
	}
	for _, s := range sums {
		f.neon("SRSHL.4S", s, s, shift)
	}
}

// neonUpdateWords: the shifted products fit int16, as one factor is not negative.
func neonUpdateWords(f *file) {
	f.function("updateWordsNEON", "(cell, forget, in, new *int16, n, shift, limit int)", 56)
	for i, name := range []string{"cell", "forget", "in", "new", "n", "shift", "limit"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, []int{0, 1, 2, 4, 3, 5, 6}[i])
	}
	f.op("MOVD R0, R7")
	f.op("NEG R5, R5")
	f.op("VDUP R5, V31.S4")
	f.op("MOVD $-15, R5")
	f.op("VDUP R5, V30.S4")
	f.op("VDUP R6, V29.H8")
	f.neon("NEG.8H", 28, 29)
	f.op("MOVD $32767, R5")
	f.op("VDUP R5, V27.H8")
	neonWordLoop(f, 1, func(part int) {
		neonLoadWords(f, part, 7, 0)
		neonLoadWords(f, part, 1, 1)
		f.op("VSUB V1.H8, V27.H8, V2.H8") // coupled
		f.op("CBZ R2, coupled%d", part)
		neonLoadWords(f, part, 2, 2)
		f.label(fmt.Sprintf("coupled%d", part))
		neonLoadWords(f, part, 4, 3)
		f.neon("SMULL.4S", 4, 0, 1)
		f.neon("SMULL2.4S", 5, 0, 1)
		f.neon("SMULL.4S", 6, 2, 3)
		f.neon("SMULL2.4S", 7, 2, 3)
		neonDivideWords(f, 30, 4, 5)
		neonDivideWords(f, 31, 6, 7)
		for _, s := range []int{4, 6} {
			f.neon("SQXTN.4H", s, s)
			f.neon("SQXTN2.8H", s, s+1)
		}
		f.neon("SQADD.8H", 0, 4, 6)
		f.op("CMP $0, R6")
		f.op("BLE open%d", part)
		f.neon("SMIN.8H", 0, 0, 29)
		f.neon("SMAX.8H", 0, 0, 28)
		f.label(fmt.Sprintf("open%d", part))
		neonStoreWords(f, part, 0, 0)
	})
}

// neonFactor loads a factor, three int32 arguments from offset on: V31 the multiplier, V30 the shift to the left, V29 that to the
// right, negative, V28 ones where there is one.
func neonFactor(f *file, offset int) {
	f.op("MOVW multiplier+%d(FP), R5", offset)
	f.op("VDUP R5, V31.S4")
	f.op("MOVW left+%d(FP), R5", offset+4)
	f.op("VDUP R5, V30.S4")
	f.op("MOVW right+%d(FP), R5", offset+8)
	f.op("NEG R5, R5")
	f.op("VDUP R5, V29.S4")
	f.neon("CMLT0.4S", 28, 29)
}

// neonTimes multiplies sums by the factor of neonFactor; it uses the register free.
func neonTimes(f *file, free int, sums ...int) {
	for _, s := range sums {
		f.neon("SSHL.4S", s, s, 30)
		f.neon("SQRDMULH.4S", s, s, 31)
		f.op("VAND V28.B16, V%d.B16, V%d.B16", s, free)
		f.neon("SSRA31.4S", s, free)
		f.neon("SRSHL.4S", s, s, 29)
	}
}

func neonHideWords(f *file) {
	f.function("hideWordsNEON", "(dst *int8, gate, x *int16, n int, multiplier, left, right, zero int32)", 48)
	for i, name := range []string{"dst", "gate", "x", "n"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	neonFactor(f, 32)
	f.op("MOVW zero+44(FP), R5")
	f.op("VDUP R5, V27.H8")
	neonWordLoop(f, 1, func(part int) {
		neonLoadWords(f, part, 1, 0)
		neonLoadWords(f, part, 2, 1)
		f.neon("SMULL.4S", 2, 0, 1)
		f.neon("SMULL2.4S", 3, 0, 1)
		neonTimes(f, 4, 2, 3)
		f.neon("SQXTN.4H", 2, 2)
		f.neon("SQXTN2.8H", 2, 3)
		f.neon("SQADD.8H", 2, 2, 27)
		f.neon("SQXTN.8B", 2, 2)
		switch part {
		case 8:
			f.op("FMOVD.P F2, 8(R0)")
		case 4:
			f.op("FMOVS.P F2, 4(R0)")
		default:
			f.op("VMOV V2.B[0], R9")
			f.op("MOVB.P R9, 1(R0)")
		}
	})
}

func neonAccumulateWords(f *file) {
	f.function("accumulateWordsNEON", "(z *int16, acc *int32, n int, multiplier, left, right int32)", 36)
	f.op("MOVD z+0(FP), R0")
	f.op("MOVD R0, R2")
	f.op("MOVD acc+8(FP), R1")
	f.op("MOVD n+16(FP), R3")
	neonFactor(f, 24)
	neonWordLoop(f, 1, func(part int) {
		switch part {
		case 8:
			f.op("VLD1.P 32(R1), [V2.S4, V3.S4]")
		case 4:
			f.op("FMOVQ.P 16(R1), F2")
		default:
			f.op("FMOVS.P 4(R1), F2")
		}
		neonLoadWords(f, part, 2, 0)
		neonTimes(f, 4, 2, 3)
		f.neon("SADDW.4S", 2, 2, 0)
		f.neon("SADDW2.4S", 3, 3, 0)
		f.neon("SQXTN.4H", 2, 2)
		f.neon("SQXTN2.8H", 2, 3)
		neonStoreWords(f, part, 0, 2)
	})
}
