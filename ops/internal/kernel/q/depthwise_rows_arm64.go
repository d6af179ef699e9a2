//go:build arm64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// depthwiseS8Args are tiles of up to four neighbouring outputs of one row. Distances are in bytes. The assembly knows the layout,
// and changes offset, dstOffset, paramsOffset, tiles and spill.
type depthwiseS8Args struct {
	w              *int8
	params         *int32
	dst            unsafe.Pointer
	dstOffset      int
	offset         int // from a row's pointer to the first column of the tile, which may lie in front of the image
	pixel          int // between the inputs of neighbouring columns or, where columns are not shared, outputs
	rows           int // pointers used
	channels       int
	tiles          int
	columns        uint64 // bit c: column c of the tile is inside the image; where columns are not shared, bit t*4+o: tap t of output o is
	outputs        int    // of the tile that are stored
	out            int    // between outputs
	nextX, nextDst int    // between tiles
	taps, tap      int    // of a row, and between them, where columns are not shared
	paramsOffset   int
	flip, pad      uint32 // four bytes: what makes the input unsigned, and its zero point then
	zero           [2]int16
	lo, hi         uint32 // four bytes
	sign           uint32
	near           float32
	flipOut        uint32
	half           int64
	one            uint32
	_              [12]byte
	spill          [64]int32
	pointers       [maxDepthwiseRows]unsafe.Pointer
}

// DepthwiseRows computes the output rows from first to last of one image; dst and x are whole images. The generic twin is
// [DepthwiseRow] with [RequantizeChannels]: every bit is the same. There is no use for scratch memory.
func DepthwiseRows[T int8 | uint8 | int16](d *Depthwise, _ []byte, dst, x []T, g *window.Grid, first, last int) {
	channels := len(d.weights.sums)
	if first >= last || g.Columns.Out == 0 {
		return
	}
	rows, columns := &g.Rows, &g.Columns
	line := columns.Out * channels
	dst, x = dst[:last*line], x[:g.Inputs()*channels]
	var a depthwiseS8Args
	a.w, a.params = d.weights.start(), unsafe.SliceData(d.params)
	a.rows, a.channels, a.taps, a.tap = rows.Kernel, channels, columns.Kernel, columns.Dilation*channels
	a.prepare(d)
	pad := unsafe.Pointer(unsafe.SliceData(d.pad))
	for oy := first; oy < last; oy++ {
		start := rows.Start(oy)
		for i := range a.rows {
			a.pointers[i] = pad
			if y := start + i*rows.Dilation; i < rows.Kernel && y >= 0 && y < rows.In && columns.In > 0 {
				a.pointers[i] = unsafe.Pointer(&x[y*columns.In*channels])
			}
		}
		to := dst[oy*line:][:line]
		if d.kind == depthwiseTaps {
			for o := 0; o < columns.Out; o += depthwiseTile {
				from := columns.Start(o)
				a.offset, a.pixel, a.out = from*channels, columns.Stride*channels, channels
				a.dst, a.dstOffset = unsafe.Pointer(&to[o*channels]), 0
				a.tiles, a.outputs = 1, min(depthwiseTile, columns.Out-o)
				a.columns = 0
				for i := range a.outputs {
					lo, hi := columns.Taps(from + i*columns.Stride)
					for t := lo; t < hi; t++ {
						a.columns |= 1 << (t*depthwiseTile + i)
					}
				}
				a.run(d.kind)
			}
			continue
		}
		for phase := range min(columns.Dilation, columns.Out) {
			step := columns.Dilation
			outputs := (columns.Out - phase + step - 1) / step
			a.pixel, a.out = step*channels, step*channels
			a.nextX, a.nextDst = depthwiseTile*columns.Stride*a.pixel, depthwiseTile*a.out
			span := (depthwiseTile-1)*columns.Stride + columns.Kernel
			for o := 0; o < outputs; {
				from := columns.Start(phase + o*step)
				a.offset = from * channels
				a.dst, a.dstOffset = unsafe.Pointer(&to[(phase+o*step)*channels]), 0
				a.tiles, a.outputs = 1, min(depthwiseTile, outputs-o)
				a.columns = 0
				for i := range (a.outputs-1)*columns.Stride + columns.Kernel {
					if at := from + i*step; at >= 0 && at < columns.In {
						a.columns |= 1 << i
					}
				}
				if a.outputs == depthwiseTile && a.columns == 1<<span-1 {
					// The tiles behind it as far as they are inside, too.
					room := (columns.In - 1 - (from + (span-1)*step)) / (depthwiseTile * columns.Stride * step)
					a.tiles = min(1+room, (outputs-o)/depthwiseTile)
				}
				o += a.tiles * depthwiseTile
				a.run(d.kind)
			}
		}
	}
}
