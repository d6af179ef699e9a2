package main

// arithmetic lists the elementwise float32 operations of two operands. body combines register 0, from a, with operand b, a
// register or memory, into register 0.
var arithmetic = []struct {
	name string
	// oneA: there is a form with a single number in place of a. clamps: results are limited to [lo, hi].
	oneA, clamps bool
	body         func(s *simd, b string)
}{
	{"add", false, true, func(s *simd, b string) { s.op("VADDPS %s, %[2]s, %[2]s", b, s.v(0)) }},
	{"sub", true, true, func(s *simd, b string) { s.op("VSUBPS %s, %[2]s, %[2]s", b, s.v(0)) }},
	{"mul", false, true, func(s *simd, b string) { s.op("VMULPS %s, %[2]s, %[2]s", b, s.v(0)) }},
	{"div", true, true, func(s *simd, b string) { s.op("VDIVPS %s, %[2]s, %[2]s", b, s.v(0)) }},
	// These return their first operand here, b, where either is a NaN or both are 0.
	{"max", true, false, func(s *simd, b string) { s.op("VMAXPS %s, %[2]s, %[2]s", b, s.v(0)) }},
	{"min", true, false, func(s *simd, b string) { s.op("VMINPS %s, %[2]s, %[2]s", b, s.v(0)) }},
	{"squaredDifference", false, false, func(s *simd, b string) {
		s.op("VSUBPS %s, %[2]s, %[2]s", b, s.v(0))
		s.op("VMULPS %[1]s, %[1]s, %[1]s", s.v(0))
	}},
	{"prelu", false, false, func(s *simd, b string) { slope(s, b, 29) }},     // unless x >= 0
	{"leakyRelu", false, false, func(s *simd, b string) { slope(s, b, 30) }}, // unless x > 0
}

// slope multiplies register 0 by b where it does not compare with 0. Predicates 29 and 30 are >= and >, false for NaNs.
func slope(s *simd, b string, predicate int) {
	if s.wide() {
		s.op("VMULPS %s, %s, %s", b, s.v(0), s.v(1))
		s.op("VCMPPS $%d, %s, %s, K2", predicate, s.v(6), s.v(0))
		s.op("VBLENDMPS %s, %s, K2, %[3]s", s.v(0), s.v(1), s.v(0))
		return
	}
	s.op("VMULPS %s, %s, %s", b, s.v(0), s.v(1))
	s.op("VCMPPS $%d, %s, %s, %s", predicate, s.v(6), s.v(0), s.v(2))
	s.op("VBLENDVPS %s, %s, %s, %[4]s", s.v(2), s.v(0), s.v(1), s.v(0))
}

func writeArithmetic(f *file) {
	consts := &constants{name: "operands", values: map[string]uint32{"magnitude": 1<<31 - 1, "sign": 1 << 31}}
	for _, o := range arithmetic {
		for _, v := range variants {
			if o.name != "leakyRelu" { // whose slope is one number
				writeBinary(f, consts, v, o.name, "", o.clamps, o.body)
			}
			if o.oneA {
				writeBinary(f, consts, v, o.name, "a", o.clamps, o.body)
			}
			writeBinary(f, consts, v, o.name, "b", o.clamps, o.body)
		}
	}
	for _, v := range variants {
		writeClamp(f, consts, v)
		for _, u := range []struct {
			name string
			body func(s *simd)
		}{
			{"abs", func(s *simd) { s.and(s.c("magnitude"), s.v(0), s.v(0)) }},
			{"neg", func(s *simd) { s.xor(s.c("sign"), s.v(0), s.v(0)) }},
			{"square", func(s *simd) { s.op("VMULPS %[1]s, %[1]s, %[1]s", s.v(0)) }},
		} {
			s := newSIMD(v, consts, 8)
			s.loop(s.v(7), []string{"SI", "DI"}, func() {
				s.load("(SI)", s.v(0), s.v(7))
				u.body(s)
				s.store(s.v(0), "(DI)", s.v(7))
			})
			f.function(u.name+"F32"+v.feature, "(dst, x *float32, n int)", 24)
			f.op("MOVQ dst+0(FP), DI")
			f.op("MOVQ x+8(FP), SI")
			f.op("MOVQ n+16(FP), CX")
			s.emit(f)
			f.ret()
		}
	}
	if len(consts.keys) > 0 {
		consts.write(f)
	}
	writeLaneNumbers(f)
}

// writeBinary writes an operation; one names the operand, if any, that is a single number.
func writeBinary(f *file, consts *constants, v variant, name, one string, clamps bool, body func(s *simd, b string)) {
	s := newSIMD(v, consts, 8)
	single, lo, hi := s.scalar(), s.scalar(), s.scalar()
	advance := []string{"DI"}
	if one != "a" {
		advance = append(advance, "SI")
	}
	if one != "b" {
		advance = append(advance, "DX")
	}
	step := func() {
		if one == "a" {
			s.op("VMOVAPS %s, %s", single, s.v(0))
		} else {
			s.load("(SI)", s.v(0), s.v(7))
		}
		switch {
		case one == "b":
			body(s, single)
		case s.masked:
			s.load("(DX)", s.v(3), s.v(7))
			body(s, s.v(3))
		default:
			s.op("VMOVUPS (DX), %s", s.v(3))
			body(s, s.v(3))
		}
		if clamps {
			s.op("VMAXPS %[2]s, %[1]s, %[2]s", lo, s.v(0))
			s.op("VMINPS %[2]s, %[1]s, %[2]s", hi, s.v(0))
		}
		s.store(s.v(0), "(DI)", s.v(7))
	}
	s.loop(s.v(7), advance, step)
	switch one {
	case "a":
		name = "one" + string(name[0]-32) + name[1:]
	case "b":
		name += "One"
	}
	if clamps {
		f.function(name+"F32"+v.feature, "(dst, a, b *float32, n int, lo, hi float32)", 40)
	} else {
		f.function(name+"F32"+v.feature, "(dst, a, b *float32, n int)", 32)
	}
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ a+8(FP), SI")
	f.op("MOVQ b+16(FP), DX")
	f.op("MOVQ n+24(FP), CX")
	if clamps {
		f.op("VBROADCASTSS lo+32(FP), %s", lo)
		f.op("VBROADCASTSS hi+36(FP), %s", hi)
	} else {
		f.zero(s.v(6))
	}
	switch one {
	case "a":
		f.op("VBROADCASTSS (SI), %s", single)
	case "b":
		f.op("VBROADCASTSS (DX), %s", single)
	}
	s.emit(f)
	f.ret()
}

// writeClamp writes dst = min(max(x, lo), hi); VMAXPS and VMINPS return their first operand here, x, where it is a NaN.
func writeClamp(f *file, consts *constants, v variant) {
	s := newSIMD(v, consts, 8)
	lo, hi := s.scalar(), s.scalar()
	s.loop(s.v(7), []string{"SI", "DI"}, func() {
		s.load("(SI)", s.v(0), s.v(7))
		s.op("VMAXPS %[2]s, %[1]s, %[2]s", lo, s.v(0))
		s.op("VMINPS %[2]s, %[1]s, %[2]s", hi, s.v(0))
		s.store(s.v(0), "(DI)", s.v(7))
	})
	f.function("clampF32"+v.feature, "(dst, x *float32, n int, lo, hi float32)", 32)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("VBROADCASTSS lo+24(FP), %s", lo)
	f.op("VBROADCASTSS hi+28(FP), %s", hi)
	s.emit(f)
	f.ret()
}
