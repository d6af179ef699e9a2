package main

// neonDotKind is one form of the products of unpacked rows of bytes.
type neonDotKind struct {
	types, isa string
	dot        string // the dot product, or ""
	multiply   string // else the product of 8 bytes
	add        string // and the sum of its pairs
	words      bool   // else w has words, to which the bytes of x are widened
}

var neonDotKinds = []neonDotKind{
	{types: "S8S8", isa: "DOT", dot: "SDOT.4S"},
	{types: "S8S8", isa: "NEON", multiply: "SMULL", add: "SADALP.4S"},
	{types: "U8U8", isa: "DOT", dot: "UDOT.4S"},
	{types: "U8U8", isa: "NEON", multiply: "UMULL", add: "UADALP.4S"},
	{types: "U8S16", isa: "NEON", words: true},
}

// neonDots writes the products of 1 or 4 rows of x with n rows of w, 4 of these at a time:
//
//	dst[r][j] = init[j] + sum(i, x[r][i]*w[j][i])
//
// init may be nil; n is a multiple of 4 and k at least 16, or 8 where w has words. Vectors run along k, each sum has one of its own, and what is left of k
// is multiplied with a vector that overlaps the one before, whose bytes of x that were multiplied already are cleared.
func neonDots(f *file) {
	f.line("\n// The last t bytes of the 16 from offset t on are ones.")
	for i := range 4 {
		f.line("DATA ·dotTail<>+%d(SB)/8, $0x%016x", i*8, []uint64{0, 1<<64 - 1}[i/2])
	}
	f.line("GLOBL ·dotTail<>(SB), RODATA|NOPTR, $32")
	for _, k := range neonDotKinds {
		k.kernel(f, 1)
		k.kernel(f, 4)
	}
}

func (k *neonDotKind) kernel(f *file, rows int) {
	f.function("dot"+string(rune('0'+rows))+"x4"+k.types+k.isa, "(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)", 72)
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
	for i := range 4 * rows {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	f.op("MOVD R2, R9")
	for r := 1; r < rows; r++ {
		f.op("ADD R3, R%d, R%d", 8+r, 9+r)
	}
	f.op("MOVD R4, R13")
	f.op("ADD R7, R13, R14")
	f.op("ADD R7, R14, R15")
	f.op("ADD R7, R15, R19")
	f.op("LSR $%d, R6, R22", shift)
	f.op("PCALIGN $16")
	f.label("loop")
	k.step(f, rows, false)
	f.op("SUBS $1, R22, R22")
	f.op("BNE loop")
	f.op("CBZ R20, sum")
	for r := range rows {
		f.op("SUB R21, R%d", 9+r)
	}
	for _, r := range neonDotWeights {
		if k.words {
			f.op("SUB R21<<1, R%d", r)
		} else {
			f.op("SUB R21, R%d", r)
		}
	}
	k.step(f, rows, true)
	f.label("sum")
	for r := range rows {
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+1, 4*r, 4*r)
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+3, 4*r+2, 4*r+2)
		f.op("VADDP V%d.S4, V%d.S4, V%d.S4", 4*r+2, 4*r, 4*r)
	}
	f.op("CBZ R8, store")
	f.op("VLD1.P 16(R8), [V16.S4]")
	for r := range rows {
		f.op("VADD V16.S4, V%d.S4, V%d.S4", 4*r, 4*r)
	}
	f.label("store")
	f.op("MOVD R0, R23")
	for r := range rows {
		f.op("VST1 [V%d.S4], (R23)", 4*r)
		if r+1 < rows {
			f.op("ADD R1, R23")
		}
	}
	f.op("ADD $16, R0")
	f.op("ADD R7<<2, R4")
	f.op("SUBS $4, R5, R5")
	f.op("BGT columns")
	f.op("RET")
}

// neonDotWeights are the registers that point to rows of w.
var neonDotWeights = [4]int{13, 14, 15, 19}

// step multiplies 16 elements of each row, or 8 where w has words.
func (k *neonDotKind) step(f *file, rows int, tail bool) {
	for c, r := range neonDotWeights {
		f.op("VLD1.P 16(R%d), [V%d.B16]", r, 16+c)
	}
	for r := range rows {
		if k.words {
			f.op("VLD1.P 8(R%d), [V%d.B8]", 9+r, 20+r)
		} else {
			f.op("VLD1.P 16(R%d), [V%d.B16]", 9+r, 20+r)
		}
		if tail {
			f.op("VAND V30.B16, V%d.B16, V%d.B16", 20+r, 20+r)
		}
	}
	for r := range rows {
		if k.dot != "" {
			for c := range 4 {
				f.neon(k.dot, 4*r+c, 20+r, 16+c)
			}
			continue
		}
		if k.words {
			f.neon("UXTL.8H", 20+r, 20+r)
			for c := range 4 {
				f.neon("SMLAL.4S", 4*r+c, 20+r, 16+c)
			}
			for c := range 4 {
				f.neon("SMLAL2.4S", 4*r+c, 20+r, 16+c)
			}
			continue
		}
		for _, name := range []string{".8H", "2.8H"} {
			for c := range 4 {
				f.neon(k.multiply+name, 24+c, 20+r, 16+c)
			}
			for c := range 4 {
				f.neon(k.add, 4*r+c, 24+c)
			}
		}
	}
}
