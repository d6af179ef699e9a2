package main

import "fmt"

// The fields of poolArgs, in bytes.
const (
	poolX, poolDst, poolOffset, poolDstOffset = 0, 8, 16, 24
	poolRow, poolPixel, poolRows, poolColumns = 32, 40, 48, 56
	poolChannels, poolOutputs                 = 64, 72
	poolNextX, poolNextDst                    = 80, 88
	poolCount, poolLo, poolHi, poolLowest     = 96, 100, 104, 108
)

// poolKernel writes a function that pools neighbouring windows of the same size, a vector of channels at a time. With AVX-512 a
// mask has the last channels; with AVX2 the last vector overlaps the one before it.
//
//	DI arguments   CX channels done   DX bytes of a pixel   SI bytes of a row   AX row   BX tap   R9, R10 rows and taps left
type poolKernel struct {
	*file
	width       byte
	size        int // bytes of an element
	lanes       int // channels at a time
	load, store string
	start       func() // sets register 0
	add         func() // adds register 1 to it
	finish      func() // makes of it what is stored
}

func (k *poolKernel) reg(i int) string { return vec(k.width, i) }

func (k *poolKernel) write(name string) {
	k.function(name, "(args *poolArgs)", 8)
	k.op("MOVQ args+0(FP), DI")
	k.op("MOVQ %d(DI), DX", poolPixel)
	k.op("MOVQ %d(DI), SI", poolRow)
	k.op("VPBROADCASTD %d(DI), %s", poolLo, k.reg(13))
	k.op("VPBROADCASTD %d(DI), %s", poolHi, k.reg(14))
	k.op("VPBROADCASTD %d(DI), %s", poolCount, k.reg(12))
	k.op("VPBROADCASTD %d(DI), %s", poolLowest, k.reg(15))
	k.label("output")
	k.op("XORQ CX, CX")
	k.label("block")
	k.op("MOVQ %d(DI), R10", poolChannels)
	k.op("SUBQ CX, R10")
	if k.width == 'Z' {
		k.op("MOVQ $%d, R8", k.lanes)
		k.op("CMPQ R10, R8")
		k.op("CMOVQGT R8, R10")
		k.op("MOVQ $-1, AX")
		k.op("BZHIQ R10, AX, AX")
		k.op("KMOVQ AX, K1")
	} else {
		k.op("CMPQ R10, $%d", k.lanes)
		k.op("JGE inside")
		k.op("ADDQ R10, CX")
		k.op("SUBQ $%d, CX", k.lanes)
		k.label("inside")
	}
	k.start()
	k.op("MOVQ %d(DI), AX", poolX)
	k.op("ADDQ %d(DI), AX", poolOffset)
	k.op("LEAQ (AX)(CX*%d), AX", k.size)
	k.op("MOVQ %d(DI), R9", poolRows)
	k.label("row")
	k.op("MOVQ AX, BX")
	k.op("MOVQ %d(DI), R10", poolColumns)
	k.label("tap")
	if k.width == 'Z' {
		k.op("%s.Z (BX), K1, %s", k.load, k.reg(1))
	} else {
		k.op("%s (BX), %s", k.load, k.reg(1))
	}
	k.add()
	k.op("ADDQ DX, BX")
	k.op("DECQ R10")
	k.op("JNZ tap")
	k.op("ADDQ SI, AX")
	k.op("DECQ R9")
	k.op("JNZ row")
	k.finish()
	k.op("MOVQ %d(DI), AX", poolDst)
	k.op("ADDQ %d(DI), AX", poolDstOffset)
	switch {
	case k.width == 'Z':
		k.op("%s %s, K1, (AX)(CX*%d)", k.store, k.reg(0), k.size)
	case k.store == "VMOVQ" || k.store == "VMOVDQU128":
		k.op("%s X0, (AX)(CX*%d)", map[string]string{"VMOVQ": "VMOVQ", "VMOVDQU128": "VMOVDQU"}[k.store], k.size)
	default:
		k.op("%s %s, (AX)(CX*%d)", k.store, k.reg(0), k.size)
	}
	k.op("ADDQ $%d, CX", k.lanes)
	k.op("CMPQ CX, %d(DI)", poolChannels)
	k.op("JLT block")
	k.op("MOVQ %d(DI), AX", poolNextX)
	k.op("ADDQ AX, %d(DI)", poolOffset)
	k.op("MOVQ %d(DI), AX", poolNextDst)
	k.op("ADDQ AX, %d(DI)", poolDstOffset)
	k.op("DECQ %d(DI)", poolOutputs)
	k.op("JNZ output")
	k.ret()
}

// poolF32 writes maxima, averages and root mean squares of float32.
func poolF32(f *file) {
	for _, width := range []byte{'Z', 'Y'} {
		k := &poolKernel{file: f, width: width, size: 4, lanes: 8, load: "VMOVUPS", store: "VMOVUPS"}
		feature := "AVX2"
		if width == 'Z' {
			k.lanes, feature = 16, "AVX512"
		}
		r := k.reg
		clamp := func() {
			// The value comes last, so that a NaN stays.
			f.op("VMAXPS %s, %s, %s", r(0), r(13), r(0))
			f.op("VMINPS %s, %s, %s", r(0), r(14), r(0))
		}
		k.start = func() { f.op("VMOVAPS %s, %s", r(15), r(0)) }
		// The maximum so far comes last: it stays where the tap is a NaN.
		k.add = func() { f.op("VMAXPS %s, %s, %s", r(0), r(1), r(0)) }
		k.finish = clamp
		k.write("poolMaxF32" + feature)
		k.start = func() { f.zero(r(0)) }
		k.add = func() { f.op("VADDPS %s, %s, %s", r(1), r(0), r(0)) }
		k.finish = func() {
			f.op("VDIVPS %s, %s, %s", r(12), r(0), r(0))
			clamp()
		}
		k.write("poolAverageF32" + feature)
		k.add = func() {
			f.op("VMULPS %[1]s, %[1]s, %[1]s", r(1))
			f.op("VADDPS %s, %s, %s", r(1), r(0), r(0))
		}
		k.finish = func() {
			f.op("VDIVPS %s, %s, %s", r(12), r(0), r(0))
			f.op("VSQRTPS %s, %s", r(0), r(0))
			clamp()
		}
		k.write("poolSquareF32" + feature)
	}
}

// poolQuantized writes maxima and averages of stored values. lo, hi and lowest are repeated to fill 32 bits for the maxima. Sums
// are of 24 bits, so that float32 holds them and the whole part of the quotient is right.
func poolQuantized(f *file) {
	for _, width := range []byte{'Z', 'Y'} {
		for _, t := range []struct{ name, suffix, letter string }{{"S8", "SB", "SXB"}, {"U8", "UB", "ZXB"}, {"S16", "SW", "SXW"}} {
			size := 1
			if t.name == "S16" {
				size = 2
			}
			k := &poolKernel{file: f, width: width, size: size, lanes: 32 / size, load: "VMOVDQU", store: "VMOVDQU"}
			feature := "AVX2"
			if width == 'Z' {
				k.lanes, feature = 64/size, "AVX512"
				k.load = fmt.Sprintf("VMOVDQU%d", 8*size)
				k.store = k.load
			}
			r := k.reg
			mov := map[byte]string{'Z': "VMOVDQA32", 'Y': "VMOVDQA"}[width]
			k.start = func() { f.op("%s %s, %s", mov, r(15), r(0)) }
			k.add = func() { f.op("VPMAX%s %s, %s, %s", t.suffix, r(1), r(0), r(0)) }
			k.finish = func() {
				f.op("VPMAX%s %s, %s, %s", t.suffix, r(13), r(0), r(0))
				f.op("VPMIN%s %s, %s, %s", t.suffix, r(14), r(0), r(0))
			}
			k.write("poolMax" + t.name + feature)

			k.lanes, k.load = 8, "VPMOV"+t.letter+"D"
			if width == 'Z' {
				k.lanes = 16
			}
			k.start = func() { f.zero(r(0)) }
			k.add = func() { f.op("VPADDD %s, %s, %s", r(1), r(0), r(0)) }
			k.finish = func() {
				f.op("VCVTDQ2PS %s, %s", r(12), r(2)) // taps
				f.op("VPSRLD $1, %s, %s", r(12), r(3))
				f.op("VPSRAD $31, %s, %s", r(0), r(4))
				f.op("VPXOR%s %s, %s, %s", map[byte]string{'Z': "D", 'Y': ""}[width], r(4), r(3), r(3))
				f.op("VPSUBD %s, %s, %s", r(4), r(3), r(3)) // half of them, negative with the sum
				f.op("VPADDD %s, %s, %s", r(3), r(0), r(0))
				f.op("VCVTDQ2PS %s, %s", r(0), r(0))
				f.op("VDIVPS %s, %s, %s", r(2), r(0), r(0))
				f.op("VCVTTPS2DQ %s, %s", r(0), r(0))
				f.op("VPMAXSD %s, %s, %s", r(13), r(0), r(0))
				f.op("VPMINSD %s, %s, %s", r(14), r(0), r(0))
				if width == 'Y' {
					f.op("VEXTRACTI128 $1, Y0, X1")
					switch t.name {
					case "S8":
						f.op("VPACKSSDW X1, X0, X0")
						f.op("VPACKSSWB X0, X0, X0")
					case "U8":
						f.op("VPACKSSDW X1, X0, X0")
						f.op("VPACKUSWB X0, X0, X0")
					case "S16":
						f.op("VPACKSSDW X1, X0, X0")
					}
				}
			}
			if width == 'Z' {
				k.store = map[int]string{1: "VPMOVDB", 2: "VPMOVDW"}[size]
			} else {
				k.store = map[int]string{1: "VMOVQ", 2: "VMOVDQU128"}[size]
			}
			k.write("poolAverage" + t.name + feature)
		}
	}
}
