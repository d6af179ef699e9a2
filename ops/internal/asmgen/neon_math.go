package main

import (
	"fmt"
	"slices"
)

// neonMath writes the loops of the float32 functions for arm64. Numbers live in slots of a register for each of the vectors that
// are computed side by side, from V0 up; constants that instructions name are in registers, from V31 down; R7 points to all of
// them. The polynomials and reductions are those of the amd64 kernels: see mathConstants and the bodies beside unaryBodies.
type neonMath struct {
	*file
	vectors int  // side by side: 4 or 2
	now     int  // in this part of the loop
	single  bool // it has one element
	consts  *constants
	held    []string // from V31 down
}

// Slots that bodies share.
const (
	slotX = iota
	slotN // powers of two
	slotP // polynomials, which are evaluated by turns here
	slotT // and here
	slotS // the argument
	slotU
	slotV
)

// reg is the register of vector v of an operand: a slot, 100 and a register that all vectors share, or 200 and the register of
// the first vector.
func (m *neonMath) reg(slot, v int) int {
	switch {
	case slot >= 200:
		return slot - 200 + v
	case slot >= 100:
		return slot - 100
	}
	return slot*m.vectors + v
}

// c is a constant in a register, as an operand beside slots.
func (m *neonMath) c(key string) int {
	m.consts.offset(key)
	i := slices.Index(m.held, key)
	if i < 0 {
		i = len(m.held)
		m.held = append(m.held, key)
	}
	return 100 + 31 - i
}

// do writes an instruction for every vector.
func (m *neonMath) do(name string, d, n int, more ...int) {
	for v := range m.now {
		regs := []int{}
		for _, s := range more {
			regs = append(regs, m.reg(s, v))
		}
		m.neon(name, m.reg(d, v), m.reg(n, v), regs...)
	}
}

// goDo writes an instruction that Go's assembler has, sources in its order, then the destination.
func (m *neonMath) goDo(name, arrangement string, slots ...int) {
	for v := range m.now {
		text := name
		for i, s := range slots {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(" V%d.%s", m.reg(s, v), arrangement)
		}
		m.op("%s", text)
	}
}

// shift shifts by a number of bits.
func (m *neonMath) shift(name string, bits, from, to int) {
	for v := range m.now {
		m.op("%s $%d, V%d.S4, V%d.S4", name, bits, m.reg(from, v), m.reg(to, v))
	}
}

func (m *neonMath) copy(from, to int) { m.goDo("VMOV", "B16", from, to) }

// set sets a slot to a constant.
func (m *neonMath) set(key string, to int) {
	for v := range m.now {
		m.op("FMOVQ %d(R7), F%d", m.consts.offset(key)/2, m.reg(to, v))
	}
}

// pick leaves in to what slot yes has where mask has ones.
func (m *neonMath) pick(mask, yes, to int) { m.goDo("VBIT", "B16", mask, yes, to) }

// keep leaves in to what slot no has where mask has zeros.
func (m *neonMath) keep(mask, no, to int) { m.goDo("VBIF", "B16", mask, no, to) }

// horner evaluates a polynomial of a slot, coefficients from the highest, and returns the slot of the result, P or T.
func (m *neonMath) horner(x int, keys ...string) int {
	p, t := slotP, slotT
	m.set(keys[0], p)
	for _, key := range keys[1:] {
		m.set(key, t)
		m.do("FMLA.4S", t, p, x)
		p, t = t, p
	}
	return p
}

// clampExp limits X to the arguments for which e^x is neither 0 nor infinite, and lets NaNs pass.
func (m *neonMath) clampExp(above bool) {
	if above {
		m.do("FMIN.4S", slotX, slotX, m.c("expMost"))
	}
	m.do("FMAX.4S", slotX, slotX, m.c("expLeast"))
}

// reduceExp splits X = n ln2 + r into r, in place, and n, in N.
func (m *neonMath) reduceExp() {
	m.do("FMUL.4S", slotN, slotX, m.c("log2e"))
	m.do("FRINTN.4S", slotN, slotN)
	m.do("FMLS.4S", slotX, slotN, m.c("ln2Hi"))
	m.do("FMLS.4S", slotX, slotN, m.c("ln2Lo"))
}

// expm1 leaves e^r - 1 in X, where r is.
func (m *neonMath) expm1() {
	p := m.horner(slotX, "exp4", "exp3", "exp2", "exp1", "exp0")
	m.do("FMUL.4S", slotT, slotX, slotX)
	m.do("FMLA.4S", slotX, p, slotT)
}

// expScaled leaves 2^n e^r in X, r being there and n in N: 2^n in two factors, as n may leave the range of exponents.
func (m *neonMath) expScaled() {
	m.expm1()
	m.do("FADD.4S", slotX, slotX, m.c("one"))
	m.do("FCVTNS.4S", slotN, slotN)
	m.do("SSHR1.4S", slotT, slotN)
	m.goDo("VSUB", "S4", slotT, slotN, slotN)
	m.shift("VSHL", 23, slotT, slotT)
	m.shift("VSHL", 23, slotN, slotN)
	m.goDo("VADD", "S4", m.c("one"), slotT, slotT)
	m.goDo("VADD", "S4", m.c("one"), slotN, slotN)
	m.do("FMUL.4S", slotX, slotX, slotT)
	m.do("FMUL.4S", slotX, slotX, slotN)
}

// exp replaces X, clamped, by its exponential.
func (m *neonMath) exp() {
	m.reduceExp()
	m.expScaled()
}

// sigmoid replaces X, of which S is a copy, by its logistic function e^-|x| / (1 + e^-|x|) or 1 / (1 + e^-|x|).
func (m *neonMath) sigmoid() {
	m.goDo("VORR", "B16", m.c("sign"), slotX, slotX)
	m.clampExp(false)
	m.exp()
	m.do("FADD.4S", slotT, slotX, m.c("one"))
	m.do("CMLT0.4S", slotN, slotS)
	m.keep(slotN, m.c("one"), slotX)
	m.do("FDIV.4S", slotX, slotX, slotT)
}

// scaledExpm1 leaves e^x - 1 in T, x being in X and not below -80.
func (m *neonMath) scaledExpm1() {
	m.reduceExp()
	m.expm1()
	m.do("FCVTNS.4S", slotN, slotN)
	m.shift("VSHL", 23, slotN, slotN)
	m.goDo("VADD", "S4", m.c("one"), slotN, slotN)
	m.do("FSUB.4S", slotT, slotN, m.c("one"))
	m.do("FMLA.4S", slotT, slotX, slotN)
}

// tanh computes -t/(t+2), t = e^(-2|x|) - 1, and copies the sign.
func (m *neonMath) tanh() {
	m.copy(slotX, slotS)
	m.goDo("VORR", "B16", m.c("sign"), slotX, slotX)
	m.do("FADD.4S", slotX, slotX, slotX)
	m.do("FMAX.4S", slotX, slotX, m.c("minus20"))
	m.scaledExpm1()
	m.do("FADD.4S", slotP, slotT, m.c("two"))
	m.do("FDIV.4S", slotX, slotT, slotP)
	m.pick(m.c("sign"), slotS, slotX)
}

func (m *neonMath) logistic() {
	m.copy(slotX, slotS)
	m.sigmoid()
}

func (m *neonMath) elu() {
	m.copy(slotX, slotS)
	m.do("FMAX.4S", slotX, slotX, m.c("minus20"))
	m.scaledExpm1()
	m.copy(slotS, slotX)
	m.do("FCMLT0.4S", slotN, slotS)
	m.pick(slotN, slotT, slotX)
}

// gelu is as geluBody: x*c or x*(1-c), c = t P(t) e^(-x^2/2).
func (m *neonMath) gelu() {
	m.copy(slotX, slotS)
	m.do("FABS.4S", slotX, slotX)
	m.do("FMIN.4S", slotX, slotX, m.c("fifteen"))
	m.set("one", slotU)
	m.do("FMLA.4S", slotU, slotX, m.c("erfcStep"))
	m.do("FMUL.4S", slotN, slotX, slotX)
	m.do("FNEG.4S", slotV, slotN)
	m.do("FMLA.4S", slotV, slotX, slotX) // the rounding error of the square
	m.do("FMUL.4S", slotX, slotN, m.c("minusHalf"))
	m.clampExp(false)
	m.reduceExp()
	m.do("FMLA.4S", slotX, slotV, m.c("minusHalf"))
	m.expScaled()
	m.do("FDIV.4S", slotU, m.c("one"), slotU)
	p := m.horner(slotU, "erfc9", "erfc8", "erfc7", "erfc6", "erfc5", "erfc4", "erfc3", "erfc2", "erfc1", "erfc0")
	m.do("FMUL.4S", slotU, slotU, p)
	// The order of products matters where e^(-x^2/2) is subnormal.
	m.set("one", slotN)
	m.do("FMLS.4S", slotN, slotU, slotX)
	m.do("FMUL.4S", slotN, slotN, slotS)
	m.do("FMUL.4S", slotU, slotU, slotS)
	m.do("FMUL.4S", slotX, slotX, slotU)
	m.do("CMLT0.4S", slotT, slotS)
	m.keep(slotT, slotN, slotX)
}

func (m *neonMath) geluTanh() {
	m.copy(slotX, slotU)
	m.do("FMUL.4S", slotN, slotX, slotX)
	m.set("gelu1", slotP)
	m.do("FMLA.4S", slotP, slotN, m.c("gelu3"))
	m.do("FMUL.4S", slotX, slotX, slotP)
	m.copy(slotX, slotS)
	m.sigmoid()
	m.do("FMUL.4S", slotX, slotX, slotU)
}

func (m *neonMath) hardSwish() {
	m.do("FADD.4S", slotN, slotX, m.c("three"))
	m.do("FMAX.4S", slotN, slotN, m.c("zero"))
	m.do("FMIN.4S", slotN, slotN, m.c("six"))
	m.do("FMUL.4S", slotX, slotX, slotN)
	m.do("FMUL.4S", slotX, slotX, m.c("sixth"))
}

// log is as logBody.
func (m *neonMath) log() {
	m.copy(slotX, slotS)
	m.do("FCMGT.4S", slotT, m.c("leastNormal"), slotX)
	m.do("FMUL.4S", slotP, slotX, m.c("two23"))
	m.pick(slotT, slotP, slotX)
	m.goDo("VAND", "B16", m.c("minus23"), slotT, slotU)
	m.goDo("VADD", "S4", m.c("rootHalfDown"), slotX, slotX)
	m.shift("VUSHR", 23, slotX, slotN)
	m.goDo("VSUB", "S4", m.c("bias"), slotN, slotN)
	m.do("SCVTF.4S", slotN, slotN)
	m.do("FADD.4S", slotN, slotN, slotU) // k
	m.goDo("VAND", "B16", m.c("mantissa"), slotX, slotX)
	m.goDo("VADD", "S4", m.c("rootHalf"), slotX, slotX)
	m.do("FSUB.4S", slotX, slotX, m.c("one")) // f
	p := m.horner(slotX, "log7", "log6", "log5", "log4", "log3", "log2", "log1", "log0")
	m.do("FMUL.4S", slotU, slotX, slotX)
	m.do("FMUL.4S", p, p, slotX)
	m.do("FMUL.4S", p, p, slotU)
	m.do("FMLA.4S", p, slotN, m.c("ln2Lo"))
	m.do("FMLS.4S", p, slotU, m.c("half"))
	m.do("FADD.4S", slotX, slotX, p)
	m.do("FMLA.4S", slotX, slotN, m.c("ln2Hi"))
	m.do("FCMEQ0.4S", slotT, slotS)
	m.pick(slotT, m.c("minusInf"), slotX)
	m.do("FCMEQ.4S", slotT, slotS, m.c("infinity"))
	m.pick(slotT, slotS, slotX)
	m.do("FCMGE0.4S", slotT, slotS)
	m.keep(slotT, m.c("nan"), slotX)
}

// trigonometric is as trigonometricBody.
func (m *neonMath) trigonometric(cosine bool) {
	m.copy(slotX, slotS)
	m.do("FMUL.4S", slotN, slotX, m.c("twoByPi"))
	m.do("FRINTN.4S", slotN, slotN)
	for _, part := range []string{"piHalf0", "piHalf1", "piHalf2"} {
		m.do("FMLS.4S", slotX, slotN, m.c(part))
	}
	m.do("FCVTNS.4S", slotN, slotN)
	if cosine {
		m.goDo("VADD", "S4", m.c("intOne"), slotN, slotN)
	}
	m.do("FMUL.4S", slotU, slotX, slotX)
	p := m.horner(slotU, "sin2", "sin1", "sin0")
	m.do("FMUL.4S", p, p, slotU)
	m.copy(slotX, slotV)
	m.do("FMLA.4S", slotV, p, slotX) // sine
	p = m.horner(slotU, "cos2", "cos1", "cos0", "minusHalf", "one")
	m.shift("VSHL", 31, slotN, slotU)
	m.do("CMLT0.4S", slotU, slotU)
	m.pick(slotU, p, slotV)
	m.goDo("VAND", "B16", m.c("intTwo"), slotN, slotN)
	m.shift("VSHL", 30, slotN, slotN)
	m.goDo("VEOR", "B16", slotN, slotV, slotX)
	if !cosine {
		m.do("FCMEQ0.4S", slotT, slotS) // the sign of 0
		m.pick(slotT, slotS, slotX)
	}
}

func (m *neonMath) rsqrt() {
	m.do("FSQRT.4S", slotX, slotX)
	m.do("FDIV.4S", slotX, m.c("one"), slotX)
}

// each writes the loop over R3 elements: that many vectors at a time, then one, then one element, whose vector has zeros beside
// it. load and store move the pointers.
func (m *neonMath) each(load, body, store func()) {
	for _, now := range []int{m.vectors, 1, 0} {
		label := fmt.Sprintf("each%d", now)
		elements := max(1, 4*now)
		m.now = max(1, now)
		single := now == 0
		m.op("SUBS $%d, R3, R3", elements)
		m.op("BLT %sLess", label)
		m.op("PCALIGN $16")
		m.label(label)
		m.single = single
		load()
		body()
		store()
		m.op("SUBS $%d, R3, R3", elements)
		m.op("BGE %s", label)
		m.label(label + "Less")
		m.op("ADDS $%d, R3, R3", elements)
		if !single {
			m.op("BEQ done")
		}
	}
	m.label("done")
}

func (m *neonMath) move(r int, load bool) {
	v := m.reg(slotX, 0)
	regs := fmt.Sprintf("[V%d.S4, V%d.S4]", v, v+1)
	if m.now == 4 {
		regs = fmt.Sprintf("[V%d.S4, V%d.S4, V%d.S4, V%d.S4]", v, v+1, v+2, v+3)
	}
	switch {
	case m.single && load:
		m.op("FMOVS.P 4(R%d), F%d", r, v)
	case m.single:
		m.op("FMOVS.P F%d, 4(R%d)", v, r)
	case m.now == 1 && load:
		m.op("FMOVQ.P 16(R%d), F%d", r, v)
	case m.now == 1:
		m.op("FMOVQ.P F%d, 16(R%d)", v, r)
	case load:
		m.op("VLD1.P %d(R%d), %s", 16*m.now, r, regs)
	default:
		m.op("VST1.P %s, %d(R%d)", regs, 16*m.now, r)
	}
}

// emit appends what was written to f, after loading the constants in registers.
func (m *neonMath) emit(f *file) {
	f.op("MOVD $%s<>(SB), R7", m.consts.name)
	for i, key := range m.held {
		f.op("FMOVQ %d(R7), F%d", m.consts.offset(key)/2, 31-i)
	}
	f.text.Write(m.text.Bytes())
}

func writeNeonMath(f *file) {
	consts := &constants{name: "neonNumbers", values: mathConstants}
	for _, u := range []struct {
		name    string
		vectors int
		body    func(m *neonMath)
	}{
		{"exp", 4, func(m *neonMath) { m.clampExp(true); m.exp() }},
		{"logistic", 4, (*neonMath).logistic},
		{"tanh", 4, (*neonMath).tanh},
		{"elu", 4, (*neonMath).elu},
		{"gelu", 2, (*neonMath).gelu},
		{"geluTanh", 2, (*neonMath).geluTanh},
		{"hardSwish", 4, (*neonMath).hardSwish},
		{"log", 2, (*neonMath).log},
		{"sin", 2, func(m *neonMath) { m.trigonometric(false) }},
		{"cos", 2, func(m *neonMath) { m.trigonometric(true) }},
		{"sqrt", 4, func(m *neonMath) { m.do("FSQRT.4S", slotX, slotX) }},
		{"rsqrt", 4, (*neonMath).rsqrt},
	} {
		m := &neonMath{file: &file{}, vectors: u.vectors, consts: consts}
		m.each(func() { m.move(1, true) }, func() { u.body(m) }, func() { m.move(0, false) })
		f.function(u.name+"F32NEON", "(dst, x *float32, n int)", 24)
		f.op("MOVD dst+0(FP), R0")
		f.op("MOVD x+8(FP), R1")
		f.op("MOVD n+16(FP), R3")
		m.emit(f)
		f.op("RET")
	}
	neonExpSum(f, consts, true)
	neonExpSum(f, consts, false)
	neonScaleNormal(f, consts)
	neonLargest(f, consts)
	neonSum(f, consts)
	writeNeonConstants(f, consts)
}

// writeNeonConstants declares the constants that were used, each four times.
func writeNeonConstants(f *file, consts *constants) {
	f.line("")
	for i, key := range consts.keys {
		v := consts.values[key]
		f.line("// %s", key)
		for j := range 2 {
			f.line("DATA %s<>+%d(SB)/8, $0x%08x%08x", consts.name, 16*i+8*j, v, v)
		}
	}
	f.line("GLOBL %s<>(SB), RODATA|NOPTR, $%d", consts.name, 16*len(consts.keys))
}
