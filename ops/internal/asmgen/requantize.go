package main

import "fmt"

// requantize writes the mapping of columns of sums to stored values in double-rounding fixed point, for multipliers of any shift
// and sums of any size: rows of 16 columns, or fewer by a mask, with AVX-512, of 8 with AVX2.
func requantize(f *file) {
	for _, out := range []string{"B", "W"} {
		requantize512(f, out)
	}
	for _, out := range []string{"S8", "U8", "S16"} {
		requantizeAVX2(f, out)
	}
	requantizeOnce(f)
}

const requantizeArgs = "(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, multiplier *int32, shift *int8, mask int, zero, lo, hi int32)"

func requantizeLoads(f *file) {
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ ldd+8(FP), R8")
	f.op("MOVQ acc+16(FP), SI")
	f.op("MOVQ lda+24(FP), R9")
	f.op("MOVQ rows+32(FP), CX")
	f.op("MOVQ multiplier+40(FP), AX")
	f.op("MOVQ shift+48(FP), BX")
}

func requantize512(f *file, out string) {
	f.function("requantize16"+out+"AVX512", requantizeArgs, 76)
	requantizeLoads(f)
	f.op("MOVQ mask+56(FP), DX")
	f.op("KMOVW DX, K1")
	f.op("MOVL $0x5555, DX")
	f.op("KMOVW DX, K3")
	f.op("VMOVDQU32.Z (AX), K1, Z16")
	f.op("VPSRLQ $32, Z16, Z17")
	f.op("VPMOVSXBD.Z (BX), K1, Z0")
	f.op("VPXORD Z1, Z1, Z1")
	f.op("VPMAXSD Z1, Z0, Z18") // left
	f.op("VPSUBD Z0, Z1, Z0")
	f.op("VPMAXSD Z1, Z0, Z19") // right
	f.op("VPTERNLOGD $0xFF, Z2, Z2, Z2")
	f.op("VPSRLD $31, Z2, Z26") // 1
	f.op("VPSLLVD Z19, Z26, Z20")
	f.op("VPADDD Z2, Z20, Z20") // 2^right - 1
	f.op("VPSRLD $1, Z20, Z21")
	f.op("VPSRLQ $63, Z2, Z22")
	f.op("VPSLLQ $30, Z22, Z22")
	for i, name := range []string{"zero+64", "lo+68", "hi+72"} {
		f.op("MOVL %s(FP), DX", name)
		f.op("VPBROADCASTD DX, Z%d", 23+i)
	}
	f.label("row")
	f.op("VMOVDQU32.Z (SI), K1, Z0")
	f.op("VPSLLVD Z18, Z0, Z0")
	f.op("VPSRLQ $32, Z0, Z1")
	f.op("VPMULDQ Z16, Z0, Z2")
	f.op("VPMULDQ Z17, Z1, Z3")
	f.op("VPADDQ Z22, Z2, Z2")
	f.op("VPADDQ Z22, Z3, Z3")
	f.op("VPSRLQ $31, Z2, Z2")
	f.op("VPADDQ Z3, Z3, Z3")
	f.op("VMOVDQA32 Z2, K3, Z3") // rounded products
	f.op("VPSRAVD Z19, Z3, Z4")
	f.op("VPANDD Z20, Z3, Z5") // what the shift drops
	f.op("VPSRAD $31, Z3, Z6")
	f.op("VPSUBD Z6, Z21, Z6") // rounds up above this
	f.op("VPCMPGTD Z6, Z5, K2")
	f.op("VPADDD Z26, Z4, K2, Z4")
	f.op("VPADDD Z23, Z4, Z4")
	f.op("VPMAXSD Z24, Z4, Z4")
	f.op("VPMINSD Z25, Z4, Z4")
	if out == "B" {
		f.op("VPMOVDB Z4, X4")
		f.op("VMOVDQU8 X4, K1, (DI)")
	} else {
		f.op("VPMOVDW Z4, Y4")
		f.op("VMOVDQU16 Y4, K1, (DI)")
	}
	f.op("ADDQ R9, SI")
	f.op("ADDQ R8, DI")
	f.op("DECQ CX")
	f.op("JNZ row")
	f.ret()
}

func requantizeAVX2(f *file, out string) {
	f.function("requantize8"+out+"AVX2", requantizeArgs, 76)
	requantizeLoads(f)
	f.op("VMOVDQU (AX), Y15")
	f.op("VPMOVSXBD (BX), Y0")
	f.op("VPXOR Y1, Y1, Y1")
	f.op("VPMAXSD Y1, Y0, Y14") // left
	f.op("VPSUBD Y0, Y1, Y0")
	f.op("VPMAXSD Y1, Y0, Y13") // right
	f.op("VPCMPEQD Y2, Y2, Y2")
	f.op("VPSRLD $31, Y2, Y3")
	f.op("VPSLLVD Y13, Y3, Y12")
	f.op("VPADDD Y2, Y12, Y12") // 2^right - 1
	f.op("VPSRLD $1, Y12, Y11")
	f.op("VPSRLQ $63, Y2, Y10")
	f.op("VPSLLQ $30, Y10, Y10")
	for i, name := range []string{"zero+64", "lo+68", "hi+72"} {
		f.op("MOVL %s(FP), DX", name)
		f.op("VMOVD DX, X%d", 9-i)
		f.op("VPBROADCASTD X%d, Y%d", 9-i, 9-i)
	}
	f.label("row")
	f.op("VMOVDQU (SI), Y0")
	f.op("VPSLLVD Y14, Y0, Y0")
	f.op("VPSRLQ $32, Y0, Y1")
	f.op("VPSRLQ $32, Y15, Y3")
	f.op("VPMULDQ Y15, Y0, Y2")
	f.op("VPMULDQ Y3, Y1, Y3")
	f.op("VPADDQ Y10, Y2, Y2")
	f.op("VPADDQ Y10, Y3, Y3")
	f.op("VPSRLQ $31, Y2, Y2")
	f.op("VPADDQ Y3, Y3, Y3")
	f.op("VPBLENDD $0xAA, Y3, Y2, Y3") // rounded products
	f.op("VPSRAVD Y13, Y3, Y4")
	f.op("VPAND Y12, Y3, Y5")
	f.op("VPSRAD $31, Y3, Y6")
	f.op("VPSUBD Y6, Y11, Y6")
	f.op("VPCMPGTD Y6, Y5, Y5")
	f.op("VPSUBD Y5, Y4, Y4")
	f.op("VPADDD Y9, Y4, Y4")
	f.op("VPMAXSD Y8, Y4, Y4")
	f.op("VPMINSD Y7, Y4, Y4")
	f.op("VEXTRACTI128 $1, Y4, X5")
	f.op("VPACKSSDW X5, X4, X4")
	switch out {
	case "S8":
		f.op("VPACKSSWB X4, X4, X4")
	case "U8":
		f.op("VPACKUSWB X4, X4, X4")
	}
	f.op(fmt.Sprintf("%s X4, (DI)", map[string]string{"S8": "VMOVQ", "U8": "VMOVQ", "S16": "VMOVDQU"}[out]))
	f.op("ADDQ R9, SI")
	f.op("ADDQ R8, DI")
	f.op("DECQ CX")
	f.op("JNZ row")
	f.ret()
}

// requantizeOnce writes the mapping of sums to words by multipliers of 15 bits, rounded once: for rows of 16 columns, or fewer,
//
//	dst[j] = clamp((acc[j]*reduced[j] + 2^(right[j]-1)) >> right[j])
func requantizeOnce(f *file) {
	f.function("requantizeOnce16AVX512", "(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, reduced, right *int32, mask int, lo, hi int32)", 72)
	requantizeOnceLoads(f)
	f.label("row")
	f.op("VMOVDQU32.Z (SI), K1, Z0")
	requantizeOnceVector(f, "Z0", "Z1")
	f.op("VPMOVDW Z0, K1, (DI)")
	f.op("ADDQ R9, SI")
	f.op("ADDQ R8, DI")
	f.op("DECQ CX")
	f.op("JNZ row")
	f.ret()
}

func requantizeOnceLoads(f *file) {
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ ldd+8(FP), R8")
	f.op("MOVQ acc+16(FP), SI")
	f.op("MOVQ lda+24(FP), R9")
	f.op("MOVQ rows+32(FP), CX")
	f.op("MOVQ reduced+40(FP), AX")
	f.op("MOVQ right+48(FP), BX")
	f.op("MOVQ mask+56(FP), DX")
	f.op("KMOVW DX, K1")
	f.op("MOVL lo+64(FP), DX")
	f.op("VPBROADCASTD DX, Z24")
	f.op("MOVL hi+68(FP), DX")
	f.op("VPBROADCASTD DX, Z25")
	f.op("VMOVDQU32.Z (AX), K1, Z16")
	f.op("VMOVDQU32.Z (BX), K1, Z18")
	requantizeOnceConstants(f)
}

// requantizeOnceConstants prepares registers 16 to 21 from the multipliers in register 16 and the shifts in 18: multipliers and
// shifts of the even columns, those of the odd ones, and what rounds.
func requantizeOnceConstants(f *file) {
	f.op("MOVL $0xAAAA, BX")
	f.op("KMOVW BX, K3")
	f.op("VPSRLQ $32, Z16, Z17")
	f.op("VPSRLQ $32, Z18, Z19")
	f.op("VPSLLQ $32, Z18, Z18")
	f.op("VPSRLQ $32, Z18, Z18")
	f.op("MOVL $1, BX")
	f.op("VPBROADCASTQ BX, Z22")
	f.op("VPSLLVQ Z18, Z22, Z20")
	f.op("VPSRLQ $1, Z20, Z20")
	f.op("VPSLLVQ Z19, Z22, Z21")
	f.op("VPSRLQ $1, Z21, Z21")
}

// requantizeOnceVector maps a vector of sums.
func requantizeOnceVector(f *file, x, t string) {
	f.op("VPSRLQ $32, %s, %s", x, t)
	for i, r := range []string{x, t} {
		f.op("VPMULDQ Z%d, %[2]s, %[2]s", 16+i, r)
		f.op("VPADDQ Z%d, %[2]s, %[2]s", 20+i, r)
		f.op("VPSRAVQ Z%d, %[2]s, %[2]s", 18+i, r)
	}
	f.op("VPSLLQ $32, %[1]s, %[1]s", t)
	f.op("VMOVDQA32 %s, K3, %s", t, x)
	f.op("VPMAXSD Z24, %[1]s, %[1]s", x)
	f.op("VPMINSD Z25, %[1]s, %[1]s", x)
}
