//go:build amd64 && !noasm

package f32

import (
	"math"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// argMaxArgs are neighbouring windows of one size in a row. Distances are in bytes. The assembly knows the layout, and changes
// offset, dstOffset, outputs and first.
type argMaxArgs struct {
	x, dst             *float32
	at                 unsafe.Pointer
	offset, dstOffset  int // from x, and from dst and at, to the first window
	row, pixel         int // between rows and columns of the input
	rows, columns      int // of a window, at least 1
	channels, outputs  int
	nextX, nextDst     int // between outputs
	lo, hi, lowest     float32
	more               uint32 // int32 or float32, added to indexes
	first              int32  // index of the first tap and channel
	lane, column, line int32  // between the indexes of channels, taps, rows of taps
	next               int32  // between the first taps of outputs
	_                  int32
}

// Their generic twin is argMaxPoolGeneric.

//go:noescape
func argMaxPoolI32AVX512(args *argMaxArgs)

//go:noescape
func argMaxPoolF32AVX512(args *argMaxArgs)

//go:noescape
func argMaxPoolI32AVX2(args *argMaxArgs)

//go:noescape
func argMaxPoolF32AVX2(args *argMaxArgs)

// argMaxVector is false where it leaves the work to the generic kernel.
func argMaxVector[I int32 | float32](dst []float32, at []I, x []float32, g *window.Grid, channels int, flat bool, more I, first, last int, lo, hi float32) bool {
	if !isa.AVX2 || channels == 0 || !isa.AVX512 && channels < 8 || g.Inputs() == 0 {
		return false
	}
	argMaxRows(isa.AVX512, dst, at, x, g, channels, flat, more, first, last, lo, hi)
	return true
}

func argMaxRows[I int32 | float32](avx512 bool, dst []float32, at []I, x []float32, g *window.Grid, channels int, flat bool, more I, first, last int, lo, hi float32) {
	const size = 4
	if first >= last || g.Columns.Out == 0 {
		return
	}
	rows, columns := &g.Rows, &g.Columns
	whole := last * columns.Out * channels
	pixel := channels * size
	a := argMaxArgs{
		x: &x[:g.Inputs()*channels][0], dst: &dst[:whole][0], at: unsafe.Pointer(&at[:whole][0]),
		row: columns.In * pixel, pixel: pixel, channels: channels, nextX: columns.Stride * pixel, nextDst: pixel,
		lo: lo, hi: hi, lowest: -math.MaxFloat32, more: *(*uint32)(unsafe.Pointer(&more)),
		column: 1, line: int32(columns.Kernel),
	}
	if flat {
		a.lane, a.column, a.line, a.next = 1, int32(channels), int32(columns.In*channels), int32(columns.Stride*channels)
	}
	var number any = more
	_, integer := number.(int32)
	for oy := first; oy < last; oy++ {
		y0 := rows.Start(oy)
		ylo, yhi := rows.Taps(y0)
		a.rows = yhi - ylo
		for o := 0; o < columns.Out; {
			x0 := columns.Start(o)
			xlo, xhi := columns.Taps(x0)
			a.columns, a.outputs = xhi-xlo, 1
			if a.columns == columns.Kernel {
				a.outputs = min(1+(columns.In-x0-columns.Kernel)/columns.Stride, columns.Out-o)
			}
			at := (y0+ylo)*columns.In + x0 + xlo
			a.offset, a.dstOffset = at*pixel, (oy*columns.Out+o)*pixel
			a.first = int32(ylo*columns.Kernel + xlo)
			if flat {
				a.first = int32(at * channels)
			}
			o += a.outputs
			switch {
			case integer && avx512:
				argMaxPoolI32AVX512(&a)
			case integer:
				argMaxPoolI32AVX2(&a)
			case avx512:
				argMaxPoolF32AVX512(&a)
			default:
				argMaxPoolF32AVX2(&a)
			}
		}
	}
}
