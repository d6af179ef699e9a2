package main

import "fmt"

// The fields of depthwiseSingleArgs, in bytes.
const (
	dsX, dsW, dsParams, dsDst         = 0, 8, 16, 24
	dsOffset, dsRow, dsRows, dsGroups = 32, 40, 48, 56
	dsPixel, dsChannels, dsOutputs    = 64, 72, 80
	dsDstOffset                       = 88
	dsZero, dsLo, dsHi, dsSign        = 96, 100, 104, 108
	dsNear, dsOne, dsHalf             = 112, 116, 120
)

// depthwiseSingle writes the convolution of a padded image of one channel with many outputs: eight outputs at a time of four
// neighbouring positions, four taps of a row in one instruction.
func depthwiseSingle(f *file) {
	r := func(i int) string { return vec('Y', i) }
	f.function("depthwiseSingleS8VNNI512", "(args *depthwiseSingleArgs)", 8)
	f.op("MOVQ args+0(FP), DI")
	f.op("MOVQ %d(DI), DX", dsPixel)
	f.op("LEAQ (DX)(DX*2), R12")
	f.op("MOVQ %d(DI), R11", dsOutputs)
	for i, at := range []int{dsZero, dsLo, dsHi, dsSign, dsNear, dsOne} {
		f.op("VPBROADCASTD %d(DI), %s", at, r(26+i))
	}
	f.op("VPBROADCASTQ %d(DI), %s", dsHalf, r(25))
	f.op("MOVL $0xAA, AX")
	f.op("KMOVW AX, K3")
	f.label("tile")
	f.op("XORQ CX, CX")
	f.op("MOVQ %d(DI), SI", dsW)
	f.op("MOVQ %d(DI), R13", dsParams)
	f.label("block")
	f.op("MOVQ %d(DI), R10", dsChannels)
	f.op("SUBQ CX, R10")
	f.op("MOVQ $8, R8")
	f.op("CMPQ R10, R8")
	f.op("CMOVQGT R8, R10")
	f.op("MOVQ $-1, AX")
	f.op("BZHIQ R10, AX, AX")
	f.op("KMOVB AX, K1")
	for o := range dwPixels {
		f.op("VMOVDQU32 (R13), %s", r(o))
	}
	f.op("MOVQ %d(DI), AX", dsX)
	f.op("ADDQ %d(DI), AX", dsOffset)
	f.op("MOVQ %d(DI), R9", dsRows)
	f.label("row")
	f.op("MOVQ AX, BX")
	f.op("MOVQ %d(DI), R10", dsGroups)
	f.label("group")
	f.op("VMOVDQU32 (SI), %s", r(4))
	for o, from := range []string{"(BX)", "(BX)(DX*1)", "(BX)(DX*2)", "(BX)(R12*1)"} {
		f.op("VPBROADCASTD %s, %s", from, r(5+o))
		f.op("VPDPBUSD %s, %s, %s", r(4), r(5+o), r(o))
	}
	f.op("ADDQ $4, BX")
	f.op("ADDQ $32, SI")
	f.op("DECQ R10")
	f.op("JNZ group")
	f.op("ADDQ %d(DI), AX", dsRow)
	f.op("DECQ R9")
	f.op("JNZ row")
	f.op("MOVQ %d(DI), R8", dsDst)
	f.op("ADDQ %d(DI), R8", dsDstOffset)
	f.op("ADDQ CX, R8")
	for o := range dwPixels {
		if o > 0 {
			f.op("CMPQ R11, $%d", o)
			f.op("JLE stored")
			f.op("ADDQ %d(DI), R8", dsChannels)
		}
		// As in the kernels of many channels.
		f.op("VCVTDQ2PS %s, %s", r(o), r(5))
		f.op("VPANDD %s, %s, %s", r(29), r(5), r(6))
		f.op("VPORD 64(R13), %[1]s, %[1]s", r(6))
		f.op("VFMADD231PS 32(R13), %s, %s", r(5), r(6))
		f.op("VREDUCEPS $8, %s, %s", r(6), r(7))
		f.op("VRANGEPS $11, %[1]s, %[1]s, %[1]s", r(7))
		f.op("VCMPPS $14, %s, %s, K2", r(30), r(7))
		f.op("VCVTPS2DQ %s, %s", r(6), r(5))
		f.op("KTESTB K2, K2")
		f.op("JNZ near%d", o)
		f.label(fmt.Sprintf("store%d", o))
		f.op("VPADDD %s, %[2]s, %[2]s", r(26), r(5))
		f.op("VPMAXSD %s, %[2]s, %[2]s", r(27), r(5))
		f.op("VPMINSD %s, %[2]s, %[2]s", r(28), r(5))
		f.op("VPMOVDB %s, K1, (R8)", r(5))
	}
	f.label("stored")
	f.op("ADDQ $160, R13")
	f.op("ADDQ $8, CX")
	f.op("CMPQ CX, %d(DI)", dsChannels)
	f.op("JLT block")
	f.op("LEAQ (DX*4), AX")
	f.op("ADDQ AX, %d(DI)", dsOffset)
	f.op("MOVQ %d(DI), AX", dsChannels)
	f.op("SHLQ $2, AX")
	f.op("ADDQ AX, %d(DI)", dsDstOffset)
	f.op("SUBQ $%d, R11", dwPixels)
	f.op("JGT tile")
	f.ret()
	for o := range dwPixels {
		f.label(fmt.Sprintf("near%d", o))
		f.op("VMOVDQU32 96(R13), %s", r(6))
		f.op("VMOVDQU32 128(R13), %s", r(7))
		f.op("VPMULDQ %s, %s, %s", r(6), r(o), r(5))
		f.op("VPSRLQ $32, %s, %s", r(o), r(8))
		f.op("VPSRLQ $32, %[1]s, %[1]s", r(6))
		f.op("VPMULDQ %s, %s, %s", r(6), r(8), r(8))
		f.op("VPADDQ %s, %[2]s, %[2]s", r(25), r(5))
		f.op("VPADDQ %s, %[2]s, %[2]s", r(25), r(8))
		f.op("VPSRLQ $31, %[1]s, %[1]s", r(5))
		f.op("VPADDQ %[1]s, %[1]s, %[1]s", r(8))
		f.op("VMOVDQA32 %s, K3, %s", r(8), r(5)) // the products, rounded
		f.op("VPSRAD $31, %s, %s", r(5), r(6))
		f.op("VPADDD %[1]s, %[1]s, %[1]s", r(5))
		f.op("VPADDD %s, %[2]s, %[2]s", r(6), r(5))
		f.op("VPSLLVD %s, %s, %s", r(7), r(31), r(8))
		f.op("VPADDD %s, %[2]s, %[2]s", r(8), r(5))
		f.op("VPADDD %s, %[2]s, %[2]s", r(31), r(7))
		f.op("VPSRAVD %s, %[2]s, %[2]s", r(7), r(5))
		f.op("JMP store%d", o)
	}
}
