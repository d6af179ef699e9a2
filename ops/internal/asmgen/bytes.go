package main

// The rows of the parameters of sums and products of stored bytes, each of 8 equal int32: what kernel/q calls byteParams.
const (
	rowZeroX = iota
	rowZeroY
	rowMultiplierY // of the operand y of a sum
	rowNudgeY      // 2^(shift-1), or 0
	rowSignY       // -1, or 0 without a shift
	rowShiftY
	rowMultiplier // of the result
	rowNudge
	rowSign
	rowShift
	rowZero
	rowMin
	rowMax
	rowFlip // 0xffffff80 for unsigned bytes, or 0
	rowFlipBytes
	rowRound  // 2^30 in 64 bits
	rowNegate // of a difference: -1 to negate it, or 0
	rowFloatX // of the computation in float32: the factor of operand x, or of a product
	rowFloatY
	rowFloatAddend
	rowFloatSign // added with the sign of a product
	rowNear      // bits of a result that are all 0 near a tie, 0 without a computation in float32
	rows
)

// writeBytes writes sums and products of bytes and the application of tables to them, and with AVX-512 sums and multiples of words.
func writeBytes(f *file) {
	f.line("\n// The order of dwords that undoes what packing does to quarters of registers.")
	for i := range 8 {
		f.line("DATA ·byteOrder<>+%d(SB)/8, $0x%08x%08x", 8*i, (2*i+1)%4*4+(2*i+1)/4, 2*i%4*4+2*i/4)
	}
	f.line("GLOBL ·byteOrder<>(SB), RODATA|NOPTR, $64")
	for _, v := range variants {
		for _, name := range byteKernels {
			k := &byteKernel{file: f, width: v.width, left: 20}
			k.write(name, v.feature)
		}
	}
	for _, name := range []string{"add", "sub", "scale"} {
		k := &byteKernel{file: f, width: 'Z', left: 15, words: true}
		k.write(name, "AVX512")
	}
	writeLookupAVX2(f)
	writeLookupVBMI(f)
}

// byteKernels are the operations: a sum, a difference, its square, a product.
var byteKernels = []string{"add", "sub", "square", "mul"}

type byteKernel struct {
	*file
	width byte
	left  int // shift of the operands of sums
	words bool
}

func (k *byteKernel) v(i int) string { return vec(k.width, i) }

// row is a row of the parameters: a register of AVX-512, memory for AVX2.
func (k *byteKernel) row(i int) string {
	if k.width == 'Z' {
		return k.v(31 - i)
	}
	return plus("DX", 32*i)
}

func (k *byteKernel) integer(op string) string {
	if k.width == 'Z' {
		return op + "D"
	}
	return op
}

func (k *byteKernel) write(name, feature string) {
	lanes, size := 8, 1
	if k.words {
		size = 2
		k.function(name+"Words"+feature, "(dst, x, y *int16, n int, p *byteParams)", 40)
	} else {
		k.function(name+"Bytes"+feature, "(dst, x, y *uint8, n int, p *byteParams)", 40)
	}
	k.op("MOVQ dst+0(FP), DI")
	k.op("MOVQ x+8(FP), SI")
	k.op("MOVQ y+16(FP), BX")
	k.op("MOVQ n+24(FP), CX")
	k.op("MOVQ p+32(FP), DX")
	if k.width == 'Z' {
		lanes = 16
		for i := range rows {
			if i == rowRound {
				k.op("VPBROADCASTQ %d(DX), %s", 32*i, k.row(i))
			} else {
				k.op("VPBROADCASTD %d(DX), %s", 32*i, k.row(i))
			}
		}
		k.op("MOVL $0xaaaa, AX")
		k.op("KMOVW AX, K3")
	}
	float := k.width == 'Z' && !k.words
	if float {
		k.op("MOVL %d(DX), R8", 32*rowNear)
		k.op("TESTL R8, R8")
		k.op("JEQ exact")
		k.wide(name)
		k.float(name)
		k.label("exact")
	} else {
		k.label("loop")
	}
	operands, load := 2, "VPMOVSXBD"
	if k.words {
		load = "VPMOVSXWD"
	}
	if name == "scale" {
		operands = 1
	}
	k.op("%s (SI), %s", load, k.v(0))
	if operands == 2 {
		k.op("%s (BX), %s", load, k.v(1))
	}
	for i := range operands {
		k.op("%s %s, %[3]s, %[3]s", k.integer("VPXOR"), k.row(rowFlip), k.v(i))
		k.op("VPSUBD %s, %[2]s, %[2]s", k.row(rowZeroX+i), k.v(i))
	}
	left := k.left
	switch name {
	case "scale": // its shift to the left is where that of the other operand would be
		k.op("VPSLLVD %s, %[2]s, %[2]s", k.row(rowMultiplierY), k.v(0))
	case "mul":
		k.op("VPMULLD %s, %[2]s, %[2]s", k.v(1), k.v(0))
	case "square":
		left = 7
		fallthrough
	default:
		k.op("VPSLLD $%d, %[2]s, %[2]s", left, k.v(1))
		k.multiply(1, rowMultiplierY)
		k.op("VPSLLD $%d, %[2]s, %[2]s", left-1, k.v(0))
		if name == "add" {
			k.op("VPADDD %s, %[2]s, %[2]s", k.v(1), k.v(0))
			break
		}
		k.op("VPSUBD %s, %[2]s, %[2]s", k.v(1), k.v(0))
		if name == "square" {
			k.op("VPMULLD %[1]s, %[1]s, %[1]s", k.v(0))
			break
		}
		k.op("%s %s, %[3]s, %[3]s", k.integer("VPXOR"), k.row(rowNegate), k.v(0))
		k.op("VPSUBD %s, %[2]s, %[2]s", k.row(rowNegate), k.v(0))
	}
	k.multiply(0, rowMultiplier)
	k.op("VPADDD %s, %[2]s, %[2]s", k.row(rowZero), k.v(0))
	if float {
		k.label("store")
	}
	k.op("VPMAXSD %s, %[2]s, %[2]s", k.row(rowMin), k.v(0))
	k.op("VPMINSD %s, %[2]s, %[2]s", k.row(rowMax), k.v(0))
	switch {
	case k.words:
		k.op("VPMOVDW Z0, (DI)")
	case k.width == 'Z':
		k.op("VPXORD %s, %[2]s, %[2]s", k.row(rowFlip), k.v(0))
		k.op("VPMOVDB Z0, (DI)")
	default:
		k.op("VEXTRACTI128 $1, Y0, X1")
		k.op("VPACKSSDW X1, X0, X0")
		k.op("VPACKSSWB X0, X0, X0")
		k.op("VPXOR %s, X0, X0", k.row(rowFlipBytes))
		k.op("VMOVQ X0, (DI)")
	}
	for _, p := range []string{"SI", "BX", "DI"} {
		k.op("ADDQ $%d, %s", lanes*size, p)
	}
	k.op("SUBQ $%d, CX", lanes)
	if float {
		k.op("JEQ done")
		k.op("TESTL R8, R8")
		k.op("JNE wide")
		k.op("JMP exact")
		k.label("done")
	} else {
		k.op("JNE loop")
	}
	k.ret()
}

// wide computes 64 results of signed bytes as float does, and leaves 16 to it where one of them may be near a tie: narrowing them
// together takes fewer instructions.
func (k *byteKernel) wide(name string) {
	const order, least, most = 9, 8, 3
	k.op("MOVL %d(DX), AX", 32*rowFlip)
	k.op("MOVQ $64, R9") // elements from which on it is taken
	k.op("MOVQ $-1, R10")
	k.op("SHRQ $1, R10")
	k.op("TESTL AX, AX")
	k.op("CMOVQNE R10, R9")
	k.op("VMOVDQU32 ·byteOrder<>(SB), Z%d", order)
	k.op("VPBROADCASTB X%d, Z%d", 31-rowMin, least)
	k.op("VPBROADCASTB X%d, Z%d", 31-rowMax, most)
	k.label("wide")
	k.op("CMPQ CX, R9")
	k.op("JLT loop")
	ties := []string{"K1", "K2", "K4", "K5"}
	for i, tie := range ties {
		k.op("VPMOVSXBD %d(SI), Z0", 16*i)
		k.op("VPMOVSXBD %d(BX), Z1", 16*i)
		k.scaled(name)
		k.op("VCVTPS2DQ Z2, Z%d", 4+i)
		k.op("VPTESTNMD %s, Z%d, %s", k.row(rowNear), 4+i, tie)
		k.op("VPSRAD $16, Z%d, Z%[1]d", 4+i)
	}
	k.op("KORW K1, K2, K1")
	k.op("KORW K4, K5, K4")
	k.op("KORTESTW K1, K4")
	k.op("JNE loop")
	k.op("VPACKSSDW Z5, Z4, Z4")
	k.op("VPACKSSDW Z7, Z6, Z6")
	k.op("VPACKSSWB Z6, Z4, Z4")
	k.op("VPMAXSB Z%d, Z4, Z4", least)
	k.op("VPMINSB Z%d, Z4, Z4", most)
	k.op("VPERMD Z4, Z%d, Z4", order)
	k.op("VMOVDQU32 Z4, (DI)")
	for _, p := range []string{"SI", "BX", "DI"} {
		k.op("ADDQ $64, %s", p)
	}
	k.op("SUBQ $64, CX")
	k.op("JNE wide")
	k.op("JMP done")
}

// float computes 16 results in float32 with 16 fractional bits and goes on at store, or at exact where one of them may be near a
// tie: see byteParams.floatSum and byteParams.floatProduct.
func (k *byteKernel) float(name string) {
	k.label("loop")
	k.op("VPMOVSXBD (SI), Z0")
	k.op("VPMOVSXBD (BX), Z1")
	for i := range 2 {
		k.op("VPXORD %s, %[2]s, %[2]s", k.row(rowFlip), k.v(i))
	}
	k.scaled(name)
	k.op("VCVTPS2DQ Z2, Z2")
	k.op("VPTESTNMD %s, Z2, K1", k.row(rowNear))
	k.op("VPSRAD $16, Z2, Z0")
	k.op("KORTESTW K1, K1")
	k.op("JEQ store")
}

// scaled leaves the result of the operands in Z0 and Z1, in float32 with 16 fractional bits, in Z2.
func (k *byteKernel) scaled(name string) {
	switch name {
	case "square": // of a difference in fixed point
		for i := range 2 {
			k.op("VPSUBD %s, %[2]s, %[2]s", k.row(rowZeroX+i), k.v(i))
		}
		k.op("VPSLLD $7, Z1, Z1")
		k.multiply(1, rowMultiplierY)
		k.op("VPSLLD $6, Z0, Z0")
		k.op("VPSUBD Z1, Z0, Z0")
		k.op("VPMULLD Z0, Z0, Z0")
		k.op("VCVTDQ2PS Z0, Z2")
		k.op("VFMADD213PS %s, %s, Z2", k.row(rowFloatAddend), k.row(rowFloatX))
	case "mul":
		k.op("VPSUBD %s, Z0, Z0", k.row(rowZeroX))
		k.op("VPSUBD %s, Z1, Z1", k.row(rowZeroY))
		k.op("VCVTDQ2PS Z0, Z0")
		k.op("VCVTDQ2PS Z1, Z1")
		k.op("VMULPS Z1, Z0, Z0")
		k.op("VMOVDQA32 Z0, Z2")
		k.op("VPTERNLOGD $0xec, %s, %s, Z2", k.row(rowFloatY), k.row(rowFloatSign)) // half with the sign
		k.op("VADDPS %s, Z2, Z2", k.row(rowFloatAddend))
		k.op("VFMADD231PS %s, Z0, Z2", k.row(rowFloatX))
	default:
		k.op("VCVTDQ2PS Z0, Z0")
		k.op("VCVTDQ2PS Z1, Z2")
		k.op("VFMADD213PS %s, %s, Z2", k.row(rowFloatAddend), k.row(rowFloatY))
		k.op("VFMADD231PS %s, Z0, Z2", k.row(rowFloatX))
	}
}

// multiply scales register i by the multiplier and the shift of the four rows from first on, rounding twice: see
// fixedpoint.MultiplyByQuantizedMultiplier. It uses register 2.
func (k *byteKernel) multiply(i, first int) {
	x, t := k.v(i), k.v(2)
	k.op("VPSRLQ $32, %s, %s", x, t)
	for _, r := range []string{x, t} {
		k.op("VPMULDQ %s, %[2]s, %[2]s", k.row(first), r)
		k.op("VPADDQ %s, %[2]s, %[2]s", k.row(rowRound), r)
	}
	k.op("VPSRLQ $31, %[1]s, %[1]s", x)
	k.op("VPADDQ %[1]s, %[1]s, %[1]s", t)
	if k.width == 'Z' {
		k.op("VPBLENDMD %s, %s, K3, %[2]s", t, x)
	} else {
		k.op("VPBLENDD $0xaa, %s, %s, %[2]s", t, x)
	}
	k.op("VPSRAD $31, %s, %s", x, t)
	k.op("%s %s, %[3]s, %[3]s", k.integer("VPAND"), k.row(first+2), t)
	k.op("VPADDD %s, %[2]s, %[2]s", k.row(first+1), x)
	k.op("VPADDD %s, %[2]s, %[2]s", t, x)
	k.op("VPSRAVD %s, %[2]s, %[2]s", k.row(first+3), x)
}

// writeLookupAVX2 looks every byte up in all 16 parts of the table: the parts that it does not belong to give 0, as its
// distance to them, plus 0x70 with saturation, has the highest bit.
func writeLookupAVX2(f *file) {
	f.function("lookupAVX2", "(dst, x *uint8, n int, table *[256]uint8)", 32)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("MOVQ table+24(FP), DX")
	f.op("MOVL $0x70707070, AX")
	f.op("VMOVD AX, X15")
	f.op("VPBROADCASTD X15, Y15")
	f.op("MOVL $0x10101010, AX")
	f.op("VMOVD AX, X14")
	f.op("VPBROADCASTD X14, Y14")
	// Eight parts stay in registers.
	for k := range 8 {
		f.op("VBROADCASTI128 %s, Y%d", plus("DX", 16*k), 6+k)
	}
	f.op("SUBQ $32, CX")
	f.op("JLT tail")
	f.label("loop")
	f.op("VMOVDQU (SI), Y0")
	f.op("VPXOR Y3, Y3, Y3")
	for k := range 16 {
		part := vec('Y', 6+k)
		if k >= 8 {
			part = "Y2"
			f.op("VBROADCASTI128 %s, Y2", plus("DX", 16*k))
		}
		f.op("VPADDUSB Y15, Y0, Y1")
		f.op("VPSHUFB Y1, %s, Y1", part)
		f.op("VPOR Y1, Y3, Y3")
		f.op("VPSUBB Y14, Y0, Y0")
	}
	f.op("VMOVDQU Y3, (DI)")
	f.op("ADDQ $32, SI")
	f.op("ADDQ $32, DI")
	f.op("SUBQ $32, CX")
	f.op("JGE loop")
	f.label("tail")
	f.op("ADDQ $32, CX")
	f.op("JEQ done")
	f.label("single")
	f.op("MOVBLZX (SI), AX")
	f.op("MOVBLZX (DX)(AX*1), AX")
	f.op("MOVB AX, (DI)")
	f.op("INCQ SI")
	f.op("INCQ DI")
	f.op("DECQ CX")
	f.op("JNE single")
	f.label("done")
	f.ret()
}

// writeLookupVBMI permutes the bytes of the halves of the table, and picks by the highest bit.
func writeLookupVBMI(f *file) {
	f.function("lookupVBMI", "(dst, x *uint8, n int, table *[256]uint8)", 32)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	f.op("MOVQ table+24(FP), DX")
	for k := range 4 {
		f.op("VMOVDQU64 %s, Z%d", plus("DX", 64*k), 4+k)
	}
	body := func() {
		f.op("VMOVDQA64 Z0, Z1")
		f.op("VPMOVB2M Z0, K2")
		f.op("VPERMI2B Z5, Z4, Z0")
		f.op("VPERMI2B Z7, Z6, Z1")
		f.op("VPBLENDMB Z1, Z0, K2, Z0")
	}
	f.op("SUBQ $64, CX")
	f.op("JLT tail")
	f.label("loop")
	f.op("VMOVDQU8 (SI), Z0")
	body()
	f.op("VMOVDQU8 Z0, (DI)")
	f.op("ADDQ $64, SI")
	f.op("ADDQ $64, DI")
	f.op("SUBQ $64, CX")
	f.op("JGE loop")
	f.label("tail")
	f.op("ADDQ $64, CX")
	f.op("JEQ done")
	f.op("MOVQ $1, AX")
	f.op("SHLQ CX, AX")
	f.op("DECQ AX")
	f.op("KMOVQ AX, K1")
	f.op("VMOVDQU8.Z (SI), K1, Z0")
	body()
	f.op("VMOVDQU8 Z0, K1, (DI)")
	f.label("done")
	f.ret()
}
