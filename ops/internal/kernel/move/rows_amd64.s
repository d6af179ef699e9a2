//go:build amd64 && !noasm

#include "textflag.h"

// NEXT goes on with the next row.
#define NEXT(loop) \
	ADDQ R9, SI; \
	ADDQ R8, DI; \
	DECQ CX; \
	JNZ  loop

// func copyRowsAVX2(dst, src unsafe.Pointer, rows, n, dstRow, srcRow int)
//
// A row of any size up to 128 bytes is two or four registers, the last of which overlap the first.
TEXT ·copyRowsAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ rows+16(FP), CX
	MOVQ n+24(FP), BX
	MOVQ dstRow+32(FP), R8
	MOVQ srcRow+40(FP), R9
	CMPQ BX, $16
	JB   below16
	JE   row16
	CMPQ BX, $32
	JB   row17to31
	JE   row32
	CMPQ BX, $64
	JBE  row33to64
	CMPQ BX, $128
	JBE  row65to128
	LEAQ -128(BX), R10

long:
	XORQ AX, AX

wide:
	VMOVDQU (SI)(AX*1), Y0
	VMOVDQU 32(SI)(AX*1), Y1
	VMOVDQU 64(SI)(AX*1), Y2
	VMOVDQU 96(SI)(AX*1), Y3
	VMOVDQU Y0, (DI)(AX*1)
	VMOVDQU Y1, 32(DI)(AX*1)
	VMOVDQU Y2, 64(DI)(AX*1)
	VMOVDQU Y3, 96(DI)(AX*1)
	SUBQ    $-128, AX
	CMPQ    AX, R10
	JB      wide
	VMOVDQU (SI)(R10*1), Y0
	VMOVDQU 32(SI)(R10*1), Y1
	VMOVDQU 64(SI)(R10*1), Y2
	VMOVDQU 96(SI)(R10*1), Y3
	VMOVDQU Y0, (DI)(R10*1)
	VMOVDQU Y1, 32(DI)(R10*1)
	VMOVDQU Y2, 64(DI)(R10*1)
	VMOVDQU Y3, 96(DI)(R10*1)
	NEXT(long)
	VZEROUPPER
	RET

row65to128:
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
	VMOVDQU (SI), Y0
	VMOVDQU -32(SI)(BX*1), Y1
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, -32(DI)(BX*1)
	NEXT(row33to64)
	VZEROUPPER
	RET

row32:
	VMOVDQU (SI), Y0
	VMOVDQU Y0, (DI)
	NEXT(row32)
	VZEROUPPER
	RET

row17to31:
	VMOVDQU (SI), X0
	VMOVDQU -16(SI)(BX*1), X1
	VMOVDQU X0, (DI)
	VMOVDQU X1, -16(DI)(BX*1)
	NEXT(row17to31)
	RET

row16:
	VMOVDQU (SI), X0
	VMOVDQU X0, (DI)
	NEXT(row16)
	RET

below16:
	CMPQ BX, $8
	JA   row9to15
	JE   row8
	CMPQ BX, $4
	JA   row5to7
	JE   row4
	CMPQ BX, $2
	JA   row3
	JE   row2

row1:
	MOVB (SI), AX
	MOVB AX, (DI)
	NEXT(row1)
	RET

row2:
	MOVW (SI), AX
	MOVW AX, (DI)
	NEXT(row2)
	RET

row3:
	MOVW (SI), AX
	MOVB 2(SI), DX
	MOVW AX, (DI)
	MOVB DX, 2(DI)
	NEXT(row3)
	RET

row4:
	MOVL (SI), AX
	MOVL AX, (DI)
	NEXT(row4)
	RET

row5to7:
	MOVL (SI), AX
	MOVL -4(SI)(BX*1), DX
	MOVL AX, (DI)
	MOVL DX, -4(DI)(BX*1)
	NEXT(row5to7)
	RET

row8:
	MOVQ (SI), AX
	MOVQ AX, (DI)
	NEXT(row8)
	RET

row9to15:
	MOVQ (SI), AX
	MOVQ -8(SI)(BX*1), DX
	MOVQ AX, (DI)
	MOVQ DX, -8(DI)(BX*1)
	NEXT(row9to15)
	RET
