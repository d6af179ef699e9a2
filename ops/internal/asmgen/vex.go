package main

import (
	"fmt"
	"strconv"
)

// vnni256 writes VPDPBUSD or VPDPWSSD of 256-bit registers in the encoding of AVX-VNNI, which Go's assembler lacks: for each
// dword of dst the products of b (signed bytes or words) with a (unsigned bytes, signed words) are added. Operands stand in the
// assembler's order. Encoding: Intel SDM, volume 2, VPDPBUSD.
func (f *file) vnni256(op, b, a, dst string) {
	code := map[string]int{"VPDPBUSD": 0x50, "VPDPWSSD": 0x52}[op]
	nb, na, nd := number(b), number(a), number(dst)
	b1 := 0x42 | (^nd>>3&1)<<7 | (^nb>>3&1)<<5
	b2 := 0x05 | (^na&15)<<3
	text := ""
	for i, v := range []int{0xC4, b1, b2, code, 0xC0 | (nd&7)<<3 | nb&7} {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("BYTE $0x%02X", v)
	}
	f.op("%s // VEX %s %s, %s, %s", text, op, b, a, dst)
}

// number is the number of a vector register.
func number(reg string) int {
	n, err := strconv.Atoi(reg[1:])
	if err != nil {
		panic(err)
	}
	return n
}
