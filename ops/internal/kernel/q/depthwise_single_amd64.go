//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// depthwiseSingleArgs are the outputs of one row. Distances are in bytes. The assembly knows the layout, and changes offset and
// dstOffset.
type depthwiseSingleArgs struct {
	x         *byte
	w         *int8
	params    *int32
	dst       unsafe.Pointer
	offset    int // from x to the first output's first tap
	row       int // between kernel rows
	rows      int
	groups    int // of four taps in a row
	pixel     int // between the inputs of neighbouring outputs
	channels  int
	outputs   int
	dstOffset int
	zero      int32
	lo, hi    int32
	sign      uint32
	near      float32
	one       uint32
	half      int64
}

// It computes rows; its generic twins are [DepthwiseRow] and [RequantizeChannels].
//
//go:noescape
func depthwiseSingleS8VNNI512(args *depthwiseSingleArgs)

// DepthwiseSingleRows computes the output rows from first to last of the image that [DepthwisePad] has written. Every bit is that
// of the generic kernels.
func DepthwiseSingleRows[T int8 | uint8](d *Depthwise, dst []T, padded []byte, g *window.Grid, first, last int) {
	line, _, size := depthwisePadded(g)
	n := len(d.weights.sums)
	if first >= last || g.Columns.Out == 0 {
		return
	}
	a := depthwiseSingleArgs{
		x: &padded[:size][0], w: unsafe.SliceData(d.weights.data), params: unsafe.SliceData(d.params),
		dst: unsafe.Pointer(&dst[:last*g.Columns.Out*n][0]), row: g.Rows.Dilation * line, rows: g.Rows.Kernel,
		groups: (g.Columns.Kernel + 3) / 4, pixel: g.Columns.Stride, channels: n, outputs: g.Columns.Out,
		zero: d.c.ZeroOut, lo: d.c.Min, hi: d.c.Max, sign: 1 << 31, near: 0.5 - 1.0/(1<<14), one: 1, half: 1 << 30,
	}
	for oy := first; oy < last; oy++ {
		a.offset, a.dstOffset = oy*g.Rows.Stride*line, oy*g.Columns.Out*n
		depthwiseSingleS8VNNI512(&a)
	}
}
