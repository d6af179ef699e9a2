package main

import "fmt"

// integerLSTMStep writes a whole step of the integer LSTM for tiles of 32 cells, whose four gates never leave the registers:
// offsets are those of stepArgs. Sums are dwords in registers of 16, gates words in registers of 32.
func integerLSTMStep(f *file) {
	w := &words{file: f, masked: true}
	f.function("stepLSTMS8VNNI512", "(args *stepArgs)", 8)
	f.op("MOVQ args+0(FP), R15")
	f.op("MOVQ 0(R15), BX")  // weights
	f.op("MOVQ 40(R15), DX") // cell state
	f.op("MOVQ 48(R15), DI") // new output state
	f.op("MOVQ 56(R15), R13")
	for i, v := range []int{8192, 32767, 28918, 10923, 4096} { // 1 with 2 integer bits, 1, exp(-1/8), 1/3, 1/8
		f.op("MOVL $%d, AX", v)
		f.op("VPBROADCASTW AX, Z%d", 8+i)
	}
	f.constant(0x80808080, "AX", "Z25")
	f.constant(1, "AX", "Z27")
	f.op("VPSRLQ $32, Z27, Z26")
	f.op("VPSLLQ $30, Z26, Z26")
	f.op("MOVL $0xAAAA, AX")
	f.op("KMOVW AX, K3")
	f.label("tile")
	w.gateProducts(8, 16, 16, "X")
	for i := range 8 {
		w.wideTimes(16+i, i/2)
		f.op("VPMOVSDW Z%d, Y%[1]d", 16+i)
	}
	w.gateProducts(24, 32, 0, "H")
	for i := range 8 {
		w.wideTimes(i, 4+i/2)
		f.op("VPMOVSXWD Y%d, Z%[1]d", 16+i)
		f.op("VPADDD Z%d, Z%d, Z%[2]d", i, 16+i)
		f.op("VPMOVSDW Z%d, Y%[1]d", 16+i)
	}
	for g := range 4 {
		f.op("VINSERTI64X4 $1, Y%d, Z%d, Z%d", 17+2*g, 16+2*g, 16+g)
	}
	apply := func(bits, reg int, tanh bool, count int) {
		if bits != 0 {
			f.op("MOVQ %d(R15), R8", bits)
			f.op("VPBROADCASTW 0(R8), Z15") // quarter
			f.op("VPTERNLOGD $0xff, Z14, Z14, Z14")
			f.op("VPADDW Z14, Z15, Z14") // quarter-1
			f.op("MOVWLZX 2(R8), AX")    // integer bits
			f.op("VMOVD AX, X13")
		}
		f.op("VMOVDQA32 Z%d, Z0", reg)
		w.wideSigmoid(tanh, count)
		f.op("VMOVDQA32 Z2, Z%d", reg)
	}
	apply(64, 16, false, 5)
	apply(0, 17, false, 5)
	apply(0, 19, false, 5)
	apply(72, 18, true, 6)

	// c = clip(forget*c + input*new)
	f.op("VMOVDQU32 (DX), Z20")
	f.op("VPSLLD $14, Z27, Z24")
	f.op("VPBROADCASTD 92(R15), Z31")
	f.op("VMOVD 88(R15), X28")
	w.wideProducts(17, 20, 0)
	w.wideProducts(16, 18, 2)
	for i := range 4 {
		f.op("VPSRAD $31, Z%d, Z29", i)
		f.op("VPADDD Z29, Z%d, Z%[1]d", i)
		if i < 2 {
			f.op("VPADDD Z24, Z%d, Z%[1]d", i)
			f.op("VPSRAD $15, Z%d, Z%[1]d", i)
		} else {
			f.op("VPADDD Z31, Z%d, Z%[1]d", i)
			f.op("VPSRAD X28, Z%d, Z%[1]d", i)
		}
	}
	f.op("VPACKSSDW Z1, Z0, Z0")
	f.op("VPACKSSDW Z3, Z2, Z2")
	f.op("VPADDSW Z2, Z0, Z20")
	f.op("VPBROADCASTW 96(R15), Z28")
	f.op("VPBROADCASTW 100(R15), Z29")
	f.op("VPMINSW Z28, Z20, Z20")
	f.op("VPMAXSW Z29, Z20, Z20")
	f.op("VMOVDQU32 Z20, (DX)")
	apply(80, 20, true, 0)
	w.wideProducts(19, 20, 0)
	for i := range 2 {
		w.wideTimes(i, 8)
		f.op("VPADDD.BCST 104(R15), Z%d, Z%[1]d", i)
	}
	f.op("VPACKSSDW Z1, Z0, Z0")
	f.op("VPMOVSWB Z0, Y0")
	f.op("VMOVDQU Y0, (DI)")
	f.op("ADDQ $64, DX")
	f.op("ADDQ $32, DI")
	f.op("DECQ R13")
	f.op("JNZ tile")
	f.ret()
}

// gateProducts sums the products of a vector with the weights of the four gates of a tile in eight registers from acc on. The
// vector's bytes get their top bit flipped, which the sums that the weights begin with take into account.
func (w *words) gateProducts(vector, groups, acc int, place string) {
	w.op("MOVQ %d(R15), SI", vector)
	w.op("MOVQ %d(R15), CX", groups)
	for i := range 8 {
		w.op("VMOVDQU32 %d(BX), Z%d", 64*i, acc+i)
	}
	w.op("ADDQ $512, BX")
	w.op("TESTQ CX, CX")
	w.op("JZ done%s", place)
	w.op("PCALIGN $32")
	w.label("loop" + place)
	w.op("VPXORD.BCST (SI), Z25, Z24")
	for i := range 8 {
		w.op("VPDPBUSD %d(BX), Z24, Z%d", 64*i, acc+i)
	}
	w.op("ADDQ $4, SI")
	w.op("ADDQ $512, BX")
	w.op("DECQ CX")
	w.op("JNZ loop%s", place)
	w.label("done" + place)
}

// wideProducts leaves the 32-bit products of words in two registers from to on, in the order that VPACKSSDW undoes.
func (w *words) wideProducts(a, b, to int) {
	w.op("VPMULLW Z%d, Z%d, Z%d", b, a, to)
	w.op("VPMULHW Z%d, Z%d, Z30", b, a)
	w.op("VPUNPCKHWD Z30, Z%d, Z%d", to, to+1)
	w.op("VPUNPCKLWD Z30, Z%d, Z%[1]d", to)
}

// wideSigmoid is sigmoidOf for Z0 and Z2, with masks. count is the number of exp's factors, 0 where R8 tells it.
func (w *words) wideSigmoid(tanh bool, count int) {
	w.op("VPABSW Z0, Z1")
	w.op("VPXORD Z6, Z6, Z6")
	w.op("VPSUBW Z1, Z6, Z1") // -|x|
	w.op("VPANDD Z14, Z1, Z2")
	w.op("VPSUBW Z15, Z2, Z2") // rest
	w.op("VPSUBW Z1, Z2, Z1")  // quarters
	w.op("VPSLLW X13, Z2, Z2")
	w.op("VPADDW Z12, Z2, Z2")
	w.op("VPMULHRSW Z2, Z2, Z3")
	w.op("VPMULHRSW Z2, Z3, Z4")
	w.op("VPMULHRSW Z3, Z3, Z5")
	w.op("VPSRLW $1, Z5, Z5")
	w.op("VPAVGW Z6, Z5, Z5")
	w.op("VPADDW Z4, Z5, Z5")
	w.op("VPMULHRSW Z11, Z5, Z5")
	w.op("VPADDW Z3, Z5, Z5")
	w.op("VPAVGW Z6, Z5, Z5")
	w.op("VPADDW Z5, Z2, Z2")
	w.op("VPMULHRSW Z10, Z2, Z2")
	w.op("VPADDSW Z10, Z2, Z2")
	factor := func(at string, i int) {
		w.op("VPTESTMW %d(%s), Z1, K4", 128*i, at)
		w.op("VPMULHRSW %d(%s), Z2, K4, Z2", 128*i+64, at)
	}
	w.op("LEAQ 40(R8), R11")
	if count > 0 {
		for i := range count {
			factor("R11", i)
		}
	} else {
		w.op("MOVWLZX 4(R8), R12")
		w.label("factor")
		factor("R11", 0)
		w.op("ADDQ $128, R11")
		w.op("DECQ R12")
		w.op("JNZ factor")
	}
	w.op("VPAVGW Z9, Z2, Z1")
	w.op("VPBROADCASTW 34(R8), Z3")
	w.op("VPBROADCASTW 36(R8), Z2")
	w.op("VPMULHRSW Z3, Z1, Z3")
	w.op("VPADDW Z3, Z2, Z2")
	for range 3 {
		w.op("VPMULHRSW Z1, Z2, Z3")
		w.op("VPSUBW Z3, Z8, Z3")
		w.op("VPMULHRSW Z2, Z3, Z3")
		w.op("VPADDSW Z3, Z3, Z3")
		w.op("VPADDSW Z3, Z3, Z3")
		w.op("VPADDW Z3, Z2, Z2")
	}
	w.op("VPMOVW2M Z0, K5")
	if tanh {
		w.op("VPSUBW Z8, Z2, Z2")
		w.op("VPADDSW Z2, Z2, Z2")
		w.op("VPADDSW Z2, Z2, Z2")
		w.op("VPTESTMW Z0, Z0, K4")
		w.op("VPSUBW Z2, Z6, K5, Z2")
		w.op("VMOVDQU16.Z Z2, K4, Z2")
		return
	}
	w.op("VPADDSW Z2, Z2, Z2")
	w.op("VPTESTNMW Z0, Z0, K4")
	w.op("VPSUBW Z2, Z9, K5, Z2") // 32767-y
	w.op("VPSLLW $2, Z12, K4, Z2")
}

// wideTimes multiplies the dwords of a register by a factor of stepArgs. It uses Z28 to Z30.
func (w *words) wideTimes(reg, factor int) {
	at := func(i int) string { return fmt.Sprintf("%d(R15)", 112+20*factor+4*i) }
	w.op("VPSLLVD.BCST %s, Z%d, Z%[2]d", at(1), reg)
	w.op("VPBROADCASTD %s, Z30", at(0))
	w.op("VPSRLQ $32, Z%d, Z28", reg)
	w.op("VPMULDQ Z30, Z%d, Z29", reg)
	w.op("VPMULDQ Z30, Z28, Z28")
	w.op("VPADDQ Z26, Z29, Z29")
	w.op("VPADDQ Z26, Z28, Z28")
	w.op("VPSRLQ $31, Z29, Z29")
	w.op("VPADDQ Z28, Z28, Z28")
	w.op("VPBLENDMD Z28, Z29, K3, Z%d", reg)
	w.op("VPANDD.BCST %s, Z%d, Z28", at(3), reg)
	w.op("VPSRAD $31, Z%d, Z29", reg)
	w.op("VPBROADCASTD %s, Z30", at(4))
	w.op("VPSUBD Z29, Z30, Z29")
	w.op("VPCMPGTD Z29, Z28, K2")
	w.op("VPSRAVD.BCST %s, Z%d, Z%[2]d", at(2), reg)
	w.op("VPADDD Z27, Z%d, K2, Z%[1]d", reg)
}
