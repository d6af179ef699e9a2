package main

import "fmt"

// neonDepthwiseF32 writes the float32 depthwise kernels of arm64: see depthwiseF32, whose arguments and tiles they share.
func neonDepthwiseF32(f *file) {
	for _, kernel := range []int{3, 5} {
		for _, stride := range []int{1, 2} {
			neonTaps{f, kernel, stride, dwPixels}.write(fmt.Sprintf("depthwise%dStride%dF32NEON", kernel, stride))
		}
	}
	neonTaps{f, 0, 0, dwPixels}.write("depthwiseTaps4F32NEON")
	neonTaps{f, 0, 0, 1}.write("depthwiseTaps1F32NEON")
}

// neonTaps is a function that computes tiles of neighbouring outputs, 8, 4 or 1 channels at a time. kernel and stride are 0 where
// they are known only when it runs.
//
//	R0 arguments   R1 bytes of channels done   R2 input row   R3 weights   R4 bytes of a pixel   R5 bytes of a tap's weights
//	R6 rows left   R7 columns inside the image, R8 all of them   R9 channels left   R10 bytes from the end of a row to the next
//	R11 to R17 free   V0 on sums   V8 on weights   V18 on inputs   V30, V31 range
type neonTaps struct {
	*file
	kernel, stride, pixels int
}

const (
	neonTapsWeights = 8
	neonTapsInputs  = 18
)

func (k neonTaps) span() int { return (k.pixels-1)*k.stride + k.kernel }

func (k neonTaps) write(name string) {
	k.function(name, dwSignature, dwArgsSize)
	k.op("MOVD args+0(FP), R0")
	k.op("MOVD %d(R0), R4", dwPixel)
	k.op("MOVD %d(R0), R5", dwWPixel)
	k.op("MOVD %d(R0), R7", dwColumns)
	for i, at := range []int{dwLo, dwHi} {
		k.op("MOVWU %d(R0), R11", at)
		k.op("VDUP R11, V%d.S4", 30+i)
	}
	if k.kernel > 0 {
		k.op("MOVD $%d, R8", 1<<k.span()-1)
		k.op("MOVD %d(R0), R10", dwRow)
		k.op("MOVD $%d, R11", k.span())
		k.op("MSUB R11, R10, R4, R10")
	}
	k.label("tile")
	k.op("MOVD ZR, R1")
	k.op("MOVD %d(R0), R9", dwChannels)
	for _, channels := range []int{8, 4, 1} {
		label := fmt.Sprintf("c%d", channels)
		k.op("SUBS $%d, R9, R9", 4*channels)
		k.op("BLT %sLess", label)
		k.label(label)
		k.block(label, channels)
		k.op("ADD $%d, R1", 4*channels)
		k.op("SUBS $%d, R9, R9", 4*channels)
		k.op("BGE %s", label)
		k.label(label + "Less")
		k.op("ADDS $%d, R9, R9", 4*channels)
		k.op("BEQ next")
	}
	k.label("next")
	for _, field := range [][2]int{{dwNextX, dwOffset}, {dwNextDst, dwDstOffset}} {
		k.op("MOVD %d(R0), R11", field[0])
		k.op("MOVD %d(R0), R12", field[1])
		k.op("ADD R11, R12")
		k.op("MOVD R12, %d(R0)", field[1]) // not in a pointer, which the garbage collector looks at
	}
	k.op("MOVD %d(R0), R11", dwTiles)
	k.op("SUBS $1, R11, R11")
	k.op("MOVD R11, %d(R0)", dwTiles)
	k.op("BNE tile")
	k.op("RET")
}

// load loads channels from where a register points, and moves it on by another one.
func (k neonTaps) load(channels, from, to int, by string) {
	post := ".P"
	operand := fmt.Sprintf("(R%d)", from)
	if by == "" {
		post = ""
	} else {
		operand += "(" + by + ")"
	}
	switch channels {
	case 8:
		k.op("VLD1%s %s, [V%d.S4, V%d.S4]", post, operand, to, to+1)
	case 4:
		k.op("VLD1%s %s, [V%d.S4]", post, operand, to)
	default:
		k.op("FMOVS (R%d), F%d", from, to)
		if by != "" {
			k.op("ADD %s, R%d", by, from)
		}
	}
}

// block computes some channels of a tile; a vector of a single one has it in its first lane.
func (k neonTaps) block(label string, channels int) {
	vectors := max(1, channels/4)
	for v := range vectors {
		k.op("VEOR V%d.B16, V%d.B16, V%d.B16", v, v, v)
	}
	k.op("MOVD %d(R0), R11", dwBias)
	k.op("CBZ R11, %sStart", label)
	k.op("ADD R1, R11")
	k.load(channels, 11, 0, "")
	k.label(label + "Start")
	for i := vectors; i < k.pixels*vectors; i++ {
		k.op("VMOV V%d.B16, V%d.B16", i%vectors, i)
	}
	k.op("MOVD %d(R0), R2", dwX)
	k.op("MOVD %d(R0), R11", dwOffset)
	k.op("ADD R11, R2")
	k.op("ADD R1, R2")
	k.op("MOVD %d(R0), R3", dwW)
	k.op("ADD R1, R3")
	k.op("MOVD %d(R0), R6", dwRows)
	k.op("CBZ R6, %sDone", label)
	if k.kernel > 0 {
		k.op("CMP R7, R8")
		k.op("BNE %sPart", label)
		k.op("PCALIGN $16")
		k.label(label + "Row")
		k.sharedRow(label, channels, false)
		k.op("SUBS $1, R6, R6")
		k.op("BNE %sRow", label)
		k.op("B %sDone", label)
		k.label(label + "Part")
		k.sharedRow(label, channels, true)
		k.op("SUBS $1, R6, R6")
		k.op("BNE %sPart", label)
	} else {
		k.label(label + "Row")
		k.tapRow(label, channels)
		k.op("SUBS $1, R6, R6")
		k.op("BNE %sRow", label)
	}
	k.label(label + "Done")
	k.op("MOVD %d(R0), R11", dwDst)
	k.op("MOVD %d(R0), R12", dwDstOffset)
	k.op("ADD R12, R11")
	k.op("ADD R1, R11")
	if k.pixels > 1 {
		k.op("MOVD %d(R0), R12", dwOut)
		k.op("MOVD %d(R0), R13", dwOutputs)
	}
	for i := range k.pixels * vectors { // a NaN stays
		k.neon("FMAX.4S", i, i, 30)
		k.neon("FMIN.4S", i, i, 31)
	}
	for i := range k.pixels {
		if i > 0 {
			k.op("SUBS $1, R13, R13")
			k.op("BEQ %sStored", label)
			k.op("ADD R12, R11")
		}
		switch channels {
		case 8:
			k.op("VST1 [V%d.S4, V%d.S4], (R11)", 2*i, 2*i+1)
		case 4:
			k.op("FMOVQ F%d, (R11)", i)
		default:
			k.op("FMOVS F%d, (R11)", i)
		}
	}
	k.label(label + "Stored")
}

// sharedRow adds a kernel row: every column is loaded once, for all outputs that it is a tap of; in part only those inside.
func (k neonTaps) sharedRow(label string, channels int, part bool) {
	vectors := max(1, channels/4)
	for t := range k.kernel {
		k.load(channels, 3, neonTapsWeights+t*vectors, "R5")
	}
	for c := range k.span() {
		in := neonTapsInputs + c%4*vectors
		skip := fmt.Sprintf("%sColumn%d", label, c)
		if part {
			k.op("TBZ $%d, R7, %s", c, skip)
			k.load(channels, 2, in, "")
		} else {
			k.load(channels, 2, in, "R4")
		}
		for v := range vectors {
			for i := range k.pixels {
				if t := c - i*k.stride; t >= 0 && t < k.kernel {
					k.neon("FMLA.4S", i*vectors+v, in+v, neonTapsWeights+t*vectors+v)
				}
			}
		}
		if part {
			k.label(skip)
			k.op("ADD R4, R2")
		}
	}
	k.op("ADD R10, R2")
}

// tapRow adds a kernel row of any number of taps.
func (k neonTaps) tapRow(label string, channels int) {
	vectors := max(1, channels/4)
	k.op("MOVD R2, R14")
	k.op("MOVD %d(R0), R15", dwTaps)
	k.op("MOVD %d(R0), R16", dwTap)
	k.op("PCALIGN $16")
	k.label(label + "Tap")
	k.load(channels, 3, neonTapsWeights, "R5")
	k.op("MOVD R14, R17")
	for i := range k.pixels {
		by := "R4"
		if i+1 == k.pixels {
			by = ""
		}
		in := neonTapsInputs + i*vectors
		k.load(channels, 17, in, by)
		for v := range vectors {
			k.neon("FMLA.4S", i*vectors+v, in+v, neonTapsWeights+v)
		}
	}
	k.op("ADD R16, R14")
	k.op("SUBS $1, R15, R15")
	k.op("BNE %sTap", label)
	k.op("MOVD %d(R0), R11", dwWSkip)
	k.op("ADD R11, R3")
	k.op("MOVD %d(R0), R11", dwRow)
	k.op("ADD R11, R2")
}
