package main

import "fmt"

// neonProducts is a kernel of dot products on arm64: rows of x with all rows of w, some of these at a time. A product has a
// vector of sums along k of its own, in the order of k, so that it does not depend on what is computed beside it.
//
// R0 dst, R1 bytes between its rows, R2 x, R3 bytes between its rows, R4 w, R5 rows of w left, R6 k, R7 bias or 0, R8 bytes of a
// row of w, R10 on along the rows of x, R19 on along those of w; V16 on x, V24 on w, V30 and V31 the range.
type neonProducts struct {
	rows int
	half bool // w is float16
}

func neonProductsF32(f *file) {
	for _, half := range []bool{false, true} {
		for rows := 1; rows <= 4; rows++ {
			neonProducts{rows, half}.write(f)
		}
	}
}

func (p neonProducts) write(f *file) {
	kind, w, size := "F32", "*float32", 2
	if p.half {
		kind, w, size = "F16", "*uint16", 1
	}
	f.function(fmt.Sprintf("products%dx4%sNEON", p.rows, kind), fmt.Sprintf("(dst *float32, ldd int, x *float32, ldx int, w %s, n, k int, bias *float32, lo, hi float32)", w), 72)
	for i, name := range []string{"dst", "ldd", "x", "ldx", "w", "n", "k", "bias"} {
		f.op("MOVD %s+%d(FP), R%d", name, i*8, i)
	}
	f.op("LSL $2, R1")
	f.op("LSL $2, R3")
	f.op("LSL $%d, R6, R8", size)
	for i, name := range []string{"lo", "hi"} {
		f.op("MOVW %s+%d(FP), R9", name, 64+4*i)
		f.op("VDUP R9, V%d.S4", 30+i)
	}
	widths := []int{4, 1}
	if p.rows == 1 {
		widths = []int{8, 4, 1} // to hide the latency of the sums
	}
	for _, n := range widths {
		p.columns(f, n)
	}
	f.label("done")
	f.op("RET")
}

// columns multiplies with n rows of w at a time while there are as many.
func (p neonProducts) columns(f *file, n int) {
	label := func(name string) string { return fmt.Sprintf("%s%d", name, n) }
	f.op("SUBS $%d, R5, R5", n)
	f.op("BLT %s", label("less"))
	f.label(label("columns"))
	f.op("MOVD R2, R10")
	for r := 1; r < p.rows; r++ {
		f.op("ADD R3, R%d, R%d", 9+r, 10+r)
	}
	f.op("MOVD R4, R19")
	for c := 1; c < n; c++ {
		f.op("ADD R8, R%d, R%d", 18+c, 19+c)
	}
	for i := range p.rows * n {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	f.op("SUBS $8, R6, R9")
	f.op("BLT %s", label("rest"))
	f.op("PCALIGN $16")
	f.label(label("eight"))
	p.step(f, n, 8)
	f.op("SUBS $8, R9, R9")
	f.op("BGE %s", label("eight"))
	f.label(label("rest"))
	f.op("TBZ $2, R9, %s", label("singles"))
	p.step(f, n, 4)
	f.label(label("singles"))
	f.op("ANDS $3, R9, R9")
	f.op("BEQ %s", label("sum"))
	f.label(label("single"))
	p.step(f, n, 1)
	f.op("SUBS $1, R9, R9")
	f.op("BNE %s", label("single"))
	f.label(label("sum"))
	p.finish(f, n, label)
	f.op("MADD R8, R4, R9, R4")
	f.op("SUBS $%d, R5, R5", n)
	f.op("BGE %s", label("columns"))
	f.label(label("less"))
	f.op("ADDS $%d, R5, R5", n)
	f.op("BEQ done")
}

// step multiplies 8, 4 or 1 elements of each row; of a single one the other lanes are 0.
func (p neonProducts) step(f *file, n, elements int) {
	for r := range p.rows {
		switch elements {
		case 8:
			f.op("VLD1.P 32(R%d), [V%d.S4, V%d.S4]", 10+r, 16+2*r, 17+2*r)
		case 4:
			f.op("FMOVQ.P 16(R%d), F%d", 10+r, 16+2*r)
		case 1:
			f.op("FMOVS.P 4(R%d), F%d", 10+r, 16+2*r)
		}
	}
	for c := range n {
		w := 24 + 2*(c%3)
		p.weights(f, 19+c, w, elements)
		for part := range max(1, elements/4) {
			for r := range p.rows {
				f.neon("FMLA.4S", r*n+c, w+part, 16+2*r+part)
			}
		}
	}
}

// weights loads elements of a row of w to register w and, of eight, the next one.
func (p neonProducts) weights(f *file, from, w, elements int) {
	switch {
	case p.half && elements == 8:
		f.op("FMOVQ.P 16(R%d), F%d", from, w+1)
		f.neon("FCVTL.4S", w, w+1)
		f.neon("FCVTL2.4S", w+1, w+1)
	case p.half && elements == 4:
		f.op("FMOVD.P 8(R%d), F%d", from, w)
		f.neon("FCVTL.4S", w, w)
	case p.half:
		f.op("MOVHU.P 2(R%d), R14", from)
		f.op("FMOVS R14, F%d", w)
		f.neon("FCVTL.4S", w, w)
	case elements == 8:
		f.op("VLD1.P 32(R%d), [V%d.S4, V%d.S4]", from, w, w+1)
	case elements == 4:
		f.op("FMOVQ.P 16(R%d), F%d", from, w)
	default:
		f.op("FMOVS.P 4(R%d), F%d", from, w)
	}
}

// finish adds up the lanes of the sums in pairs, adds the bias, clamps and stores. R9 is then n, R0 and R7 are moved on.
func (p neonProducts) finish(f *file, n int, label func(string) string) {
	width := min(n, 4)
	vector := func(r, v int) int { return r*n + 4*v }
	for r := range p.rows {
		for v := range max(1, n/4) {
			a := vector(r, v)
			if n == 1 {
				f.neon("FADDP.4S", a, a, a)
				f.neon("FADDP.4S", a, a, a)
				continue
			}
			f.neon("FADDP.4S", a, a, a+1)
			f.neon("FADDP.4S", a+2, a+2, a+3)
			f.neon("FADDP.4S", a, a, a+2)
		}
	}
	move, bytes := "FMOVQ", 16
	if n == 1 {
		move, bytes = "FMOVS", 4
	}
	f.op("CBZ R7, %s", label("unbiased"))
	for v := range max(1, n/4) {
		f.op("%s.P %d(R7), F24", move, bytes)
		for r := range p.rows {
			f.neon("FADD.4S", vector(r, v), vector(r, v), 24)
		}
	}
	f.label(label("unbiased"))
	f.op("MOVD R0, R14")
	for r := range p.rows {
		for v := range max(1, n/4) {
			a := vector(r, v)
			f.neon("FMAX.4S", a, a, 30)
			f.neon("FMIN.4S", a, a, 31)
			if v == 0 {
				f.op("%s F%d, (R14)", move, a)
			} else {
				f.op("%s F%d, %d(R14)", move, a, v*bytes)
			}
		}
		if r+1 < p.rows {
			f.op("ADD R1, R14")
		}
	}
	f.op("ADD $%d, R0", max(1, n/4)*width*4)
	f.op("MOVD $%d, R9", n)
}
