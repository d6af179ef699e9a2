package main

import "fmt"

// fewTile is a register tile of a matrix product with few columns: rows of x, read where they are, times columns of w. Lanes are
// along k; every product has a vector of sums of its own, so the result does not depend on the tile.
type fewTile struct {
	width         byte // 'Z' or 'Y'
	rows, columns int
}

// fewRows is how many rows a tile has for 1, 2, ... columns.
var fewRows = map[byte][]int{'Z': {12, 8, 7, 6, 5, 4, 3, 3}, 'Y': {7, 4, 3, 2}}

func writeFew(f *file) {
	f.line("\n// -1 for 8 elements, then 0 for 8.")
	for i := range 16 {
		f.line("DATA fewMask<>+%d(SB)/4, $%d", 4*i, -(1 - i/8))
	}
	f.line("GLOBL fewMask<>(SB), RODATA|NOPTR, $64")
	for _, width := range []byte{'Z', 'Y'} {
		for i, rows := range fewRows[width] {
			fewTile{width, rows, i + 1}.write(f)
			fewTile{width, 1, i + 1}.write(f)
		}
	}
}

func (t fewTile) lanes() int {
	if t.width == 'Z' {
		return 16
	}
	return 8
}

func (t fewTile) sum(row, column int) string { return vec(t.width, row*t.columns+column) }
func (t fewTile) x(row int) string           { return vec(t.width, t.rows*t.columns+row) }
func (t fewTile) w() string {
	if t.width == 'Z' {
		return "Z31"
	}
	return "Y15"
}

// write makes the function for the tile. Registers: SI row 0 of x at this tile, DI the same of dst, R8 and R9 one and three rows
// of x; R13, R15 and R14 walk along rows 0, 5 and 10 of x, BX along w, DX along the runs, of which R12 are left; CX counts the
// vectors of a run, R10 are its whole ones, R11 its last elements, whose mask is K1 or Y14.
func (t fewTile) write(f *file) {
	feature := map[byte]string{'Z': "AVX512", 'Y': "AVX2"}[t.width]
	f.function(fmt.Sprintf("few%dx%dF32%s", t.rows, t.columns, feature),
		"(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)", 88)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+16(FP), SI")
	f.op("MOVQ ldx+24(FP), R8")
	f.op("LEAQ (R8)(R8*2), R9")
	f.op("MOVQ run+56(FP), R10")
	f.op("MOVQ R10, R11")
	f.op("ANDQ $%d, R11", t.lanes()-1)
	if t.width == 'Z' {
		f.op("SHRQ $4, R10")
		f.op("MOVQ R11, CX")
		f.op("MOVL $1, AX")
		f.op("SHLL CX, AX")
		f.op("DECL AX")
		f.op("KMOVW AX, K1")
	} else {
		f.op("SHRQ $3, R10")
		f.op("LEAQ fewMask<>+32(SB), AX")
		f.op("LEAQ (R11*4), CX")
		f.op("SUBQ CX, AX")
		f.op("VMOVUPS (AX), Y14")
	}
	f.label("tile")
	for i := range t.rows * t.columns {
		f.zero(vec(t.width, i))
	}
	f.op("MOVQ w+32(FP), BX")
	f.op("MOVQ runs+40(FP), DX")
	f.op("MOVQ count+48(FP), R12")
	f.label("run")
	f.op("MOVQ (DX), R13")
	f.op("ADDQ $8, DX")
	f.op("LEAQ (SI)(R13*4), R13")
	if t.rows > 5 {
		f.op("LEAQ (R8)(R8*4), R15")
		if t.rows > 10 {
			f.op("LEAQ (R13)(R15*2), R14")
		}
		f.op("ADDQ R13, R15")
	}
	f.op("MOVQ R10, CX")
	f.op("TESTQ CX, CX")
	f.op("JZ last")
	f.op("PCALIGN $16")
	f.label("vector")
	t.step(f, false)
	for _, r := range []struct {
		rows int
		reg  string
	}{{0, "R13"}, {5, "R15"}, {10, "R14"}} {
		if t.rows > r.rows {
			f.op("ADDQ $%d, %s", 4*t.lanes(), r.reg)
		}
	}
	f.op("DECQ CX")
	f.op("JNZ vector")
	f.label("last")
	f.op("TESTQ R11, R11")
	f.op("JZ ended")
	t.step(f, true)
	f.label("ended")
	f.op("DECQ R12")
	f.op("JNZ run")
	t.end(f)
	f.op("IMUL3Q $%d, R8, AX", t.rows)
	f.op("ADDQ AX, SI")
	f.op("DECQ tiles+72(FP)")
	f.op("JNZ tile")
	f.ret()
}

// step adds the products of a vector along k.
func (t fewTile) step(f *file, masked bool) {
	direct := t.columns == 1 && !masked // x is needed once
	for r := range t.rows {
		switch {
		case direct:
		case !masked:
			f.op("VMOVUPS %s, %s", gemmRows[r], t.x(r))
		case t.width == 'Z':
			f.op("VMOVUPS.Z %s, K1, %s", gemmRows[r], t.x(r))
		default:
			f.op("VMASKMOVPS %s, Y14, %s", gemmRows[r], t.x(r))
		}
	}
	for c := range t.columns {
		f.op("VMOVUPS %d(BX), %s", 4*t.lanes()*c, t.w())
		for r := range t.rows {
			x := t.x(r)
			if direct {
				x = gemmRows[r]
			}
			f.op("VFMADD231PS %s, %s, %s", x, t.w(), t.sum(r, c))
		}
	}
	f.op("ADDQ $%d, BX", 4*t.lanes()*t.columns)
}

// end adds up the lanes, adds the bias, clamps and stores, and moves DI on. Other registers than the sums are free here.
func (t fewTile) end(f *file) {
	f.op("MOVQ bias+64(FP), AX")
	f.op("MOVQ ldd+8(FP), CX")
	lo, hi, temporary := "X12", "X13", "X15"
	if t.width == 'Z' {
		lo, hi, temporary = "X29", "X30", "X31"
	}
	f.op("VBROADCASTSS lo+80(FP), %s", lo)
	f.op("VBROADCASTSS hi+84(FP), %s", hi)
	for row := range t.rows {
		for c := 0; c < t.columns; c += 4 {
			count := min(4, t.columns-c)
			first := row*t.columns + c
			from := first
			if first+count > 16 {
				first = 0 // horizontal additions know 16 registers; these have been stored
			}
			if t.width == 'Z' {
				for i := range count {
					f.op("VEXTRACTF64X4 $1, Z%d, Y31", from+i)
					f.op("VADDPS Y31, Y%d, Y%d", from+i, first+i)
				}
			}
			y := func(i int) string { return vec('Y', first+min(i, count-1)) }
			f.op("VHADDPS %s, %s, %s", y(1), y(0), y(0))
			if count > 2 {
				f.op("VHADDPS %s, %s, %s", y(3), y(2), y(2))
				f.op("VHADDPS %s, %s, %s", y(2), y(0), y(0))
			} else {
				f.op("VHADDPS %s, %s, %s", y(0), y(0), y(0))
			}
			x := vec('X', first)
			if t.width == 'Z' {
				f.op("VEXTRACTF32X4 $1, %s, %s", y(0), temporary)
			} else {
				f.op("VEXTRACTF128 $1, %s, %s", y(0), temporary)
			}
			f.op("VADDPS %s, %s, %s", temporary, x, x)
			skip := fmt.Sprintf("plain%dat%d", row, c)
			f.op("TESTQ AX, AX")
			f.op("JZ %s", skip)
			fewNumbers(f, count, temporary, "AX", 4*c, true)
			f.op("VADDPS %s, %s, %s", temporary, x, x)
			f.label(skip)
			// With a NaN these instructions give their second source, which Go writes first.
			f.op("VMAXPS %s, %s, %s", x, lo, x)
			f.op("VMINPS %s, %s, %s", x, hi, x)
			fewNumbers(f, count, x, "DI", 4*c, false)
		}
		f.op("ADDQ CX, DI")
	}
}

// fewNumbers moves 1 to 4 numbers between memory and the low lanes of a register.
func fewNumbers(f *file, count int, x, pointer string, offset int, load bool) {
	at := fmt.Sprintf("%d(%s)", offset, pointer)
	name := []string{"", "VMOVSS", "VMOVSD", "VMOVSD", "VMOVUPS"}[count]
	third := fmt.Sprintf("%d(%s)", offset+8, pointer)
	switch {
	case load && count == 3:
		f.op("%s %s, %s", name, at, x)
		f.op("VINSERTPS $0x20, %s, %s, %s", third, x, x)
	case load:
		f.op("%s %s, %s", name, at, x)
	case count == 3:
		f.op("%s %s, %s", name, x, at)
		f.op("VEXTRACTPS $2, %s, %s", x, third)
	default:
		f.op("%s %s, %s", name, x, at)
	}
}
