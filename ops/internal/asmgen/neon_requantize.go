package main

// neonRequantize writes the mapping of rows of 8 columns of sums to bytes in double-rounding fixed point, for shifts from -31 to
// 31. SQRDMULH is the first rounding; SRSHL rounds ties up, so that negative numbers get 1 less before it.
func neonRequantize(f *file) {
	f.function("requantize8BNEON", "(dst unsafe.Pointer, ldd int, acc *int32, lda, rows int, multiplier *int32, shift *int8, zero, lo, hi int32)", 68)
	for i, name := range []string{"dst", "ldd", "acc", "lda", "rows", "multiplier", "shift"} {
		f.op("MOVD %s+%d(FP), R%d", name, i*8, i)
	}
	f.op("MOVW zero+56(FP), R7")
	f.op("VDUP R7, V28.S4")
	f.op("MOVW lo+60(FP), R7")
	f.op("VDUP R7, V29.S4")
	f.op("MOVW hi+64(FP), R7")
	f.op("VDUP R7, V30.S4")
	f.op("VLD1 (R5), [V16.S4, V17.S4]") // multipliers
	f.op("VLD1 (R6), [V18.B8]")
	f.neon("SXTL.8H", 18, 18)
	f.neon("SXTL2.4S", 19, 18)
	f.neon("SXTL.4S", 18, 18)
	f.op("VEOR V31.B16, V31.B16, V31.B16")
	for i := range 2 {
		f.neon("SMAX.4S", 20+i, 18+i, 31) // to the left
		f.neon("SMIN.4S", 22+i, 18+i, 31) // to the right
	}
	f.label("row")
	f.op("VLD1 (R2), [V0.S4, V1.S4]")
	f.op("ADD R3, R2")
	step := func(do func(i int)) { do(0); do(1) }
	step(func(i int) { f.neon("SSHL.4S", i, i, 20+i) })
	step(func(i int) { f.neon("SQRDMULH.4S", i, i, 16+i) })
	step(func(i int) { f.op("VAND V%d.B16, V%d.B16, V%d.B16", 22+i, i, 2+i) })
	step(func(i int) { f.neon("SSHR31.4S", 2+i, 2+i) })
	step(func(i int) { f.neon("SQADD.4S", i, i, 2+i) })
	step(func(i int) { f.neon("SRSHL.4S", i, i, 22+i) })
	step(func(i int) { f.op("VADD V28.S4, V%d.S4, V%d.S4", i, i) })
	step(func(i int) { f.neon("SMAX.4S", i, i, 29) })
	step(func(i int) { f.neon("SMIN.4S", i, i, 30) })
	f.neon("XTN.4H", 0, 0)
	f.neon("XTN2.8H", 0, 1)
	f.neon("XTN.8B", 0, 0)
	f.op("VST1 [V0.B8], (R0)")
	f.op("ADD R1, R0")
	f.op("SUBS $1, R4, R4")
	f.op("BGT row")
	f.op("RET")
}
