package main

import "fmt"

// sparseKind is what a 4-byte word of a sparse matrix is: a float32, or four int8 whose products with bytes are added up.
type sparseKind struct {
	name, feature string
	width         byte // of the registers: 'Z' or 'Y'
	bytes         bool
	words         bool // int8 by way of products of 16-bit words
}

func (k sparseKind) lanes() int {
	if k.width == 'Z' {
		return 16
	}
	return 8
}

func (k sparseKind) sum() string {
	if k.bytes {
		return "int32"
	}
	return "float32"
}

func (k sparseKind) v(i int) string { return vec(k.width, i) }

// add adds vectors of sums.
func (k sparseKind) add(f *file, a, b, dst string) {
	if k.bytes {
		f.op("VPADDD %s, %s, %s", a, b, dst)
	} else {
		f.op("VADDPS %s, %s, %s", a, b, dst)
	}
}

// flip turns int8 into bytes that are 128 more; high is the register of 0x80s.
func (k sparseKind) flip(f *file, high, reg string) {
	switch {
	case !k.bytes || k.words:
	case k.width == 'Z':
		f.op("VPXORD %s, %s, %s", high, reg, reg)
	default:
		f.op("VPXOR %s, %s, %s", high, reg, reg)
	}
}

// multiply adds the products of x and the words at memory to sum; it may overwrite w.
func (k sparseKind) multiply(f *file, memory, x, w, sum string) {
	switch {
	case !k.bytes:
		f.op("VFMADD231PS %s, %s, %s", memory, x, sum)
	case k.width == 'Z':
		f.op("VPDPBUSD %s, %s, %s", memory, x, sum)
	default:
		f.op("VMOVDQU %s, %s", memory, w)
		f.vnni256("VPDPBUSD", w, x, sum)
	}
}

// high fills a register with 0x80.
func (k sparseKind) high(f *file, reg string) {
	if !k.bytes || k.words {
		return
	}
	f.op("MOVL $0x80808080, AX")
	if k.width == 'Z' {
		f.op("VPBROADCASTD AX, %s", reg)
		return
	}
	f.op("VMOVD AX, X%s", reg[1:])
	f.op("VPBROADCASTD X%s, %s", reg[1:], reg)
}

// scatter stores the lanes of a register (overwriting temporary and AX), in order, to the words of DI that R10 lists.
func (k sparseKind) scatter(f *file, reg, temporary string) {
	if k.width == 'Z' {
		f.op("VMOVDQU32 (R10), %s", temporary)
		f.op("KXNORW K1, K1, K1")
		f.op("VPSCATTERDD %s, K1, (DI)(%s*4)", reg, temporary)
		return
	}
	x := "X" + reg[1:]
	for half := range 2 {
		if half == 1 {
			f.op("VEXTRACTF128 $1, %s, %s", reg, x)
		}
		for i := range 4 {
			f.op("MOVL %d(R10), AX", 16*half+4*i)
			f.op("VPEXTRD $%d, %s, (DI)(AX*4)", i, x)
		}
	}
}

func (k sparseKind) suffix() string {
	if k.bytes {
		return "S8" + k.feature
	}
	return "F32" + k.feature
}

var sparseKinds = []sparseKind{
	{feature: "AVX512", width: 'Z'},
	{feature: "AVX2", width: 'Y'},
	{feature: "VNNI512", width: 'Z', bytes: true},
	{feature: "VNNI256", width: 'Y', bytes: true},
}

func writeSparse(f *file) {
	for _, k := range sparseKinds {
		k.permuted(f)
	}
	for _, k := range append(sparseKinds, sparseKind{feature: "AVX2", width: 'Y', bytes: true, words: true}) {
		k.blocks(f)
	}
	for _, k := range sparseKinds {
		for _, rows := range []int{16, 32} {
			k.turned(f, rows)
		}
	}
	finite(f)
}

// permuted multiplies slices of as many rows as a register has words. Four steps at a time: each takes a word of x for each row out of a
// window of x by a permutation and multiplies it with one of that row. One register of indices serves four steps: the permutation
// looks at the lowest bits only.
func (k sparseKind) permuted(f *file) {
	lanes := k.lanes()
	size := 4 * lanes
	x := map[bool]string{false: "float32", true: "int8"}[k.bytes]
	f.function(fmt.Sprintf("permuted%d%s", lanes, k.suffix()),
		fmt.Sprintf("(dst *%s, x *%s, places *int32, data *uint32, counts, order, start *int32, slices int)", k.sum(), x), 64)
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
	for i := range 4 {
		f.zero(k.v(i))
	}
	if k.bytes {
		if k.width == 'Z' {
			f.op("VMOVDQU32 (R12), Z0")
		} else {
			f.op("VMOVDQU (R12), Y0")
		}
		f.op("ADDQ $%d, R12", size)
	}
	f.op("MOVLQSX (R9), CX")
	f.op("ADDQ $4, R9")
	f.op("TESTQ CX, CX")
	f.op("JZ sum")
	f.op("PCALIGN $32")
	f.label("loop")
	if k.width == 'Z' {
		f.op("VMOVDQU32 (BX), Z4")
	} else {
		f.op("VMOVDQU (BX), Y4")
	}
	for i := 1; i < 4; i++ {
		f.op("VPSRLD $%d, %s, %s", 8*i, k.v(4), k.v(4+i))
	}
	for i := range 4 {
		f.op("MOVL %d(R8), AX", 4*i)
		if k.width == 'Z' {
			f.op("VMOVDQU32 (SI)(AX*1), Z%d", 8+i)
			f.op("VPERMI2D 64(SI)(AX*1), Z%d, Z%d", 8+i, 4+i)
		} else {
			f.op("VPERMD (SI)(AX*1), Y%d, Y%d", 4+i, 4+i)
		}
		k.flip(f, k.v(14), k.v(4+i))
		k.multiply(f, plus("BX", size*(1+i)), k.v(4+i), k.v(8+i), k.v(i))
	}
	f.op("ADDQ $16, R8")
	f.op("ADDQ $%d, BX", 5*size)
	f.op("DECQ CX")
	f.op("JNZ loop")
	f.label("sum")
	k.add(f, k.v(1), k.v(0), k.v(0))
	k.add(f, k.v(3), k.v(2), k.v(2))
	k.add(f, k.v(2), k.v(0), k.v(0))
	k.scatter(f, k.v(0), k.v(1))
	f.op("ADDQ $%d, R10", size)
	f.op("DECQ R11")
	f.op("JNZ slice")
	f.ret()
}
