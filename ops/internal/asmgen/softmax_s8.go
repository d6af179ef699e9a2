package main

// softmaxBytes writes what SOFTMAX of stored bytes takes for a row: its largest element with the sum of the exponentials, and the
// results. Exponentials are looked up in tables by the distance from the largest element; flip makes signed bytes unsigned ones.
func softmaxBytes(f *file) {
	distance := func(mask bool) {
		if mask {
			f.op("MOVL $1, AX")
			f.op("SHLL CX, AX")
			f.op("DECL AX")
			f.op("KMOVW AX, K1")
			f.op("VPMOVZXBD.Z (SI), K1, Z0")
		} else {
			f.op("KXNORW K1, K1, K1")
			f.op("VPMOVZXBD (SI), Z0")
		}
		f.op("VPXORD Z16, Z0, Z0")
		f.op("VPSUBD Z0, Z17, Z1")
		f.op("KMOVW K1, K2")
		f.op("VPXORD Z2, Z2, Z2")
		f.op("VPGATHERDD (DX)(Z1*4), K2, Z2")
	}
	elements := func(body func(mask bool)) {
		f.op("SUBQ $16, CX")
		f.op("JLT tail")
		f.label("loop")
		body(false)
		f.op("ADDQ $16, SI")
		f.op("SUBQ $16, CX")
		f.op("JGE loop")
		f.label("tail")
		f.op("ADDQ $16, CX")
		f.op("JZ done")
		body(true)
		f.label("done")
	}
	f.function("softmaxSumAVX512", "(x *uint8, n int, flip uint32, part *[256]int32) (top, sum int32)", 40)
	f.op("MOVQ x+0(FP), SI")
	f.op("MOVQ n+8(FP), CX")
	f.op("MOVL flip+16(FP), AX")
	f.op("VPBROADCASTB AX, Z3")
	f.op("VPBROADCASTD AX, Z16")
	f.op("MOVQ part+24(FP), DX")
	f.op("VPXORD Z4, Z4, Z4")
	f.op("MOVQ SI, DI")
	f.op("MOVQ CX, BX")
	f.op("SUBQ $64, BX")
	f.op("JLT few")
	f.label("many")
	f.op("VPXORD (DI), Z3, Z5")
	f.op("VPMAXUB Z5, Z4, Z4")
	f.op("ADDQ $64, DI")
	f.op("SUBQ $64, BX")
	f.op("JGE many")
	f.label("few")
	f.op("ADDQ $64, BX")
	f.op("JZ top")
	f.op("XCHGQ BX, CX")
	f.op("MOVQ $1, AX")
	f.op("SHLQ CX, AX")
	f.op("DECQ AX")
	f.op("KMOVQ AX, K1")
	f.op("XCHGQ BX, CX")
	f.op("VMOVDQU8.Z Z3, K1, Z5")
	f.op("VMOVDQU8.Z (DI), K1, Z6")
	f.op("VPXORD Z6, Z5, Z5")
	f.op("VPMAXUB Z5, Z4, Z4")
	f.label("top")
	f.op("VEXTRACTI64X4 $1, Z4, Y5")
	f.op("VPMAXUB Y5, Y4, Y4")
	f.op("VEXTRACTI128 $1, Y4, X5")
	f.op("VPMAXUB X5, X4, X4")
	for _, n := range []int{8, 4, 2, 1} {
		f.op("VPSRLDQ $%d, X4, X5", n)
		f.op("VPMAXUB X5, X4, X4")
	}
	f.op("VPEXTRB $0, X4, AX")
	f.op("MOVL AX, top+32(FP)")
	f.op("VPBROADCASTD AX, Z17")
	f.op("VPXORD Z5, Z5, Z5")
	elements(func(mask bool) {
		distance(mask)
		f.op("VPADDD Z2, Z5, Z5")
	})
	f.op("VEXTRACTI64X4 $1, Z5, Y6")
	f.op("VPADDD Y6, Y5, Y5")
	f.op("VEXTRACTI128 $1, Y5, X6")
	f.op("VPADDD X6, X5, X5")
	f.op("VPSHUFD $0x4E, X5, X6")
	f.op("VPADDD X6, X5, X5")
	f.op("VPSHUFD $0xB1, X5, X6")
	f.op("VPADDD X6, X5, X5")
	f.op("VMOVD X5, AX")
	f.op("MOVL AX, sum+36(FP)")
	f.ret()

	// The products are not negative: half before the shift rounds as it should.
	f.function("softmaxRowAVX512", "(dst, x *uint8, n int, flip, top uint32, exp *[256]int32, inverse, right, lo, hi int32)", 56)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), CX")
	for i, name := range []string{"flip+24", "top+28", "inverse+40", "right+44", "lo+48", "hi+52"} {
		f.op("MOVL %s(FP), AX", name)
		f.op("VPBROADCASTD AX, Z%d", 16+i)
	}
	f.op("MOVQ exp+32(FP), DX")
	f.op("MOVL $1, AX")
	f.op("VPBROADCASTD AX, Z22")
	f.op("VPSUBD Z22, Z19, Z23")
	f.op("VPSLLVD Z23, Z22, Z22") // half
	f.op("MOVQ $0x40000000, AX")
	f.op("VPBROADCASTQ AX, Z24")
	f.op("MOVL $0xaaaa, AX")
	f.op("KMOVW AX, K3")
	elements(func(mask bool) {
		distance(mask)
		f.op("VPSRLQ $32, Z2, Z3")
		for _, r := range []int{2, 3} {
			f.op("VPMULDQ Z18, Z%d, Z%d", r, r)
			f.op("VPADDQ Z24, Z%d, Z%d", r, r)
		}
		f.op("VPSRLQ $31, Z2, Z2")
		f.op("VPADDQ Z3, Z3, Z3")
		f.op("VPBLENDMD Z3, Z2, K3, Z2")
		f.op("VPADDD Z22, Z2, Z2")
		f.op("VPSRLVD Z19, Z2, Z2")
		f.op("VPADDD Z20, Z2, Z2")
		f.op("VPMAXSD Z20, Z2, Z2")
		f.op("VPMINSD Z21, Z2, Z2")
		f.op("VPMOVDB Z2, X2")
		f.op("VMOVDQU8 X2, K1, (DI)")
		f.op("ADDQ $16, DI")
	})
	f.ret()
	softmaxSums(f)
	softmaxReciprocals(f)
	softmaxRows(f)
}

// The bytes of a table of 256 numbers stand in planes, of which VPERMI2B looks up 128 entries at a time. Distances are those of
// inverted elements from the smallest of them.

// eachRow runs body for every one of R8 rows of CX bytes at SI, R11 being its number, and leaves SI behind the row. The parameters
// of all rows stand at R10. Inside of body, chunks runs its argument for 64 bytes at a time, of SI and of DI if that is moved on.
func (f *file) eachRow(body func(chunks func(name string, each func(mask bool)))) {
	f.op("MOVQ CX, R9")
	f.op("SHRQ $6, R9")
	f.op("ANDQ $63, CX")
	f.op("MOVQ $1, AX")
	f.op("SHLQ CX, AX")
	f.op("DECQ AX")
	f.op("KMOVQ AX, K1")
	f.op("XORL R11, R11")
	f.label("row")
	body(func(name string, each func(mask bool)) {
		f.op("MOVQ R9, BX")
		f.op("TESTQ BX, BX")
		f.op("JZ %sTail", name)
		f.label(name)
		each(false)
		f.op("ADDQ $64, SI")
		f.op("DECQ BX")
		f.op("JNZ %s", name)
		f.label(name + "Tail")
		f.op("TESTQ CX, CX")
		f.op("JZ %sDone", name)
		each(true)
		f.op("ADDQ CX, SI")
		f.label(name + "Done")
	})
	f.op("INCQ R11")
	f.op("CMPQ R11, R8")
	f.op("JNE row")
	f.ret()
}

// inverted loads 64 elements to Z0, inverted by Z13. What is not there becomes 255, by way of Z14.
func (f *file) inverted(mask bool) {
	if mask {
		f.op("VMOVDQA64 Z14, Z0")
		f.op("VMOVDQU8 (SI), K1, Z0")
		f.op("VPXORQ Z13, Z0, Z0")
	} else {
		f.op("VPXORQ (SI), Z13, Z0")
	}
}

// planes loads the planes of a table at DX from register Z<first> on.
func (f *file) planes(first, n int) {
	for i := range 4 * n {
		f.op("VMOVDQU64 %d(DX), Z%d", 64*i, first+i)
	}
}

// plane looks up the bytes of Z0, those from 128 on being in K2, in the plane from register Z<table> on.
func (f *file) plane(table, to, temporary int) {
	f.op("VMOVDQA64 Z0, Z%d", to)
	f.op("VPERMI2B Z%d, Z%d, Z%d", table+1, table, to)
	f.op("VMOVDQA64 Z0, Z%d", temporary)
	f.op("VPERMI2B Z%d, Z%d, Z%d", table+3, table+2, temporary)
	f.op("VMOVDQU8 Z%d, K2, Z%d", temporary, to)
}

// softmaxSums adds the planes apart and puts their sums together after each row.
func softmaxSums(f *file) {
	const top, sums = 11, 8
	f.function("softmaxSumsVBMI", "(x *uint8, n, depth int, flip uint32, part *[3][256]uint8, rows *softmaxParams)", 48)
	f.op("MOVQ x+0(FP), SI")
	f.op("MOVQ n+8(FP), R8")
	f.op("MOVQ depth+16(FP), CX")
	f.op("MOVL flip+24(FP), AX")
	f.op("VPBROADCASTB AX, Z13")
	f.op("NOTL AX")
	f.op("VPBROADCASTB AX, Z14")
	f.op("MOVQ part+32(FP), DX")
	f.planes(16, 3)
	f.op("MOVQ rows+40(FP), R10")
	f.op("VPTERNLOGD $0xff, Z15, Z15, Z15")
	f.zero("Z12")
	f.eachRow(func(chunks func(name string, each func(mask bool))) {
		f.op("MOVQ SI, R12")
		f.op("VMOVDQA64 Z15, Z%d", top)
		chunks("least", func(mask bool) {
			f.inverted(mask)
			f.op("VPMINUB Z0, Z%d, Z%[1]d", top)
		})
		f.op("VEXTRACTI64X4 $1, Z%d, Y1", top)
		f.op("VPMINUB Y1, Y%d, Y1", top)
		f.op("VEXTRACTI128 $1, Y1, X2")
		f.op("VPMINUB X2, X1, X1")
		f.op("VPSRLW $8, X1, X2")
		f.op("VPMINUB X2, X1, X1")
		f.op("VPHMINPOSUW X1, X1")
		f.op("VPBROADCASTB X1, Z%d", top)
		f.op("VMOVD X1, AX")
		f.op("MOVB AX, (R10)(R11*1)")
		f.op("MOVQ R12, SI")
		for i := range 3 {
			f.zero(vec('Z', sums+i))
		}
		chunks("sum", func(mask bool) {
			f.inverted(mask)
			f.op("VPSUBB Z%d, Z0, Z0", top)
			f.op("VPMOVB2M Z0, K2")
			for i := range 3 {
				f.plane(16+4*i, 1+2*i, 2+2*i)
				if mask {
					f.op("VMOVDQU8.Z Z%d, K1, Z%[1]d", 1+2*i)
				}
				f.op("VPSADBW Z12, Z%d, Z%[1]d", 1+2*i)
				f.op("VPADDQ Z%d, Z%d, Z%[2]d", 1+2*i, sums+i)
			}
		})
		for i := 1; i < 3; i++ {
			f.op("VPSLLQ $%d, Z%d, Z%[2]d", 8*i, sums+i)
			f.op("VPADDQ Z%d, Z%d, Z%[2]d", sums+i, sums)
		}
		f.op("VEXTRACTI64X4 $1, Z%d, Y1", sums)
		f.op("VPADDQ Y1, Y%d, Y1", sums)
		f.op("VEXTRACTI128 $1, Y1, X2")
		f.op("VPADDQ X2, X1, X1")
		f.op("VPSRLDQ $8, X1, X2")
		f.op("VPADDQ X2, X1, X1")
		f.op("VMOVD X1, 16(R10)(R11*4)")
	})
}

// softmaxReciprocals is fixedpoint.GetReciprocal for eight sums at a time. Numbers stand in the lower halves of lanes of 64 bits;
// what is in the upper ones does not matter to VPMULDQ. Corrections and the result's first form are too small to saturate.
func softmaxReciprocals(f *file) {
	product := func(a, b, to string) {
		f.op("VPMULDQ %s, %s, %s", a, b, to)
		f.op("VPADDQ Z16, %s, %s", to, to)
		f.op("VPSRLQ $31, %s, %s", to, to)
	}
	f.function("softmaxReciprocalsVBMI", "(rows *softmaxParams)", 8)
	f.op("MOVQ rows+0(FP), R10")
	for i, v := range []string{
		"0x40000000", // 1/2
		"1515870810", // 48/17, with two integer bits as all of these
		"3284386756", // -32/17
		"0x20000000", // 1
		"0x7fffffff",
		"32", "66", "97", "98", "1",
	} {
		f.op("MOVQ $%s, AX", v)
		f.op("VPBROADCASTQ AX, Z%d", 16+i)
	}
	for i := range 2 {
		sum, zeros, half, t, correction := "Z0", "Z1", "Z2", "Z3", "Z4"
		f.op("VPMOVZXDQ %d(R10), %s", 16+32*i, sum)
		f.op("VPLZCNTQ %s, %s", sum, zeros)
		f.op("VPSUBQ Z21, %s, Z5", zeros)
		f.op("VPSLLVQ Z5, %s, %s", sum, half)
		f.op("VPSRLQ $1, %s, %s", half, half)
		product("Z18", half, t)
		f.op("VPADDD Z17, %s, %s", t, t)
		for range 3 {
			product(half, t, correction)
			f.op("VPSUBD %s, Z19, %s", correction, correction)
			product(t, correction, correction)
			f.op("VPSLLD $2, %s, %s", correction, correction)
			f.op("VPADDD %s, %s, %s", correction, t, t)
		}
		f.op("VPADDD %s, %s, %s", t, t, t)
		f.op("VPMINUD Z20, %s, %s", t, t)
		f.op("VMOVDQU64 %s, %d(R10)", t, 80+64*i)
		f.op("VPSUBQ %s, Z23, Z5", zeros)
		f.op("VPSLLVQ Z5, Z25, Z5")
		f.op("VPADDQ Z16, Z5, Z5")
		f.op("VMOVDQU64 Z5, %d(R10)", 208+64*i)
		f.op("VPSUBQ %s, Z24, Z5", zeros)
		f.op("VMOVDQU64 Z5, %d(R10)", 336+64*i)
		f.op("VPSUBQ %s, Z22, Z5", zeros)
		f.op("VMOVDQU64 Z5, %d(R10)", 464+64*i)
	}
	f.ret()
}

// softmaxRows interleaves the planes, multiplies the numbers and narrows the products, which lie in [0, 256].
func softmaxRows(f *file) {
	const top, inverse, half, even, odd, out = 8, 9, 10, 11, 12, 15
	f.function("softmaxRowsVBMI", "(dst, x *uint8, n, depth int, flip, flipOut uint32, exp *[4][256]uint8, rows *softmaxParams)", 56)
	f.op("MOVQ dst+0(FP), DI")
	f.op("MOVQ x+8(FP), SI")
	f.op("MOVQ n+16(FP), R8")
	f.op("MOVQ depth+24(FP), CX")
	f.op("MOVL flip+32(FP), AX")
	f.op("VPBROADCASTB AX, Z13")
	f.op("NOTL AX")
	f.op("VPBROADCASTB AX, Z14")
	f.op("MOVL flipOut+36(FP), AX")
	f.op("VPBROADCASTB AX, Z%d", out)
	f.op("MOVQ exp+40(FP), DX")
	f.planes(16, 4)
	f.op("MOVQ rows+48(FP), R10")
	f.op("MOVL $0xaaaa, AX")
	f.op("KMOVW AX, K3")
	f.eachRow(func(chunks func(name string, each func(mask bool))) {
		f.op("VPBROADCASTB (R10)(R11*1), Z%d", top)
		f.op("VPBROADCASTD 80(R10)(R11*8), Z%d", inverse)
		f.op("VPBROADCASTQ 208(R10)(R11*8), Z%d", half)
		f.op("VPBROADCASTQ 336(R10)(R11*8), Z%d", even)
		f.op("VPBROADCASTQ 464(R10)(R11*8), Z%d", odd)
		chunks("chunk", func(mask bool) {
			f.inverted(mask)
			f.op("VPSUBB Z%d, Z0, Z0", top)
			f.op("VPMOVB2M Z0, K2")
			for i := range 4 {
				f.plane(16+4*i, 1+i, 5+i&1)
			}
			f.op("VPUNPCKLBW Z2, Z1, Z5")
			f.op("VPUNPCKHBW Z2, Z1, Z1")
			f.op("VPUNPCKLBW Z4, Z3, Z6")
			f.op("VPUNPCKHBW Z4, Z3, Z3")
			f.op("VPUNPCKLWD Z6, Z5, Z2")
			f.op("VPUNPCKHWD Z6, Z5, Z5")
			f.op("VPUNPCKLWD Z3, Z1, Z4")
			f.op("VPUNPCKHWD Z3, Z1, Z1")
			for i, r := range []int{2, 5, 4, 1} {
				t := []int{0, 3, 6, 7}[i]
				f.op("VPSRLQ $32, Z%d, Z%d", r, t)
				f.op("VPMULUDQ Z%d, Z%d, Z%[2]d", inverse, r)
				f.op("VPMULUDQ Z%d, Z%d, Z%[2]d", inverse, t)
				f.op("VPADDQ Z%d, Z%d, Z%[2]d", half, r)
				f.op("VPADDQ Z%d, Z%d, Z%[2]d", half, t)
				f.op("VPSRLVQ Z%d, Z%d, Z%[2]d", even, r)
				f.op("VPSRLVQ Z%d, Z%d, Z%[2]d", odd, t)
				f.op("VMOVDQA32 Z%d, K3, Z%d", t, r)
			}
			f.op("VPACKUSDW Z5, Z2, Z2")
			f.op("VPACKUSDW Z1, Z4, Z4")
			f.op("VPACKUSWB Z4, Z2, Z2")
			f.op("VPXORQ Z%d, Z2, Z2", out)
			if mask {
				f.op("VMOVDQU8 Z2, K1, (DI)")
				f.op("ADDQ CX, DI")
			} else {
				f.op("VMOVDQU64 Z2, (DI)")
				f.op("ADDQ $64, DI")
			}
		})
	})
}
