package main

import "fmt"

// gemmS8By256 writes the tile kernels of bytes for processors without AVX-512: MR rows by NR = 16 columns, which make sums only.
//
//	VNNI256   KR = 4: a group of A is broadcast, its top bits flipped, and multiplied with bytes of B (AVX-VNNI)
//	AVX2      KR = 2: groups of A and B are widened to words; elements of A as signed or, with gemmXor 0, unsigned bytes
//
// Arguments and segments are those of gemmS8.
func gemmS8By256(f *file) {
	f.line("\n// The first n of 8 dwords from offset 32-4*n on are ones.")
	for i := range 8 {
		f.line("DATA ·gemmMaskRow<>+%d(SB)/8, $0x%016x", i*8, map[bool]uint64{false: 0, true: 1<<64 - 1}[i < 4])
	}
	f.line("GLOBL ·gemmMaskRow<>(SB), RODATA|NOPTR, $64")
	for mr := 1; mr <= 6; mr++ {
		gemmTile256(f, fmt.Sprintf("gemm%dx16x4S8VNNI256", mr), mr, "")
	}
	for _, x := range []string{"S", "Z"} {
		for mr := 1; mr <= 5; mr++ {
			gemmTile256(f, fmt.Sprintf("gemm%dx16x2%s8AVX2", mr, map[string]string{"S": "S", "Z": "U"}[x]), mr, x)
		}
	}
}

// gemmTile256 writes a kernel; extend says how VPMADDWD's operand is made of bytes of A, nothing for VPDPBUSD.
func gemmTile256(f *file, name string, mr int, extend string) {
	acc := func(r, v int) string { return vec('Y', r*2+v) }
	b := []string{vec('Y', mr*2), vec('Y', mr*2+1)}
	x, t := vec('Y', mr*2+2), vec('Y', mr*2+3)
	kr := 4
	if extend != "" {
		kr = 2
	}
	f.function(name, "(args *gemmArgs)", 8)
	f.op("MOVQ args+0(FP), R9")
	f.op("MOVQ %d(R9), R15", gemmA)
	f.op("MOVQ %d(R9), R8", gemmC)
	f.op("MOVQ %d(R9), R13", gemmTiles)
	f.label("tile")
	f.op("MOVQ %d(R9), DX", gemmLDA)
	f.op("MOVQ R15, AX")
	for i := 1; i <= (mr-1)/3; i++ {
		f.op("LEAQ (%s)(DX*2), %s", gemmBases[i-1], gemmBases[i])
		f.op("ADDQ DX, %s", gemmBases[i])
	}
	f.op("MOVQ %d(R9), R10", gemmB)
	f.op("MOVQ %d(R9), R11", gemmJumps)
	f.op("MOVQ %d(R9), R12", gemmSegments)
	f.op("MOVQ %d(R9), R14", gemmColumns)
	if extend == "" {
		f.op("VPBROADCASTD %d(R9), %s", gemmXor, t)
	}
	for r := range mr {
		for v := range 2 {
			f.op("VMOVDQU %d(R14), %s", v*32, acc(r, v))
		}
	}
	step := func(u int) {
		for v := range 2 {
			if extend == "" {
				f.op("VMOVDQU %d(R10), %s", (u*2+v)*32, b[v])
			} else {
				f.op("VPMOVSXBW %d(R10), %s", (u*2+v)*16, b[v])
			}
		}
		for r := range mr {
			if extend == "" {
				f.op("VPBROADCASTD %s, %s", gemmRow(r, u*4), x)
				f.op("VPXOR %s, %s, %s", t, x, x)
			} else {
				f.op("VPBROADCASTW %s, X%d", gemmRow(r, u*2), number(x))
				f.op("VPMOV%sXBW X%d, %s", extend, number(x), x)
			}
			for v := range 2 {
				if extend == "" {
					f.vnni256("VPDPBUSD", b[v], x, acc(r, v))
					continue
				}
				f.op("VPMADDWD %s, %s, %s", b[v], x, t)
				f.op("VPADDD %s, %s, %s", t, acc(r, v), acc(r, v))
			}
		}
	}
	const unroll = 2
	group := 16 * kr
	f.label("segment")
	f.op("MOVQ %d(R9), CX", gemmGroups)
	f.op("SUBQ $%d, CX", unroll)
	f.op("JLT rest")
	f.op("PCALIGN $32")
	f.label("loop")
	for u := range unroll {
		step(u)
	}
	f.op("ADDQ $%d, R10", unroll*group)
	gemmAdvance(f, mr, fmt.Sprintf("$%d", unroll*kr))
	f.op("SUBQ $%d, CX", unroll)
	f.op("JGE loop")
	f.label("rest")
	f.op("ADDQ $%d, CX", unroll)
	f.op("JZ last")
	f.label("one")
	step(0)
	f.op("ADDQ $%d, R10", group)
	gemmAdvance(f, mr, fmt.Sprintf("$%d", kr))
	f.op("DECQ CX")
	f.op("JNZ one")
	f.label("last")
	f.op("CMPQ %d(R9), $0", gemmHasTail)
	f.op("JEQ jump")
	f.op("MOVQ %d(R9), R14", gemmTail)
	gemmAdvance(f, mr, "R14")
	step(0)
	f.op("ADDQ $%d, R10", group)
	f.label("jump")
	f.op("DECQ R12")
	f.op("JZ sum")
	f.op("MOVQ (R11), R14")
	f.op("ADDQ $8, R11")
	gemmAdvance(f, mr, "R14")
	f.op("JMP segment")
	f.label("sum")
	f.op("MOVQ %d(R9), R14", gemmRowTerms)
	f.op("TESTQ R14, R14")
	f.op("JZ output")
	f.op("MOVQ %d(R9), CX", gemmTiles)
	f.op("SUBQ R13, CX")
	f.op("IMUL3Q $%d, CX, CX", mr*4)
	f.op("ADDQ CX, R14")
	for r := range mr {
		f.op("VPBROADCASTD %d(R14), %s", r*4, x)
		for v := range 2 {
			f.op("VPADDD %s, %s, %s", x, acc(r, v), acc(r, v))
		}
	}
	f.label("output")
	f.op("MOVQ %d(R9), DX", gemmLDC)
	f.op("MOVQ %d(R9), CX", gemmMask)
	f.op("CMPQ CX, $0xFFFF")
	f.op("JNE part")
	for r := range mr {
		for v := range 2 {
			f.op("VMOVDQU %s, %d(R8)", acc(r, v), v*32)
		}
		f.op("ADDQ DX, R8")
	}
	f.label("done")
	f.op("MOVQ %d(R9), DX", gemmLDA)
	f.op("IMUL3Q $%d, DX, DX", mr)
	f.op("ADDQ DX, R15")
	f.op("DECQ R13")
	f.op("JNZ tile")
	f.ret()
	// Of n columns the first vector has min(n, 8), the second what is left.
	f.label("part")
	f.op("LEAQ ·gemmMaskRow<>+32(SB), R14")
	f.op("MOVQ CX, BX")
	f.op("ANDQ $0xFF, BX")
	f.op("POPCNTQ BX, BX")
	f.op("SHLQ $2, BX")
	f.op("MOVQ R14, AX")
	f.op("SUBQ BX, AX")
	f.op("VMOVDQU (AX), %s", b[0])
	f.op("SHRQ $8, CX")
	f.op("POPCNTQ CX, CX")
	f.op("SHLQ $2, CX")
	f.op("SUBQ CX, R14")
	f.op("VMOVDQU (R14), %s", b[1])
	for r := range mr {
		for v := range 2 {
			f.op("VPMASKMOVD %s, %s, %d(R8)", acc(r, v), b[v], v*32)
		}
		f.op("ADDQ DX, R8")
	}
	f.op("JMP done")
}
