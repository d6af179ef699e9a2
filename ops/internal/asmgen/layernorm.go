package main

import "strconv"

// layerNorm writes the normalization of rows whose length is a multiple of the vector:
//
//	DI dst   SI x   R8 gamma   R9 beta   R10 rows left   R11 bytes of a row   AX bytes done
//	0..3 sums   4 mean   5 x - mean   6 1/deviation   7 gamma   12 1/n   13 epsilon   14 one
func layerNorm(f *file) {
	for _, width := range []byte{'Z', 'Y'} {
		k := layerNormKernel{f, width, 64}
		name := "layerNormAVX512"
		if width == 'Y' {
			k.bytes, name = 32, "layerNormAVX2"
		}
		f.function(name, "(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)", 56)
		k.write()
	}
}

type layerNormKernel struct {
	*file
	width byte
	bytes int
}

func (k *layerNormKernel) v(i int) string { return vec(k.width, i) }

func (k *layerNormKernel) write() {
	for _, arg := range []string{"dst+0(FP), DI", "x+8(FP), SI", "gamma+16(FP), R8", "beta+24(FP), R9", "rows+32(FP), R10", "n+40(FP), R11"} {
		k.op("MOVQ %s", arg)
	}
	k.op("SHLQ $2, R11")
	k.op("VBROADCASTSS inverse+48(FP), %s", k.v(12))
	k.op("VMOVSS epsilon+52(FP), X13")
	k.op("MOVL $0x3f800000, AX")
	k.op("VMOVD AX, X14")
	k.label("row")

	k.zero(k.v(0))
	k.zero(k.v(1))
	k.pass("sum", func(at string, sum int) {
		k.op("VADDPS %s, %s, %s", at, k.v(sum), k.v(sum))
	})
	k.reduce()
	k.op("VMULSS X12, X0, X0")
	k.op("VBROADCASTSS X0, %s", k.v(4))

	k.zero(k.v(0))
	k.zero(k.v(1))
	k.pass("square", func(at string, sum int) {
		k.op("VMOVUPS %s, %s", at, k.v(5))
		k.op("VSUBPS %s, %s, %s", k.v(4), k.v(5), k.v(5))
		k.op("VFMADD231PS %s, %s, %s", k.v(5), k.v(5), k.v(sum))
	})
	k.reduce()
	k.op("VFMADD213SS X13, X12, X0") // sum/n + epsilon
	k.op("VSQRTSS X0, X0, X0")
	k.op("VDIVSS X0, X14, X0")
	k.op("VBROADCASTSS X0, %s", k.v(6))

	k.op("XORQ AX, AX")
	k.label("write")
	k.op("VMOVUPS (SI)(AX*1), %s", k.v(5))
	k.op("VSUBPS %s, %s, %s", k.v(4), k.v(5), k.v(5))
	k.op("VMULPS %s, %s, %s", k.v(6), k.v(5), k.v(5))
	k.op("VMOVUPS (R8)(AX*1), %s", k.v(7))
	k.op("VFMADD213PS (R9)(AX*1), %s, %s", k.v(7), k.v(5))
	k.op("VMOVUPS %s, (DI)(AX*1)", k.v(5))
	k.op("ADDQ $%d, AX", k.bytes)
	k.op("CMPQ AX, R11")
	k.op("JLT write")

	k.op("ADDQ R11, SI")
	k.op("ADDQ R11, DI")
	k.op("DECQ R10")
	k.op("JNZ row")
	k.ret()
}

// pass runs body over a row, two vectors into two sums while there are two.
func (k *layerNormKernel) pass(name string, body func(at string, sum int)) {
	k.op("XORQ AX, AX")
	k.op("LEAQ -%d(R11), BX", k.bytes)
	k.op("CMPQ AX, BX")
	k.op("JGE %sLast", name)
	k.label(name + "Two")
	body("(SI)(AX*1)", 0)
	body(strconv.Itoa(k.bytes)+"(SI)(AX*1)", 1)
	k.op("ADDQ $%d, AX", 2*k.bytes)
	k.op("CMPQ AX, BX")
	k.op("JLT %sTwo", name)
	k.label(name + "Last")
	k.op("CMPQ AX, R11")
	k.op("JGE %sDone", name)
	body("(SI)(AX*1)", 0)
	k.label(name + "Done")
}

// reduce leaves in X0 the total of the sums.
func (k *layerNormKernel) reduce() {
	k.op("VADDPS %s, %s, %s", k.v(1), k.v(0), k.v(0))
	if k.width == 'Z' {
		k.op("VEXTRACTF64X4 $1, Z0, Y1")
		k.op("VADDPS Y1, Y0, Y0")
	}
	k.op("VEXTRACTF128 $1, Y0, X1")
	k.op("VADDPS X1, X0, X0")
	k.op("VHADDPS X0, X0, X0")
	k.op("VHADDPS X0, X0, X0")
}

// instanceNorm writes the normalization of a vector of columns:
//
//	DI dst   SI x   R10 rows   R11 bytes from row to row   R12 three times that   BX row   DX row written   CX rows left
//	0..3 sums   4 mean   5..8 rows   9 a   10 b   12 1/rows   13 epsilon
func instanceNorm(f *file) {
	for _, width := range []byte{'Z', 'Y'} {
		k := layerNormKernel{f, width, 64}
		name := "instanceNormAVX512"
		if width == 'Y' {
			k.bytes, name = 32, "instanceNormAVX2"
		}
		f.function(name, "(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)", 56)
		k.writeColumns()
	}
}

func (k *layerNormKernel) writeColumns() {
	for _, arg := range []string{"dst+0(FP), DI", "x+8(FP), SI", "gamma+16(FP), R8", "beta+24(FP), R9", "rows+32(FP), R10", "n+40(FP), R11"} {
		k.op("MOVQ %s", arg)
	}
	k.op("SHLQ $2, R11")
	k.op("LEAQ (R11)(R11*2), R12")
	k.op("VBROADCASTSS inverse+48(FP), %s", k.v(12))
	k.op("VBROADCASTSS epsilon+52(FP), %s", k.v(13))

	k.columns("sum", func(at string, i int) {
		k.op("VADDPS %s, %s, %s", at, k.v(i), k.v(i))
	})
	k.op("VMULPS %s, %s, %s", k.v(12), k.v(0), k.v(4))

	k.columns("square", func(at string, i int) {
		k.op("VMOVUPS %s, %s", at, k.v(5+i))
		k.op("VSUBPS %s, %s, %s", k.v(4), k.v(5+i), k.v(5+i))
		k.op("VFMADD231PS %s, %s, %s", k.v(5+i), k.v(5+i), k.v(i))
	})
	k.op("VFMADD213PS %s, %s, %s", k.v(13), k.v(12), k.v(0))
	k.op("VSQRTPS %s, %s", k.v(0), k.v(0))
	k.op("VMOVUPS (R8), %s", k.v(9))
	k.op("VDIVPS %s, %s, %s", k.v(0), k.v(9), k.v(9))
	k.op("VMOVUPS (R9), %s", k.v(10))
	k.op("VFNMADD231PS %s, %s, %s", k.v(4), k.v(9), k.v(10))

	k.op("MOVQ R10, CX")
	k.label("write")
	k.op("VMOVUPS (SI), %s", k.v(5))
	k.op("VFMADD213PS %s, %s, %s", k.v(10), k.v(9), k.v(5))
	k.op("VMOVUPS %s, (DI)", k.v(5))
	k.op("ADDQ R11, SI")
	k.op("ADDQ R11, DI")
	k.op("DECQ CX")
	k.op("JNZ write")
	k.ret()
}

// columns runs body over all rows, four at a time into four sums, and adds these up into the first.
func (k *layerNormKernel) columns(name string, body func(at string, i int)) {
	for i := range 4 {
		k.zero(k.v(i))
	}
	k.op("MOVQ SI, BX")
	k.op("MOVQ R10, CX")
	k.op("SUBQ $4, CX")
	k.op("JLT %sRest", name)
	k.label(name + "Four")
	for i, at := range []string{"(BX)", "(BX)(R11*1)", "(BX)(R11*2)", "(BX)(R12*1)"} {
		body(at, i)
	}
	k.op("LEAQ (BX)(R11*4), BX")
	k.op("SUBQ $4, CX")
	k.op("JGE %sFour", name)
	k.label(name + "Rest")
	k.op("ADDQ $4, CX")
	k.op("JZ %sDone", name)
	k.label(name + "One")
	body("(BX)", 0)
	k.op("ADDQ R11, BX")
	k.op("DECQ CX")
	k.op("JNZ %sOne", name)
	k.label(name + "Done")
	k.op("VADDPS %s, %s, %s", k.v(1), k.v(0), k.v(0))
	k.op("VADDPS %s, %s, %s", k.v(3), k.v(2), k.v(2))
	k.op("VADDPS %s, %s, %s", k.v(2), k.v(0), k.v(0))
}
