package main

import "fmt"

// neonDepthwise writes sums of depthwise convolutions: tiles of 4 outputs or 1 that have the same taps, rows by columns of them,
// with 8 channels:
//
//	acc[o][c] = base[c] + sum(ky, kx; (x[o][ky][kx][c] - zero)*w[ky][kx][c])
//
// in words that are multiplied and added to doublewords. Distances are in bytes: lda and pixel between outputs, step and row
// between inputs, ldw and roww between weights.
func neonDepthwise(f *file) {
	for _, types := range [][2]string{{"S8", "S8"}, {"U8", "S16"}} {
		for _, outputs := range []int{1, 4} {
			neonDepthwiseTile(f, types[0], types[1], outputs)
		}
	}
}

func neonDepthwiseTile(f *file, x, w string, outputs int) {
	f.function(fmt.Sprintf("depthwise%dx8%s%sNEON", outputs, x, w), "(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)", 108)
	for i, name := range []string{"acc", "lda", "x", "pixel", "w", "ldw", "base", "step", "row", "roww", "rows", "columns", "tiles"} {
		f.op("MOVD %s+%d(FP), R%d", name, i*8, i)
	}
	f.op("MOVW zero+104(FP), R13")
	f.op("VDUP R13, V31.H8")
	from := []int{20, 23, 24, 25}[:outputs] // registers that point to the inputs of a tap
	f.label("tile")
	f.op("VLD1 (R6), [V0.S4, V1.S4]")
	for i := 2; i < 2*outputs; i++ {
		f.op("VMOV V%d.B16, V%d.B16", i%2, i)
	}
	f.op("MOVD R2, R14")
	f.op("MOVD R4, R15")
	f.op("MOVD R10, R19")
	f.label("row")
	f.op("MOVD R14, R20")
	for o := 1; o < outputs; o++ {
		f.op("ADD R3, R%d, R%d", from[o-1], from[o])
	}
	f.op("MOVD R15, R21")
	f.op("MOVD R11, R22")
	f.op("PCALIGN $16")
	f.label("tap")
	if w == "S16" {
		f.op("VLD1.P (R21)(R5), [V20.H8]")
	} else {
		f.op("VLD1.P (R21)(R5), [V20.B8]")
		f.neon("SXTL.8H", 20, 20)
	}
	each := func(do func(o int)) {
		for o := range outputs {
			do(o)
		}
	}
	each(func(o int) { f.op("VLD1.P (R%d)(R7), [V%d.B8]", from[o], 16+o) })
	each(func(o int) { f.neon(x[:1]+"XTL.8H", 16+o, 16+o) })
	each(func(o int) { f.op("VSUB V31.H8, V%d.H8, V%d.H8", 16+o, 16+o) })
	each(func(o int) { f.neon("SMLAL.4S", 2*o, 16+o, 20) })
	each(func(o int) { f.neon("SMLAL2.4S", 2*o+1, 16+o, 20) })
	f.op("SUBS $1, R22, R22")
	f.op("BNE tap")
	f.op("ADD R8, R14")
	f.op("ADD R9, R15")
	f.op("SUBS $1, R19, R19")
	f.op("BNE row")
	each(func(o int) {
		f.op("VST1 [V%d.S4, V%d.S4], (R0)", 2*o, 2*o+1)
		f.op("ADD R1, R0")
		f.op("ADD R3, R2")
	})
	f.op("SUBS $1, R12, R12")
	f.op("BGT tile")
	f.op("RET")
}
