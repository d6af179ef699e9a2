package main

import "fmt"

// neonDotKind is one form of the products of unpacked rows of bytes.
type neonDotKind struct {
	types, isa string
	dot        string // the dot product, or ""
	product    string // else the product of 8 bytes
	add        string // and the sum of its pairs
	words      bool   // else w has words, to which the bytes of x are widened
}

var neonDotKinds = []neonDotKind{
	{types: "S8S8", isa: "DOT", dot: "SDOT.4S"},
	{types: "S8S8", isa: "NEON", product: "SMULL", add: "SADALP.4S"},
	{types: "U8U8", isa: "DOT", dot: "UDOT.4S"},
	{types: "U8U8", isa: "NEON", product: "UMULL", add: "UADALP.4S"},
	{types: "U8S16", isa: "NEON", words: true},
}

// neonDots writes the products of 1 or 4 rows of x with n rows of w, 4 of these at a time, or of 1 row with 1 at a time:
//
//	dst[r][j] = init[j] + sum(i, x[r][i]*w[j][i])
//
// init may be nil; n is a multiple of 4, or not 0, and k at least 16, or 8 where w has words. Vectors run along k, each sum has one
// of its own, and what is left of k is multiplied with a vector that overlaps the one before, whose bytes of x that were multiplied
// already are cleared.
func neonDots(f *file) {
	f.line("\n// The last t bytes of the 16 from offset t on are ones.")
	for i := range 4 {
		f.line("DATA ·dotTail<>+%d(SB)/8, $0x%016x", i*8, []uint64{0, 1<<64 - 1}[i/2])
	}
	f.line("GLOBL ·dotTail<>(SB), RODATA|NOPTR, $32")
	for _, k := range neonDotKinds {
		neonDot{k, 1, 1}.write(f)
		neonDot{k, 1, 4}.write(f)
		neonDot{k, 4, 4}.write(f)
	}
}

// neonDot is a tile of rows of x and columns, which are rows of w.
type neonDot struct {
	neonDotKind
	rows, columns int
}

// neonDotWeights are the registers that point to rows of w.
var neonDotWeights = [4]int{13, 14, 15, 19}

// unroll is how many vectors of each row are loaded together.
func (k neonDot) unroll() int {
	switch {
	case k.words:
		return 1
	case k.rows == 1:
		return 4
	case k.dot != "":
		return 2
	}
	return 1
}

func (k neonDot) write(f *file) {
	f.function(fmt.Sprintf("dot%dx%d%s%s", k.rows, k.columns, k.types, k.isa), "(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)", 72)
	for i, name := range []string{"dst", "ldd", "x", "ldx", "w", "n", "k", "ldw", "init"} {
		f.op("MOVD %s+%d(FP), R%d", name, i*8, i)
	}
	elements, shift := 16, 4 // of a vector
	if k.words {
		elements, shift = 8, 3
	}
	f.op("ANDS $%d, R6, R20", elements-1)
	f.op("MOVD $·dotTail<>(SB), R21")
	f.op("ADD R20, R21")
	if k.words {
		f.op("ADD $8, R21")
	}
	f.op("VLD1 (R21), [V30.B16]")
	f.op("MOVD $%d, R21", elements)
	f.op("SUB R20, R21")
	f.label("columns")
	for i := range k.columns * k.rows {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	f.op("MOVD R2, R9")
	for r := 1; r < k.rows; r++ {
		f.op("ADD R3, R%d, R%d", 8+r, 9+r)
	}
	f.op("MOVD R4, R13")
	for c := 1; c < k.columns; c++ {
		f.op("ADD R7, R%d, R%d", neonDotWeights[c-1], neonDotWeights[c])
	}
	f.op("LSR $%d, R6, R22", shift)
	if n := k.unroll(); n > 1 {
		f.op("SUBS $%d, R22, R22", n)
		f.op("BLT rest")
		f.op("PCALIGN $16")
		f.label("many")
		k.step(f, n, false)
		f.op("SUBS $%d, R22, R22", n)
		f.op("BGE many")
		f.label("rest")
		f.op("ADDS $%d, R22, R22", n)
		f.op("BEQ tail")
	}
	f.op("PCALIGN $16")
	f.label("loop")
	k.step(f, 1, false)
	f.op("SUBS $1, R22, R22")
	f.op("BNE loop")
	f.label("tail")
	f.op("CBZ R20, sum")
	for r := range k.rows {
		f.op("SUB R21, R%d", 9+r)
	}
	for _, r := range neonDotWeights[:k.columns] {
		if k.words {
			f.op("SUB R21<<1, R%d", r)
		} else {
			f.op("SUB R21, R%d", r)
		}
	}
	k.step(f, 1, true)
	f.label("sum")
	if k.columns == 1 {
		k.finishOne(f)
		return
	}
	for r := range k.rows {
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+1, 4*r, 4*r)
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+3, 4*r+2, 4*r+2)
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+2, 4*r, 4*r)
	}
	f.op("CBZ R8, store")
	f.op("VLD1.P 16(R8), [V16.S4]")
	for r := range k.rows {
		f.op("VADD V16.S4, V%d.S4, V%d.S4", 4*r, 4*r)
	}
	f.label("store")
	f.op("MOVD R0, R23")
	for r := range k.rows {
		f.op("VST1 [V%d.S4], (R23)", 4*r)
		if r+1 < k.rows {
			f.op("ADD R1, R23")
		}
	}
	f.op("ADD $16, R0")
	f.op("ADD R7<<2, R4")
	f.op("SUBS $4, R5, R5")
	f.op("BGT columns")
	f.op("RET")
}

// finishOne stores one sum of one row.
func (k neonDot) finishOne(f *file) {
	f.op("VADDV V0.S4, V0")
	f.op("VMOV V0.S[0], R23")
	f.op("CBZ R8, store")
	f.op("MOVW.P 4(R8), R24")
	f.op("ADD R24, R23")
	f.label("store")
	f.op("MOVW.P R23, 4(R0)")
	f.op("ADD R7, R4")
	f.op("SUBS $1, R5, R5")
	f.op("BGT columns")
	f.op("RET")
}

// step multiplies vectors of each row: of 16 elements, or 8 where w has words. The bytes of x are in V20 on, those of a row of w in
// V16 on.
func (k neonDot) step(f *file, vectors int, tail bool) {
	list := func(first int) string {
		text := ""
		for v := range vectors {
			if v > 0 {
				text += ", "
			}
			text += fmt.Sprintf("V%d.B16", first+v)
		}
		return text
	}
	for r := range k.rows {
		if k.words {
			f.op("VLD1.P 8(R%d), [V%d.B8]", 9+r, 20+r)
		} else {
			f.op("VLD1.P %d(R%d), [%s]", 16*vectors, 9+r, list(20+r*vectors))
		}
		if tail {
			f.op("VAND V30.B16, V%d.B16, V%d.B16", 20+r, 20+r)
		}
	}
	if vectors > 1 {
		for c := range k.columns {
			w := 16
			if vectors == 2 {
				w += 2 * (c % 2)
			}
			f.op("VLD1.P %d(R%d), [%s]", 16*vectors, neonDotWeights[c], list(w))
			for v := range vectors {
				for r := range k.rows {
					k.multiply(f, k.columns*r+c, 20+r*vectors+v, w+v, 24+v)
				}
			}
		}
		return
	}
	for c := range k.columns {
		f.op("VLD1.P 16(R%d), [V%d.B16]", neonDotWeights[c], 16+c)
	}
	for r := range k.rows {
		if k.words {
			f.neon("UXTL.8H", 20+r, 20+r)
			for c := range k.columns {
				f.neon("SMLAL.4S", k.columns*r+c, 20+r, 16+c)
			}
			for c := range k.columns {
				f.neon("SMLAL2.4S", k.columns*r+c, 20+r, 16+c)
			}
			continue
		}
		for c := range k.columns {
			k.multiply(f, k.columns*r+c, 20+r, 16+c, 24+c)
		}
	}
}

// multiply adds the products of 16 bytes to a sum.
func (k neonDot) multiply(f *file, sum, x, w, free int) {
	if k.dot != "" {
		f.neon(k.dot, sum, x, w)
		return
	}
	for _, name := range []string{".8H", "2.8H"} {
		f.neon(k.product+name, free, x, w)
		f.neon(k.add, sum, free)
	}
}
