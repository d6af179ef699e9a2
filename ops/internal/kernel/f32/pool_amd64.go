//go:build amd64 && !noasm

package f32

import (
	"math"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
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

// These pool windows; their generic twins are maxPoolGeneric, averagePoolGeneric and l2PoolGeneric.

//go:noescape
func poolMaxF32AVX512(args *poolArgs)

//go:noescape
func poolAverageF32AVX512(args *poolArgs)

//go:noescape
func poolSquareF32AVX512(args *poolArgs)

//go:noescape
func poolMaxF32AVX2(args *poolArgs)

//go:noescape
func poolAverageF32AVX2(args *poolArgs)

//go:noescape
func poolSquareF32AVX2(args *poolArgs)

// run calls a kernel: not through a table, which would make args escape.
func (a *poolArgs) run(kind poolKind, avx512 bool) {
	switch {
	case kind == poolMax && avx512:
		poolMaxF32AVX512(a)
	case kind == poolAverage && avx512:
		poolAverageF32AVX512(a)
	case avx512:
		poolSquareF32AVX512(a)
	case kind == poolMax:
		poolMaxF32AVX2(a)
	case kind == poolAverage:
		poolAverageF32AVX2(a)
	default:
		poolSquareF32AVX2(a)
	}
}

// poolVector is false where it leaves the work to the generic kernel: that of volumes, and of few channels without AVX-512.
func poolVector(kind poolKind, dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) bool {
	if !isa.AVX2 || channels == 0 || g.Depth.Kernel > 1 || !isa.AVX512 && channels < 8 {
		return false
	}
	poolRows(isa.AVX512, kind, dst, x, g, channels, first, last, lo, hi)
	return true
}

func poolRows(avx512 bool, kind poolKind, dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) {
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
			a.run(kind, avx512)
			o += outputs
		}
	}
}
