package main

import "fmt"

// The fields of depthwiseS8Args, in bytes.
const (
	dqW, dqParams, dqDst, dqDstOffset  = 0, 8, 16, 24
	dqOffset, dqPixel, dqRows          = 32, 40, 48
	dqChannels, dqTiles, dqColumns     = 56, 64, 72
	dqOutputs, dqOut, dqNextX          = 80, 88, 96
	dqNextDst, dqTaps, dqTap           = 104, 112, 120
	dqParamsOffset                     = 128
	dqFlip, dqPad, dqZero, dqLo, dqHi  = 136, 140, 144, 148, 152
	dqSign, dqNear, dqFlipOut          = 156, 160, 164
	dqHalf, dqOne, dqSpill, dqPointers = 168, 176, 192, 448

	dqSignature = "(args *depthwiseS8Args)"
)

// depthwiseS8 writes the depthwise kernels for int8 and uint8 with AVX-512 VNNI.
func depthwiseS8(f *file) {
	for _, channels := range []int{8, 16, 32, 64} {
		k := depthwiseS8Kernel{file: f, width: 'X', vectors: 4, bytes: 16, rows: 3}
		switch channels {
		case 8:
			k.vectors = 2
		case 32:
			k.width, k.bytes = 'Y', 32
		case 64:
			k.width, k.bytes = 'Z', 64
		}
		for _, kernel := range []int{3, 5} {
			for _, stride := range []int{1, 2} {
				k.kernel, k.stride = kernel, stride
				k.write(fmt.Sprintf("depthwise%dStride%dx%dS8VNNI512", kernel, stride, channels))
			}
		}
		k.kernel, k.stride, k.rows = 0, 0, 4
		k.write(fmt.Sprintf("depthwiseTapsx%dS8VNNI512", channels))
	}
}

// depthwiseS8Kernel is a function that computes tiles of four neighbouring outputs, a block of channels at a time. It takes
// three or four kernel rows at once: their bytes, interleaved, are what VPDPBUSD sums. kernel and stride are 0 where they are
// known only when it runs.
//
//	DI arguments   CX channels done   SI weights   DX bytes of a pixel   R12, R13, R14, R15 3, 5, 7, 9 of them
//	AX, BX, R8, R9 input rows   R10 row pointers left   R11 columns inside the image
//
// Registers 0 to 15 are sums, 16 to 19 a column of the input, 20 to 25 free.
type depthwiseS8Kernel struct {
	*file
	width          byte
	vectors, bytes int // of a block: vectors of sums, bytes of a vector
	kernel, stride int
	rows           int // taken at once
	outOfLine      []func()
}

const (
	dqRegPad     = 26
	dqRegFlip    = 27
	dqRegZero    = 28
	dqRegLo      = 29
	dqRegHi      = 30
	dqRegNothing = 31
)

func (k *depthwiseS8Kernel) reg(i int) string { return vec(k.width, i) }

func (k *depthwiseS8Kernel) write(name string) {
	k.outOfLine = nil
	k.function(name, dqSignature, 8)
	k.op("MOVQ args+0(FP), DI")
	k.op("MOVQ %d(DI), DX", dqPixel)
	k.op("LEAQ (DX)(DX*2), R12")
	k.op("LEAQ (DX)(DX*4), R13")
	k.op("LEAQ (R12)(DX*4), R14")
	k.op("LEAQ (DX)(DX*8), R15")
	k.op("VPBROADCASTD %d(DI), %s", dqPad, k.reg(dqRegPad))
	k.op("VPBROADCASTD %d(DI), %s", dqFlip, k.reg(dqRegFlip))
	k.op("VPBROADCASTD %d(DI), %s", dqZero, k.reg(dqRegZero))
	k.op("VPBROADCASTD %d(DI), %s", dqLo, k.reg(dqRegLo))
	k.op("VPBROADCASTD %d(DI), %s", dqHi, k.reg(dqRegHi))
	k.op("VPXORD %[1]s, %[1]s, %[1]s", k.reg(dqRegNothing))
	k.label("tile")
	k.op("XORQ CX, CX")
	k.op("MOVQ $0, %d(DI)", dqParamsOffset)
	k.op("MOVQ %d(DI), SI", dqW)
	k.op("MOVQ %d(DI), R11", dqColumns)
	channels := 4 * k.vectors * k.bytes / 16
	k.op("PCALIGN $32")
	k.label("block")
	// The mask has the channels that are left, all of them where a block or more is.
	k.op("MOVQ %d(DI), R10", dqChannels)
	k.op("SUBQ CX, R10")
	k.op("MOVQ $-1, AX")
	k.op("MOVQ $%d, R8", channels)
	k.op("CMPQ R10, R8")
	k.op("CMOVQGT R8, R10")
	k.op("BZHIQ R10, AX, AX")
	k.op("KMOVQ AX, K1")
	k.op("MOVQ %d(DI), R10", dqParams)
	k.op("ADDQ %d(DI), R10", dqParamsOffset)
	for v := range k.vectors {
		for o := range dwPixels {
			k.op("VMOVDQU32 %d(R10), %s", v*k.bytes, k.reg(o*k.vectors+v))
		}
	}
	k.op("MOVQ %d(DI), R10", dqRows)
	k.op("PCALIGN $32")
	k.label("rows")
	for i, row := range []string{"AX", "BX", "R8", "R9"}[:k.rows] {
		k.op("MOVQ %d(DI)(R10*8), %s", dqPointers-8*k.rows+8*i, row)
		k.op("ADDQ %d(DI), %s", dqOffset, row)
		k.op("ADDQ CX, %s", row)
	}
	if k.kernel > 0 {
		for c := range (dwPixels-1)*k.stride + k.kernel {
			k.column(c, fmt.Sprintf("Column%d", c), c)
			for o := range dwPixels {
				if t := c - o*k.stride; t >= 0 && t < k.kernel {
					k.sums(o, t*k.vectors*k.bytes)
				}
			}
		}
		k.op("ADDQ $%d, SI", k.kernel*k.vectors*k.bytes)
	} else {
		k.taps()
	}
	k.op("SUBQ $%d, R10", k.rows)
	k.op("JNZ rows")
	k.output()
	k.op("ADDQ $%d, %d(DI)", 5*k.vectors*k.bytes, dqParamsOffset)
	k.op("ADDQ $%d, CX", channels)
	k.op("CMPQ CX, %d(DI)", dqChannels)
	k.op("JLT block")
	k.op("MOVQ %d(DI), AX", dqNextX)
	k.op("ADDQ AX, %d(DI)", dqOffset)
	k.op("MOVQ %d(DI), AX", dqNextDst)
	k.op("ADDQ AX, %d(DI)", dqDstOffset)
	k.op("DECQ %d(DI)", dqTiles)
	k.op("JNZ tile")
	k.ret()
	for _, write := range k.outOfLine {
		write()
	}
	k.exact()
}

// taps adds the rows for any number of taps; of R11, four bits are for each.
func (k *depthwiseS8Kernel) taps() {
	k.op("MOVQ %d(DI), R14", dqTaps)
	k.op("MOVQ %d(DI), R11", dqColumns)
	k.label("tap")
	for o := range dwPixels {
		k.column(o, fmt.Sprintf("Output%d", o), o)
		k.sums(o, 0)
	}
	k.op("SHRQ $4, R11")
	for _, row := range []string{"AX", "BX", "R8", "R9"}[:k.rows] {
		k.op("ADDQ %d(DI), %s", dqTap, row)
	}
	k.op("ADDQ $%d, SI", k.vectors*k.bytes)
	k.op("DECQ R14")
	k.op("JNZ tap")
}

// column loads the rows' bytes of a column and interleaves them; where the column is outside they are the padding.
func (k *depthwiseS8Kernel) column(c int, name string, bit int) {
	k.op("BTL $%d, R11", bit)
	k.op("JCC pad%s", name)
	for i, row := range []string{"AX", "BX", "R8", "R9"}[:k.rows] {
		address := "(" + row + ")" + column(c)[len("(AX)"):]
		k.op("VMOVDQU8.Z %s, K1, %s", address, k.reg(20+i))
		k.op("VPXORD %s, %[2]s, %[2]s", k.reg(dqRegFlip), k.reg(20+i))
	}
	last := k.reg(23)
	if k.rows == 3 {
		last = k.reg(dqRegNothing)
	}
	k.op("VPUNPCKLBW %s, %s, %s", k.reg(21), k.reg(20), k.reg(24))
	if k.vectors == 4 {
		k.op("VPUNPCKHBW %s, %s, %s", k.reg(21), k.reg(20), k.reg(25))
	}
	k.op("VPUNPCKLBW %s, %s, %s", last, k.reg(22), k.reg(20))
	k.op("VPUNPCKLWD %s, %s, %s", k.reg(20), k.reg(24), k.reg(16))
	k.op("VPUNPCKHWD %s, %s, %s", k.reg(20), k.reg(24), k.reg(17))
	if k.vectors == 4 {
		k.op("VPUNPCKHBW %s, %s, %s", last, k.reg(22), k.reg(21))
		k.op("VPUNPCKLWD %s, %s, %s", k.reg(21), k.reg(25), k.reg(18))
		k.op("VPUNPCKHWD %s, %s, %s", k.reg(21), k.reg(25), k.reg(19))
	}
	k.label("sum" + name)
	k.outOfLine = append(k.outOfLine, func() {
		k.label("pad" + name)
		for v := range k.vectors {
			k.op("VMOVDQA32 %s, %s", k.reg(dqRegPad), k.reg(16+v))
		}
		k.op("JMP sum%s", name)
	})
}

func (k *depthwiseS8Kernel) sums(o, w int) {
	for v := range k.vectors {
		k.op("VPDPBUSD %d(SI), %s, %s", w+v*k.bytes, k.reg(16+v), k.reg(o*k.vectors+v))
	}
}

// output requantizes the sums in float32. With a right shift of s the double rounding of fixed point is the single rounding, to
// the nearest number, of
//
//	sum*multiplier/2^(31+s) + sign(sum)/2^(s+1)
//
// and float32 tells which number that is unless it lies within 2^-14 of half way between two; exact is there for these.
func (k *depthwiseS8Kernel) output() {
	k.op("MOVQ %d(DI), R10", dqParams)
	k.op("ADDQ %d(DI), R10", dqParamsOffset)
	k.op("MOVQ %d(DI), AX", dqDst)
	k.op("ADDQ %d(DI), AX", dqDstOffset)
	k.op("ADDQ CX, AX")
	group := k.vectors * k.bytes
	for o := range dwPixels {
		if o > 0 {
			k.op("CMPQ %d(DI), $%d", dqOutputs, o)
			k.op("JLE stored")
			k.op("ADDQ %d(DI), AX", dqOut)
		}
		for v := range k.vectors {
			sum, to := k.reg(o*k.vectors+v), k.reg(16+v)
			k.op("VCVTDQ2PS %s, %s", sum, k.reg(20))
			k.op("VPANDD.BCST %d(DI), %s, %s", dqSign, k.reg(20), k.reg(21))
			k.op("VPORD %d(R10), %[2]s, %[2]s", 2*group+v*k.bytes, k.reg(21))
			k.op("VFMADD231PS %d(R10), %s, %s", group+v*k.bytes, k.reg(20), k.reg(21))
			k.op("VCVTPS2DQ %s, %s", k.reg(21), to)
			k.op("VREDUCEPS $8, %s, %s", k.reg(21), k.reg(22))
			if v == 0 {
				k.op("VRANGEPS $11, %[1]s, %[1]s, %[2]s", k.reg(22), k.reg(23))
			} else {
				k.op("VRANGEPS $11, %s, %[2]s, %[2]s", k.reg(22), k.reg(23))
			}
		}
		k.op("VCMPPS.BCST $14, %d(DI), %s, K2", dqNear, k.reg(23))
		k.op("KTESTW K2, K2")
		k.op("JNZ near%d", o)
		k.label(fmt.Sprintf("pack%d", o))
		k.op("VPACKSSDW %s, %s, %s", k.reg(17), k.reg(16), k.reg(16))
		k.op("VPADDSW %s, %[2]s, %[2]s", k.reg(dqRegZero), k.reg(16))
		if k.vectors == 4 {
			k.op("VPACKSSDW %s, %s, %s", k.reg(19), k.reg(18), k.reg(18))
			k.op("VPADDSW %s, %[2]s, %[2]s", k.reg(dqRegZero), k.reg(18))
			k.op("VPACKSSWB %s, %s, %s", k.reg(18), k.reg(16), k.reg(16))
		} else {
			k.op("VPACKSSWB %[1]s, %[1]s, %[1]s", k.reg(16))
		}
		k.op("VPMAXSB %s, %[2]s, %[2]s", k.reg(dqRegLo), k.reg(16))
		k.op("VPMINSB %s, %[2]s, %[2]s", k.reg(dqRegHi), k.reg(16))
		k.op("VPXORD.BCST %d(DI), %[2]s, %[2]s", dqFlipOut, k.reg(16))
		k.op("VMOVDQU8 %s, K1, (AX)", k.reg(16))
		k.outOfLine = append(k.outOfLine, func() {
			k.label(fmt.Sprintf("near%d", o))
			for v := range k.vectors {
				k.op("VMOVDQU32 %s, %d(DI)", k.reg(o*k.vectors+v), dqSpill+v*k.bytes)
			}
			k.op("MOVQ $%d, R9", o)
			k.op("JMP exact")
		})
	}
	k.label("stored")
}

// exact requantizes a spilled output in fixed point and returns to where it is packed.
func (k *depthwiseS8Kernel) exact() {
	group := k.vectors * k.bytes
	k.label("exact")
	k.op("MOVL $0xAAAA, BX")
	k.op("KMOVW BX, K2")
	k.op("XORQ BX, BX")
	k.label("exactVector")
	k.op("LEAQ (R10)(BX*1), R8")
	k.op("VMOVDQU32 %d(DI)(BX*1), %s", dqSpill, k.reg(20))
	k.op("VMOVDQU32 %d(R8), %s", 3*group, k.reg(21))
	k.op("VMOVDQU32 %d(R8), %s", 4*group, k.reg(24))
	k.op("VPMULDQ %s, %s, %s", k.reg(21), k.reg(20), k.reg(22))
	k.op("VPSRLQ $32, %[1]s, %[1]s", k.reg(20))
	k.op("VPSRLQ $32, %[1]s, %[1]s", k.reg(21))
	k.op("VPMULDQ %s, %s, %s", k.reg(21), k.reg(20), k.reg(23))
	k.op("VPADDQ.BCST %d(DI), %[2]s, %[2]s", dqHalf, k.reg(22))
	k.op("VPADDQ.BCST %d(DI), %[2]s, %[2]s", dqHalf, k.reg(23))
	k.op("VPSRLQ $31, %[1]s, %[1]s", k.reg(22))
	k.op("VPADDQ %[1]s, %[1]s, %[1]s", k.reg(23))
	k.op("VMOVDQA32 %s, K2, %s", k.reg(23), k.reg(22)) // the products, rounded
	// floor((2*product + 2^s - (product < 0)) / 2^(s+1))
	k.op("VPSRAD $31, %s, %s", k.reg(22), k.reg(23))
	k.op("VPADDD %[1]s, %[1]s, %[1]s", k.reg(22))
	k.op("VPADDD %s, %[2]s, %[2]s", k.reg(23), k.reg(22))
	k.op("VPBROADCASTD %d(DI), %s", dqOne, k.reg(20))
	k.op("VPSLLVD %s, %s, %s", k.reg(24), k.reg(20), k.reg(21))
	k.op("VPADDD %s, %[2]s, %[2]s", k.reg(21), k.reg(22))
	k.op("VPADDD %s, %[2]s, %[2]s", k.reg(20), k.reg(24))
	k.op("VPSRAVD %s, %[2]s, %[2]s", k.reg(24), k.reg(22))
	k.op("VMOVDQU32 %s, %d(DI)(BX*1)", k.reg(22), dqSpill)
	k.op("ADDQ $%d, BX", k.bytes)
	k.op("CMPQ BX, $%d", group)
	k.op("JLT exactVector")
	for v := range k.vectors {
		k.op("VMOVDQU32 %d(DI), %s", dqSpill+v*k.bytes, k.reg(16+v))
	}
	for o := range dwPixels - 1 {
		k.op("CMPQ R9, $%d", o)
		k.op("JEQ pack%d", o)
	}
	k.op("JMP pack%d", dwPixels-1)
}
