package main

import "fmt"

// packS8 writes the packing of 16 rows of bytes to groups of 4 with AVX-512 VNNI, 16 columns at a time: row e of lane l is
// l*lane + e*ld bytes from src. sums receive what the rows add up to.
func packS8(f *file) {
	f.function("pack16S8VNNI512", "(dst unsafe.Pointer, step int, src unsafe.Pointer, ld, lane, blocks int, flip, ones uint32, sums *int32)", 64)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ step+8(FP), R11")
	f.op("MOVQ src+16(FP), SI")
	f.op("MOVQ ld+24(FP), R8")
	f.op("MOVQ lane+32(FP), R9")
	f.op("MOVQ blocks+40(FP), CX")
	f.op("MOVL flip+48(FP), R10")
	f.op("VPBROADCASTD R10, Z16")
	f.op("MOVL ones+52(FP), R10")
	f.op("VPBROADCASTD R10, Z17")
	f.op("LEAQ (R8)(R8*2), R10")
	f.op("LEAQ (SI)(R9*1), AX")
	f.op("LEAQ (SI)(R9*2), BX")
	f.op("LEAQ (AX)(R9*2), DX")
	f.zero("Z18")
	f.label("block")
	row := []string{"(%s)", "(%s)(R8*1)", "(%s)(R8*2)", "(%s)(R10*1)"}
	for e := range 4 {
		f.op("VMOVDQU "+row[e]+", X%d", "SI", e)
		for l, reg := range []string{"AX", "BX", "DX"} {
			f.op("VINSERTI32X4 $%d, %s, Z%d, Z%d", l+1, fmt.Sprintf(row[e], reg), e, e)
		}
		f.op("VPXORD Z16, Z%d, Z%d", e, e)
	}
	f.op("VPUNPCKLDQ Z1, Z0, Z4")
	f.op("VPUNPCKHDQ Z1, Z0, Z5")
	f.op("VPUNPCKLDQ Z3, Z2, Z6")
	f.op("VPUNPCKHDQ Z3, Z2, Z7")
	f.op("VPUNPCKLQDQ Z6, Z4, Z0")
	f.op("VPUNPCKHQDQ Z6, Z4, Z1")
	f.op("VPUNPCKLQDQ Z7, Z5, Z2")
	f.op("VPUNPCKHQDQ Z7, Z5, Z3")
	for g := range 4 {
		f.op("VPDPBUSD Z%d, Z17, Z18", g)
		f.op("VMOVDQU32 Z%d, (DI)", g)
		f.op("ADDQ R11, DI")
	}
	for _, reg := range []string{"SI", "AX", "BX", "DX"} {
		f.op("ADDQ $16, %s", reg)
	}
	f.op("DECQ CX")
	f.op("JNZ block")
	f.op("MOVQ sums+56(FP), R12")
	f.op("VMOVDQU32 Z18, (R12)")
	f.ret()
}
