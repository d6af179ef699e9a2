package main

// turnFile writes the transposing kernels of package move. Each transposes strips of a few rows of the source: tile by tile it
// loads a piece of each of them, interleaves registers until each holds a piece of a column, and stores it as a piece of a row
// of the destination. The last tile of a strip overlaps the one before.
func turnFile(f *file) {
	for _, t := range []turnTile{
		{"turn8x8x8", 8, 8, 8, turnBytes8},
		{"turn8x16x16", 8, 16, 16, turnBytes16},
		{"turn16x8x8", 16, 8, 8, func(f *file) { turnWords(f, 'X') }},
		{"turn16x16x8", 16, 16, 8, func(f *file) { turnWords(f, 'Y') }},
		{"turn32x4x4", 32, 4, 4, turnLongs4},
		{"turn32x8x8", 32, 8, 8, turnLongs8},
		{"turn64x4x4", 64, 4, 4, turnQuads},
	} {
		t.write(f)
	}
}

// turnTile is a kernel for elements of some bits: its tile makes rows of the destination out of as many columns of the source,
// of as many elements as there are source rows in the strip.
type turnTile struct {
	name          string
	bits          int
	rows, columns int
	body          func(f *file)
}

// Registers: SI, R9 = 4 rows further, R8 = source row in bytes, R10 = 3 of them; DI, R12, R11, R13 likewise for the
// destination. R14 and R15 belong to Go.
var (
	turnSource = strided("SI", "R9", "R8", "R10")
	turnTarget = strided("DI", "R12", "R11", "R13")
)

// strided returns the addresses of 8 rows: 0 to 3 from one register, 4 to 7 from another.
func strided(low, high, row, three string) [8]string {
	var a [8]string
	for i, base := range []string{low, high} {
		a[4*i] = "(" + base + ")"
		a[4*i+1] = "(" + base + ")(" + row + "*1)"
		a[4*i+2] = "(" + base + ")(" + row + "*2)"
		a[4*i+3] = "(" + base + ")(" + three + "*1)"
	}
	return a
}

func (t *turnTile) write(f *file) {
	f.function(t.name+"AVX2", "(dst, src unsafe.Pointer, rows, dstRow, srcRow int)", 40)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ src+8(FP), SI")
	f.op("MOVQ rows+16(FP), CX")
	f.op("MOVQ dstRow+24(FP), R11")
	f.op("MOVQ srcRow+32(FP), R8")
	f.op("LEAQ (R8)(R8*2), R10")
	f.op("LEAQ (R11)(R11*2), R13")
	f.label("tile")
	f.op("LEAQ (SI)(R8*4), R9")
	f.op("LEAQ (DI)(R11*4), R12")
	t.body(f)
	f.op("MOVQ $%d, AX", t.rows)
	f.op("SUBQ AX, CX")
	f.op("JLE done")
	f.op("CMPQ CX, AX")
	f.op("JGE advance")
	f.op("MOVQ CX, AX")
	f.op("MOVQ $%d, CX", t.rows)
	f.label("advance")
	f.op("LEAQ (SI)(AX*%d), SI", t.bits/8)
	f.op("IMULQ R11, AX")
	f.op("ADDQ AX, DI")
	f.op("JMP tile")
	f.label("done")
	f.ret()
}

// interleave replaces registers a and b by the low and the high halves of their elements in turn; spare is free and takes the
// place of b, which is free then.
func interleave(f *file, kind string, width byte, a, b, spare int) {
	f.op("VPUNPCKH%s %s, %s, %s", kind, vec(width, b), vec(width, a), vec(width, spare))
	f.op("VPUNPCKL%s %s, %s, %s", kind, vec(width, b), vec(width, a), vec(width, a))
}

// network interleaves 8 registers in three steps by the kinds given and returns the order in which they hold the columns.
func network(f *file, width byte, kinds [3]string) [8]int {
	r := [8]int{0, 1, 2, 3, 4, 5, 6, 7}
	spare := 8
	step := func(kind string, i, j int) { // r[i], r[j] become low and high
		interleave(f, kind, width, r[i], r[j], spare)
		r[j], spare = spare, r[j]
	}
	// Registers of rows 2i and 2i+1: columns of the low and the high half.
	for _, i := range []int{0, 2, 4, 6} {
		step(kinds[0], i, i+1)
	}
	for _, i := range []int{0, 4} {
		step(kinds[1], i, i+2)
		step(kinds[1], i+1, i+3)
	}
	for i := range 4 {
		step(kinds[2], i, i+4)
	}
	// After the second step place 0 holds the first quarter of the columns, 2 the second, 1 the third, 3 the last.
	return [8]int{r[0], r[4], r[2], r[6], r[1], r[5], r[3], r[7]}
}

// turnBytes8 turns 8 x 8 bytes.
func turnBytes8(f *file) {
	for i, a := range turnSource {
		f.op("VMOVQ %s, X%d", a, i)
	}
	// Rows 2i and 2i+1 in one register each, then four, then all.
	for i := range 4 {
		f.op("VPUNPCKLBW X%d, X%d, X%d", 2*i+1, 2*i, i)
	}
	interleave(f, "WD", 'X', 0, 1, 4)
	interleave(f, "WD", 'X', 2, 3, 5)
	interleave(f, "DQ", 'X', 0, 2, 6)
	interleave(f, "DQ", 'X', 4, 5, 7)
	for i, r := range []int{0, 6, 4, 7} {
		f.op("VMOVQ X%d, %s", r, turnTarget[2*i])
		f.op("VMOVHPS X%d, %s", r, turnTarget[2*i+1])
	}
}

// turnBytes16 turns 16 x 16 bytes: rows 0 to 7 in the low lanes, 8 to 15 in the high ones.
func turnBytes16(f *file) {
	f.op("LEAQ (SI)(R8*8), DX")
	f.op("LEAQ (R9)(R8*8), BX")
	high := strided("DX", "BX", "R8", "R10")
	for i, a := range turnSource {
		f.op("VMOVDQU %s, X%d", a, i)
		f.op("VINSERTI128 $1, %s, Y%d, Y%d", high[i], i, i)
	}
	order := network(f, 'Y', [3]string{"BW", "WD", "DQ"})
	f.op("LEAQ (DI)(R11*8), DX")
	f.op("LEAQ (R12)(R11*8), BX")
	targets := append(turnTarget[:], arrayOf(strided("DX", "BX", "R11", "R13"))...)
	for i, r := range order {
		f.op("VPERMQ $0xd8, Y%d, Y%d", r, r)
		f.op("VMOVDQU X%d, %s", r, targets[2*i])
		f.op("VEXTRACTI128 $1, Y%d, %s", r, targets[2*i+1])
	}
}

func arrayOf(a [8]string) []string { return a[:] }

// turnWords turns 8 rows of 8 or 16 elements of 16 bits; columns 8 to 15 are in the high lanes.
func turnWords(f *file, width byte) {
	for i, a := range turnSource {
		f.op("VMOVDQU %s, %s", a, vec(width, i))
	}
	order := network(f, width, [3]string{"WD", "DQ", "QDQ"})
	for i, r := range order {
		f.op("VMOVDQU X%d, %s", r, turnTarget[i])
	}
	if width == 'X' {
		return
	}
	f.op("LEAQ (DI)(R11*8), DX")
	f.op("LEAQ (R12)(R11*8), BX")
	for i, a := range strided("DX", "BX", "R11", "R13") {
		f.op("VEXTRACTI128 $1, Y%d, %s", order[i], a)
	}
}

// turnLongs4 turns 4 x 4 elements of 32 bits.
func turnLongs4(f *file) {
	for i := range 4 {
		f.op("VMOVDQU %s, X%d", turnSource[i], i)
	}
	for i, r := range quarter(f, 'X', 0) {
		f.op("VMOVDQU X%d, %s", r, turnTarget[i])
	}
}

// quarter transposes 4 x 4 elements of 32 bits in each lane of four registers from first on and returns those that hold the
// columns; it uses 8 and 9 as well.
func quarter(f *file, width byte, first int) [4]int {
	a, b, c, d := first, first+1, first+2, first+3
	interleave(f, "DQ", width, a, b, 8)
	interleave(f, "DQ", width, c, d, 9)
	interleave(f, "QDQ", width, a, c, b)
	interleave(f, "QDQ", width, 8, 9, d)
	return [4]int{a, b, 8, d}
}

// turnLongs8 turns 8 x 8 elements of 32 bits: rows 0 to 3 in the low lanes, 4 to 7 in the high ones.
func turnLongs8(f *file) {
	for i := range 4 {
		f.op("VMOVDQU %s, X%d", turnSource[i], i)
		f.op("VMOVDQU 16%s, X%d", turnSource[i], 4+i)
		f.op("VINSERTI128 $1, %s, Y%d, Y%d", turnSource[4+i], i, i)
		f.op("VINSERTI128 $1, 16%s, Y%d, Y%d", turnSource[4+i], 4+i, 4+i)
	}
	for half := range 2 {
		for i, r := range quarter(f, 'Y', 4*half) {
			f.op("VMOVDQU Y%d, %s", r, turnTarget[4*half+i])
		}
	}
}

// turnQuads turns 4 x 4 elements of 64 bits: rows 0 and 1 in the low lanes, 2 and 3 in the high ones.
func turnQuads(f *file) {
	for i := range 2 {
		f.op("VMOVDQU %s, X%d", turnSource[i], i)
		f.op("VMOVDQU 16%s, X%d", turnSource[i], 2+i)
		f.op("VINSERTI128 $1, %s, Y%d, Y%d", turnSource[2+i], i, i)
		f.op("VINSERTI128 $1, 16%s, Y%d, Y%d", turnSource[2+i], 2+i, 2+i)
	}
	interleave(f, "QDQ", 'Y', 0, 1, 4)
	interleave(f, "QDQ", 'Y', 2, 3, 5)
	for i, r := range []int{0, 4, 2, 5} {
		f.op("VMOVDQU Y%d, %s", r, turnTarget[i])
	}
}
