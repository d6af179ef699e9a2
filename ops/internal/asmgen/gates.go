package main

// floatLSTM writes a step of the float32 LSTM: the four gates of as many cells as a register has lanes are summed side by side,
// in two sets of registers for even and odd elements, and never leave them.
func floatLSTM(f *file) {
	consts := &constants{name: "gateNumbers", values: mathConstants}
	for _, v := range variants {
		s := newSIMD(v, consts, 12)
		for _, key := range []string{"one", "expLeastNormal", "minus20"} {
			s.reg(key) // these have to be
		}
		s.lstmStep()
		f.function("stepLSTMF32"+v.feature, "(args *lstmArgs)", 8)
		f.op("MOVQ args+0(FP), R15")
		s.emit(f)
		f.ret()
	}
	consts.write(f)
}

func (s *simd) lstmStep() {
	size := 4 * s.lanes       // bytes of a register
	s.op("MOVQ 0(R15), R8")   // weights
	s.op("MOVQ 40(R15), R10") // cell state
	s.op("MOVQ 48(R15), DI")  // new output state
	s.op("MOVQ 56(R15), R11") // tiles
	s.label("tile")
	for g := range 4 {
		s.op("VMOVUPS %d(R8), %s", g*size, s.v(8+g))
		s.zero(s.v(g))
	}
	s.op("ADDQ $%d, R8", 4*size)
	s.op("MOVQ 8(R15), SI")
	s.op("MOVQ 16(R15), CX")
	s.sumGates("x")
	s.op("MOVQ 24(R15), SI")
	s.op("MOVQ 32(R15), CX")
	s.sumGates("h")
	for g := range 4 {
		s.op("VADDPS %s, %[2]s, %[2]s", s.v(g), s.v(8+g))
	}
	s.stepCell()
	s.op("ADDQ $%d, R10", size)
	s.op("ADDQ $%d, DI", size)
	s.op("DECQ R11")
	s.op("JNZ tile")
}

// sumGates adds the products of CX elements from SI on with the weights to registers 8 to 11 and 0 to 3.
func (s *simd) sumGates(name string) {
	size := 4 * s.lanes
	step := func(u, first int) {
		b := s.v(4 + u&1)
		s.op("VBROADCASTSS %d(SI), %s", 4*u, b)
		for g := range 4 {
			s.op("VFMADD231PS %d(R8), %s, %s", (4*u+g)*size, b, s.v(first+g))
		}
	}
	s.op("SUBQ $4, CX")
	s.op("JLT rest%s", name)
	s.op("PCALIGN $32")
	s.label("loop" + name)
	for u := range 4 {
		step(u, []int{8, 0}[u&1])
	}
	s.op("ADDQ $16, SI")
	s.op("ADDQ $%d, R8", 16*size)
	s.op("SUBQ $4, CX")
	s.op("JGE loop%s", name)
	s.label("rest" + name)
	s.op("ADDQ $4, CX")
	s.op("JZ done%s", name)
	s.label("one" + name)
	step(0, 8)
	s.op("ADDQ $4, SI")
	s.op("ADDQ $%d, R8", 4*size)
	s.op("DECQ CX")
	s.op("JNZ one%s", name)
	s.label("done" + name)
}

// stepCell computes the new cell state at R10 and the output at DI from the sums of the gates, input, forget, cell and output, in
// registers 8 to 11; R15 has the arguments. It uses the registers up to 7 as well.
func (s *simd) stepCell() {
	apply := func(body func(s *simd), from int) {
		s.op("VMOVAPS %s, %s", s.v(from), s.v(0))
		body(s)
	}
	apply(tanhBody, 10)
	s.op("VMOVAPS %s, %s", s.v(0), s.v(10))
	apply(logisticBody, 8)
	s.op("VMULPS %s, %s, %s", s.v(10), s.v(0), s.v(10))
	apply(logisticBody, 9)
	s.op("VMULPS (R10), %s, %s", s.v(0), s.v(0))
	s.op("VADDPS %[1]s, %[2]s, %[1]s", s.v(0), s.v(10))
	// A NaN stays one: it is the second source.
	s.op("VBROADCASTSS 64(R15), %s", s.v(1))
	s.op("VBROADCASTSS 68(R15), %s", s.v(2))
	s.op("VMAXPS %[1]s, %[2]s, %[1]s", s.v(0), s.v(1))
	s.op("VMINPS %[1]s, %[2]s, %[1]s", s.v(0), s.v(2))
	s.op("VMOVUPS %s, (R10)", s.v(0))
	tanhBody(s)
	s.op("VMOVAPS %s, %s", s.v(0), s.v(10))
	apply(logisticBody, 11)
	s.op("VMULPS %[1]s, %[2]s, %[1]s", s.v(0), s.v(10))
	s.op("VMOVUPS %s, (DI)", s.v(0))
}
