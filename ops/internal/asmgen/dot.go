package main

import (
	"fmt"
	"strings"
)

// dotKind is one form of the products of unpacked rows: the element types and how they are multiplied.
type dotKind struct {
	x, w  string // "S8", "U8", "S16"
	isa   string // suffix of the name
	width byte   // of the registers
	bytes bool   // VPDPBUSD on bytes, else products of words
	dot   bool   // VPDPWSSD, else VPMADDWD and VPADDD
}

var dotKinds = []dotKind{
	{"S8", "S8", "VNNI512", 'Z', true, true},
	{"S8", "S8", "VNNI256", 'Y', true, true},
	{"S8", "S8", "AVX2", 'Y', false, false},
	{"U8", "U8", "VNNI512", 'Z', true, true},
	{"U8", "U8", "VNNI256", 'Y', true, true},
	{"U8", "U8", "AVX2", 'Y', false, false},
	{"U8", "S16", "VNNI512", 'Z', false, true},
	{"U8", "S16", "AVX2", 'Y', false, false},
	{"S16", "S8", "VNNI512", 'Z', false, true},
	{"S16", "S8", "AVX2", 'Y', false, false},
}

// dots writes the products of 1, 2 or 4 rows of x with rows of w, 4 of these at a time, or 1:
//
//	dst[r][j] = init[r][j] + sum(i, x[r][i]*w[j][i])
//
// init may be nil. Vectors run along k. Each sum has a vector of its own, which is summed in the end; with one row of x it has
// two, to hide the latency. Of bytes w is the unsigned operand, its top bits flipped, which adds 128*sum(x[r]): another vector
// for each row of x; U8 x U8 the other way round.
func dots(f *file) {
	f.line("\n// The last t bytes of the 32 from offset t on are ones.")
	for i := range 8 {
		f.line("DATA ·dotTail<>+%d(SB)/8, $0x%016x", i*8, map[bool]uint64{false: 0, true: 1<<64 - 1}[i >= 4])
	}
	f.line("GLOBL ·dotTail<>(SB), RODATA|NOPTR, $64")
	for _, k := range dotKinds {
		for _, rows := range []int{1, 2, 4} {
			if k.width == 'Y' && rows == 4 {
				continue
			}
			k.kernel(f, rows, 4)
		}
		k.kernel(f, 1, 1)
	}
}

func size(t string) int { return len(strings.TrimLeft(t, "SU")) } // "8": 1, "16": 2

// load writes the load of elements as bytes or words; mask is K1 or nothing.
func (k *dotKind) load(f *file, t, at, dst string, masked bool) {
	op := ""
	switch {
	case k.bytes:
		op = "VMOVDQU8"
	case t == "S16":
		op = "VMOVDQU16"
	case t == "S8":
		op = "VPMOVSXBW"
	default:
		op = "VPMOVZXBW"
	}
	if k.width == 'Y' && strings.HasPrefix(op, "VMOVDQU") {
		op = "VMOVDQU"
	}
	if masked {
		f.op("%s.Z %s, K1, %s", op, at, dst)
		return
	}
	f.op("%s %s, %s", op, at, dst)
}

func (k *dotKind) multiply(f *file, w, x, acc, tmp string) {
	a, b := w, x // a unsigned
	if k.x == "U8" && k.bytes {
		a, b = x, w
	}
	switch {
	case k.bytes && k.width == 'Y':
		f.vnni256("VPDPBUSD", b, a, acc)
	case k.bytes:
		f.op("VPDPBUSD %s, %s, %s", b, a, acc)
	case k.dot && k.width == 'Y':
		f.vnni256("VPDPWSSD", b, a, acc)
	case k.dot:
		f.op("VPDPWSSD %s, %s, %s", b, a, acc)
	default:
		f.op("VPMADDWD %s, %s, %s", b, a, tmp)
		f.op("VPADDD %s, %s, %s", tmp, acc, acc)
	}
}

func (k *dotKind) kernel(f *file, rows, cols int) {
	reg := func(i int) string { return vec(k.width, i) }
	xor := "VPXOR"
	if k.width == 'Z' {
		xor = "VPXORD"
	}
	split := 1
	if rows == 1 && (k.width == 'Z' || cols == 1) {
		split = 2
	}
	acc := func(s, r, c int) string { return reg((s*rows+r)*cols + c) }
	next := split * rows * cols
	take := func() string { next++; return reg(next - 1) }
	var sums []string // of the rows of x
	flip, one := "", ""
	if k.bytes {
		for range rows {
			sums = append(sums, take())
		}
		flip = take()
		one = flip
		if k.x == "U8" {
			one = take()
		}
	}
	xr := make([]string, rows)
	for r := range xr {
		xr[r] = take()
	}
	wr := take()
	tmp := ""
	if !k.dot {
		tmp = take()
	}
	limit := map[byte]int{'Z': 32, 'Y': 16}[k.width]
	if next > limit {
		panic(fmt.Sprintf("%s%s %dx%d: %d registers", k.x, k.w, rows, cols, next))
	}
	lanes := map[byte]int{'Z': 64, 'Y': 32}[k.width]
	if !k.bytes {
		lanes /= 2
	}
	xs, ws := size(k.x), size(k.w)

	f.function(fmt.Sprintf("dot%dx%d%s%s%s", rows, cols, k.x, k.w, k.isa),
		"(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)", 80)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ ldd+8(FP), R13")
	f.op("MOVQ x+16(FP), SI")
	f.op("MOVQ ldx+24(FP), R8")
	f.op("MOVQ w+32(FP), R9")
	f.op("MOVQ n+40(FP), R11")
	f.op("MOVQ ldw+56(FP), R10")
	f.op("MOVQ init+64(FP), R12")
	f.op("LEAQ (R8)(R8*2), R15")
	if k.width == 'Z' {
		f.op("MOVQ k+48(FP), CX")
		f.op("ANDQ $%d, CX", lanes-1)
		f.op("MOVQ $-1, AX")
		f.op("SHLQ CX, AX")
		f.op("NOTQ AX")
		f.op("KMOVQ AX, K1")
	}
	if k.bytes {
		f.op("MOVL $0x80808080, AX")
		f.op("VMOVD AX, X%d", number(flip))
		f.op("VPBROADCASTD X%d, %s", number(flip), flip)
		if k.x == "U8" {
			f.op("MOVL $0x01010101, AX")
			f.op("VMOVD AX, X%d", number(one))
			f.op("VPBROADCASTD X%d, %s", number(one), one)
		}
	}
	f.op("LEAQ (R10)(R10*2), DX")
	f.label("columns")
	for i := range split * rows * cols {
		f.zero(reg(i))
	}
	for _, s := range sums {
		f.zero(s)
	}
	f.op("MOVQ SI, AX")
	f.op("MOVQ R9, BX")
	f.op("MOVQ k+48(FP), CX")
	xAt := func(r, u int) string {
		return []string{"%d(AX)", "%d(AX)(R8*1)", "%d(AX)(R8*2)", "%d(AX)(R15*1)"}[r]
	}
	wAt := func(c, u int) string {
		return []string{"%d(BX)", "%d(BX)(R10*1)", "%d(BX)(R10*2)", "%d(BX)(DX*1)"}[c]
	}
	step := func(u, s int, tail bool) {
		for r := range rows {
			k.load(f, k.x, fmt.Sprintf(xAt(r, u), u*lanes*xs), xr[r], tail && k.width == 'Z')
			if tail && k.width == 'Y' {
				if k.bytes {
					f.op("VPAND (R14), %s, %s", xr[r], xr[r])
				} else {
					f.op("VPMOVSXBW (R14), %s", wr)
					f.op("VPAND %s, %s, %s", wr, xr[r], xr[r])
				}
			}
			if k.bytes {
				if k.x == "S8" {
					k.multiply(f, one, xr[r], sums[r], "")
				} else if k.width == 'Y' {
					f.vnni256("VPDPBUSD", one, xr[r], sums[r])
				} else {
					f.op("VPDPBUSD %s, %s, %s", one, xr[r], sums[r])
				}
			}
		}
		for c := range cols {
			k.load(f, k.w, fmt.Sprintf(wAt(c, u), u*lanes*ws), wr, tail && k.width == 'Z')
			if k.bytes {
				f.op("%s %s, %s, %s", xor, flip, wr, wr)
			}
			for r := range rows {
				k.multiply(f, wr, xr[r], acc(s, r, c), tmp)
			}
		}
	}
	f.op("SUBQ $%d, CX", split*lanes)
	f.op("JLT rest")
	f.op("PCALIGN $32")
	f.label("loop")
	for s := range split {
		step(s, s, false)
	}
	f.op("ADDQ $%d, AX", split*lanes*xs)
	f.op("ADDQ $%d, BX", split*lanes*ws)
	f.op("SUBQ $%d, CX", split*lanes)
	f.op("JGE loop")
	f.label("rest")
	f.op("ADDQ $%d, CX", split*lanes)
	if split > 1 {
		f.op("CMPQ CX, $%d", lanes)
		f.op("JLT tail")
		step(0, 0, false)
		f.op("ADDQ $%d, AX", lanes*xs)
		f.op("ADDQ $%d, BX", lanes*ws)
		f.op("SUBQ $%d, CX", lanes)
		f.label("tail")
	}
	f.op("TESTQ CX, CX")
	f.op("JZ sum")
	if k.width == 'Y' {
		// The last vector ends where the row does; what it has had before counts as 0.
		f.op("LEAQ ·dotTail<>+%d(SB), R14", 32-lanes)
		f.op("ADDQ CX, R14")
		f.op("SUBQ $%d, CX", lanes)
		f.op("LEAQ (AX)(CX*%d), AX", xs)
		f.op("LEAQ (BX)(CX*%d), BX", ws)
	}
	step(0, 0, true)
	f.label("sum")
	add := "VPADDD"
	if split > 1 {
		for c := range cols {
			f.op("VPADDD %s, %s, %s", acc(1, 0, c), acc(0, 0, c), acc(0, 0, c))
		}
	}
	if k.bytes {
		for r := range rows {
			if k.x == "U8" {
				f.op("VPSLLD $7, %s, %s", sums[r], sums[r])
				add = "VPADDD"
			} else {
				add = "VPSUBD"
			}
			for c := range cols {
				f.op("%s %s, %s, %s", add, sums[r], acc(0, r, c), acc(0, r, c))
			}
		}
	}
	x := func(s string) string { return "X" + s[1:] }
	y := func(s string) string { return "Y" + s[1:] }
	t0, t1 := xr[0], wr
	f.op("MOVQ DI, AX")
	f.op("MOVQ R12, BX")
	f.op("MOVQ ldi+72(FP), R14")
	for r := range rows {
		a := acc(0, r, 0)
		if cols == 4 {
			b, c, d := acc(0, r, 1), acc(0, r, 2), acc(0, r, 3)
			f.op("VPUNPCKLDQ %s, %s, %s", b, a, t0)
			f.op("VPUNPCKHDQ %s, %s, %s", b, a, t1)
			f.op("VPADDD %s, %s, %s", t1, t0, t0)
			f.op("VPUNPCKLDQ %s, %s, %s", d, c, t1)
			f.op("VPUNPCKHDQ %s, %s, %s", d, c, c)
			f.op("VPADDD %s, %s, %s", c, t1, t1)
			f.op("VPUNPCKLQDQ %s, %s, %s", t1, t0, a)
			f.op("VPUNPCKHQDQ %s, %s, %s", t1, t0, t0)
			f.op("VPADDD %s, %s, %s", t0, a, a)
		}
		if k.width == 'Z' {
			f.op("VEXTRACTI64X4 $1, %s, %s", a, y(t0))
			f.op("VPADDD %s, %s, %s", y(t0), y(a), y(a))
		}
		f.op("%s $1, %s, %s", map[byte]string{'Z': "VEXTRACTI32X4", 'Y': "VEXTRACTI128"}[k.width], y(a), x(t0))
		f.op("VPADDD %s, %s, %s", x(t0), x(a), x(a))
		if cols == 1 {
			f.op("VPSHUFD $0x4E, %s, %s", x(a), x(t0))
			f.op("VPADDD %s, %s, %s", x(t0), x(a), x(a))
			f.op("VPSHUFD $0xB1, %s, %s", x(a), x(t0))
			f.op("VPADDD %s, %s, %s", x(t0), x(a), x(a))
		}
	}
	f.op("TESTQ BX, BX")
	f.op("JZ store")
	for r := range rows {
		a := x(acc(0, r, 0))
		if cols == 4 {
			f.op("VPADDD (BX), %s, %s", a, a)
		} else {
			f.op("VMOVD (BX), %s", x(t0))
			f.op("VPADDD %s, %s, %s", x(t0), a, a)
		}
		if r+1 < rows {
			f.op("ADDQ R14, BX")
		}
	}
	f.op("ADDQ $%d, R12", cols*4)
	f.label("store")
	for r := range rows {
		a := x(acc(0, r, 0))
		if cols == 4 {
			f.op("VMOVDQU %s, (AX)", a)
		} else {
			f.op("VMOVD %s, (AX)", a)
		}
		if r+1 < rows {
			f.op("ADDQ R13, AX")
		}
	}
	f.op("ADDQ $%d, DI", cols*4)
	f.op("LEAQ (R9)(R10*%d), R9", cols)
	f.op("SUBQ $%d, R11", cols)
	f.op("JGT columns")
	f.ret()
}
