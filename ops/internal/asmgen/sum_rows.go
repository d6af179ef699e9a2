package main

// sumRows writes the sums of columns of 32 floats, one row a number of bytes after the other.
func sumRows(f *file) {
	f.function("sumRows32F32AVX2", "(dst, x *float32, rows, stride int)", 32)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ rows+16(FP), CX")
	f.op("MOVQ stride+24(FP), R8")
	for i := range 8 {
		f.zero(vec('Y', i))
	}
	f.op("SUBQ $2, CX")
	f.op("JLT last")
	f.label("pair")
	for i := range 4 {
		f.op("VADDPS %d(SI), Y%d, Y%d", 32*i, i, i)
	}
	f.op("ADDQ R8, SI")
	for i := range 4 {
		f.op("VADDPS %d(SI), Y%d, Y%d", 32*i, 4+i, 4+i)
	}
	f.op("ADDQ R8, SI")
	f.op("SUBQ $2, CX")
	f.op("JGE pair")
	f.label("last")
	f.op("CMPQ CX, $-1")
	f.op("JNE done")
	for i := range 4 {
		f.op("VADDPS %d(SI), Y%d, Y%d", 32*i, i, i)
	}
	f.label("done")
	for i := range 4 {
		f.op("VADDPS Y%d, Y%d, Y%d", 4+i, i, i)
		f.op("VMOVUPS Y%d, %d(DI)", i, 32*i)
	}
	f.ret()
}
