package q

import "github.com/litewren/litewren/ops/internal/kernel/window"

// PackDepthwiseSingle packs the weights less their zero point of an image of one channel that has n outputs at each position; nil
// where there is no kernel for them. The order is that of blocks of eight outputs, rows, groups of four taps, outputs, taps.
func PackDepthwiseSingle[W int8 | uint8](w []W, zero int32, g *window.Grid, n int) *DepthwiseWeights {
	if !HasDepthwiseSingle() || g.Columns.Dilation != 1 {
		return nil
	}
	p := &DepthwiseWeights{layout: depthwiseLayout{block: 8, rows: 1, parts: 1}, sums: make([]int32, n), magnitudes: make([]int64, n), single: true}
	rows, columns := g.Rows.Kernel, g.Columns.Kernel
	groups := (columns + 3) / 4
	p.data = make([]int8, (n+7)/8*rows*groups*32)
	for ky := range rows {
		for kx := range columns {
			for j := range n {
				v := int32(w[(ky*columns+kx)*n+j]) - zero
				if v != int32(int8(v)) {
					return nil
				}
				p.sums[j] += v
				p.magnitudes[j] += int64(max(v, -v))
				p.data[((j/8*rows+ky)*groups+kx/4)*32+j%8*4+kx%4] = int8(v)
			}
		}
	}
	return p
}

// padded returns the row length and the number of rows of the image with its padding, and the bytes that kernels may read. The
// padding is what outputs need, no more.
func depthwisePadded(g *window.Grid) (line, lines, size int) {
	rows, columns := &g.Rows, &g.Columns
	line = (columns.Out-1)*columns.Stride + (columns.Kernel+3)/4*4
	lines = (rows.Out-1)*rows.Stride + (rows.Kernel-1)*rows.Dilation + 1
	return line, lines, line*lines + depthwiseTile*columns.Stride
}

// DepthwisePadded returns how many bytes [DepthwisePad] writes.
func DepthwisePadded(g *window.Grid) int {
	_, _, size := depthwisePadded(g)
	return size
}

// DepthwisePad writes the image of one channel with its padding, as numbers without a sign.
func DepthwisePad[T int8 | uint8](d *Depthwise, dst []byte, x []T, g *window.Grid) {
	line, lines, size := depthwisePadded(g)
	flip := byte(0)
	if d.signed {
		flip = 0x80
	}
	zero := byte(d.zeroIn) ^ flip
	dst = dst[:size]
	for i := range dst {
		dst[i] = zero
	}
	columns := &g.Columns
	from, to := max(0, columns.Before), min(line, columns.Before+columns.In)
	for y := range lines {
		iy := y - g.Rows.Before
		if iy < 0 || iy >= g.Rows.In || from >= to {
			continue
		}
		row := dst[y*line:][from:to]
		for i, v := range x[iy*columns.In+from-columns.Before:][:len(row)] {
			row[i] = byte(v) ^ flip
		}
	}
}
