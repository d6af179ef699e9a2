//go:build amd64 && !noasm

#include "textflag.h"

// ROW makes SI the row that the next index picks.
#define ROW \
	MOVLQSX (DX), SI; \
	IMULQ   BX, SI; \
	ADDQ    R8, SI

// NEXT goes on with the next index.
#define NEXT(loop) \
	ADDQ $4, DX; \
	ADDQ BX, DI; \
	DECQ CX; \
	JNZ  loop

// func gatherRowsAVX2(dst, src unsafe.Pointer, index *int32, count, n int)
//
// A row is two or four registers, the last of which overlap the first.
TEXT ·gatherRowsAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), R8
	MOVQ index+16(FP), DX
	MOVQ count+24(FP), CX
	MOVQ n+32(FP), BX
	CMPQ BX, $32
	JBE  row16to32
	CMPQ BX, $64
	JBE  row33to64

row65to128:
	ROW
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VMOVDQU -64(SI)(BX*1), Y2
	VMOVDQU -32(SI)(BX*1), Y3
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, -64(DI)(BX*1)
	VMOVDQU Y3, -32(DI)(BX*1)
	NEXT(row65to128)
	VZEROUPPER
	RET

row33to64:
	ROW
	VMOVDQU (SI), Y0
	VMOVDQU -32(SI)(BX*1), Y1
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, -32(DI)(BX*1)
	NEXT(row33to64)
	VZEROUPPER
	RET

row16to32:
	ROW
	VMOVDQU (SI), X0
	VMOVDQU -16(SI)(BX*1), X1
	VMOVDQU X0, (DI)
	VMOVDQU X1, -16(DI)(BX*1)
	NEXT(row16to32)
	RET
