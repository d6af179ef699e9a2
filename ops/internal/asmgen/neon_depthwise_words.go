package main

import "fmt"

// The fields of q's depthwiseS8Args, in bytes, as far as the kernels of arm64 read them.
const (
	dwsW, dwsParams, dwsDst, dwsDstOffset    = 0, 8, 16, 24
	dwsOffset, dwsPixel, dwsRows             = 32, 40, 48
	dwsChannels, dwsTiles, dwsColumns        = 56, 64, 72
	dwsOutputs, dwsOut, dwsNextX, dwsNextDst = 80, 88, 96, 104
	dwsPad, dwsZero, dwsLo, dwsHi            = 140, 144, 148, 152
	dwsPointers                              = 448
)

// neonDepthwiseWords writes the depthwise kernels of bytes for arm64: tiles of four neighbouring outputs, 8 channels at a time,
// whose sums become stored values at once. The zero point is taken from an input while it is widened to words, which then are
// multiplied with weights in words: [block][kernel row][kernel column][8]. Every input is loaded once for all outputs it is a tap
// of. The last block of channels overlaps the one before it. Of each block the parameters are 8 starts of sums, multipliers,
// shifts (to the right where negative), and what has ones where there is a shift.
func neonDepthwiseWords(f *file) {
	for _, kind := range []string{"S8", "U8"} {
		for _, kernel := range []int{3, 5} {
			for _, stride := range []int{1, 2} {
				neonWordTaps{f, kind, kernel, stride}.write()
			}
		}
	}
}

// neonWordTaps is one kernel. R0 arguments, R1 channels done, R2 weights, R3 parameters, R4 pixel, R5 row pointers, R6 rows left, R7
// columns inside, R8 all of them, R9 channels; V0 on sums, V8 on weights, V13 on inputs, V31 zero point.
type neonWordTaps struct {
	*file
	kind           string
	kernel, stride int
}

func (k neonWordTaps) write() {
	span := (dwPixels-1)*k.stride + k.kernel
	k.function(fmt.Sprintf("depthwise%dStride%dx8%sNEON", k.kernel, k.stride, k.kind), "(args *depthwiseS8Args)", 8)
	k.op("MOVD args+0(FP), R0")
	k.op("MOVD %d(R0), R4", dwsPixel)
	k.op("MOVD %d(R0), R7", dwsColumns)
	k.op("MOVD $%d, R8", 1<<span-1)
	k.op("MOVD %d(R0), R9", dwsChannels)
	for i, at := range []int{dwsZero, dwsLo, dwsHi, dwsPad} {
		k.op("MOVWU %d(R0), R11", at)
		k.op("VDUP R11, V%d.S4", 28+i)
	}
	k.label("tile")
	k.op("MOVD ZR, R1")
	k.op("MOVD %d(R0), R2", dwsW)
	k.op("MOVD %d(R0), R3", dwsParams)
	k.label("block")
	k.op("VLD1 (R3), [V0.S4, V1.S4]")
	for i := 2; i < 2*dwPixels; i++ {
		k.op("VMOV V%d.B16, V%d.B16", i%2, i)
	}
	k.op("ADD $%d, R0, R5", dwsPointers)
	k.op("MOVD %d(R0), R6", dwsRows)
	k.op("MOVD %d(R0), R11", dwsOffset)
	k.op("ADD R1, R11")
	k.label("row")
	k.op("MOVD.P 8(R5), R12")
	k.op("CBZ R12, outside")
	k.op("ADD R11, R12")
	for t := 0; t < k.kernel; {
		n := min(4, k.kernel-t)
		list := ""
		for i := range n {
			if i > 0 {
				list += ", "
			}
			list += fmt.Sprintf("V%d.H8", 8+t+i)
		}
		k.op("VLD1.P %d(R2), [%s]", 16*n, list)
		t += n
	}
	k.op("CMP R7, R8")
	k.op("BNE part")
	k.columns(span, false)
	k.op("B added")
	k.label("part")
	k.columns(span, true)
	k.label("added")
	k.op("SUBS $1, R6, R6")
	k.op("BNE row")
	k.label("sum")
	k.requantize()
	k.op("ADD $128, R3")
	k.op("ADD $8, R1, R11")
	k.op("CMP R9, R11")
	k.op("BGE next")
	k.op("SUB $8, R9, R12")
	k.op("CMP R12, R11")
	k.op("CSEL LT, R11, R12, R1")
	k.op("B block")
	k.label("next")
	for _, field := range [][2]int{{dwsNextX, dwsOffset}, {dwsNextDst, dwsDstOffset}} {
		k.op("MOVD %d(R0), R11", field[0])
		k.op("MOVD %d(R0), R12", field[1])
		k.op("ADD R11, R12")
		k.op("MOVD R12, %d(R0)", field[1])
	}
	k.op("MOVD %d(R0), R11", dwsTiles)
	k.op("SUBS $1, R11, R11")
	k.op("MOVD R11, %d(R0)", dwsTiles)
	k.op("BNE tile")
	k.op("RET")
	k.label("outside")
	k.op("ADD $%d, R2", 16*k.kernel)
	k.op("SUBS $1, R6, R6")
	k.op("BNE row")
	k.op("B sum")
}

// columns adds a kernel row; in part only the columns inside the image.
func (k neonWordTaps) columns(span int, part bool) {
	for c := range span {
		in := 13 + c%6
		if part {
			k.op("TBZ $%d, R7, column%d", c, c)
			k.op("VLD1 (R12), [V%d.B8]", in)
		} else {
			k.op("VLD1.P (R12)(R4), [V%d.B8]", in)
		}
		k.neon(k.kind[:1]+"SUBL.8H", in, in, 31)
		for i := range dwPixels {
			if t := c - i*k.stride; t >= 0 && t < k.kernel {
				k.neon("SMLAL.4S", 2*i, in, 8+t)
				k.neon("SMLAL2.4S", 2*i+1, in, 8+t)
			}
		}
		if part {
			k.label(fmt.Sprintf("column%d", c))
			k.op("ADD R4, R12")
		}
	}
}

// requantize makes stored values of the sums, in double-rounding fixed point, and stores those of the outputs that exist.
func (k neonWordTaps) requantize() {
	k.op("ADD $32, R3, R11")
	k.op("VLD1.P 64(R11), [V8.S4, V9.S4, V10.S4, V11.S4]")
	k.op("VLD1 (R11), [V12.S4, V13.S4]")
	each := func(do func(i int)) {
		for i := range 2 * dwPixels {
			do(i)
		}
	}
	each(func(i int) { k.neon("SQRDMULH.4S", i, i, 8+i%2) })
	each(func(i int) { k.op("VAND V%d.B16, V%d.B16, V%d.B16", 12+i%2, i, 16+i) })
	each(func(i int) { k.neon("SSRA31.4S", i, 16+i) })
	each(func(i int) { k.neon("SRSHL.4S", i, i, 10+i%2) })
	narrow, sign := "SQXTN", "S"
	if k.kind == "U8" {
		narrow, sign = "SQXTUN", "U"
	}
	for o := range dwPixels {
		k.neon("SQXTN.4H", 2*o, 2*o)
		k.neon("SQXTN2.8H", 2*o, 2*o+1)
		k.neon("SQADD.8H", 2*o, 2*o, 28)
	}
	for o := 0; o < dwPixels; o += 2 {
		k.neon(narrow+".8B", 2*o, 2*o)
		k.neon(narrow+"2.16B", 2*o, 2*o+2)
		k.neon(sign+"MAX.16B", 2*o, 2*o, 29)
		k.neon(sign+"MIN.16B", 2*o, 2*o, 30)
	}
	k.op("MOVD %d(R0), R11", dwsDst)
	k.op("MOVD %d(R0), R12", dwsDstOffset)
	k.op("ADD R12, R11")
	k.op("ADD R1, R11")
	k.op("MOVD %d(R0), R12", dwsOut)
	k.op("MOVD %d(R0), R13", dwsOutputs)
	for o := range dwPixels {
		if o > 0 {
			k.op("SUBS $1, R13, R13")
			k.op("BEQ stored")
			k.op("ADD R12, R11")
		}
		k.op("VST1 V%d.D[%d], (R11)", o/2*4, o%2)
	}
	k.label("stored")
}
