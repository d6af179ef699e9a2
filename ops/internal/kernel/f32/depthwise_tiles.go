//go:build (amd64 || arm64) && !noasm

package f32

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// depthwiseArgs are tiles of up to four neighbouring outputs of one row. Distances are in bytes. The assembly knows the layout, and
// changes offset, dstOffset and tiles.
type depthwiseArgs struct {
	x, w, bias, dst *float32
	offset          int // from x to the first input row and column of the tile, which may lie in front of the image
	pixel           int // between the inputs of neighbouring columns, or, where columns are not shared, of neighbouring outputs
	row             int // between kernel rows in the input
	rows            int // kernel rows inside the image
	taps, tap       int // of a row, and between the inputs of neighbouring ones, where columns are not shared
	wPixel, wSkip   int // between the weights of neighbouring taps; what a row has besides taps of them
	channels        int // bytes of a pixel that are computed
	tiles           int
	columns         uint64 // bit c: column c of the tile is inside the image, where columns are shared
	outputs         int    // of the tile that are stored
	out             int    // between outputs
	nextX, nextDst  int    // between tiles
	dstOffset       int    // from dst to the tile
	lo, hi          float32
}

// depthwiseTile is how many outputs the kernels compute side by side.
const depthwiseTile = 4

// depthwiseKind names a kernel; those of one instruction set are neighbours.
type depthwiseKind int

const (
	depthwise3Stride1 depthwiseKind = iota
	depthwise3Stride2
	depthwise5Stride1
	depthwise5Stride2
	depthwiseTaps4
	depthwiseTaps1
	depthwiseKinds
)

func depthwiseVector(dst, x, w []float32, g *window.Grid, channels, first, last int, bias []float32, lo, hi float32) bool {
	sets := depthwiseSets()
	if sets == 0 || channels == 0 || last <= first || g.Columns.Out == 0 {
		return sets > 0
	}
	depthwiseRows(dst, x, w, g, channels, first, last, bias, lo, hi, sets > 1 && channels > 8)
	return true
}

func depthwiseRows(dst, x, w []float32, g *window.Grid, channels, first, last int, bias []float32, lo, hi float32, wide bool) {
	const size = 4
	rows := &g.Rows
	line := g.Columns.Out * channels
	dst, w = dst[:last*line], w[:g.Taps()*channels]
	r := depthwiseRow{columns: g.Columns, pixel: channels * size, wide: wide}
	a := &r.args
	a.wPixel, a.channels, a.out, a.row, a.lo, a.hi = r.pixel, r.pixel, r.pixel, rows.Dilation*g.Columns.In*r.pixel, lo, hi
	if inputs := g.Inputs() * channels; inputs > 0 {
		a.x = &x[:inputs][0]
	}
	if bias != nil {
		a.bias = &bias[:channels][0]
	}
	kind, shared := depthwiseSharing(&g.Columns)
	for oy := first; oy < last; oy++ {
		y0 := rows.Start(oy)
		ylo, yhi := rows.Taps(y0)
		r.rows, r.input = yhi-ylo, (y0+ylo*rows.Dilation)*g.Columns.In
		r.dst, r.w = dst[oy*line:][:line], w[ylo*g.Columns.Kernel*channels:]
		if !shared {
			r.separate()
			continue
		}
		for phase := range min(g.Columns.Dilation, g.Columns.Out) {
			r.shared(kind, phase)
		}
	}
}

// depthwiseSharing returns the kernel that loads the columns which neighbouring outputs share once, if there is one. With a
// dilation d the outputs that share are d apart: there are d phases of them.
func depthwiseSharing(columns *window.Axis) (depthwiseKind, bool) {
	switch {
	case columns.Stride == 1 && columns.Kernel == 3:
		return depthwise3Stride1, true
	case columns.Stride == 1 && columns.Kernel == 5:
		return depthwise5Stride1, true
	case columns.Stride == 2 && columns.Dilation == 1 && columns.Kernel == 3:
		return depthwise3Stride2, true
	case columns.Stride == 2 && columns.Dilation == 1 && columns.Kernel == 5:
		return depthwise5Stride2, true
	}
	return depthwiseTaps4, false
}

// depthwiseRow is an output row on its way.
type depthwiseRow struct {
	args    depthwiseArgs // held by value: a pointer would make it escape
	columns window.Axis
	dst, w  []float32 // w from the first kernel row inside the image
	rows    int       // kernel rows inside the image
	input   int       // pixels in front of the first one's input
	pixel   int       // bytes
	wide    bool      // the second set of kernels
}

// shared computes every Dilation-th output from phase on.
func (r *depthwiseRow) shared(kind depthwiseKind, phase int) {
	a, c := &r.args, &r.columns
	d := c.Dilation
	outputs := (c.Out - phase + d - 1) / d
	span := (depthwiseTile-1)*c.Stride + c.Kernel
	a.rows, a.w = r.rows, unsafe.SliceData(r.w)
	a.pixel, a.out = d*r.pixel, d*r.pixel
	a.nextX, a.nextDst = depthwiseTile*c.Stride*a.pixel, depthwiseTile*a.out
	for o := 0; o < outputs; {
		from := c.Start(phase + o*d)
		a.offset = (r.input + from) * r.pixel
		a.dst, a.dstOffset = &r.dst[(phase+o*d)*r.pixel/4], 0
		a.tiles, a.outputs = 1, min(depthwiseTile, outputs-o)
		need := (a.outputs-1)*c.Stride + c.Kernel
		a.columns = insideColumns(from, d, need, c.In)
		if a.outputs == depthwiseTile && a.columns == 1<<span-1 {
			// The tiles behind it as far as they are inside, too.
			room := (c.In - 1 - (from + (span-1)*d)) / (depthwiseTile * c.Stride * d)
			a.tiles = min(1+room, (outputs-o)/depthwiseTile)
		}
		o += a.tiles * depthwiseTile
		a.run(kind, r.wide)
	}
}

// insideColumns has bit i set where column from+i*step, i < n, lies in [0, in).
func insideColumns(from, step, n, in int) (bits uint64) {
	for i := range n {
		if at := from + i*step; at >= 0 && at < in {
			bits |= 1 << i
		}
	}
	return bits
}

// separate computes the outputs of a kernel of any kind: four at a time where all taps are inside, else each with its own.
func (r *depthwiseRow) separate() {
	a, c := &r.args, &r.columns
	a.pixel, a.tap = c.Stride*r.pixel, c.Dilation*r.pixel
	a.nextX, a.nextDst = depthwiseTile*a.pixel, depthwiseTile*a.out
	for o := 0; o < c.Out; {
		start := c.Start(o)
		lo, hi := c.Taps(start)
		a.rows, a.taps, a.wSkip = r.rows, hi-lo, (c.Kernel-(hi-lo))*a.wPixel
		if hi == lo {
			a.rows = 0
		}
		a.offset = (r.input + start + lo*c.Dilation) * r.pixel
		if a.rows > 0 {
			a.w = &r.w[lo*r.pixel/4]
		}
		a.dst, a.dstOffset = &r.dst[o*r.pixel/4], 0
		last := start + (c.Kernel-1)*c.Dilation
		if room := c.In - 1 - last - (depthwiseTile-1)*c.Stride; lo == 0 && hi == c.Kernel && room >= 0 && o+depthwiseTile <= c.Out {
			a.outputs = depthwiseTile
			a.tiles = min(1+room/(depthwiseTile*c.Stride), (c.Out-o)/depthwiseTile)
			o += a.tiles * depthwiseTile
			a.run(depthwiseTaps4, r.wide)
			continue
		}
		a.tiles, a.outputs = 1, 1
		a.run(depthwiseTaps1, r.wide)
		o++
	}
}
