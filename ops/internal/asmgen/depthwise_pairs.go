package main

import "fmt"

// depthwisePairs writes sums of depthwise convolutions without VNNI: tiles of outputs that have the same taps, rows by columns of
// them, 16 channels in registers of 256 bits or 8 in such of 128:
//
//	acc[o][c] = base[c] + sum(ky, kx; (x[o][ky][kx][c] - zero)*w[ky][kx][c])
//
// Two neighbouring taps are interleaved as words and multiplied and added by VPMADDWD; the last of an odd number of them goes
// with a weight of zero. Distances are in bytes: lda and pixel between outputs, step and row between inputs, ldw and roww between
// weights.
func depthwisePairs(f *file) {
	for _, types := range [][2]string{{"S8", "S8"}, {"U8", "S16"}} {
		for _, width := range []byte{'X', 'Y'} {
			for _, outputs := range []int{1, 4} {
				k := dotKind{x: types[0], w: types[1], width: width}
				depthwisePairsTile(f, &k, outputs)
			}
		}
	}
}

func depthwisePairsTile(f *file, k *dotKind, outputs int) {
	v := func(i int) string { return vec(k.width, i) }
	const w0, w1, x0, x1, zero, none = 8, 9, 10, 11, 14, 15
	channels := map[byte]int{'X': 8, 'Y': 16}[k.width]
	name := fmt.Sprintf("depthwisePairs%dx%d%s%sAVX2", outputs, channels, k.x, k.w)
	f.function(name, "(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)", 108)
	load := func(t, at string, to int) {
		switch {
		case t == "S16":
			f.op("VMOVDQU %s, %s", at, v(to))
		case t == "S8":
			f.op("VPMOVSXBW %s, %s", at, v(to))
		default:
			f.op("VPMOVZXBW %s, %s", at, v(to))
		}
	}
	at := func(base string, o int) string {
		return [...]string{"(" + base + ")", "(" + base + ")(R10*1)", "(" + base + ")(R10*2)", "(" + base + ")(R15*1)"}[o]
	}
	f.op("MOVQ acc+0(FP), DI")
	f.op("MOVQ x+16(FP), SI")
	f.op("MOVQ pixel+24(FP), R10")
	f.op("LEAQ (R10)(R10*2), R15")
	f.op("MOVQ ldw+40(FP), R12")
	f.op("MOVQ step+56(FP), R11")
	f.op("MOVL zero+104(FP), AX")
	f.op("VMOVD AX, X%d", zero)
	f.op("VPBROADCASTW X%d, %s", zero, v(zero))
	f.zero(v(none))
	f.label("tile")
	f.op("MOVQ base+48(FP), AX")
	// Interleaving leaves channels 0 to 3 and 8 to 11 in one register of 256 bits, 4 to 7 and 12 to 15 in the other.
	f.op("VMOVDQU (AX), %s", v(w0))
	f.op("VMOVDQU %d(AX), %s", 2*channels, v(w1))
	if k.width == 'Y' {
		f.op("VPERM2I128 $0x20, Y%d, Y%d, Y0", w1, w0)
		f.op("VPERM2I128 $0x31, Y%d, Y%d, Y1", w1, w0)
	} else {
		f.op("VMOVDQA X%d, X0", w0)
		f.op("VMOVDQA X%d, X1", w1)
	}
	for o := 1; o < outputs; o++ {
		f.op("VMOVDQA %s, %s", v(0), v(2*o))
		f.op("VMOVDQA %s, %s", v(1), v(2*o+1))
	}
	f.op("MOVQ SI, R13")
	f.op("MOVQ w+32(FP), R8")
	f.op("MOVQ rows+80(FP), R9")
	f.label("row")
	f.op("MOVQ R13, BX")
	f.op("MOVQ R8, AX")
	f.op("MOVQ columns+88(FP), DX")
	f.op("SUBQ $2, DX")
	f.op("JLT last")
	f.label("pair")
	f.op("LEAQ (BX)(R11*1), CX")
	load(k.w, "(AX)", x0)
	load(k.w, "(AX)(R12*1)", x1)
	f.op("VPUNPCKLWD %s, %s, %s", v(x1), v(x0), v(w0))
	f.op("VPUNPCKHWD %s, %s, %s", v(x1), v(x0), v(w1))
	products := func(o, second int) {
		f.op("VPUNPCKLWD %s, %s, %s", v(second), v(x0), v(12))
		f.op("VPUNPCKHWD %s, %s, %s", v(second), v(x0), v(13))
		f.op("VPMADDWD %s, %s, %s", v(w0), v(12), v(12))
		f.op("VPMADDWD %s, %s, %s", v(w1), v(13), v(13))
		f.op("VPADDD %s, %s, %s", v(12), v(2*o), v(2*o))
		f.op("VPADDD %s, %s, %s", v(13), v(2*o+1), v(2*o+1))
	}
	for o := range outputs {
		load(k.x, at("BX", o), x0)
		load(k.x, at("CX", o), x1)
		f.op("VPSUBW %s, %s, %s", v(zero), v(x0), v(x0))
		f.op("VPSUBW %s, %s, %s", v(zero), v(x1), v(x1))
		products(o, x1)
	}
	f.op("LEAQ (BX)(R11*2), BX")
	f.op("LEAQ (AX)(R12*2), AX")
	f.op("SUBQ $2, DX")
	f.op("JGE pair")
	f.label("last")
	f.op("CMPQ DX, $-1")
	f.op("JNE next")
	load(k.w, "(AX)", x0)
	f.op("VPUNPCKLWD %s, %s, %s", v(none), v(x0), v(w0))
	f.op("VPUNPCKHWD %s, %s, %s", v(none), v(x0), v(w1))
	for o := range outputs {
		load(k.x, at("BX", o), x0)
		f.op("VPSUBW %s, %s, %s", v(zero), v(x0), v(x0))
		products(o, x0)
	}
	f.label("next")
	f.op("ADDQ row+64(FP), R13")
	f.op("ADDQ roww+72(FP), R8")
	f.op("DECQ R9")
	f.op("JNZ row")
	for o := range outputs {
		lo, hi := v(2*o), v(2*o+1)
		if k.width == 'Y' {
			f.op("VPERM2I128 $0x20, %s, %s, Y%d", hi, lo, w0)
			f.op("VPERM2I128 $0x31, %s, %s, Y%d", hi, lo, w1)
			lo, hi = v(w0), v(w1)
		}
		f.op("VMOVDQU %s, (DI)", lo)
		f.op("VMOVDQU %s, %d(DI)", hi, 2*channels)
		f.op("ADDQ lda+8(FP), DI")
	}
	f.op("LEAQ (SI)(R10*%d), SI", outputs)
	f.op("DECQ tiles+96(FP)")
	f.op("JNZ tile")
	f.ret()
}
