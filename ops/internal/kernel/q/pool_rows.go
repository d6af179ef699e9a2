//go:build (amd64 || arm64) && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// poolArgs are neighbouring windows of one size in a row. Distances are in bytes. The assembly knows the layout, and changes offset,
// dstOffset and outputs.
type poolArgs struct {
	x, dst                unsafe.Pointer
	offset, dstOffset     int // from x and dst to the first window
	row, pixel            int // between rows and columns of the input
	rows, columns         int // of a window, at least 1
	channels, outputs     int
	nextX, nextDst        int // between outputs
	count, lo, hi, lowest uint32
}

func poolRows[T int8 | uint8 | int16](wide, average bool, dst, x []T, g *window.Grid, channels, first, last int, lowest, lo, hi int32) {
	size := int(unsafe.Sizeof(T(0)))
	bits := 8 * size
	if minus := T(0) - 1; minus > 0 {
		bits = -bits
	}
	a := poolArgs{lo: uint32(lo), hi: uint32(hi)}
	if !average { // repeated to fill 32 bits
		repeat := func(v int32) uint32 {
			if size == 1 {
				return uint32(uint8(v)) * 0x01010101
			}
			return uint32(uint16(v)) * 0x00010001
		}
		a.lo, a.hi, a.lowest = repeat(lo), repeat(hi), repeat(lowest)
	}
	rows, columns := &g.Rows, &g.Columns
	line := columns.Out * channels
	dst, x = dst[:last*line], x[:g.Inputs()*channels]
	if len(x) == 0 {
		return
	}
	pixel := channels * size
	a.channels, a.pixel, a.row = channels, pixel, columns.In*pixel
	a.nextX, a.nextDst = columns.Stride*pixel, pixel
	for i := first; i < last; i++ {
		y0 := rows.Start(i % rows.Out)
		ylo, yhi := rows.Taps(y0)
		a.rows = yhi - ylo
		z := g.Depth.Start(i / rows.Out)
		for o := 0; o < columns.Out; {
			x0 := columns.Start(o)
			xlo, xhi := columns.Taps(x0)
			a.columns, a.outputs = xhi-xlo, 1
			if a.columns == columns.Kernel {
				a.outputs = min(1+(columns.In-x0-columns.Kernel)/columns.Stride, columns.Out-o)
			}
			outputs := a.outputs
			a.offset, a.dstOffset = (((z*rows.In+y0+ylo)*columns.In)+x0+xlo)*pixel, (i*columns.Out+o)*pixel
			a.x, a.dst = unsafe.Pointer(unsafe.SliceData(x)), unsafe.Pointer(unsafe.SliceData(dst))
			a.count = uint32(a.rows * a.columns)
			a.run(average, bits, wide)
			o += outputs
		}
	}
}
