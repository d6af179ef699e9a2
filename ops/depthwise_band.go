package ops

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/tensor"
)

// depthwiseBand gives depthwise kernels their input with one output for each channel: the image itself or, where channels
// have several outputs, a band of its rows at a time with every element repeated.
type depthwiseBand[T int8 | uint8 | int16 | float32] struct {
	layer  *depthwiseLayer
	rows   int            // output rows that a band is enough for
	size   int            // elements of a band
	bands  *tensor.Tensor // scratch: one for each thread
	layers []window.Grid  // as the band of each thread sees the image
}

// bandBytes is about how much of the cache a band may take.
const bandBytes = 96 << 10

func newDepthwiseBand[T int8 | uint8 | int16 | float32](n *Node, l *depthwiseLayer, t tensor.Type) (*depthwiseBand[T], error) {
	b := &depthwiseBand[T]{layer: l}
	rows := &l.grid.Rows
	if l.multiplier == 1 || l.grid.Outputs() == 0 {
		return b, nil
	}
	line := l.grid.Columns.In * l.outC
	span := min((rows.Kernel-1)*rows.Dilation+1, rows.In)
	fit := min(max(bandBytes/max(1, line*int(unsafe.Sizeof(*new(T)))), span), rows.In)
	b.rows = (fit-span)/rows.Stride + 1
	b.size = min(span+(b.rows-1)*rows.Stride, rows.In) * line
	threads := n.Host.Threads()
	b.layers = make([]window.Grid, threads)
	var err error
	b.bands, err = n.Scratch(t, threads, b.size)
	return b, err
}

// input returns the input for the output rows from first to some row, at most last, and the grid that goes with it.
func (b *depthwiseBand[T]) input(thread int, image []T, first, last int) (x []T, g *window.Grid, until int) {
	l := b.layer
	if b.bands == nil {
		return image, &l.grid, last
	}
	last = min(last, first+b.rows)
	rows := l.grid.Rows
	top := rows.Start(first)
	from := min(max(0, top), rows.In)
	to := max(from, min(rows.In, rows.Start(last-1)+(rows.Kernel-1)*rows.Dilation+1))
	line := l.grid.Columns.In * l.channels
	x = tensor.Data[T](b.bands)[thread*b.size:][:(to-from)*line*l.multiplier]
	move.Spread(x, image[from*line:to*line], l.multiplier)
	rows.In, rows.Before = to-from, rows.Before+from
	g = &b.layers[thread]
	*g = l.grid
	g.Rows = rows
	return x, g, last
}

// work estimates the nanoseconds that the images take on one thread, with so many sums a nanosecond.
func (l *depthwiseLayer) work(images, sums int) int64 {
	return int64(images) * int64(l.grid.Outputs()) * int64(l.grid.Taps()) * int64(l.outC) / int64(sums)
}
