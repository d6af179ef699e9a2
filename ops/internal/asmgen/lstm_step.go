package main

import "fmt"

// integerLSTMStep writes a whole step of the integer LSTM for tiles of 16 cells, whose four gates never leave the registers:
// offsets are those of stepArgs.
func integerLSTMStep(f *file) {
	w := &words{file: f, masked: true}
	f.function("stepLSTMS8VNNI512", "(args *stepArgs)", 8)
	f.op("MOVQ args+0(FP), R15")
	f.op("MOVQ 0(R15), BX")  // weights
	f.op("MOVQ 40(R15), DX") // cell state
	f.op("MOVQ 48(R15), DI") // new output state
	f.op("MOVQ 56(R15), R13")
	w.sigmoidConstants()
	f.constant(0x80808080, "AX", "Z25")
	f.constant(1, "AX", "Z27")
	f.op("VPSRLQ $32, Z27, Z26")
	f.op("VPSLLQ $30, Z26, Z26")
	f.op("MOVL $0xAAAA, AX")
	f.op("KMOVW AX, K3")
	f.label("tile")
	w.gateProducts(8, 16, 16, "X")
	for g := range 4 {
		w.wideTimes(16+g, g)
		f.op("VPMOVSDW Z%d, Y%[1]d", 16+g)
	}
	w.gateProducts(24, 32, 20, "H")
	for g := range 4 {
		w.wideTimes(20+g, 4+g)
		f.op("VPMOVSXWD Y%d, Z%[1]d", 16+g)
		f.op("VPADDD Z%d, Z%d, Z%[1]d", 16+g, 20+g)
		f.op("VPMOVSDW Z%d, Y%[1]d", 16+g)
	}
	apply := func(bits, reg int, tanh bool, place string, count int) {
		if bits != 0 {
			f.op("MOVQ %d(R15), R8", bits)
			w.sigmoidBits()
		}
		f.op("VMOVDQA32 Y%d, Y0", reg)
		w.sigmoidOf(tanh, place, count)
		f.op("VMOVDQA32 Y2, Y%d", reg)
	}
	apply(64, 16, false, "Input", 5)
	apply(0, 17, false, "Forget", 5)
	apply(0, 19, false, "Output", 5)
	apply(72, 18, true, "New", 6)

	// c = clip(forget*c + input*new)
	product := func(a, b, to int) {
		f.op("VPMOVSXWD Y%d, Z28", a)
		f.op("VPMOVSXWD Y%d, Z29", b)
		f.op("VPMULLD Z28, Z29, Z%d", to)
	}
	f.op("VMOVDQU32 (DX), Y20")
	product(17, 20, 21)
	product(16, 18, 22)
	f.op("VPSRAD $31, Z21, Z28")
	f.op("VPSLLD $14, Z27, Z29")
	f.op("VPADDD Z28, Z21, Z21")
	f.op("VPADDD Z29, Z21, Z21")
	f.op("VPSRAD $15, Z21, Z21")
	f.op("VPSRAD $31, Z22, Z28")
	f.op("VPADDD Z28, Z22, Z22")
	f.op("VPADDD.BCST 92(R15), Z22, Z22")
	f.op("VMOVD 88(R15), X28")
	f.op("VPSRAD X28, Z22, Z22")
	f.op("VPMOVSDW Z21, Y21")
	f.op("VPMOVSDW Z22, Y22")
	f.op("VPADDSW Y21, Y22, Y20")
	f.op("VPBROADCASTW 96(R15), Y28")
	f.op("VPBROADCASTW 100(R15), Y29")
	f.op("VPMINSW Y28, Y20, Y20")
	f.op("VPMAXSW Y29, Y20, Y20")
	f.op("VMOVDQU32 Y20, (DX)")
	apply(80, 20, true, "Cell", 0)
	product(19, 20, 20)
	w.wideTimes(20, 8)
	f.op("VPADDD.BCST 104(R15), Z20, Z20")
	f.op("VPMOVSDB Z20, X20")
	f.op("VMOVDQU32 X20, (DI)")
	f.op("ADDQ $32, DX")
	f.op("ADDQ $16, DI")
	f.op("DECQ R13")
	f.op("JNZ tile")
	f.ret()
}

// gateProducts sums the products of a vector with the weights of the four gates of a tile in four registers from acc on. The
// vector's bytes get their top bit flipped, which the sums that the weights begin with take into account.
func (w *words) gateProducts(vector, groups, acc int, place string) {
	w.op("MOVQ %d(R15), SI", vector)
	w.op("MOVQ %d(R15), CX", groups)
	for g := range 4 {
		w.op("VMOVDQU32 %d(BX), Z%d", 64*g, acc+g)
	}
	w.op("ADDQ $256, BX")
	w.op("TESTQ CX, CX")
	w.op("JZ done%s", place)
	w.op("PCALIGN $32")
	w.label("loop" + place)
	w.op("VPXORD.BCST (SI), Z25, Z24")
	for g := range 4 {
		w.op("VPDPBUSD %d(BX), Z24, Z%d", 64*g, acc+g)
	}
	w.op("ADDQ $4, SI")
	w.op("ADDQ $256, BX")
	w.op("DECQ CX")
	w.op("JNZ loop%s", place)
	w.label("done" + place)
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
