//go:build amd64 && !noasm

#include "textflag.h"

// func peaksAVX2(dst, src *uint8, count, n, stride int)
//
// The last 16 elements of a row overlap those before. The largest of 16 is the smallest of their complements: each pair of
// bytes becomes one, then VPHMINPOSUW finds the smallest of eight.
TEXT ·peaksAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ count+16(FP), CX
	MOVQ n+24(FP), BX
	MOVQ stride+32(FP), R8
	SUBQ $16, BX
	VPCMPEQB X7, X7, X7

row:
	VMOVDQU (SI)(BX*1), X0
	XORQ    AX, AX
	CMPQ    AX, BX
	JGE     reduce

more:
	VPMAXUB (SI)(AX*1), X0, X0
	ADDQ    $16, AX
	CMPQ    AX, BX
	JLT     more

reduce:
	VPXOR       X7, X0, X0
	VPSRLW      $8, X0, X1
	VPMINUB     X1, X0, X0
	VPHMINPOSUW X0, X0
	VMOVD       X0, AX
	NOTL        AX
	MOVB        AX, (DI)
	ADDQ        R8, SI
	INCQ        DI
	DECQ        CX
	JNZ         row
	RET
