package main

import "fmt"

// words writes kernels over vectors of 16 int16 in registers of 256 bits. With AVX-512 the last elements are a masked vector;
// with AVX2 they are the last 16 elements, loaded before anything is stored.
type words struct {
	*file
	masked bool // AVX-512
}

var wordVariants = []words{{masked: true}, {masked: false}}

func (w *words) feature() string {
	if w.masked {
		return "AVX512"
	}
	return "AVX2"
}

// integerLSTM writes the kernels of the integer LSTM.
func integerLSTM(f *file) {
	for _, w := range wordVariants {
		w.file = f
		w.sigmoid(false)
		w.sigmoid(true)
		w.update()
		w.hide()
		w.rescale()
	}
	wordRows(f)
	integerLSTMStep(f)
}

// word broadcasts a constant to the words of a register; it uses AX.
func (w *words) word(v int, reg string) {
	w.op("MOVL $%d, AX", v&0xffff)
	w.op("VMOVD AX, X%s", reg[1:])
	w.op("VPBROADCASTW X%s, %s", reg[1:], reg)
}

func (w *words) wordOf(arg, reg string) {
	w.op("MOVL %s, AX", arg)
	w.op("VMOVD AX, X%s", reg[1:])
	w.op("VPBROADCASTW X%s, %s", reg[1:], reg)
}

// elements writes body for all CX elements, 16 at a time. advance moves the pointers by a vector, back by CX elements, a negative
// number: with AVX2, the last body has the last 16 elements, of which some are done. What it overwrites must have been loaded
// before.
func (w *words) elements(body func(mask bool), advance, back func()) {
	w.op("SUBQ $16, CX")
	w.op("JLT tail")
	w.label("loop")
	body(false)
	advance()
	w.op("SUBQ $16, CX")
	w.op("JGE loop")
	w.label("tail")
	w.op("ADDQ $16, CX")
	w.op("JZ done")
	if w.masked {
		w.op("MOVL $1, AX")
		w.op("SHLL CX, AX")
		w.op("DECL AX")
		w.op("KMOVW AX, K1")
		body(true)
	} else {
		w.op("SUBQ $16, CX")
		back()
		body(true)
	}
	w.label("done")
}

func (w *words) loadWords(from, to string, mask bool) {
	if mask && w.masked {
		w.op("VMOVDQU16.Z %s, K1, %s", from, to)
		return
	}
	w.op("VMOVDQU %s, %s", from, to)
}

func (w *words) storeWords(from, to string, mask bool) {
	if mask && w.masked {
		w.op("VMOVDQU16 %s, K1, %s", from, to)
		return
	}
	w.op("VMOVDQU %s, %s", from, to)
}

// sigmoid is gemmlowp's logistic or tanh of int16, with 0 to 5 integer bits: exp(-|x|) as the exponential of what |x| is above a
// multiple of 1/4, times one factor for each bit of that multiple, and three Newton steps for 1/(1+exp). VPMULHRSW is its
// rounding, doubling product.
func (w *words) sigmoid(tanh bool) {
	name := "logisticWords"
	if tanh {
		name = "tanhWords"
	}
	// In: the bits of exp's argument, one more than those of tanh's.
	w.function(name+w.feature(), "(dst, x *int16, n int, constants *sigmoidWords)", 32)
	w.op("MOVQ dst+0(FP), DI")
	w.op("MOVQ x+8(FP), SI")
	w.op("MOVQ n+16(FP), CX")
	w.op("MOVQ constants+24(FP), R8")
	w.sigmoidConstants()
	w.sigmoidBits()
	if !w.masked {
		w.op("VMOVDQU -32(SI)(CX*2), Y7")
	}
	body := func(mask bool) {
		if mask && !w.masked {
			w.op("VMOVDQA Y7, Y0")
		} else {
			w.loadWords("(SI)", "Y0", mask)
		}
		w.sigmoidOf(tanh, fmt.Sprint(mask))
		w.storeWords("Y2", "(DI)", mask)
	}
	w.elements(body, func() {
		w.op("ADDQ $32, SI")
		w.op("ADDQ $32, DI")
	}, func() {
		w.op("LEAQ (SI)(CX*2), SI")
		w.op("LEAQ (DI)(CX*2), DI")
	})
	w.ret()
}

// sigmoidConstants and sigmoidBits load what sigmoidOf needs, the latter that of the number of integer bits R8 points to. They
// use AX.
func (w *words) sigmoidConstants() {
	w.word(4096, "Y12")
	w.word(10923, "Y11") // 1/3
	w.word(28918, "Y10") // exp(-1/8)
	w.word(32767, "Y9")
	w.word(8192, "Y8")
}

func (w *words) sigmoidBits() {
	w.op("VPBROADCASTW 0(R8), Y15") // quarter
	w.op("VPCMPEQW Y14, Y14, Y14")
	w.op("VPADDW Y14, Y15, Y14") // quarter-1
	w.op("MOVWLZX 2(R8), AX")    // integer bits
	w.op("VMOVD AX, X13")
	w.op("MOVWLZX 4(R8), R9") // factors
	w.op("LEAQ 6(R8), R10")
}

// factors multiplies Y2 by R9 factors, each one where its bit is set in Y1.
func (w *words) factors(place string) {
	w.op("MOVQ R9, R12")
	if w.masked {
		w.op("LEAQ 40(R8), R11")
		w.label("factor" + place)
		w.op("VPTESTMW (R11), Y1, K4")
		w.op("VPMULHRSW 64(R11), Y2, K4, Y2")
		w.op("ADDQ $128, R11")
	} else {
		w.op("MOVQ R10, R11")
		w.label("factor" + place)
		w.op("VPBROADCASTW 0(R11), Y3")
		w.op("VPBROADCASTW 2(R11), Y4")
		w.op("VPAND Y3, Y1, Y3")
		w.op("VPCMPEQW Y6, Y3, Y3")
		w.op("VPMULHRSW Y4, Y2, Y4")
		w.op("VPBLENDVB Y3, Y2, Y4, Y2")
		w.op("ADDQ $4, R11")
	}
	w.op("DECQ R12")
	w.op("JNZ factor%s", place)
}

// sigmoidOf leaves the function of Y0 in Y2; place makes its label unique. It uses Y0 to Y6, R11 and R12.
func (w *words) sigmoidOf(tanh bool, place string) {
	w.op("VPABSW Y0, Y1")
	w.op("VPXOR Y2, Y2, Y2")
	w.op("VPSUBW Y1, Y2, Y1") // -|x|
	w.op("VPAND Y14, Y1, Y2")
	w.op("VPSUBW Y15, Y2, Y2") // rest
	w.op("VPSUBW Y1, Y2, Y1")  // quarters
	w.op("VPSLLW X13, Y2, Y2")
	w.op("VPADDW Y12, Y2, Y2")   // x
	w.op("VPMULHRSW Y2, Y2, Y3") // x2
	w.op("VPMULHRSW Y2, Y3, Y4") // x3
	w.op("VPMULHRSW Y3, Y3, Y5") // x4
	w.op("VPSRLW $1, Y5, Y5")    // not negative: (x4/2+1)/2 is x4/4 rounded
	w.op("VPXOR Y6, Y6, Y6")
	w.op("VPAVGW Y6, Y5, Y5")
	w.op("VPADDW Y4, Y5, Y5")
	w.op("VPMULHRSW Y11, Y5, Y5")
	w.op("VPADDW Y3, Y5, Y5")
	w.op("VPAVGW Y6, Y5, Y5") // y
	w.op("VPADDW Y5, Y2, Y2")
	w.op("VPMULHRSW Y10, Y2, Y2")
	w.op("VPADDSW Y10, Y2, Y2") // exp of the rest
	w.factors(place)
	w.op("VPAVGW Y9, Y2, Y1") // (exp+1)/2
	w.op("VPBROADCASTW %d(R8), Y3", 34)
	w.op("VPBROADCASTW %d(R8), Y2", 36)
	w.op("VPMULHRSW Y3, Y1, Y3")
	w.op("VPADDW Y3, Y2, Y2") // t
	for range 3 {
		w.op("VPMULHRSW Y1, Y2, Y3")
		w.op("VPSUBW Y3, Y8, Y3")
		w.op("VPMULHRSW Y2, Y3, Y3")
		w.op("VPADDSW Y3, Y3, Y3")
		w.op("VPADDSW Y3, Y3, Y3")
		w.op("VPADDW Y3, Y2, Y2")
	}
	if tanh {
		w.op("VPSUBW Y8, Y2, Y2")
		w.op("VPADDSW Y2, Y2, Y2")
		w.op("VPADDSW Y2, Y2, Y2")
		w.op("VPSIGNW Y0, Y2, Y2")
	} else {
		w.op("VPADDSW Y2, Y2, Y2")
		w.op("VPSRAW $15, Y0, Y3")
		w.op("VPSRLW $1, Y3, Y3")
		w.op("VPXOR Y3, Y2, Y2") // 32767-y
		w.op("VPCMPEQW Y6, Y0, Y0")
		w.op("VPADDW Y12, Y12, Y4")
		w.op("VPADDW Y4, Y4, Y4")
		w.op("VPBLENDVB Y0, Y4, Y2, Y2")
	}
}

// products leaves the 32-bit products of words a and b in lo and hi, in the order of VPUNPCKLWD and VPUNPCKHWD.
func (w *words) products(a, b, lo, hi, tmp string) {
	w.op("VPMULLW %s, %s, %s", b, a, lo)
	w.op("VPMULHW %s, %s, %s", b, a, tmp)
	w.op("VPUNPCKHWD %s, %s, %s", tmp, lo, hi)
	w.op("VPUNPCKLWD %s, %s, %s", tmp, lo, lo)
}

// update: the shifted products fit int16, as one factor is not negative.
func (w *words) update() {
	w.function("updateWords"+w.feature(), "(cell, forget, in, new *int16, n, shift, limit int)", 56)
	w.op("MOVQ cell+0(FP), DI")
	w.op("MOVQ forget+8(FP), SI")
	w.op("MOVQ in+16(FP), R8")
	w.op("MOVQ new+24(FP), R9")
	w.op("MOVQ n+32(FP), CX")
	w.op("MOVQ shift+40(FP), AX")
	w.op("VMOVQ AX, X15")
	w.op("DECQ AX")
	w.op("VMOVQ AX, X14")
	w.op("MOVL $1, BX")
	w.op("VMOVD BX, X13")
	w.op("VPBROADCASTD X13, Y13")
	w.op("VPSLLD $14, Y13, Y12")
	w.op("VPSLLD X14, Y13, Y13")
	w.op("MOVQ limit+48(FP), AX")
	w.op("VMOVD AX, X11")
	w.op("VPBROADCASTW X11, Y11")
	w.op("VPXOR Y10, Y10, Y10")
	w.op("VPSUBW Y11, Y10, Y10")
	w.word(32767, "Y9")
	w.op("MOVQ limit+48(FP), R10")
	if !w.masked {
		w.op("VMOVDQU -32(DI)(CX*2), Y8")
	}
	round := func(reg, tmp, add, shift string) {
		w.op("VPSRAD $31, %s, %s", reg, tmp)
		w.op("VPADDD %s, %s, %s", add, reg, reg)
		w.op("VPADDD %s, %s, %s", tmp, reg, reg)
		w.op("VPSRAD %s, %s, %s", shift, reg, reg)
	}
	body := func(mask bool) {
		if mask && !w.masked {
			w.op("VMOVDQA Y8, Y0")
		} else {
			w.loadWords("(DI)", "Y0", mask)
		}
		w.loadWords("(SI)", "Y1", mask)
		w.op("VPSUBW Y1, Y9, Y2") // coupled
		w.op("TESTQ R8, R8")
		w.op("JZ coupled%v", mask)
		w.loadWords("(R8)", "Y2", mask)
		w.label(fmt.Sprintf("coupled%v", mask))
		w.loadWords("(R9)", "Y3", mask)
		w.products("Y0", "Y1", "Y4", "Y5", "Y6")
		round("Y4", "Y6", "Y12", "$15")
		round("Y5", "Y6", "Y12", "$15")
		w.op("VPACKSSDW Y5, Y4, Y4")
		w.products("Y2", "Y3", "Y5", "Y7", "Y6")
		round("Y5", "Y6", "Y13", "X15")
		round("Y7", "Y6", "Y13", "X15")
		w.op("VPACKSSDW Y7, Y5, Y5")
		w.op("VPADDSW Y5, Y4, Y4")
		w.op("TESTQ R10, R10")
		w.op("JLE open%v", mask)
		w.op("VPMINSW Y11, Y4, Y4")
		w.op("VPMAXSW Y10, Y4, Y4")
		w.label(fmt.Sprintf("open%v", mask))
		w.storeWords("Y4", "(DI)", mask)
	}
	w.elements(body, func() {
		for _, r := range []string{"DI", "SI", "R9"} {
			w.op("ADDQ $32, %s", r)
		}
		w.op("LEAQ 32(R8), AX")
		w.op("TESTQ R8, R8")
		w.op("CMOVQNE AX, R8")
	}, func() {
		for _, r := range []string{"DI", "SI", "R9"} {
			w.op("LEAQ (%[1]s)(CX*2), %[1]s", r)
		}
		w.op("LEAQ (R8)(CX*2), AX")
		w.op("TESTQ R8, R8")
		w.op("CMOVQNE AX, R8")
	})
	w.ret()
}

// times multiplies dwords by a factor in fixed point: Y15 the multiplier, Y14 1<<30 in quadwords, X13 the shift to the left,
// X12 that to the right, Y11 its mask, Y10 half of the mask. It needs a multiplier that is not the smallest int32.
func (w *words) times(reg, t0, t1 string) {
	w.op("VPSLLD X13, %[1]s, %[1]s", reg)
	w.op("VPSRLQ $32, %s, %s", reg, t0)
	w.op("VPMULDQ Y15, %s, %s", reg, t1)
	w.op("VPMULDQ Y15, %s, %s", t0, t0)
	w.op("VPADDQ Y14, %s, %s", t1, t1)
	w.op("VPADDQ Y14, %s, %s", t0, t0)
	w.op("VPSRLQ $31, %s, %s", t1, t1)
	w.op("VPADDQ %[1]s, %[1]s, %[1]s", t0)
	w.op("VPBLENDD $0xAA, %s, %s, %s", t0, t1, reg)
	w.op("VPAND Y11, %s, %s", reg, t0)
	w.op("VPSRAD $31, %s, %s", reg, t1)
	w.op("VPSUBD %s, Y10, %s", t1, t1)
	w.op("VPCMPGTD %s, %s, %s", t1, t0, t0)
	w.op("VPSRAD X12, %[1]s, %[1]s", reg)
	w.op("VPSUBD %s, %s, %s", t0, reg, reg)
}

// loadFactor fills the registers of times from multiplier, left and right, three int32 arguments from offset on; it uses AX.
func (w *words) loadFactor(offset int) {
	w.broadcast(fmt.Sprintf("multiplier+%d(FP)", offset), "AX", "Y15")
	w.op("MOVL $1, AX")
	w.op("VMOVQ AX, X14")
	w.op("VPBROADCASTQ X14, Y14")
	w.op("VPBROADCASTD X14, Y11")
	w.op("VPSLLQ $30, Y14, Y14")
	w.op("MOVL left+%d(FP), AX", offset+4)
	w.op("VMOVD AX, X13")
	w.op("MOVL right+%d(FP), AX", offset+8)
	w.op("VMOVD AX, X12")
	w.op("VPCMPEQD Y10, Y10, Y10")
	w.op("VPSLLD X12, Y11, Y11")
	w.op("VPADDD Y10, Y11, Y11")
	w.op("VPSRLD $1, Y11, Y10")
}

func (w *words) hide() {
	w.function("hideWords"+w.feature(), "(dst *int8, gate, x *int16, n int, multiplier, left, right, zero int32)", 48)
	w.op("MOVQ dst+0(FP), DI")
	w.op("MOVQ gate+8(FP), SI")
	w.op("MOVQ x+16(FP), R8")
	w.op("MOVQ n+24(FP), CX")
	w.loadFactor(32)
	w.broadcast("zero+44(FP)", "AX", "Y9")
	body := func(mask bool) {
		w.loadWords("(SI)", "Y0", mask)
		w.loadWords("(R8)", "Y1", mask)
		w.products("Y0", "Y1", "Y2", "Y3", "Y4")
		w.times("Y2", "Y4", "Y5")
		w.times("Y3", "Y4", "Y5")
		w.op("VPADDD Y9, Y2, Y2")
		w.op("VPADDD Y9, Y3, Y3")
		w.op("VPACKSSDW Y3, Y2, Y2")
		w.op("VEXTRACTI128 $1, Y2, X3")
		w.op("VPACKSSWB X3, X2, X2")
		if mask && w.masked {
			w.op("VMOVDQU8 X2, K1, (DI)")
		} else {
			w.op("VMOVDQU X2, (DI)")
		}
	}
	w.elements(body, func() {
		w.op("ADDQ $16, DI")
		w.op("ADDQ $32, SI")
		w.op("ADDQ $32, R8")
	}, func() {
		w.op("ADDQ CX, DI")
		w.op("LEAQ (SI)(CX*2), SI")
		w.op("LEAQ (R8)(CX*2), R8")
	})
	w.ret()
}

// rescale adds rescaled sums to words. Packing works on halves of registers, which VPERMQ puts in order.
func (w *words) rescale() {
	w.function("accumulateWords"+w.feature(), "(z *int16, acc *int32, n int, multiplier, left, right int32)", 36)
	w.op("MOVQ z+0(FP), DI")
	w.op("MOVQ acc+8(FP), SI")
	w.op("MOVQ n+16(FP), CX")
	w.loadFactor(24)
	if !w.masked {
		w.op("VMOVDQU -32(DI)(CX*2), Y8")
	}
	body := func(mask bool) {
		if mask && w.masked {
			w.op("KSHIFTRW $8, K1, K2")
			w.op("VMOVDQU32.Z (SI), K1, Y2")
			w.op("VMOVDQU32.Z 32(SI), K2, Y3")
		} else {
			w.op("VMOVDQU (SI), Y2")
			w.op("VMOVDQU 32(SI), Y3")
		}
		if mask && !w.masked {
			w.op("VMOVDQA Y8, Y0")
		} else {
			w.loadWords("(DI)", "Y0", mask)
		}
		w.times("Y2", "Y4", "Y5")
		w.times("Y3", "Y4", "Y5")
		w.op("VPMOVSXWD X0, Y4")
		w.op("VEXTRACTI128 $1, Y0, X5")
		w.op("VPMOVSXWD X5, Y5")
		w.op("VPADDD Y4, Y2, Y2")
		w.op("VPADDD Y5, Y3, Y3")
		w.op("VPACKSSDW Y3, Y2, Y2")
		w.op("VPERMQ $0xD8, Y2, Y2")
		w.storeWords("Y2", "(DI)", mask)
	}
	w.elements(body, func() {
		w.op("ADDQ $32, DI")
		w.op("ADDQ $64, SI")
	}, func() {
		w.op("LEAQ (DI)(CX*2), DI")
		w.op("LEAQ (SI)(CX*4), SI")
	})
	w.ret()
}

// wordRows writes the products of rows of words with rows of words.
func wordRows(f *file) {
	f.function("wordRowsAVX2", "(dst *int32, a, b *int16, rows, n int, init *int32)", 48)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ a+8(FP), SI")
	f.op("MOVQ b+16(FP), R8")
	f.op("MOVQ rows+24(FP), R9")
	f.op("MOVQ n+32(FP), R10")
	f.op("MOVQ init+40(FP), R11")
	f.label("row")
	f.op("VPXOR X0, X0, X0")
	f.op("MOVQ R10, CX")
	f.op("SUBQ $16, CX")
	f.op("JLT eight")
	f.label("loop")
	f.op("VMOVDQU (SI), Y1")
	f.op("VPMADDWD (R8), Y1, Y1")
	f.op("VPADDD Y1, Y0, Y0")
	f.op("ADDQ $32, SI")
	f.op("ADDQ $32, R8")
	f.op("SUBQ $16, CX")
	f.op("JGE loop")
	f.label("eight")
	f.op("VEXTRACTI128 $1, Y0, X1")
	f.op("VPADDD X1, X0, X0")
	f.op("ADDQ $16, CX")
	f.op("JZ sum")
	f.op("VMOVDQU (SI), X1")
	f.op("VPMADDWD (R8), X1, X1")
	f.op("VPADDD X1, X0, X0")
	f.op("ADDQ $16, SI")
	f.op("ADDQ $16, R8")
	f.label("sum")
	f.op("VPSHUFD $0x4E, X0, X1")
	f.op("VPADDD X1, X0, X0")
	f.op("VPSHUFD $0xB1, X0, X1")
	f.op("VPADDD X1, X0, X0")
	f.op("VMOVD X0, AX")
	f.op("TESTQ R11, R11")
	f.op("JZ store")
	f.op("ADDL (R11), AX")
	f.op("ADDQ $4, R11")
	f.label("store")
	f.op("MOVL AX, (DI)")
	f.op("ADDQ $4, DI")
	f.op("DECQ R9")
	f.op("JNZ row")
	f.ret()
}
