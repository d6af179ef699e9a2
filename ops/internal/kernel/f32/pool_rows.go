//go:build (amd64 || arm64) && !noasm

package f32

import (
	"math"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// poolArgs are neighbouring windows of one size in a row. Distances are in bytes. The assembly knows the layout, and changes offset,
// dstOffset and outputs.
type poolArgs struct {
	x, dst                *float32
	offset, dstOffset     int // from x and dst to the first window
	row, pixel            int // between rows and columns of the input
	rows, columns         int // of a window, at least 1
	channels, outputs     int
	nextX, nextDst        int // between outputs
	count, lo, hi, lowest uint32
}

func poolRows(wide bool, kind poolKind, dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) {
	const size = 4
	lowest := float32(-math.MaxFloat32)
	a := poolArgs{lo: math.Float32bits(lo), hi: math.Float32bits(hi), lowest: math.Float32bits(lowest)}
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
			a.x, a.dst = unsafe.SliceData(x), unsafe.SliceData(dst)
			a.count = math.Float32bits(float32(a.rows * a.columns))
			a.run(kind, wide)
			o += outputs
		}
	}
}
