package main

import "fmt"

// gemmTile is a register tile of a matrix product: rows of x, read where they are, times vectors of columns of w. Few rows
// have too few sums to hide the latency of the additions: they sum every split-th element of k apart.
type gemmTile struct {
	width   byte // 'Z' or 'Y'
	rows    int
	vectors int
	split   int
	masked  bool // AVX2: loads of w are masked
}

func (t gemmTile) lanes() int {
	if t.width == 'Z' {
		return 16
	}
	return 8
}

func (t gemmTile) name() string {
	feature := "AVX512"
	if t.width == 'Y' {
		feature = "AVX2"
	}
	if t.masked {
		feature = "Masked" + feature
	}
	return fmt.Sprintf("gemm%dx%dF32%s", t.rows, t.vectors*t.lanes(), feature)
}

func writeGemmF32AVX512(f *file) {
	for vectors := 1; vectors <= 2; vectors++ {
		for rows := 1; rows <= 14; rows++ {
			gemmTile{'Z', rows, vectors, min(4, max(1, 12/(rows*vectors))), false}.write(f)
		}
	}
}

func writeGemmF32AVX2(f *file) {
	f.line("\n// -1 for 16 elements, then 0 for 16.")
	for i := range 32 {
		f.line("DATA gemmMask<>+%d(SB)/4, $%d", 4*i, -(1 - i/16))
	}
	f.line("GLOBL gemmMask<>(SB), RODATA|NOPTR, $128")
	for vectors := 1; vectors <= 2; vectors++ {
		for rows := 1; rows <= 6; rows++ {
			gemmTile{'Y', rows, vectors, min(4, max(1, 12/(rows*vectors))), false}.write(f)
		}
		for rows := 1; rows <= 4; rows++ {
			gemmTile{'Y', rows, vectors, 1, true}.write(f)
		}
	}
}

func (t gemmTile) sum(part, row, v int) string {
	return vec(t.width, (part*t.rows+row)*t.vectors+v)
}

func (t gemmTile) last(i int) string {
	if t.width == 'Z' {
		return vec('Z', 31-i)
	}
	return vec('Y', 15-i)
}

// The registers beside the sums.
func (t gemmTile) w(v int) string    { return t.last(v) }
func (t gemmTile) x() string         { return t.last(2) }
func (t gemmTile) mask(v int) string { return t.last(3 + v) }

// write makes the function for the tile. Registers: SI row 0 of x at this tile, DI the same of dst, R8 and R9 one and three
// rows of x, R10 and R11 one and three rows of w; R13, R15 and R14 walk along rows 0, 5 and 10 of x, BX along w, DX along the
// runs, of which R12 are left; CX counts in a run.
func (t gemmTile) write(f *file) {
	f.function(t.name(), "(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)", 104)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+16(FP), SI")
	f.op("MOVQ ldx+24(FP), R8")
	f.op("LEAQ (R8)(R8*2), R9")
	f.op("MOVQ ldw+40(FP), R10")
	f.op("LEAQ (R10)(R10*2), R11")
	f.op("MOVQ columns+88(FP), CX")
	if t.width == 'Z' {
		f.op("MOVQ $1, AX")
		f.op("SHLQ CX, AX")
		f.op("DECQ AX")
		f.op("KMOVW AX, K1")
		f.op("SHRQ $16, AX")
		f.op("KMOVW AX, K2")
	} else if t.masked {
		t.masks(f)
	}
	f.label("tile")
	t.begin(f)
	f.op("MOVQ w+32(FP), BX")
	f.op("MOVQ runs+48(FP), DX")
	f.op("MOVQ count+56(FP), R12")
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
	f.op("MOVQ run+64(FP), CX")
	if t.split > 1 {
		f.op("SUBQ $%d, CX", t.split)
		f.op("JLT rest")
		f.label("several")
		for part := range t.split {
			t.step(f, part)
		}
		t.advance(f, t.split)
		f.op("SUBQ $%d, CX", t.split)
		f.op("JGE several")
		f.label("rest")
		f.op("ADDQ $%d, CX", t.split)
		f.op("JZ ended")
	}
	f.label("single")
	t.step(f, 0)
	t.advance(f, 1)
	f.op("DECQ CX")
	f.op("JNZ single")
	f.label("ended")
	f.op("DECQ R12")
	f.op("JNZ run")
	t.end(f)
	f.op("MOVQ DX, DI")
	f.op("IMUL3Q $%d, R8, AX", t.rows)
	f.op("ADDQ AX, SI")
	f.op("DECQ tiles+80(FP)")
	f.op("JNZ tile")
	f.ret()
}

// masks loads the masks of the columns.
func (t gemmTile) masks(f *file) {
	f.op("LEAQ gemmMask<>+64(SB), AX")
	f.op("SHLQ $2, CX")
	f.op("SUBQ CX, AX")
	for v := range t.vectors {
		f.op("VMOVUPS %d(AX), %s", 32*v, t.mask(v))
	}
}

// begin sets the sums to the bias or 0.
func (t gemmTile) begin(f *file) {
	f.op("MOVQ bias+72(FP), AX")
	f.op("TESTQ AX, AX")
	f.op("JZ plain")
	if t.width == 'Y' && !t.masked {
		f.op("LEAQ gemmMask<>+64(SB), BX")
		f.op("MOVQ columns+88(FP), CX")
		f.op("SHLQ $2, CX")
		f.op("SUBQ CX, BX")
	}
	for v := range t.vectors {
		switch {
		case t.width == 'Z':
			f.op("VMOVUPS.Z %d(AX), K%d, %s", 64*v, v+1, t.sum(0, 0, v))
		case t.masked:
			f.op("VMASKMOVPS %d(AX), %s, %s", 32*v, t.mask(v), t.sum(0, 0, v))
		default:
			f.op("VMOVUPS %d(BX), %s", 32*v, t.x())
			f.op("VMASKMOVPS %d(AX), %s, %s", 32*v, t.x(), t.sum(0, 0, v))
		}
		for row := 1; row < t.rows; row++ {
			f.op("VMOVAPS %s, %s", t.sum(0, 0, v), t.sum(0, row, v))
		}
	}
	f.op("JMP others")
	f.label("plain")
	for i := range t.rows * t.vectors {
		f.zero(vec(t.width, i))
	}
	f.label("others")
	for i := t.rows * t.vectors; i < t.split*t.rows*t.vectors; i++ {
		f.zero(vec(t.width, i))
	}
}

var gemmRows = []string{
	"(R13)", "(R13)(R8*1)", "(R13)(R8*2)", "(R13)(R9*1)", "(R13)(R8*4)", "(R15)", "(R15)(R8*1)", "(R15)(R8*2)", "(R15)(R9*1)", "(R15)(R8*4)",
	"(R14)", "(R14)(R8*1)", "(R14)(R8*2)", "(R14)(R9*1)",
}

// step adds the products of one element of k, part steps ahead.
func (t gemmTile) step(f *file, part int) {
	at := []string{"(BX)", "(BX)(R10*1)", "(BX)(R10*2)", "(BX)(R11*1)"}[part]
	for v := range t.vectors {
		switch {
		case t.width == 'Z':
			f.op("VMOVUPS.Z %d%s, K%d, %s", 64*v, at, v+1, t.w(v))
		case t.masked:
			f.op("VMASKMOVPS %d%s, %s, %s", 32*v, at, t.mask(v), t.w(v))
		default:
			f.op("VMOVUPS %d%s, %s", 32*v, at, t.w(v))
		}
	}
	for row := range t.rows {
		x := fmt.Sprintf("%d%s", 4*part, gemmRows[row])
		if t.width == 'Z' && t.vectors == 1 {
			f.op("VFMADD231PS.BCST %s, %s, %s", x, t.w(0), t.sum(part, row, 0))
			continue
		}
		f.op("VBROADCASTSS %s, %s", x, t.x())
		for v := range t.vectors {
			f.op("VFMADD231PS %s, %s, %s", t.w(v), t.x(), t.sum(part, row, v))
		}
	}
}

// advance moves on by some elements of k.
func (t gemmTile) advance(f *file, count int) {
	f.op("ADDQ $%d, R13", 4*count)
	if t.rows > 5 {
		f.op("ADDQ $%d, R15", 4*count)
	}
	if t.rows > 10 {
		f.op("ADDQ $%d, R14", 4*count)
	}
	switch count {
	case 1:
		f.op("ADDQ R10, BX")
	case 2, 4:
		f.op("LEAQ (BX)(R10*%d), BX", count)
	case 3:
		f.op("ADDQ R11, BX")
	}
}

// end adds the partial sums up, clamps and stores; DX is then the row after the last.
func (t gemmTile) end(f *file) {
	for stride := (t.split + 1) / 2; t.split > 1; stride = (stride + 1) / 2 {
		for part := 0; part+stride < t.split && part < stride; part++ {
			for row := range t.rows {
				for v := range t.vectors {
					f.op("VADDPS %s, %s, %s", t.sum(part+stride, row, v), t.sum(part, row, v), t.sum(part, row, v))
				}
			}
		}
		t.split = stride
	}
	lo, hi := t.w(0), t.w(1)
	f.op("VBROADCASTSS lo+96(FP), %s", lo)
	f.op("VBROADCASTSS hi+100(FP), %s", hi)
	f.op("MOVQ ldd+8(FP), CX")
	if t.width == 'Y' && !t.masked {
		f.op("LEAQ gemmMask<>+64(SB), BX")
		f.op("MOVQ columns+88(FP), AX")
		f.op("SHLQ $2, AX")
		f.op("SUBQ AX, BX")
	}
	for v := range t.vectors {
		f.op("MOVQ DI, DX")
		mask := t.mask(v)
		if t.width == 'Y' && !t.masked {
			mask = t.x()
			f.op("VMOVUPS %d(BX), %s", 32*v, mask)
		}
		for row := range t.rows {
			s := t.sum(0, row, v)
			// With a NaN these instructions give their second source, which Go writes first.
			f.op("VMAXPS %s, %s, %s", s, lo, s)
			f.op("VMINPS %s, %s, %s", s, hi, s)
			if t.width == 'Z' {
				f.op("VMOVUPS %s, K%d, %d(DX)", s, v+1, 64*v)
			} else {
				f.op("VMASKMOVPS %s, %s, %d(DX)", s, mask, 32*v)
			}
			f.op("ADDQ CX, DX")
		}
	}
}
