package main

import "fmt"

// turned multiplies the rows of a sparse matrix with columns of as many words as rows of x are taken at a time: each element,
// which stands behind the place of its column, meets a vector of every such column. Several sums hide the latency.
func (k sparseKind) turned(f *file, columns int) {
	vectors := columns / k.lanes()
	sets := 4 / vectors
	size := 4 * k.lanes()
	x := map[bool]string{false: "float32", true: "int8"}[k.bytes]
	limits, bytes := "", 48
	if !k.bytes {
		limits, bytes = ", lo, hi float32", 56
	}
	f.function(fmt.Sprintf("turned%d%s", columns, k.suffix()),
		fmt.Sprintf("(dst *%s, x *%s, elements *element, segments *int32, start *%s, rows int%s)", k.sum(), x, k.sum(), limits), bytes)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ elements+16(FP), BX")
	f.op("MOVQ segments+24(FP), R9")
	f.op("MOVQ start+32(FP), R12")
	f.op("MOVQ rows+40(FP), R11")
	if !k.bytes {
		f.op("VBROADCASTSS lo+48(FP), %s", k.v(13))
		f.op("VBROADCASTSS hi+52(FP), %s", k.v(12))
	}
	k.high(f, k.v(14))
	f.op("MOVLQSX (R9), DX")
	f.label("row")
	f.op("MOVLQSX 4(R9), CX")
	f.op("ADDQ $4, R9")
	f.op("MOVQ CX, AX")
	f.op("SUBQ DX, CX")
	f.op("MOVQ AX, DX")
	for i := range 4 {
		if i < vectors {
			f.op("VBROADCASTSS (R12), %s", k.v(i))
		} else {
			f.zero(k.v(i))
		}
	}
	f.op("ADDQ $4, R12")
	step := func(set int) {
		f.op("MOVL %d(BX), AX", 8*set)
		if columns == 32 {
			f.op("ADDQ AX, AX")
		}
		if !k.bytes || k.width == 'Y' {
			f.op("VBROADCASTSS %d(BX), %s", 8*set+4, k.v(4+set))
		}
		for i := range vectors {
			at, sum := fmt.Sprintf("%d(SI)(AX*1)", size*i), k.v(set*vectors+i)
			switch {
			case !k.bytes:
				f.op("VFMADD231PS %s, %s, %s", at, k.v(4+set), sum)
			case k.width == 'Z':
				f.op("VPXORD %s, Z14, %s", at, k.v(8+set*vectors+i))
				f.op("VPDPBUSD.BCST %d(BX), %s, %s", 8*set+4, k.v(8+set*vectors+i), sum)
			default:
				f.op("VPXOR %s, Y14, %s", at, k.v(8+set*vectors+i))
				f.vnni256("VPDPBUSD", k.v(4+set), k.v(8+set*vectors+i), sum)
			}
		}
	}
	if sets > 1 {
		f.op("SUBQ $%d, CX", sets)
		f.op("JLT rest")
		f.op("PCALIGN $32")
		f.label("loop")
		for set := range sets {
			step(set)
		}
		f.op("ADDQ $%d, BX", 8*sets)
		f.op("SUBQ $%d, CX", sets)
		f.op("JGE loop")
		f.label("rest")
		f.op("ADDQ $%d, CX", sets)
	} else {
		f.op("TESTQ CX, CX")
	}
	f.op("JZ sum")
	f.label("one")
	step(0)
	f.op("ADDQ $8, BX")
	f.op("DECQ CX")
	f.op("JNZ one")
	f.label("sum")
	for n := 4; n > vectors; n /= 2 {
		for i := range n / 2 {
			k.add(f, k.v(n/2+i), k.v(i), k.v(i))
		}
	}
	for i := range vectors {
		if !k.bytes { // a NaN stays
			f.op("VMAXPS %s, %s, %s", k.v(i), k.v(13), k.v(i))
			f.op("VMINPS %s, %s, %s", k.v(i), k.v(12), k.v(i))
		}
		f.op("VMOVUPS %s, %s", k.v(i), plus("DI", size*i))
	}
	f.op("ADDQ $%d, DI", 4*columns)
	f.op("DECQ R11")
	f.op("JNZ row")
	f.ret()
}

// finite tells whether all of at least 8 floats are finite.
func finite(f *file) {
	f.function("finiteAVX2", "(x *float32, n int) bool", 17)
	f.op("MOVQ x+0(FP), SI")
	f.op("MOVQ n+8(FP), CX")
	f.constant(0x7f800000, "AX", "Y1")
	f.zero("Y0")
	f.op("LEAQ -32(SI)(CX*4), DX") // the last eight
	f.label("loop")
	f.op("VPAND (SI), Y1, Y2")
	f.op("VPCMPEQD Y1, Y2, Y2")
	f.op("VPOR Y2, Y0, Y0")
	f.op("ADDQ $32, SI")
	f.op("CMPQ SI, DX")
	f.op("JLS loop")
	f.op("VPAND (DX), Y1, Y2")
	f.op("VPCMPEQD Y1, Y2, Y2")
	f.op("VPOR Y2, Y0, Y0")
	f.op("VPTEST Y0, Y0")
	f.op("SETEQ ret+16(FP)")
	f.ret()
}
