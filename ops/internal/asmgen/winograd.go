package main

import (
	"fmt"
	"math"
)

// winogradConstants are what the transforms multiply with; the names are those of winograd.go in f32.
var winogradConstants = func() map[string]float64 {
	const a, b = 0.625, 1.5
	return map[string]float64{"A": a, "B": b, "A2": a * a, "B2": b * b, "A3": a * a * a, "B3": b * b * b, "P": a * a * b * b, "S": a*a + b*b}
}()

// winogradScales are what the rows of G have in common.
var winogradScales = func() [6]float64 {
	c := winogradConstants
	na, nb := 1/(2*c["A2"]*(c["A2"]-c["B2"])), 1/(2*c["B2"]*(c["B2"]-c["A2"]))
	return [6]float64{1 / c["P"], na, na, nb, nb, 1}
}()

// winogradOrder is the order of the constants in memory.
var winogradOrder = []string{"A", "B", "A2", "B2", "P", "S", "A3", "B3"}

// writeWinograd writes the transforms of Winograd's convolution F(4x4, 3x3), a vector of channels at a time: along columns to
// scratch memory, and from there along rows.
func writeWinograd(f *file) {
	for i, name := range winogradOrder {
		for lane := range 8 {
			f.line("DATA winogradConstants<>+%d(SB)/4, $%#x", 32*i+4*lane, math.Float32bits(float32(winogradConstants[name])))
		}
	}
	f.line("GLOBL winogradConstants<>(SB), RODATA|NOPTR, $%d", 32*len(winogradOrder))
	for p := range 36 {
		rows := winogradScales
		for lane := range 8 {
			f.line("DATA winogradScales<>+%d(SB)/4, $%#x", 32*p+4*lane, math.Float32bits(float32(rows[p/6]*rows[p%6])))
		}
	}
	f.line("GLOBL winogradScales<>(SB), RODATA|NOPTR, $%d", 32*36)
	for _, w := range []winograd{{f, 'Z'}, {f, 'Y'}} {
		w.weights()
		w.input()
		w.output()
	}
}

// winograd writes transforms for a width of vectors. Registers 0 to 5 hold what a transform of one dimension reads, 12 and 13 the bounds
// and 14 the bias of outputs; with AVX-512 the constants are in registers 16 and up, and K1 has the channels that are left.
type winograd struct {
	*file
	width byte
}

func (w winograd) feature() string {
	if w.width == 'Z' {
		return "AVX512"
	}
	return "AVX2"
}

func (w winograd) size() int {
	if w.width == 'Z' {
		return 64
	}
	return 32
}

func (w winograd) v(i int) string { return vec(w.width, i) }

// constant is the operand for a constant.
func (w winograd) constant(name string) string {
	for i, n := range winogradOrder {
		if n == name {
			if w.width == 'Z' {
				return w.v(16 + i)
			}
			return fmt.Sprintf("winogradConstants<>+%d(SB)", 32*i)
		}
	}
	panic("no constant " + name)
}

// constants loads the constants where there are registers for them.
func (w winograd) constants() {
	if w.width == 'Z' {
		for i := range winogradOrder {
			w.op("VBROADCASTSS winogradConstants<>+%d(SB), Z%d", 32*i, 16+i)
		}
	}
}

// rest sets the mask for the channels that are left, CX.
func (w winograd) rest() {
	if w.width != 'Z' {
		return
	}
	w.op("MOVQ $16, AX")
	w.op("CMPQ CX, $16")
	w.op("CMOVQLT CX, AX")
	w.op("MOVQ $1, BX")
	w.op("SHLXQ AX, BX, BX")
	w.op("DECQ BX")
	w.op("KMOVW BX, K1")
}

func (w winograd) load(from string, to int) {
	if w.width == 'Z' {
		w.op("VMOVUPS.Z %s, K1, %s", from, w.v(to))
		return
	}
	w.op("VMOVUPS %s, %s", from, w.v(to))
}

func (w winograd) store(from int, to string) {
	if w.width == 'Z' {
		w.op("VMOVUPS %s, K1, %s", w.v(from), to)
		return
	}
	w.op("VMOVUPS %s, %s", w.v(from), to)
}

func (w winograd) move(from, to int) { w.op("VMOVAPS %s, %s", w.v(from), w.v(to)) }

// add and sub add a constant times a register to another, or subtract it.
func (w winograd) add(name string, x, to int) {
	w.op("VFMADD231PS %s, %s, %s", w.constant(name), w.v(x), w.v(to))
}

func (w winograd) sub(name string, x, to int) {
	w.op("VFNMADD231PS %s, %s, %s", w.constant(name), w.v(x), w.v(to))
}

// in multiplies registers 0 to 5 with B' and returns the registers of the results.
func (w winograd) in() []int {
	w.move(4, 6)
	w.add("P", 0, 6)
	w.sub("S", 2, 6)
	w.move(4, 7)
	w.sub("B2", 2, 7)
	w.move(3, 8)
	w.sub("B2", 1, 8)
	w.move(7, 9)
	w.add("A", 8, 9)
	w.sub("A", 8, 7)
	w.sub("A2", 2, 4)
	w.move(3, 10)
	w.sub("A2", 1, 10)
	w.move(4, 11)
	w.add("B", 10, 11)
	w.sub("B", 10, 4)
	w.add("P", 1, 5)
	w.sub("S", 3, 5)
	return []int{6, 9, 7, 11, 4, 5}
}

// out multiplies registers 0 to 5 with A' and returns the registers of the results.
func (w winograd) out() []int {
	w.op("VADDPS %s, %s, %s", w.v(2), w.v(1), w.v(6))
	w.op("VSUBPS %s, %s, %s", w.v(2), w.v(1), w.v(1))
	w.op("VADDPS %s, %s, %s", w.v(4), w.v(3), w.v(7))
	w.op("VSUBPS %s, %s, %s", w.v(4), w.v(3), w.v(3))
	w.op("VADDPS %s, %s, %s", w.v(6), w.v(0), w.v(0))
	w.op("VADDPS %s, %s, %s", w.v(7), w.v(0), w.v(0))
	w.op("VMULPS %s, %s, %s", w.constant("A"), w.v(1), w.v(8))
	w.add("B", 3, 8)
	w.op("VMULPS %s, %s, %s", w.constant("A2"), w.v(6), w.v(6))
	w.add("B2", 7, 6)
	w.add("A3", 1, 5)
	w.add("B3", 3, 5)
	return []int{0, 8, 6, 5}
}

// weight multiplies registers 0 to 2 with G, but for the scales, and returns the registers of the results.
func (w winograd) weight() []int {
	w.move(0, 3)
	w.add("A2", 2, 3)
	w.move(0, 4)
	w.add("B2", 2, 4)
	w.move(3, 5)
	w.add("A", 1, 5)
	w.sub("A", 1, 3)
	w.move(4, 6)
	w.add("B", 1, 6)
	w.sub("B", 1, 4)
	return []int{0, 5, 3, 6, 4, 2}
}

func (w winograd) weights() {
	w.function("winogradWeightsF32"+w.feature(), "(dst *float32, plane int, w *float32, channels int, scratch *float32)", 40)
	w.op("MOVQ dst+0(FP), DI")
	w.op("MOVQ plane+8(FP), R10")
	w.op("MOVQ w+16(FP), SI")
	w.op("MOVQ channels+24(FP), CX")
	w.op("MOVQ scratch+32(FP), DX")
	w.op("LEAQ (CX*4), R9") // from tap to tap
	w.op("LEAQ (R9)(R9*2), R8")
	w.constants()
	w.label("channels")
	w.rest()
	w.op("MOVQ SI, R13")
	for x := range 3 {
		for i, from := range []string{"(R13)", "(R13)(R8*1)", "(R13)(R8*2)"} {
			w.load(from, i)
		}
		w.op("ADDQ R9, R13")
		for y, from := range w.weight() {
			w.op("VMOVUPS %s, %d(DX)", w.v(from), w.size()*(6*y+x))
		}
	}
	w.op("MOVQ DI, R13")
	for y := range 6 {
		for x := range 3 {
			w.op("VMOVUPS %d(DX), %s", w.size()*(6*y+x), w.v(x))
		}
		for x, from := range w.weight() {
			scale := "VMULPS"
			if w.width == 'Z' {
				scale += ".BCST"
			}
			w.op("%s winogradScales<>+%d(SB), %s, %s", scale, 32*(6*y+x), w.v(from), w.v(from))
			w.store(from, "(R13)")
			w.op("ADDQ R10, R13")
		}
	}
	w.op("ADDQ $%d, SI", w.size())
	w.op("ADDQ $%d, DI", w.size())
	w.next("channels")
}

// six are the operands for six elements a distance apart, which is in one register, three and five times it in two more.
func six(at, once, thrice, five string) []string {
	return []string{
		"(" + at + ")", fmt.Sprintf("(%s)(%s*1)", at, once), fmt.Sprintf("(%s)(%s*2)", at, once), fmt.Sprintf("(%s)(%s*1)", at, thrice),
		fmt.Sprintf("(%s)(%s*4)", at, once), fmt.Sprintf("(%s)(%s*1)", at, five),
	}
}

func (w winograd) next(label string) {
	if w.width == 'Z' {
		w.op("SUBQ $16, CX")
	} else {
		w.op("SUBQ $8, CX")
	}
	w.op("JGT %s", label)
	w.ret()
}

func (w winograd) input() {
	w.function("winogradInputF32"+w.feature(), "(dst *float32, plane int, d *float32, row, pixel, channels int, scratch *float32)", 56)
	w.op("MOVQ dst+0(FP), DI")
	w.op("MOVQ plane+8(FP), R10")
	w.op("MOVQ d+16(FP), SI")
	w.op("MOVQ row+24(FP), R8")
	w.op("MOVQ pixel+32(FP), R9")
	w.op("MOVQ channels+40(FP), CX")
	w.op("MOVQ scratch+48(FP), DX")
	w.op("LEAQ (R8)(R8*2), R11")
	w.op("LEAQ (R8)(R8*4), R12")
	w.constants()
	w.label("channels")
	w.rest()
	w.op("MOVQ SI, R13")
	for x := range 6 {
		for i, from := range six("R13", "R8", "R11", "R12") {
			w.load(from, i)
		}
		w.op("ADDQ R9, R13")
		for y, from := range w.in() {
			w.op("VMOVUPS %s, %d(DX)", w.v(from), w.size()*(6*y+x))
		}
	}
	w.op("MOVQ DI, R13")
	for y := range 6 {
		for x := range 6 {
			w.op("VMOVUPS %d(DX), %s", w.size()*(6*y+x), w.v(x))
		}
		for _, from := range w.in() {
			w.store(from, "(R13)")
			w.op("ADDQ R10, R13")
		}
	}
	w.op("ADDQ $%d, SI", w.size())
	w.op("ADDQ $%d, DI", w.size())
	w.next("channels")
}

func (w winograd) output() {
	w.function("winogradOutputF32"+w.feature(), "(dst *float32, row, pixel int, m *float32, plane, channels int, bias *float32, lo, hi float32, scratch *float32)", 72)
	w.op("MOVQ dst+0(FP), DI")
	w.op("MOVQ row+8(FP), R8")
	w.op("MOVQ pixel+16(FP), R9")
	w.op("MOVQ m+24(FP), SI")
	w.op("MOVQ plane+32(FP), R10")
	w.op("MOVQ channels+40(FP), CX")
	w.op("MOVQ bias+48(FP), R15")
	w.op("MOVQ scratch+64(FP), DX")
	w.op("LEAQ (R10)(R10*2), R13")
	w.op("LEAQ (R13)(R13*1), R11") // six planes
	w.op("LEAQ (R11)(R11*2), R12")
	w.op("LEAQ (R11)(R11*4), R13")
	w.constants()
	w.op("VBROADCASTSS lo+56(FP), %s", w.v(12))
	w.op("VBROADCASTSS hi+60(FP), %s", w.v(13))
	w.label("channels")
	w.rest()
	w.op("MOVQ SI, AX")
	for x := range 6 {
		for i, from := range six("AX", "R11", "R12", "R13") {
			w.load(from, i)
		}
		w.op("ADDQ R10, AX")
		for y, from := range w.out() {
			w.op("VMOVUPS %s, %d(DX)", w.v(from), w.size()*(6*y+x))
		}
	}
	w.zero(w.v(14))
	w.op("TESTQ R15, R15")
	w.op("JZ plain")
	w.load("(R15)", 14)
	w.op("ADDQ $%d, R15", w.size())
	w.label("plain")
	w.op("MOVQ DI, AX")
	for y := range 4 {
		for x := range 6 {
			w.op("VMOVUPS %d(DX), %s", w.size()*(6*y+x), w.v(x))
		}
		w.op("MOVQ AX, BX")
		for _, r := range w.out() {
			w.op("VADDPS %s, %s, %s", w.v(14), w.v(r), w.v(r))
			// With a NaN these instructions give their second source, which Go writes first.
			w.op("VMAXPS %s, %s, %s", w.v(r), w.v(12), w.v(r))
			w.op("VMINPS %s, %s, %s", w.v(r), w.v(13), w.v(r))
			w.store(r, "(BX)")
			w.op("ADDQ R9, BX")
		}
		w.op("ADDQ R8, AX")
	}
	w.op("ADDQ $%d, SI", w.size())
	w.op("ADDQ $%d, DI", w.size())
	w.next("channels")
}
