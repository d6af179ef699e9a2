package main

import "fmt"

// The fields of depthwiseArgs, in bytes.
const (
	dwX, dwW, dwBias, dwDst          = 0, 8, 16, 24
	dwOffset, dwPixel, dwRow, dwRows = 32, 40, 48, 56
	dwTaps, dwTap                    = 64, 72
	dwWPixel, dwWSkip, dwChannels    = 80, 88, 96
	dwTiles, dwColumns, dwOutputs    = 104, 112, 120
	dwOut, dwNextX, dwNextDst        = 128, 136, 144
	dwDstOffset                      = 152
	dwLo, dwHi                       = 160, 164
	dwPixels                         = 4 // outputs of a tile
	dwSignature, dwArgsSize          = "(args *depthwiseArgs)", 8
	dwFirstOfWeights                 = 4 // register
)

// depthwiseF32 writes the float32 depthwise kernels.
func depthwiseF32(f *file) {
	f.line("\n// Eight lanes on, then eight off: the mask of n lanes begins 8-n lanes in.")
	for i := range 8 {
		f.line("DATA depthwiseTail<>+%d(SB)/8, $%#x", 8*i, map[bool]uint64{true: 1<<64 - 1, false: 0}[i < 4])
	}
	f.line("GLOBL depthwiseTail<>(SB), RODATA|NOPTR, $64")
	for _, width := range []byte{'Z', 'Y'} {
		feature := map[byte]string{'Z': "AVX512", 'Y': "AVX2"}[width]
		for _, kernel := range []int{3, 5} {
			for _, stride := range []int{1, 2} {
				k := depthwiseKernel{f, width, kernel, stride, false, fmt.Sprintf("depthwise%dStride%dF32%s", kernel, stride, feature)}
				k.write(k.sharedRows)
			}
		}
		k := depthwiseKernel{f, width, 0, 0, false, "depthwiseTaps4F32" + feature}
		k.write(func(label string) { k.tapRows(label, dwPixels) })
		k = depthwiseKernel{f, width, 0, 0, true, "depthwiseTaps1F32" + feature}
		k.write(func(label string) { k.tapRows(label, 1) })
	}
}

// depthwiseKernel is a function that computes tiles of four neighbouring outputs, a vector of channels at a time. kernel and
// stride are 0 where they are known only when it runs.
//
//	DI arguments   CX bytes of channels done   AX input row   BX weights   DX bytes of a pixel   R12, R13, R14, R15 3, 5, 7, 9 of them
//	SI bytes of a tap's weights   R10 rows left   R11 columns inside the image   R8, R9 free
type depthwiseKernel struct {
	*file
	width          byte
	kernel, stride int
	single         bool // tiles of one output
	name           string
}

func (k *depthwiseKernel) lanes() int {
	if k.width == 'Z' {
		return 16
	}
	return 8
}

func (k *depthwiseKernel) pixels() int {
	if k.single {
		return 1
	}
	return dwPixels
}

func (k *depthwiseKernel) reg(i int) string { return vec(k.width, i) }

// The accumulators are 0 to 3, then weights, then inputs. The mask and the clamp's ends are at the end.
func (k *depthwiseKernel) mask() string { return k.reg(15) }
func (k *depthwiseKernel) lo() string   { return k.reg(14) }
func (k *depthwiseKernel) hi() string   { return k.reg(13) }

func (k *depthwiseKernel) load(masked bool, from, to string) {
	switch {
	case !masked:
		k.op("VMOVUPS %s, %s", from, to)
	case k.width == 'Z':
		k.op("VMOVUPS.Z %s, K1, %s", from, to)
	default:
		k.op("VMASKMOVPS %s, %s, %s", from, k.mask(), to)
	}
}

func (k *depthwiseKernel) store(masked bool, from, to string) {
	switch {
	case !masked:
		k.op("VMOVUPS %s, %s", from, to)
	case k.width == 'Z':
		k.op("VMOVUPS %s, K1, %s", from, to)
	default:
		k.op("VMASKMOVPS %s, %s, %s", from, k.mask(), to)
	}
}

func (k *depthwiseKernel) write(rows func(label string)) {
	k.function(k.name, dwSignature, dwArgsSize)
	k.op("MOVQ args+0(FP), DI")
	k.op("MOVQ %d(DI), DX", dwPixel)
	k.op("MOVQ %d(DI), SI", dwWPixel)
	k.op("MOVQ %d(DI), R11", dwColumns)
	k.op("LEAQ (DX)(DX*2), R12")
	k.op("LEAQ (DX)(DX*4), R13")
	k.op("LEAQ (R12)(DX*4), R14")
	k.op("LEAQ (DX)(DX*8), R15")
	k.op("VBROADCASTSS %d(DI), %s", dwLo, k.lo())
	k.op("VBROADCASTSS %d(DI), %s", dwHi, k.hi())
	k.label("tile")
	k.op("XORQ CX, CX")
	k.op("PCALIGN $32")
	k.label("block")
	k.op("LEAQ %d(CX), AX", 4*k.lanes())
	k.op("CMPQ AX, %d(DI)", dwChannels)
	k.op("JGT tail")
	k.block("block", false, rows)
	k.op("ADDQ $%d, CX", 4*k.lanes())
	k.op("JMP block")
	k.label("tail")
	k.op("MOVQ %d(DI), R8", dwChannels)
	k.op("SUBQ CX, R8")
	k.op("JZ next")
	if k.width == 'Z' {
		k.op("MOVQ CX, R9")
		k.op("MOVQ R8, CX")
		k.op("SHRQ $2, CX")
		k.op("MOVL $1, R8")
		k.op("SHLL CX, R8")
		k.op("DECL R8")
		k.op("KMOVW R8, K1")
		k.op("MOVQ R9, CX")
	} else {
		k.op("LEAQ depthwiseTail<>+32(SB), R9")
		k.op("SUBQ R8, R9")
		k.op("VMOVDQU (R9), %s", k.mask())
	}
	k.block("tail", true, rows)
	k.label("next")
	k.op("MOVQ %d(DI), AX", dwNextX)
	k.op("ADDQ AX, %d(DI)", dwOffset)
	k.op("MOVQ %d(DI), AX", dwNextDst)
	k.op("ADDQ AX, %d(DI)", dwDstOffset) // not dst, a pointer that the garbage collector looks at
	k.op("DECQ %d(DI)", dwTiles)
	k.op("JNZ tile")
	k.ret()
}

// block computes one vector of channels of a tile.
func (k *depthwiseKernel) block(label string, masked bool, rows func(label string)) {
	k.zero(k.reg(0))
	k.op("MOVQ %d(DI), R8", dwBias)
	k.op("TESTQ R8, R8")
	k.op("JZ %sStart", label)
	k.load(masked, "(R8)(CX*1)", k.reg(0))
	k.label(label + "Start")
	for i := 1; i < k.pixels(); i++ {
		k.op("VMOVAPS %s, %s", k.reg(0), k.reg(i))
	}
	k.op("MOVQ %d(DI), AX", dwX)
	k.op("ADDQ %d(DI), AX", dwOffset)
	k.op("ADDQ CX, AX")
	k.op("MOVQ %d(DI), BX", dwW)
	k.op("ADDQ CX, BX")
	k.op("MOVQ %d(DI), R10", dwRows)
	k.op("TESTQ R10, R10")
	k.op("JZ %sDone", label)
	k.label(label + "Row")
	rows(label)
	k.op("ADDQ %d(DI), AX", dwRow)
	k.op("DECQ R10")
	k.op("JNZ %sRow", label)
	k.label(label + "Done")
	k.op("MOVQ %d(DI), R8", dwDst)
	k.op("ADDQ %d(DI), R8", dwDstOffset)
	k.op("ADDQ CX, R8")
	for i := range k.pixels() {
		// The value comes last, so that a NaN stays.
		k.op("VMAXPS %s, %s, %s", k.reg(i), k.lo(), k.reg(i))
		k.op("VMINPS %s, %s, %s", k.reg(i), k.hi(), k.reg(i))
		if i > 0 {
			k.op("CMPQ %d(DI), $%d", dwOutputs, i)
			k.op("JLE %sStored", label)
			k.op("ADDQ %d(DI), R8", dwOut)
		}
		k.store(masked, k.reg(i), "(R8)")
	}
	k.label(label + "Stored")
}

// column is the address of column c of the input row.
func column(c int) string {
	if c == 0 {
		return "(AX)"
	}
	index := map[int]string{1: "DX*1", 2: "DX*2", 4: "DX*4", 8: "DX*8", 3: "R12*1", 6: "R12*2", 5: "R13*1", 10: "R13*2", 7: "R14*1", 9: "R15*1"}
	return "(AX)(" + index[c] + ")"
}

// sharedRows adds a kernel row: every column is loaded once, for all outputs that it is a tap of.
func (k *depthwiseKernel) sharedRows(label string) {
	masked := label == "tail"
	for t := range k.kernel {
		k.load(masked, "(BX)", k.reg(dwFirstOfWeights+t))
		k.op("ADDQ SI, BX")
	}
	for c := range (dwPixels-1)*k.stride + k.kernel {
		skip := fmt.Sprintf("%sColumn%d", label, c+1)
		k.op("BTL $%d, R11", c)
		k.op("JCC %s", skip)
		in := k.reg(dwFirstOfWeights + k.kernel + c%2)
		k.load(masked, column(c), in)
		for i := range dwPixels {
			if t := c - i*k.stride; t >= 0 && t < k.kernel {
				k.op("VFMADD231PS %s, %s, %s", k.reg(dwFirstOfWeights+t), in, k.reg(i))
			}
		}
		k.label(skip)
	}
}

// tapRows adds a kernel row of any number of taps.
func (k *depthwiseKernel) tapRows(label string, pixels int) {
	masked := label == "tail"
	k.op("MOVQ AX, R9")
	k.op("MOVQ %d(DI), R8", dwTaps)
	k.label(label + "Tap")
	w := k.reg(dwFirstOfWeights)
	k.load(masked, "(BX)", w)
	for i := range pixels {
		from := []string{"(AX)", "(AX)(DX*1)", "(AX)(DX*2)", "(AX)(R12*1)"}[i]
		if masked {
			k.load(true, from, k.reg(5+i))
			from = k.reg(5 + i)
		}
		k.op("VFMADD231PS %s, %s, %s", from, w, k.reg(i))
	}
	k.op("ADDQ %d(DI), AX", dwTap)
	k.op("ADDQ SI, BX")
	k.op("DECQ R8")
	k.op("JNZ %sTap", label)
	k.op("ADDQ %d(DI), BX", dwWSkip)
	k.op("MOVQ R9, AX")
}
