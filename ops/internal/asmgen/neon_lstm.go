package main

import "fmt"

// neonLSTM writes a step of a float32 LSTM for tiles of 8 cells: see f32's LSTM and lstmArgs. The sums of the gates, two vectors
// each, are in V14 on; V22 and V23 hold the range of the cell state. R0 arguments, R1 weights, R2 along x and h, R3 elements of it
// left, R4 cell state, R5 new output state, R6 tiles left.
func neonLSTM(f *file) {
	const (
		sums                             = 14
		argsX, argsDepth, argsH          = 8, 16, 24
		argsUnits, argsC, argsDst        = 32, 40, 48
		argsTiles, argsLo                = 56, 64
		gateIn, gateForget, gateCell     = 0, 1, 2
		gateOut, vectors, weightsOfGates = 3, 2, 8
	)
	consts := &constants{name: "neonGates", values: mathConstants}
	m := &neonMath{file: &file{}, vectors: vectors, now: vectors, consts: consts}
	gate := func(g int) int { return 200 + sums + g*vectors }
	sigmoid := func(g int) {
		m.copy(gate(g), slotX)
		m.copy(slotX, slotS)
		m.sigmoid()
	}
	m.label("tile")
	weights := func(first int) {
		for i := range 2 {
			at := first + 4*i
			m.op("VLD1.P 64(R1), [V%d.S4, V%d.S4, V%d.S4, V%d.S4]", at, at+1, at+2, at+3)
		}
	}
	m.op("VLD1.P 64(R1), [V14.S4, V15.S4, V16.S4, V17.S4]")
	m.op("VLD1.P 64(R1), [V18.S4, V19.S4, V20.S4, V21.S4]")
	for _, part := range []struct {
		name      string
		x, length int
	}{{"x", argsX, argsDepth}, {"h", argsH, argsUnits}} {
		m.op("MOVD %d(R0), R2", part.x)
		m.op("MOVD %d(R0), R3", part.length)
		m.op("SUBS $4, R3, R3")
		m.op("BLT %sRest", part.name)
		m.op("PCALIGN $16")
		m.label(part.name + "Four")
		m.op("FMOVQ.P 16(R2), F8")
		for e := range 4 {
			weights(0)
			for i := range weightsOfGates {
				m.neon(fmt.Sprintf("FMLA.4S[%d]", e), sums+i, i, 8)
			}
		}
		m.op("SUBS $4, R3, R3")
		m.op("BGE %sFour", part.name)
		m.label(part.name + "Rest")
		m.op("ADDS $4, R3, R3")
		m.op("BEQ %sDone", part.name)
		m.label(part.name + "One")
		m.op("FMOVS.P 4(R2), F8")
		weights(0)
		for i := range weightsOfGates {
			m.neon("FMLA.4S[0]", sums+i, i, 8)
		}
		m.op("SUBS $1, R3, R3")
		m.op("BNE %sOne", part.name)
		m.label(part.name + "Done")
	}
	sigmoid(gateIn)
	m.copy(slotX, slotU)
	m.copy(gate(gateCell), slotX)
	m.tanh()
	m.do("FMUL.4S", slotV, slotX, slotU)
	sigmoid(gateForget)
	m.op("VLD1 (R4), [V%d.S4, V%d.S4]", m.reg(slotU, 0), m.reg(slotU, 1))
	m.do("FMLA.4S", slotV, slotX, slotU)
	m.do("FMAX.4S", slotV, slotV, 100+22)
	m.do("FMIN.4S", slotV, slotV, 100+23)
	m.op("VST1.P [V%d.S4, V%d.S4], 32(R4)", m.reg(slotV, 0), m.reg(slotV, 1))
	sigmoid(gateOut)
	m.copy(slotX, slotU)
	m.copy(slotV, slotX)
	m.tanh()
	m.do("FMUL.4S", slotX, slotX, slotU)
	m.op("VST1.P [V%d.S4, V%d.S4], 32(R5)", m.reg(slotX, 0), m.reg(slotX, 1))
	m.op("SUBS $1, R6, R6")
	m.op("BNE tile")

	f.function("stepLSTMF32NEON", "(args *lstmArgs)", 8)
	f.op("MOVD args+0(FP), R0")
	f.op("MOVD (R0), R1")
	f.op("MOVD %d(R0), R4", argsC)
	f.op("MOVD %d(R0), R5", argsDst)
	f.op("MOVD %d(R0), R6", argsTiles)
	for i := range 2 {
		f.op("MOVWU %d(R0), R3", argsLo+4*i)
		f.op("VDUP R3, V%d.S4", 22+i)
	}
	m.emit(f)
	f.op("RET")
	writeNeonConstants(f, consts)
}
