package main

import "fmt"

// neonTurns writes transposing kernels for arm64: tiles of n rows of the source by n elements, which become n rows of the
// destination. Interleaving pairs of registers doubles the length of the pieces of columns that they hold. The last tile of a
// strip overlaps the one before.
func neonTurns(f *file) {
	neonTurn(f, 32, 4, func() {
		neonZip(f, "S4", [][3]int{{16, 0, 1}, {17, 2, 3}}, [][3]int{{18, 0, 1}, {19, 2, 3}})
		neonZip(f, "D2", [][3]int{{0, 16, 17}, {2, 18, 19}}, [][3]int{{1, 16, 17}, {3, 18, 19}})
	}, func(row int) string { return fmt.Sprintf("FMOVQ F%d, (R6)", row) })
	neonTurn(f, 16, 8, func() {
		var low, high [][3]int
		for i := range 4 {
			low, high = append(low, [3]int{16 + 2*i, 2 * i, 2*i + 1}), append(high, [3]int{17 + 2*i, 2 * i, 2*i + 1})
		}
		neonZip(f, "H8", low, high) // columns 0 to 3 of rows 2i and 2i+1, then 4 to 7
		low, high = nil, nil
		for i := range 2 {
			for half := range 2 {
				from := [2]int{16 + 4*i + half, 18 + 4*i + half}
				low, high = append(low, [3]int{4*half + i, from[0], from[1]}), append(high, [3]int{4*half + 2 + i, from[0], from[1]})
			}
		}
		neonZip(f, "S4", low, high) // V[4*half+2*pair+i]: columns 4*half+2*pair and the next one of rows 4i to 4i+3
		low, high = nil, nil
		for i := range 4 {
			low, high = append(low, [3]int{16 + 2*i, 2 * i, 2*i + 1}), append(high, [3]int{17 + 2*i, 2 * i, 2*i + 1})
		}
		neonZip(f, "D2", low, high)
	}, func(row int) string { return fmt.Sprintf("FMOVQ F%d, (R6)", 16+row) })
	neonTurn(f, 8, 8, func() {
		var rows [][3]int
		for i := range 4 {
			rows = append(rows, [3]int{16 + i, 2 * i, 2*i + 1})
		}
		neonZip(f, "B16", rows, nil)
		neonZip(f, "H8", [][3]int{{0, 16, 17}, {2, 18, 19}}, [][3]int{{1, 16, 17}, {3, 18, 19}})
		neonZip(f, "S4", [][3]int{{16, 0, 2}, {18, 1, 3}}, [][3]int{{17, 0, 2}, {19, 1, 3}})
	}, func(row int) string { return fmt.Sprintf("VST1 V%d.D[%d], (R6)", 16+row/2, row%2) })
}

// neonZip interleaves the lower halves of pairs of registers, then the higher ones: destination, first, second.
func neonZip(f *file, arrangement string, low, high [][3]int) {
	for i, list := range [][][3]int{low, high} {
		for _, r := range list {
			f.op("VZIP%d V%d.%s, V%d.%s, V%d.%s", i+1, r[2], arrangement, r[1], arrangement, r[0], arrangement)
		}
	}
}

// neonTurn writes a kernel for elements of some bits with tiles of n by n: R0 dst, R1 src, R2 rows left, R3 and R4 the distances
// of rows.
func neonTurn(f *file, bits, n int, body func(), store func(row int) string) {
	f.function(fmt.Sprintf("turn%dx%dx%dNEON", bits, n, n), "(dst, src unsafe.Pointer, rows, dstRow, srcRow int)", 40)
	for i, name := range []string{"dst", "src", "rows", "dstRow", "srcRow"} {
		f.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
	f.label("tile")
	f.op("MOVD R1, R5")
	for row := range n {
		if bits*n == 64 {
			f.op("VLD1.P (R5)(R4), [V%d.B8]", row)
		} else {
			f.op("VLD1.P (R5)(R4), [V%d.B16]", row)
		}
	}
	body()
	f.op("MOVD R0, R6")
	for row := range n {
		f.op("%s", store(row))
		if row+1 < n {
			f.op("ADD R3, R6")
		}
	}
	f.op("SUBS $%d, R2, R2", n)
	f.op("BEQ done")
	f.op("MOVD $%d, R5", n)
	f.op("CMP R5, R2")
	f.op("CSEL LT, R2, R5, R5") // how far to go
	f.op("CMP $%d, R2", n)
	f.op("BGE whole")
	f.op("MOVD $%d, R2", n)
	f.label("whole")
	f.op("MADD R5, R0, R3, R0")
	f.op("ADD R5<<%d, R1", map[int]int{8: 0, 16: 1, 32: 2}[bits])
	f.op("B tile")
	f.label("done")
	f.op("RET")
}
