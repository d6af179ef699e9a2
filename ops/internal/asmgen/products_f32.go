package main

import "fmt"

// productsShape is a register tile of dot products: rows of x times columns, which are rows of w. Each product has a vector
// of sums along k of its own, so the result does not depend on the tile.
type productsShape struct {
	width byte // 'Z' or 'Y'
	rows  int
	half  bool // w is float16
}

func (s productsShape) lanes() int {
	if s.width == 'Z' {
		return 16
	}
	return 8
}

// The registers beside the sums, which begin at 0.
func (s productsShape) x(i int) string    { return vec(s.width, s.high(16)+i) } // of row i, or vector i of a single row
func (s productsShape) w() string         { return vec(s.width, s.high(20)) }
func (s productsShape) temporary() string { return vec('Y', s.high(21)) }
func (s productsShape) order() string     { return vec('Y', s.high(16)) } // where the lanes of sums come from
func (s productsShape) lo() string        { return vec('X', s.high(22)) }
func (s productsShape) hi() string        { return vec('X', s.high(23)) }
func (s productsShape) sum(row, column, columns int) int {
	return row*columns + column
}

func (s productsShape) high(i int) int {
	if s.width == 'Z' {
		return i
	}
	return map[int]int{16: 8, 17: 9, 20: 10, 21: 11, 22: 13, 23: 14}[i]
}

// writeProductsLanes declares the numbers of 8 lanes, twice.
func writeProductsLanes(f *file) {
	f.line("")
	for i := range 16 {
		f.line("DATA productsLanes<>+%d(SB)/4, $%d", 4*i, i%8)
	}
	f.line("GLOBL productsLanes<>(SB), RODATA|NOPTR, $64")
}

func writeProductsF32AVX512(f *file) {
	writeProductsLanes(f)
	for _, half := range []bool{false, true} {
		for rows := 1; rows <= 4; rows++ {
			productsShape{'Z', rows, half}.write(f)
		}
	}
}

func writeProductsF32AVX2(f *file) {
	f.line("\n// -1 for 8 elements, then 0 for 8.")
	for i := range 16 {
		f.line("DATA productsMask<>+%d(SB)/4, $%d", 4*i, -(1 - i/8))
	}
	f.line("GLOBL productsMask<>(SB), RODATA|NOPTR, $64")
	writeProductsLanes(f)
	for _, half := range []bool{false, true} {
		for rows := 1; rows <= 2; rows++ {
			productsShape{'Y', rows, half}.write(f)
		}
	}
}

// write makes the function for the shape. Registers: DI dst, BX w, R12 bias or 0, CX columns left, DX whole vectors in k,
// R8 and R9 one and three rows of x, R10 and R11 one and three rows of w.
func (s productsShape) write(f *file) {
	kind, element := "F32", "float32"
	if s.half {
		kind, element = "F16", "uint16"
	}
	feature := map[byte]string{'Z': "AVX512", 'Y': "AVX2"}[s.width]
	f.function(fmt.Sprintf("products%dx4%s%s", s.rows, kind, feature),
		"(dst *float32, ldd int, x *float32, ldx int, w *"+element+", n, k int, bias *float32, lo, hi float32)", 72)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ ldx+24(FP), R8")
	f.op("SHLQ $2, R8")
	f.op("LEAQ (R8)(R8*2), R9")
	f.op("MOVQ w+32(FP), BX")
	f.op("MOVQ n+40(FP), CX")
	f.op("MOVQ k+48(FP), DX")
	f.op("MOVQ DX, R10")
	if s.half {
		f.op("SHLQ $1, R10")
	} else {
		f.op("SHLQ $2, R10")
	}
	f.op("LEAQ (R10)(R10*2), R11")
	f.op("MOVQ bias+56(FP), R12")
	f.op("VBROADCASTSS lo+64(FP), %s", s.lo())
	f.op("VBROADCASTSS hi+68(FP), %s", s.hi())
	f.op("MOVQ DX, AX")
	f.op("ANDQ $%d, AX", s.lanes()-1)
	if s.aligns() {
		s.align(f)
	}
	if s.width == 'Z' {
		// CX is needed for the shift.
		f.op("MOVQ CX, SI")
		f.op("MOVQ AX, CX")
		f.op("MOVL $1, AX")
		f.op("SHLL CX, AX")
		f.op("DECL AX")
		f.op("KMOVW AX, K1")
		f.op("KNOTW K1, K2")
		f.op("MOVQ SI, CX")
	} else {
		f.op("LEAQ productsMask<>+32(SB), SI")
		f.op("SHLQ $2, AX")
		f.op("SUBQ AX, SI")
		f.op("VMOVUPS (SI), Y15")
		f.op("VPCMPEQD Y12, Y12, Y12")
		f.op("VPXOR Y15, Y12, Y12")
	}
	f.op("SHRQ $%d, DX", map[byte]int{'Z': 4, 'Y': 3}[s.width])
	if s.aligns() {
		f.op("TESTQ R14, R14")
		f.op("JZ aligned")
		f.op("DECQ DX")
		f.label("aligned")
	}
	steps := []int{4, 1}
	if s.rows == 1 {
		steps = []int{8, 4, 1}
	}
	for i, columns := range steps {
		end := "done"
		if i+1 < len(steps) {
			end = fmt.Sprintf("columns%d", steps[i+1])
		}
		f.label(fmt.Sprintf("columns%d", columns))
		f.op("CMPQ CX, $%d", columns)
		f.op("JLT %s", end)
		s.block(f, columns)
		f.op("SUBQ $%d, CX", columns)
		f.op("JMP columns%d", columns)
	}
	f.label("done")
	f.ret()
}

// aligns reports whether vectors of w are to begin at multiples of their size. Those of 8 float16 do anyway.
func (s productsShape) aligns() bool { return !s.half || s.width == 'Z' }

// align shifts vectors along k so that those of w lie in one line of the cache each; a stream of vectors that lie in two takes
// twice as long. w begins some elements after a multiple of a vector's size, R14 bytes of x, and the vectors begin as many before
// w. The first one lacks the lanes that are left for one more at the end. That takes rows of whole vectors, and enough of them to
// be worth it. The sums come out in other lanes than they would, from where reduce takes them back: the bits are the same.
func (s productsShape) align(f *file) {
	size := 4
	if s.half {
		size = 2
	}
	f.op("XORL R14, R14")
	f.op("TESTQ AX, AX")
	f.op("JNZ shifted")
	f.op("CMPQ DX, $64")
	f.op("JLT shifted")
	f.op("TESTQ $%d, BX", size-1)
	f.op("JNZ shifted")
	f.op("MOVQ BX, R14")
	f.op("ANDQ $%d, R14", size*s.lanes()-1)
	f.op("MOVQ R14, AX")
	f.op("SHRQ $%d, AX", size/2)
	if s.half {
		f.op("SHLQ $1, R14")
	}
	f.op("MOVQ AX, k+48(FP)") // its remainder is all that is used of it
	f.label("shifted")
}

// together is how many vectors of a row of w are read one after the other where x has one row: the second-level cache delivers
// neighbouring lines faster than others.
func (s productsShape) together() int {
	if s.width == 'Z' {
		return 4
	}
	return 2
}

// block computes some columns for all rows: SI and R13 walk along x and w, R15 along the fifth row of w and on.
func (s productsShape) block(f *file, columns int) {
	f.op("MOVQ x+16(FP), SI")
	f.op("MOVQ BX, R13")
	for i := range s.rows * columns {
		f.zero(vec(s.width, i))
	}
	size := 4
	if s.half {
		size = 2
	}
	rows := func() {
		if columns == 8 {
			f.op("LEAQ (R13)(R10*4), R15")
		}
	}
	advance := func(vectors int) {
		f.op("ADDQ $%d, SI", 4*s.lanes()*vectors)
		f.op("ADDQ $%d, R13", size*s.lanes()*vectors)
		if columns == 8 {
			f.op("ADDQ $%d, R15", size*s.lanes()*vectors)
		}
	}
	rows()
	if s.aligns() {
		f.op("TESTQ R14, R14")
		f.op("JZ whole%d", columns)
		f.op("SUBQ R14, SI")
		if s.half {
			f.op("MOVQ R14, AX")
			f.op("SHRQ $1, AX")
			f.op("SUBQ AX, R13")
		} else {
			f.op("SUBQ R14, R13")
		}
		rows()
		s.step(f, columns, head, 1)
		advance(1)
		f.label(fmt.Sprintf("whole%d", columns))
	}
	f.op("MOVQ DX, AX")
	if s.rows == 1 {
		many := s.together()
		f.op("SUBQ $%d, AX", many)
		f.op("JLT few%d", columns)
		f.op("PCALIGN $32")
		f.label(fmt.Sprintf("many%d", columns))
		s.step(f, columns, middle, many)
		advance(many)
		f.op("SUBQ $%d, AX", many)
		f.op("JGE many%d", columns)
		f.label(fmt.Sprintf("few%d", columns))
		f.op("ADDQ $%d, AX", many)
	} else {
		f.op("TESTQ AX, AX")
	}
	f.op("JZ tail%d", columns)
	f.label(fmt.Sprintf("loop%d", columns))
	s.step(f, columns, middle, 1)
	advance(1)
	f.op("DECQ AX")
	f.op("JNZ loop%d", columns)
	f.label(fmt.Sprintf("tail%d", columns))
	f.op("TESTQ $%d, k+48(FP)", s.lanes()-1)
	f.op("JZ sum%d", columns)
	s.step(f, columns, tail, 1)
	f.label(fmt.Sprintf("sum%d", columns))
	s.halve(f, s.rows*columns)
	if s.aligns() {
		f.op("TESTQ R14, R14")
		f.op("JZ unshifted%d", columns)
		f.op("MOVQ R14, SI")
		f.op("ANDQ $31, SI")
		f.op("LEAQ productsLanes<>(SB), R13")
		f.op("VMOVUPS (R13)(SI*1), %s", s.order())
		for i := range s.rows * columns {
			f.op("VPERMPS %s, %s, %s", vec('Y', i), s.order(), vec('Y', i))
		}
		f.label(fmt.Sprintf("unshifted%d", columns))
	}
	f.op("MOVQ DI, AX")
	for row := range s.rows {
		for c := 0; c < columns; c += 4 {
			first := s.sum(row, c, columns)
			if columns == 1 {
				s.reduce(f, first, 1)
			} else {
				s.reduce(f, first, 4)
			}
			s.finish(f, first, c, columns)
		}
		if row+1 < s.rows {
			f.op("MOVQ ldd+8(FP), SI")
			f.op("LEAQ (AX)(SI*4), AX")
		}
	}
	f.op("ADDQ $%d, DI", 4*columns)
	f.op("LEAQ (BX)(R10*%d), BX", columns)
	f.op("TESTQ R12, R12")
	f.op("JZ bias%d", columns)
	f.op("ADDQ $%d, R12", 4*columns)
	f.label(fmt.Sprintf("bias%d", columns))
}

// Where a vector lies along k: the first and the last one have some of their lanes only.
const (
	head = iota
	middle
	tail
)

// step adds the products of some vectors along k, more than one only in the middle.
func (s productsShape) step(f *file, columns, place, vectors int) {
	xRows := []string{"(SI)", "(SI)(R8*1)", "(SI)(R8*2)", "(SI)(R9*1)"}
	wRows := []string{"(R13)", "(R13)(R10*1)", "(R13)(R10*2)", "(R13)(R11*1)", "(R15)", "(R15)(R10*1)", "(R15)(R10*2)", "(R15)(R11*1)"}
	zMask, yMask := "K1", "Y15"
	if place == head {
		zMask, yMask = "K2", "Y12"
	}
	load := func(at, reg string) {
		switch {
		case place == middle:
			f.op("VMOVUPS %s, %s", at, reg)
		case s.width == 'Z':
			f.op("VMOVUPS.Z %s, %s, %s", at, zMask, reg)
		default:
			f.op("VMASKMOVPS %s, %s, %s", at, yMask, reg)
		}
	}
	size := 4
	if s.half {
		size = 2
	}
	for r := range s.rows {
		for v := range vectors {
			load(beyond(xRows[r], 4*s.lanes()*v), s.x(r+v))
		}
	}
	for c := range columns {
		for v := range vectors {
			at := beyond(wRows[c], size*s.lanes()*v)
			switch {
			case !s.half && place == middle && s.rows == 1:
				f.op("VFMADD231PS %s, %s, %s", at, s.x(v), vec(s.width, c))
				continue
			case !s.half:
				load(at, s.w())
			case place == middle:
				f.op("VCVTPH2PS %s, %s", at, s.w())
			case s.width == 'Z':
				f.op("VCVTPH2PS.Z %s, %s, %s", at, zMask, s.w())
			default:
				s.halfTail(f, columns, c, at)
			}
			for r := range s.rows {
				f.op("VFMADD231PS %s, %s, %s", s.w(), s.x(r+v), vec(s.width, s.sum(r, c, columns)))
			}
		}
	}
}

// beyond is a memory operand some bytes further on.
func beyond(at string, bytes int) string {
	if bytes == 0 {
		return at
	}
	return fmt.Sprintf("%d%s", bytes, at)
}

// halfTail widens the last k%8 elements of a row of float16, whose neighbours it may not read, into the register for w.
func (s productsShape) halfTail(f *file, columns, c int, at string) {
	w := s.w()
	x, t := "X"+w[1:], "X"+s.temporary()[1:]
	f.op("LEAQ %s, AX", at)
	f.op("VPXOR %s, %s, %s", x, x, x)
	// The parts are taken from the end, each shifting what follows it.
	one, two, four := fmt.Sprintf("two%dat%d", columns, c), fmt.Sprintf("four%dat%d", columns, c), fmt.Sprintf("whole%dat%d", columns, c)
	f.op("MOVQ k+48(FP), R14")
	f.op("ANDQ $7, R14")
	f.op("TESTQ $1, R14")
	f.op("JZ %s", one)
	f.op("VPINSRW $0, -2(AX)(R14*2), %s, %s", x, x)
	f.label(one)
	f.op("TESTQ $2, R14")
	f.op("JZ %s", two)
	f.op("ANDQ $6, R14")
	f.op("VPSLLDQ $4, %s, %s", x, x)
	f.op("VPINSRD $0, -4(AX)(R14*2), %s, %s", x, x)
	f.label(two)
	f.op("TESTQ $4, R14")
	f.op("JZ %s", four)
	f.op("VMOVQ (AX), %s", t)
	f.op("VPUNPCKLQDQ %s, %s, %s", x, t, x)
	f.label(four)
	f.op("VCVTPH2PS %s, %s", x, w)
}

// halve adds the upper to the lower halves of wide sums.
func (s productsShape) halve(f *file, count int) {
	if s.width != 'Z' {
		return
	}
	for i := range count {
		f.op("VEXTRACTF64X4 $1, %s, %s", vec('Z', i), s.temporary())
		f.op("VADDPS %s, %s, %s", s.temporary(), vec('Y', i), vec('Y', i))
	}
}

// reduce sums the 8 lanes of one vector, or of four following each other, into the low lanes of the first: always in the same
// order, ((0+1)+(2+3)) of those below 4 and of the others.
func (s productsShape) reduce(f *file, first, count int) {
	y := func(i int) string { return vec('Y', first+i) }
	if count == 4 {
		f.op("VHADDPS %s, %s, %s", y(1), y(0), y(0))
		f.op("VHADDPS %s, %s, %s", y(3), y(2), y(2))
		f.op("VHADDPS %s, %s, %s", y(2), y(0), y(0))
	} else {
		f.op("VHADDPS %s, %s, %s", y(0), y(0), y(0))
		f.op("VHADDPS %s, %s, %s", y(0), y(0), y(0))
	}
	x, t := vec('X', first), "X"+s.temporary()[1:]
	if s.width == 'Z' {
		f.op("VEXTRACTF32X4 $1, %s, %s", y(0), t)
	} else {
		f.op("VEXTRACTF128 $1, %s, %s", y(0), t)
	}
	f.op("VADDPS %s, %s, %s", t, x, x)
}

// finish adds the bias, clamps and stores one or four sums at column c of the block.
func (s productsShape) finish(f *file, first, c, columns int) {
	x := vec('X', first)
	skip := fmt.Sprintf("plain%dat%d", columns, first)
	f.op("TESTQ R12, R12")
	f.op("JZ %s", skip)
	if columns == 1 {
		f.op("VADDSS %d(R12), %s, %s", 4*c, x, x)
	} else {
		f.op("VADDPS %d(R12), %s, %s", 4*c, x, x)
	}
	f.label(skip)
	// With a NaN these instructions give their second source, which Go writes first.
	f.op("VMAXPS %s, %s, %s", x, s.lo(), x)
	f.op("VMINPS %s, %s, %s", x, s.hi(), x)
	if columns == 1 {
		f.op("VMOVSS %s, %d(AX)", x, 4*c)
	} else {
		f.op("VMOVUPS %s, %d(AX)", x, 4*c)
	}
}
