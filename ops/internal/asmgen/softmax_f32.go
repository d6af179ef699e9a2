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
		s.op("VSUBPS %s, %[2]s, %[2]s", top, s.v(0))
		s.op("VMULPS %s, %[2]s, %[2]s", beta, s.v(0))
		s.op("VMINPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("expMost"))
		s.expNormal(s.v(5))
		if stores {
			s.store(s.v(0), "(DI)", s.v(7))
		}
		switch {
		case !s.masked:
			s.op("VADDPS %s, %[2]s, %[2]s", s.v(0), sum)
		case s.wide():
			s.op("VADDPS %s, %[2]s, K1, %[2]s", s.v(0), sum)
		default:
			s.op("VANDPS %s, %[2]s, %[2]s", s.v(7), s.v(0))
			s.op("VADDPS %s, %[2]s, %[2]s", s.v(0), sum)
		}
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
		s.atLeast(s.v(0), least, s.v(1))
		s.clear(s.v(0), s.v(1))
		s.op("VMULPS %s, %[2]s, %[2]s", scale, s.v(0))
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
