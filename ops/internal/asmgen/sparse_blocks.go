package main

import "fmt"

// blocks multiplies slices of rows of blocks of 16 bytes of x. A slice is four groups of as many rows as a register has 16
// bytes; a step takes a block for each row of a group, two steps at a time.
func (k sparseKind) blocks(f *file) {
	rows := k.lanes() / 4 // of a group
	size := 4 * k.lanes() // bytes of x of a step
	x := map[bool]string{false: "float32", true: "int8"}[k.bytes]
	f.function(fmt.Sprintf("blocks%d%s", 4*rows, k.suffix()),
		fmt.Sprintf("(dst *%s, x *%s, places *uint16, data *byte, counts, order, start *int32, slices int)", k.sum(), x), 64)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ places+16(FP), R8")
	f.op("MOVQ data+24(FP), BX")
	f.op("MOVQ counts+32(FP), R9")
	f.op("MOVQ order+40(FP), R10")
	f.op("MOVQ start+48(FP), R12")
	f.op("MOVQ slices+56(FP), R11")
	k.high(f, k.v(14))
	f.label("slice")
	for group := range 4 {
		a, b := k.v(group), k.v(4)
		f.zero(a)
		f.zero(b)
		f.op("MOVLQSX %d(R9), CX", 4*group)
		f.op("TESTQ CX, CX")
		f.op("JZ sum%d", group)
		f.op("PCALIGN $32")
		f.label(fmt.Sprintf("loop%d", group))
		for step := range 2 {
			k.blockStep(f, 2*rows*step, size*step, a, b, step)
		}
		f.op("ADDQ $%d, R8", 4*rows)
		f.op("ADDQ $%d, BX", 2*size)
		f.op("DECQ CX")
		f.op("JNZ loop%d", group)
		f.label(fmt.Sprintf("sum%d", group))
		if k.words { // a and b are those of a row each
			f.op("VEXTRACTI128 $1, %s, X5", a)
			f.op("VEXTRACTI128 $1, %s, X6", b)
			f.op("VPADDD X5, X%s, X%s", a[1:], a[1:])
			f.op("VPADDD X6, X%s, X%s", b[1:], b[1:])
			f.op("VINSERTI128 $1, X%s, %s, %s", b[1:], a, a)
		} else {
			k.add(f, b, a, a)
		}
	}
	for i := 0; i < 4; i += 2 {
		f.op("VUNPCKLPS %s, %s, %s", k.v(i+1), k.v(i), k.v(4))
		f.op("VUNPCKHPS %s, %s, %s", k.v(i+1), k.v(i), k.v(5))
		k.add(f, k.v(5), k.v(4), k.v(6+i/2))
	}
	f.op("VUNPCKLPD %s, %s, %s", k.v(7), k.v(6), k.v(4))
	f.op("VUNPCKHPD %s, %s, %s", k.v(7), k.v(6), k.v(5))
	k.add(f, k.v(5), k.v(4), k.v(0))
	if k.bytes {
		f.op("VPADDD (R12), %s, %s", k.v(0), k.v(0))
		f.op("ADDQ $%d, R12", size)
	}
	k.scatter(f, k.v(0), k.v(1))
	f.op("ADDQ $%d, R10", size)
	f.op("ADDQ $16, R9")
	f.op("DECQ R11")
	f.op("JNZ slice")
	f.ret()
}

// blockStep adds the products of a block for each row to one of the sums in turn; products of words have a sum for each of
// two rows.
func (k sparseKind) blockStep(f *file, place, data int, a, b string, step int) {
	f.op("MOVWLZX %d(R8), AX", place)
	f.op("MOVWLZX %d(R8), DX", place+2)
	if k.words {
		f.op("VPMOVSXBW (SI)(AX*8), Y8")
		f.op("VPMOVSXBW (SI)(DX*8), Y9")
		f.op("VPMOVSXBW %s, Y10", plus("BX", data))
		f.op("VPMOVSXBW %s, Y11", plus("BX", data+16))
		f.op("VPMADDWD Y10, Y8, Y8")
		f.op("VPMADDWD Y11, Y9, Y9")
		f.op("VPADDD Y8, %s, %s", a, a)
		f.op("VPADDD Y9, %s, %s", b, b)
		return
	}
	f.op("VMOVUPS (SI)(AX*8), X8")
	f.op("VINSERTF128 $1, (SI)(DX*8), Y8, Y8")
	if k.width == 'Z' {
		f.op("MOVWLZX %d(R8), AX", place+4)
		f.op("MOVWLZX %d(R8), DX", place+6)
		f.op("VMOVUPS (SI)(AX*8), X9")
		f.op("VINSERTF128 $1, (SI)(DX*8), Y9, Y9")
		f.op("VINSERTF64X4 $1, Y9, Z8, Z8")
	}
	k.flip(f, k.v(14), k.v(8))
	sum := a
	if step == 1 {
		sum = b
	}
	k.multiply(f, plus("BX", data), k.v(8), k.v(10), sum)
}
