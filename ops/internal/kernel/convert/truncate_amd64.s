//go:build amd64 && !noasm

#include "textflag.h"

// func truncateInt32AVX2(dst *int32, x *float32, n int)
//
// What does not fit becomes -2^31; where x is not below 2^31 all bits of that are turned.
TEXT ·truncateInt32AVX2(SB), NOSPLIT, $0-24
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         n+16(FP), CX
	MOVL         $0x4f000000, AX
	VMOVD        AX, X2
	VPBROADCASTD X2, Y2

loop:
	VMOVUPS     (SI), Y0
	VCVTTPS2DQ  Y0, Y1
	VCMPPS      $5, Y2, Y0, Y0
	VPXOR       Y0, Y1, Y1
	VMOVDQU     Y1, (DI)
	ADDQ        $32, SI
	ADDQ        $32, DI
	SUBQ        $8, CX
	JNZ         loop
	VZEROUPPER
	RET
