package main

// neonExpSum writes the exponentials of (x-top)*beta, with or without storing them, and returns their sum. Exponentials
// below 2^-126 are 0, as in writeExpSum.
func neonExpSum(f *file, consts *constants, stores bool) {
	const sum = slotS
	m := &neonMath{file: &file{}, vectors: 4, consts: consts}
	const top, beta = 100 + 31, 100 + 30 // the first places of constants
	m.held = []string{"top", "beta"}
	m.each(func() { m.move(1, true) }, func() {
		m.do("FSUB.4S", slotX, slotX, top)
		m.do("FMUL.4S", slotX, slotX, beta)
		m.clampExp(true)
		m.exp()
		m.do("FCMGT.4S", slotT, m.c("leastNormal"), slotX)
		m.pick(slotT, m.c("zero"), slotX)
	}, func() {
		if stores {
			m.move(0, false)
		}
		if m.single {
			m.op("FMOVS F0, F0") // clears the other lanes
		}
		m.do("FADD.4S", sum, sum, slotX)
	})
	if stores {
		f.function("expSumF32NEON", "(dst, x *float32, n int, top, beta float32) float32", 36)
		f.op("MOVD dst+0(FP), R0")
		f.op("MOVD x+8(FP), R1")
		f.op("MOVD n+16(FP), R3")
		f.op("MOVW top+24(FP), R4")
		f.op("MOVW beta+28(FP), R5")
	} else {
		f.function("sumExpF32NEON", "(x *float32, n int, top, beta float32) float32", 28)
		f.op("MOVD x+0(FP), R1")
		f.op("MOVD n+8(FP), R3")
		f.op("MOVW top+16(FP), R4")
		f.op("MOVW beta+20(FP), R5")
	}
	f.op("MOVD $%s<>(SB), R7", consts.name)
	for i, key := range m.held {
		if i < 2 {
			f.op("VDUP R%d, V%d.S4", 4+i, 31-i)
			continue
		}
		f.op("FMOVQ %d(R7), F%d", consts.offset(key)/2, 31-i)
	}
	for v := range 4 {
		r := m.reg(sum, v)
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", r, r, r)
	}
	f.text.Write(m.text.Bytes())
	neonFoldSum(f, m.reg(sum, 0))
	f.op("FMOVS F%d, ret+%d(FP)", m.reg(sum, 0), map[bool]int{true: 32, false: 24}[stores])
	f.op("RET")
}

// neonScaleNormal writes dst = x*scale, with 0 for the numbers below least.
func neonScaleNormal(f *file, consts *constants) {
	m := &neonMath{file: &file{}, vectors: 4, consts: consts}
	const scale, least, zero = 100 + 31, 100 + 30, 100 + 29
	m.each(func() { m.move(1, true) }, func() {
		m.do("FCMGT.4S", slotT, least, slotX)
		m.pick(slotT, zero, slotX)
		m.do("FMUL.4S", slotX, slotX, scale)
	}, func() { m.move(0, false) })
	f.function("scaleNormalF32NEON", "(dst, x *float32, n int, scale, least float32)", 32)
	f.op("MOVD dst+0(FP), R0")
	f.op("MOVD x+8(FP), R1")
	f.op("MOVD n+16(FP), R3")
	f.op("MOVW scale+24(FP), R4")
	f.op("MOVW least+28(FP), R5")
	f.op("VDUP R4, V31.S4")
	f.op("VDUP R5, V30.S4")
	f.op("VEOR V29.B16, V29.B16, V29.B16")
	f.text.Write(m.text.Bytes())
	f.op("RET")
}

// neonFoldSum adds up the lanes of four registers from r on in the first lane of r.
func neonFoldSum(f *file, r int) {
	f.neon("FADD.4S", r, r, r+1)
	f.neon("FADD.4S", r+2, r+2, r+3)
	f.neon("FADD.4S", r, r, r+2)
	f.neon("FADDP.4S", r, r, r)
	f.neon("FADDP.4S", r, r, r)
}

// neonLargest finds a maximum, passing over NaNs.
func neonLargest(f *file, consts *constants) {
	m := &neonMath{file: &file{}, vectors: 4, consts: consts}
	m.each(func() {
		m.move(1, true)
		if m.single {
			m.op("VDUP V0.S[0], V0.S4")
		}
	}, func() {
		m.do("FCMGT.4S", slotN, slotX, slotS)
		m.pick(slotN, slotX, slotS)
	}, func() {})
	f.function("largestF32NEON", "(x *float32, n int) float32", 20)
	f.op("MOVD x+0(FP), R1")
	f.op("MOVD n+8(FP), R3")
	f.op("MOVD $%s<>(SB), R7", consts.name)
	s := m.reg(slotS, 0)
	for v := range 4 {
		f.op("FMOVQ %d(R7), F%d", consts.offset("least")/2, s+v)
	}
	f.text.Write(m.text.Bytes())
	f.neon("FMAXNM.4S", s, s, s+1)
	f.neon("FMAXNM.4S", s+2, s+2, s+3)
	f.neon("FMAXNM.4S", s, s, s+2)
	f.neon("FMAXNMP.4S", s, s, s)
	f.neon("FMAXNMP.4S", s, s, s)
	f.op("FMOVS F%d, ret+16(FP)", s)
	f.op("RET")
}

// neonSum adds up numbers in four registers, then those.
func neonSum(f *file, consts *constants) {
	m := &neonMath{file: &file{}, vectors: 4, consts: consts}
	m.each(func() { m.move(1, true) }, func() { m.do("FADD.4S", slotS, slotS, slotX) }, func() {})
	f.function("sumF32NEON", "(x *float32, n int) float32", 20)
	f.op("MOVD x+0(FP), R1")
	f.op("MOVD n+8(FP), R3")
	s := m.reg(slotS, 0)
	for v := range 4 {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", s+v, s+v, s+v)
	}
	f.text.Write(m.text.Bytes())
	neonFoldSum(f, s)
	f.op("FMOVS F%d, ret+16(FP)", s)
	f.op("RET")
}
