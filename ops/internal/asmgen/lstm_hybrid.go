package main

// hybridLSTM writes a step of the LSTM with int8 weights and float32 states for tiles of 16 cells: the sums of the four gates, two
// registers each, are scaled, activated and merged into the cell state without leaving the registers. Offsets are those of
// hybrid's lstmArgs.
func hybridLSTM(f *file) {
	consts := &constants{name: "gateNumbers", values: mathConstants}
	s := newSIMD(variants[1], consts, 14)
	for _, key := range []string{"one", "expLeastNormal", "minus20"} {
		s.reg(key) // these have to be
	}
	flip := s.scalar()
	s.hybridStep(flip)
	f.function("stepLSTMVNNI512", "(args *lstmArgs)", 8)
	f.op("MOVQ args+0(FP), R15")
	f.op("MOVL $0x80808080, AX")
	f.op("VPBROADCASTD AX, %s", flip)
	s.emit(f)
	f.ret()
	consts.write(f)
}

func (s *simd) hybridStep(flip string) {
	s.op("MOVQ 0(R15), R8")   // weights
	s.op("MOVQ 40(R15), R10") // cell state
	s.op("MOVQ 48(R15), DI")  // new output state
	s.op("MOVQ 56(R15), R11") // tiles
	s.label("tile")
	s.op("MOVQ R8, R9") // bias and sums
	s.op("ADDQ $768, R8")
	for i, part := range []struct {
		name               string
		vector, zero, size int
	}{{"x", 8, 72, 80}, {"h", 24, 76, 96}} {
		for r := range 8 {
			s.op("VPXORD %[1]s, %[1]s, %[1]s", s.v(r))
		}
		s.op("MOVQ %d(R15), SI", part.vector)
		s.op("MOVQ %d(R15), CX", part.vector+8)
		s.hybridProducts(part.name, flip)
		for g := range 4 {
			s.op("VMOVDQU32 %d(R9), %s", 256*(1+i)+64*g, s.v(12))
			s.op("VPMULLD.BCST %d(R15), %[2]s, %[2]s", part.zero, s.v(12))
			s.op("VPADDD %s, %[2]s, %[2]s", s.v(4+g), s.v(g))
			s.op("VPSUBD %s, %[2]s, %[2]s", s.v(12), s.v(g))
			s.op("VCVTDQ2PS %[1]s, %[1]s", s.v(g))
			s.op("VMULPS.BCST %d(R15), %[2]s, %[2]s", part.size+4*g, s.v(g))
			if i == 0 {
				s.op("VADDPS %d(R9), %s, %s", 64*g, s.v(g), s.v(8+g))
			} else {
				s.op("VADDPS %s, %[2]s, %[2]s", s.v(g), s.v(8+g))
			}
		}
	}
	s.stepCell()
	s.op("ADDQ $64, R10")
	s.op("ADDQ $64, DI")
	s.op("DECQ R11")
	s.op("JNZ tile")
}

// hybridProducts adds the products of CX groups of four bytes from SI on with the weights from R8 on to registers 0 to 3, those
// of every other group to 4 to 7. The bytes get their top bits flipped, as one factor has to be unsigned.
func (s *simd) hybridProducts(name, flip string) {
	step := func(u int) {
		x := s.v(12 + u)
		s.op("VPXORD.BCST %d(SI), %s, %s", 4*u, flip, x)
		for g := range 4 {
			s.op("VPDPBUSD %d(R8), %s, %s", 256*u+64*g, x, s.v(4*u+g))
		}
	}
	s.op("SUBQ $2, CX")
	s.op("JLT rest%s", name)
	s.op("PCALIGN $32")
	s.label("loop" + name)
	step(0)
	step(1)
	s.op("ADDQ $8, SI")
	s.op("ADDQ $512, R8")
	s.op("SUBQ $2, CX")
	s.op("JGE loop%s", name)
	s.label("rest" + name)
	s.op("ADDQ $2, CX")
	s.op("JZ done%s", name)
	step(0)
	s.op("ADDQ $256, R8")
	s.label("done" + name)
}
