package main

// writeExpSum writes the exponentials of (x-top)*beta, with or without storing them, and returns their sum. Exponentials below
// 2^-126 are 0 before anything computes with them: a subnormal number, be it an operand or a result, costs many processors
// more than a hundred cycles.
func writeExpSum(f *file, consts *constants, v variant, stores bool) {
	s := newSIMD(v, consts, 8)
	top, beta, sum := s.scalar(), s.scalar(), s.v(6)
	advance := []string{"SI"}
	if stores {
		advance = append(advance, "DI")
	}
	s.loop(s.v(7), advance, func() {
		s.load("(SI)", s.v(0), s.v(7))
		s.expShifted(top, beta)
		if stores {
			s.store(s.v(0), "(DI)", s.v(7))
		}
		s.addTo(sum)
	})
	s.fold(6, 0, "VADDPS", "VADDSS")
	if stores {
		f.function("expSumF32"+v.feature, "(dst, x *float32, n int, top, beta float32) float32", 36)
		f.op("MOVQ dst+0(FP), DI")
		f.op("MOVQ x+8(FP), SI")
		f.op("MOVQ n+16(FP), CX")
		f.op("VBROADCASTSS top+24(FP), %s", top)
		f.op("VBROADCASTSS beta+28(FP), %s", beta)
		s.op("VMOVSS X6, ret+32(FP)")
	} else {
		f.function("sumExpF32"+v.feature, "(x *float32, n int, top, beta float32) float32", 28)
		f.op("MOVQ x+0(FP), SI")
		f.op("MOVQ n+8(FP), CX")
		f.op("VBROADCASTSS top+16(FP), %s", top)
		f.op("VBROADCASTSS beta+20(FP), %s", beta)
		s.op("VMOVSS X6, ret+24(FP)")
	}
	f.zero(sum)
	s.emit(f)
	f.ret()
}

// expShifted replaces register 0 by the exponential of (it - top)*beta; it uses the registers up to 5.
func (s *simd) expShifted(top, beta string) {
	s.op("VSUBPS %s, %[2]s, %[2]s", top, s.v(0))
	s.op("VMULPS %s, %[2]s, %[2]s", beta, s.v(0))
	s.op("VMINPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("expMost"))
	s.expNormal(s.v(5))
}

// addTo adds the lanes that exist of register 0 to a sum; the mask of a tail is K1 or register 7.
func (s *simd) addTo(sum string) {
	switch {
	case !s.masked:
		s.op("VADDPS %s, %[2]s, %[2]s", s.v(0), sum)
	case s.wide():
		s.op("VADDPS %s, %[2]s, K1, %[2]s", s.v(0), sum)
	default:
		s.op("VANDPS %s, %[2]s, %[2]s", s.v(7), s.v(0))
		s.op("VADDPS %s, %[2]s, %[2]s", s.v(0), sum)
	}
}

// writeSoftmaxRows writes the softmax of rows of R8 elements, at least a vector of them: the largest, exponentials and their sum,
// quotients. A kernel for each of the three steps spends as long on waiting for its last result as on a row of some vectors;
// here the processor begins with the next row meanwhile.
//
// The last vector of a row ends where the row does and stays in a register; the lanes that it shares with the one before it are
// not added up twice. A mask would reach into the next row, whose loads then wait for the store, in place, to get to the cache.
//
//	DI dst   SI x   R9 rows left   R10, R11 places in the row   R12 bytes of a row   R13 vectors before the last one
func writeSoftmaxRows(f *file, consts *constants, v variant) {
	s := newSIMD(v, consts, 8)
	beta, top, last, sum := s.scalar(), s.scalar(), s.scalar(), s.v(6)
	scale, least := s.v(2), s.v(3)
	pass := func(name string, advance []string, body func()) {
		s.op("MOVQ R13, CX")
		s.op("TESTQ CX, CX")
		s.op("JEQ %sDone", name)
		s.label(name)
		body()
		for _, p := range advance {
			s.op("ADDQ $%d, %s", 4*s.lanes, p)
		}
		s.op("DECQ CX")
		s.op("JNZ %s", name)
		s.label(name + "Done")
	}
	s.op("LEAQ -1(R8), R13")
	s.op("SHRQ $%d, R13", map[int]int{8: 3, 16: 4}[s.lanes])
	s.op("LEAQ -1(R8), CX")
	s.op("ANDQ $%d, CX", s.lanes-1)
	s.op("XORQ $%d, CX", s.lanes-1) // lanes that the last vector shares
	if s.wide() {
		s.op("MOVL $0xffff, AX")
		s.op("SHLL CX, AX")
		s.op("KMOVW AX, K1")
	} else {
		s.op("DECQ CX")
		s.op("VMOVQ CX, X7")
		s.op("VPBROADCASTD X7, Y7")
		s.op("VMOVDQU laneNumbers<>(SB), Y0")
		s.op("VPCMPGTD Y7, Y0, Y7")
	}
	s.label("row")
	s.op("VMOVUPS -%d(SI)(R12*1), %s", 4*s.lanes, last)
	s.op("VMAXPS %s, %s, %s", s.reg("least"), last, sum)
	s.op("MOVQ SI, R10")
	pass("largest", []string{"R10"}, func() {
		s.load("(R10)", s.v(0), "")
		s.op("VMAXPS %[2]s, %[1]s, %[2]s", s.v(0), sum)
	})
	s.fold(6, 0, "VMAXPS", "VMAXSS")
	s.op("VBROADCASTSS X6, %s", top)

	s.op("MOVQ SI, R10")
	s.op("MOVQ DI, R11")
	s.zero(sum)
	pass("exponential", []string{"R10", "R11"}, func() {
		s.load("(R10)", s.v(0), "")
		s.expShifted(top, beta)
		s.store(s.v(0), "(R11)", "")
		s.addTo(sum)
	})
	s.op("VMOVAPS %s, %s", last, s.v(0))
	s.expShifted(top, beta)
	s.op("VMOVAPS %s, %s", s.v(0), last)
	s.masked = true
	s.addTo(sum)
	s.masked = false
	s.fold(6, 0, "VADDPS", "VADDSS")

	s.sumToScale()
	s.op("MOVQ DI, R11")
	pass("quotient", []string{"R11"}, func() {
		s.load("(R11)", s.v(0), "")
		s.scaleNormal(scale, least)
		s.store(s.v(0), "(R11)", "")
	})
	s.op("VMOVAPS %s, %s", last, s.v(0))
	s.scaleNormal(scale, least)
	s.op("VMOVUPS %s, -%d(DI)(R12*1)", s.v(0), 4*s.lanes)

	s.op("ADDQ R12, SI")
	s.op("ADDQ R12, DI")
	s.op("DECQ R9")
	s.op("JNZ row")
	f.function("softmaxRowsF32"+v.feature, "(dst, x *float32, rows, depth int, beta float32)", 36)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ rows+16(FP), R9")
	f.op("MOVQ depth+24(FP), R8")
	f.op("LEAQ (R8*4), R12")
	f.op("VBROADCASTSS beta+32(FP), %s", beta)
	s.emit(f)
	f.ret()
}

// writeSoftmaxFew writes the softmax of a single row of fewer elements than a vector has.
func writeSoftmaxFew(f *file, consts *constants, v variant) {
	s := newSIMD(v, consts, 8)
	beta, top, all, sum := s.scalar(), s.scalar(), s.scalar(), s.v(6)
	s.tailMask(s.v(7))
	s.masked = true
	s.loadOrLeast("(SI)")
	s.op("VMOVAPS %s, %s", s.v(0), all)
	s.op("VMAXPS %s, %s, %s", s.reg("least"), s.v(0), sum)
	s.fold(6, 0, "VMAXPS", "VMAXSS")
	s.op("VBROADCASTSS X6, %s", top)
	s.op("VMOVAPS %s, %s", all, s.v(0))
	s.expShifted(top, beta)
	s.op("VMOVAPS %s, %s", s.v(0), all)
	s.zero(sum)
	s.addTo(sum)
	s.fold(6, 0, "VADDPS", "VADDSS")
	s.sumToScale()
	s.op("VMOVAPS %s, %s", all, s.v(0))
	s.scaleNormal(s.v(2), s.v(3))
	s.store(s.v(0), "(DI)", s.v(7))
	f.function("softmaxFewF32"+v.feature, "(dst, x *float32, n int, beta float32)", 28)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("VBROADCASTSS beta+24(FP), %s", beta)
	s.emit(f)
	f.ret()
}

// sumToScale makes of the sum in X6 what scaleNormal takes, in registers 2 and 3.
func (s *simd) sumToScale() {
	s.op("VMULSS %s, X6, X3", s.consts.at("leastQuotient"))
	s.op("VMOVSS %s, X2", s.consts.at("one"))
	s.op("VDIVSS X6, X2, X2")
	s.op("VBROADCASTSS X2, %s", s.v(2))
	s.op("VBROADCASTSS X3, %s", s.v(3))
}

// expNormal replaces register 0, not above expMost, by its exponential, or by 0 where that is below 2^-126; it uses the
// registers up to 4, and another one for a mask.
func (s *simd) expNormal(mask string) {
	s.atLeast(s.v(0), s.reg("expLeastNormal"), mask)
	s.op("VMAXPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("expLeastNormal"))
	s.reduceExp()
	s.expScaled()
	s.clear(s.v(0), mask)
}

// atLeast makes a mask of the lanes of a that are not less than those of b, NaNs among them, in K2 or in register to.
func (s *simd) atLeast(a, b, to string) { s.mask(21, a, b, to) }

// atMost makes a mask of the lanes of a that are not greater than those of b, NaNs among them.
func (s *simd) atMost(a, b, to string) { s.mask(26, a, b, to) }

func (s *simd) mask(predicate int, a, b, to string) {
	if s.wide() {
		s.op("VCMPPS $%d, %s, %s, K2", predicate, b, a)
		return
	}
	s.op("VCMPPS $%d, %s, %s, %s", predicate, b, a, to)
}

// clear puts 0 into the lanes of a register that such a mask leaves out.
func (s *simd) clear(r, mask string) {
	if s.wide() {
		s.op("VMOVAPS.Z %[1]s, K2, %[1]s", r)
		return
	}
	s.op("VANDPS %s, %[2]s, %[2]s", mask, r)
}

// writeScaleNormal writes dst = x*scale, with 0 for the numbers below least, which are not multiplied.
func writeScaleNormal(f *file, consts *constants, v variant) {
	s := newSIMD(v, consts, 8)
	scale, least := s.scalar(), s.scalar()
	s.loop(s.v(7), []string{"SI", "DI"}, func() {
		s.load("(SI)", s.v(0), s.v(7))
		s.scaleNormal(scale, least)
		s.store(s.v(0), "(DI)", s.v(7))
	})
	f.function("scaleNormalF32"+v.feature, "(dst, x *float32, n int, scale, least float32)", 32)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("VBROADCASTSS scale+24(FP), %s", scale)
	f.op("VBROADCASTSS least+28(FP), %s", least)
	s.emit(f)
	f.ret()
}

// scaleNormal multiplies register 0, or makes it 0 where it is below least; it uses register 1.
func (s *simd) scaleNormal(scale, least string) {
	s.atLeast(s.v(0), least, s.v(1))
	s.clear(s.v(0), s.v(1))
	s.op("VMULPS %s, %[2]s, %[2]s", scale, s.v(0))
}
