package main

import "fmt"

// neonTile is a register tile of a float32 matrix product on arm64: rows of x, read where they are, times vectors of 4 columns
// of w. Few rows have too few sums to hide the latency of FMLA: they sum every split-th element of k apart.
type neonTile struct{ rows, vectors, split int }

// neonGemmF32 writes the tiles of gemmGeneric: 8 or 4 columns, 1 to 8 rows. Of w and x four elements of k are loaded at a time;
// with 8x8 sums that takes all 32 registers.
func neonGemmF32(f *file) {
	for vectors := 2; vectors > 0; vectors-- {
		for rows := 1; rows <= 8; rows++ {
			split := 4
			for split > 1 && split*rows*vectors > 16 {
				split /= 2
			}
			neonTile{rows, vectors, split}.write(f)
		}
	}
}

func (t neonTile) sum(part, row, v int) int { return (part*t.rows+row)*t.vectors + v }

// write makes the function for the tile. Registers: R0 dst, R2 x, R4 along w, R6 along the runs, of which R7 are left, R8 left
// in a run, R9 tiles, R10 columns, R19 to R26 along the rows of x; V16 to V23 x, V24 to V31 w.
func (t neonTile) write(f *file) {
	f.function(fmt.Sprintf("gemm%dx%dF32NEON", t.rows, 4*t.vectors), "(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)", 104)
	f.op("MOVD dst+0(FP), R0")
	f.op("MOVD ldd+8(FP), R1")
	f.op("MOVD x+16(FP), R2")
	f.op("MOVD ldx+24(FP), R3")
	f.op("MOVD ldw+40(FP), R5")
	f.op("MOVD tiles+80(FP), R9")
	f.op("MOVD columns+88(FP), R10")
	f.label("tile")
	t.begin(f)
	f.op("MOVD w+32(FP), R4")
	f.op("MOVD runs+48(FP), R6")
	f.op("MOVD count+56(FP), R7")
	f.label("run")
	f.op("MOVD.P 8(R6), R11")
	f.op("ADD R11<<2, R2, R19")
	for row := 1; row < t.rows; row++ {
		f.op("ADD R3, R%d, R%d", 18+row, 19+row)
	}
	f.op("MOVD run+64(FP), R8")
	f.op("SUBS $4, R8, R8")
	f.op("BLT rest")
	f.op("PCALIGN $16")
	f.label("four")
	for row := range t.rows {
		f.op("FMOVQ.P 16(R%d), F%d", 19+row, 16+row)
	}
	for e := range 4 {
		t.weights(f, 24+2*e)
	}
	for e := range 4 {
		t.multiply(f, e, e%t.split)
	}
	f.op("SUBS $4, R8, R8")
	f.op("BGE four")
	f.label("rest")
	f.op("ADDS $4, R8, R8")
	f.op("BEQ ended")
	f.label("single")
	for row := range t.rows {
		f.op("FMOVS.P 4(R%d), F%d", 19+row, 16+row)
	}
	t.weights(f, 24)
	t.multiply(f, 0, 0)
	f.op("SUBS $1, R8, R8")
	f.op("BNE single")
	f.label("ended")
	f.op("SUBS $1, R7, R7")
	f.op("BNE run")
	t.end(f)
	f.op("MOVD $%d, R11", t.rows)
	f.op("MADD R11, R2, R3, R2")
	f.op("SUBS $1, R9, R9")
	f.op("BNE tile")
	f.op("RET")
}

// begin sets the sums to the bias or 0.
func (t neonTile) begin(f *file) {
	for i := range t.split * t.rows * t.vectors {
		f.op("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	f.op("MOVD bias+72(FP), R11")
	f.op("CBZ R11, begun")
	for i := range 4 * t.vectors {
		if i > 0 {
			f.op("CMP $%d, R10", i)
			f.op("BLE loaded")
		}
		f.op("FMOVS.P 4(R11), F16")
		f.op("VMOV V16.S[0], V%d.S[%d]", i/4, i%4)
	}
	f.label("loaded")
	for row := 1; row < t.rows; row++ {
		for v := range t.vectors {
			f.op("VMOV V%d.B16, V%d.B16", v, t.sum(0, row, v))
		}
	}
	f.label("begun")
}

// weights loads the columns of one element of k.
func (t neonTile) weights(f *file, to int) {
	if t.vectors == 2 {
		f.op("VLD1.P (R4)(R5), [V%d.S4, V%d.S4]", to, to+1)
	} else {
		f.op("VLD1.P (R4)(R5), [V%d.S4]", to)
	}
}

// multiply adds the products of element e of the four.
func (t neonTile) multiply(f *file, e, part int) {
	for row := range t.rows {
		for v := range t.vectors {
			f.neon(fmt.Sprintf("FMLA.4S[%d]", e), t.sum(part, row, v), 24+2*e+v, 16+row)
		}
	}
}

// end adds the partial sums up, clamps (FMAX and FMIN leave a NaN) and stores; R0 is then the row after the last.
func (t neonTile) end(f *file) {
	for stride := t.split / 2; stride > 0; stride /= 2 {
		for part := range stride {
			for i := range t.rows * t.vectors {
				at := part*t.rows*t.vectors + i
				f.neon("FADD.4S", at, at, at+stride*t.rows*t.vectors)
			}
		}
	}
	f.op("MOVW lo+96(FP), R11")
	f.op("VDUP R11, V16.S4")
	f.op("MOVW hi+100(FP), R11")
	f.op("VDUP R11, V17.S4")
	for row := range t.rows {
		first := t.sum(0, row, 0)
		for v := range t.vectors {
			f.neon("FMAX.4S", first+v, first+v, 16)
			f.neon("FMIN.4S", first+v, first+v, 17)
		}
		f.op("MOVD R0, R12")
		next := fmt.Sprintf("row%d", row)
		if t.vectors == 2 {
			f.op("TBZ $3, R10, %sfour", next)
			f.op("VST1 [V%d.S4, V%d.S4], (R12)", first, first+1)
			f.op("B %s", next)
			f.label(next + "four")
		}
		f.op("TBZ $2, R10, %stwo", next)
		f.op("VST1.P [V%d.S4], 16(R12)", first)
		if t.vectors == 2 {
			f.op("VMOV V%d.B16, V%d.B16", first+1, first)
		}
		f.label(next + "two")
		f.op("TBZ $1, R10, %sone", next)
		f.op("FMOVD.P F%d, 8(R12)", first)
		f.op("VEXT $8, V%d.B16, V%d.B16, V%d.B16", first, first, first)
		f.label(next + "one")
		f.op("TBZ $0, R10, %s", next)
		f.op("FMOVS F%d, (R12)", first)
		f.label(next)
		f.op("ADD R1, R0")
	}
}
