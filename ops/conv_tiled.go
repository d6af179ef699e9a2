package ops

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// convTiles is a convolution of bytes by tile kernels, without patches: rows of a tile are windows that lie a constant distance
// apart, those of a line of the output, and a window is a few runs of consecutive elements. Where there is padding, or runs are
// so short that the kernel reads past them, strips of the image are copied with padding around them first.
type convTiles[T int8 | uint8 | int16] struct {
	*convLayer
	n       *Node
	in, out *tensor.Tensor
	c       *convQuantization
	gemms   []*q.Gemm // one for each group
	columns q.Channels
	fused   bool
	win     q.Window
	fold    int // neighbouring outputs that are columns of one row

	padded       bool
	once         *q.Once // makes stored values of 16 bits
	flips        bool    // the kernel wants the top bits of elements flipped, which the copy in scratch memory has
	flat         bool    // every position is its own window: lines are any number of positions
	lines, width int     // of outputs: lines of an image and their length
	line         int     // elements from line to line of what the kernel reads
	strip        int     // lines of outputs at a time
	strips       int     // of an image

	scratch *tensor.Tensor // strips with padding, or positions with flipped bits, one for each thread
	sums    *tensor.Tensor // of a line
	terms   *tensor.Tensor // of the rows of a line, where the filter has a zero point
	chunks  int
	units   int
}

const (
	stripBytes   = 32 << 10 // of a padded strip: within a first-level cache
	tileSpeed    = 300      // products per nanosecond
	flatLine     = 240      // positions that make a line at most where lines are of any length
	smallestTile = 4        // output channels that are worth a tile
)

// prepareConvTiles returns the evaluation by tile kernels, nil where there are none for this convolution.
func prepareConvTiles[T int8 | uint8 | int16](l *convLayer, n *Node, in, filter, out *tensor.Tensor, c *convQuantization) (Eval, error) {
	kernel := q.GemmFor()
	if in.Type == tensor.Int16 {
		kernel = q.GemmForWords()
	}
	outC := l.outC / l.groups
	if kernel == nil || !n.IsConst(1) || n.Input(2) != nil && !n.IsConst(2) || l.groups > 1 && outC < smallestTile ||
		l.positions == 0 || l.outC == 0 || in.Shape[0] == 0 {
		return nil, nil
	}
	t := &convTiles[T]{convLayer: l, n: n, in: in, out: out, c: c, flips: in.Type == tensor.Int8 && kernel.Flips()}
	t.fold = t.folding(kernel)
	t.geometry(kernel)
	if ready, err := t.pack(kernel, filter); !ready || err != nil {
		return nil, err
	}
	if err := t.memory(kernel); err != nil {
		return nil, err
	}
	run := t.chunk
	return func() error {
		n.Host.Fork(t.chunks, run)
		return n.Host.Err()
	}, nil
}

// folding returns how many neighbouring positions to take as one row: a window over all of theirs, with weights of 0 for what is
// not in one's own, has their outputs as columns, so that few output channels fill the columns of a panel.
func (t *convTiles[T]) folding(kernel *q.GemmKernel) int {
	columns := &t.grid.Columns
	if t.groups > 1 || columns.Dilation > 1 && columns.Kernel > 1 || t.grid.Trivial() || t.in.Type == tensor.Uint8 && t.c.zeroFilter != 128 {
		return 1
	}
	for f := kernel.NarrowColumns() / t.outC; f > 1; f-- {
		if columns.Out%f == 0 && columns.Stride*(f-1) < columns.Kernel {
			return f
		}
	}
	return 1
}

// folded returns the weights of the rows that folding makes, of elements that have no weight.
func folded[T int8 | uint8 | int16, W int8 | uint8](t *convTiles[T], w []W, none W) []W {
	run := t.grid.Columns.Kernel * t.channels
	shift := t.grid.Columns.Stride * t.channels
	wide := run + (t.fold-1)*shift
	to := make([]W, 0, t.fold*t.outC*t.grid.Rows.Kernel*wide)
	for f := range t.fold {
		for from := w; len(from) > 0; from = from[run:] {
			at := len(to)
			to = to[:at+wide]
			for i := range to[at:] {
				to[at+i] = none
			}
			copy(to[at+f*shift:], from[:run])
		}
	}
	return to
}

func (t *convTiles[T]) geometry(kernel *q.GemmKernel) {
	rows, columns := &t.grid.Rows, &t.grid.Columns
	t.lines, t.width = rows.Out, columns.Out
	outside := func(in, start, before, span int) bool { return before > 0 || start+span > in }
	t.padded = t.flips && !t.grid.Trivial() || outside(rows.In, rows.Start(rows.Out-1), rows.Before, (rows.Kernel-1)*rows.Dilation+1) ||
		outside(columns.In, columns.Start(columns.Out-1), columns.Before, (columns.Kernel-1)*columns.Dilation+1)
	windows := func() {
		t.line = columns.In * t.channels
		if t.padded {
			t.line = t.paddedWidth() * t.channels
		}
		down := t.line * rows.Dilation
		t.win = q.Window{Length: t.depth, Segments: rows.Kernel * columns.Kernel}
		if t.depth == t.channels && columns.Dilation == 1 || columns.Kernel == 1 {
			t.win.Length, t.win.Segments = (columns.Kernel+(t.fold-1)*columns.Stride)*t.depth, rows.Kernel
			for range rows.Kernel - 1 {
				t.win.Steps = append(t.win.Steps, down)
			}
			return
		}
		right := columns.Dilation * t.channels
		for y := range rows.Kernel {
			if y > 0 {
				t.win.Steps = append(t.win.Steps, down-(columns.Kernel-1)*right)
			}
			for range columns.Kernel - 1 {
				t.win.Steps = append(t.win.Steps, right)
			}
		}
	}
	windows()
	if !t.padded && kernel.Overreads(&t.win) {
		t.padded = true
		t.win.Steps = nil
		windows()
	}
	t.strip, t.flat = 1, !t.padded && t.grid.Trivial()
	if t.flat {
		all := t.positions * t.in.Shape[0]
		t.width = min(flatLine, all)
		if t.flips {
			t.width = min(t.width, max(1, stripBytes/t.channels/kernel.MR)*kernel.MR)
		}
		if threads := t.n.Host.Threads(); threads > 1 {
			share := (all/(2*threads) + kernel.MR - 1) / kernel.MR * kernel.MR
			t.width = min(t.width, max(share, kernel.MR))
		}
		t.lines = (all + t.width - 1) / t.width
	}
	if t.padded {
		t.strip = max(1, min(rows.Out, (stripBytes/t.line-(rows.Kernel-1)*rows.Dilation-1)/rows.Stride+1))
	}
	t.strips = (t.lines + t.strip - 1) / t.strip
	t.units = t.strips
	if !t.flat {
		t.units *= t.in.Shape[0]
	}
}

// paddedWidth is how many positions of a line the windows of a line of outputs cover; paddedLines how many lines count of them.
func (t *convTiles[T]) paddedWidth() int {
	a := &t.grid.Columns
	return (a.Out-1)*a.Stride + (a.Kernel-1)*a.Dilation + 1
}

func (t *convTiles[T]) paddedLines(count int) int {
	a := &t.grid.Rows
	return (count-1)*a.Stride + (a.Kernel-1)*a.Dilation + 1
}

// pack packs the weights of each group and fixes what their products become; false where sums of words could overflow.
func (t *convTiles[T]) pack(kernel *q.GemmKernel, filter *tensor.Tensor) (bool, error) {
	n, outC := t.n, t.outC/t.groups*t.fold
	if err := n.Claim(int64(t.groups), kernel.Bytes(outC, &t.win)); err != nil {
		return false, err
	}
	kind := fmt.Sprintf("%stiles %s %d x %d x %d by %d", t.order, kernel.Name, t.groups, t.win.Segments, t.win.Length, t.fold)
	packed := PackOnce(n, 1, kind, func() []*q.PackedBytes {
		if filter.Type == tensor.Uint8 {
			return packFilter(t, kernel, tensor.Data[uint8](filter), uint8(t.c.zeroFilter))
		}
		return packFilter(t, kernel, int8Values(filter), 0)
	})
	t.columns = t.c.Channels
	if t.fold > 1 {
		t.columns.Multiplier, t.columns.Shift = slices.Repeat(t.columns.Multiplier, t.fold), slices.Repeat(t.columns.Shift, t.fold)
	}
	if t.in.Type == tensor.Int16 {
		reach := PackOnce(n, 1, t.order+"reach", func() []int64 { return t.reach(int8Values(filter)) })
		if !t.wordGemms(packed, reach) {
			return false, nil
		}
		n.Spare(1)
		n.Spare(2)
		return true, nil
	}
	n.Spare(1)
	n.Spare(2)
	var bias []int32
	if b := n.Input(2); b != nil {
		bias = tensor.Data[int32](b)
	}
	largest := int64(0)
	for _, b := range bias {
		largest = max(largest, int64(b), -int64(b))
	}
	limit := largest + int64(t.elements())*255*255
	if t.in.Type == tensor.Int8 {
		limit = largest + int64(t.elements())*255*128
	}
	start := make([]int32, outC)
	build := func(c *q.Channels) bool {
		t.gemms = t.gemms[:0]
		for g, p := range packed {
			clear(start)
			if bias != nil {
				for f := range t.fold {
					copy(start[f*outC/t.fold:], bias[g*outC/t.fold:])
				}
			}
			for j, s := range p.Sums {
				if t.in.Type == tensor.Uint8 {
					s += int32(t.elements()) * (128 - t.c.zeroFilter)
				}
				start[j] -= t.c.zeroIn * s
			}
			var gemm *q.Gemm
			var ok bool
			if t.in.Type == tensor.Int8 {
				gemm, ok = q.NewGemm[int8, int8](p, &t.win, n.Host.Threads(), start, c, g*outC, limit)
			} else {
				gemm, ok = q.NewGemm[uint8, uint8](p, &t.win, n.Host.Threads(), start, c, g*outC, limit)
			}
			if !ok {
				return false
			}
			t.gemms = append(t.gemms, gemm)
		}
		return true
	}
	if t.fused = build(&t.columns); !t.fused {
		build(nil)
	}
	return true, nil
}

// elements is the number of elements of a window.
func (t *convTiles[T]) elements() int { return t.convLayer.width }

// reach returns how far from 0 products of words with the weights of each output can add up.
func (t *convTiles[T]) reach(weights []int8) []int64 {
	reach := make([]int64, t.outC)
	if t.order != "" { // the outputs of a single channel stand last
		for ; len(weights) > 0; weights = weights[t.outC:] {
			for j, w := range weights[:t.outC] {
				v := int64(w)
				reach[j] += max(v, -v) << 15
			}
		}
		return reach
	}
	for j := range reach {
		size := t.elements()
		reach[j] = q.Magnitude(weights[j*size:(j+1)*size]) << 15
	}
	return reach
}

// wordGemms makes the products of words ready; false where their sums could leave 32 bits although those of the reference have 64, or
// where there is no rounding for them.
func (t *convTiles[T]) wordGemms(packed []*q.PackedBytes, reach []int64) bool {
	start := make([]int32, t.outC)
	if b := t.n.Input(2); b != nil && b.Type == tensor.Int32 {
		copy(start, tensor.Data[int32](b))
	}
	if t.c.wide {
		for j, r := range reach {
			if b := t.n.Input(2); b != nil {
				v := tensor.Data[int64](b)[j]
				if v < math.MinInt32 || v > math.MaxInt32 {
					return false
				}
				start[j] = int32(v)
				r += max(v, -v)
			}
			if r > math.MaxInt32 {
				return false
			}
		}
		var ok bool
		if t.once, ok = q.NewOnce(&t.columns); !ok {
			return false
		}
	}
	size := t.outC / t.groups
	for g, p := range packed {
		gemm, _ := q.NewGemm[int16, int8](p, &t.win, t.n.Host.Threads(), slices.Repeat(start[g*size:(g+1)*size], t.fold), nil, 0, 0)
		t.gemms = append(t.gemms, gemm)
	}
	return true
}

// packFilter packs the weights of each group.
func packFilter[T int8 | uint8 | int16, W int8 | uint8](t *convTiles[T], kernel *q.GemmKernel, w []W, none W) []*q.PackedBytes {
	if t.order != "" { // the outputs of a single channel stand last
		w = turned(w, t.outC)
	}
	if t.fold > 1 {
		w = folded(t, w, none)
	}
	size := len(w) / t.groups
	p := make([]*q.PackedBytes, t.groups)
	for g := range p {
		p[g] = packRows(kernel, w[g*size:(g+1)*size], t.outC/t.groups*t.fold, &t.win)
	}
	return p
}

// turned transposes rows of n elements.
func turned[T int8 | uint8](w []T, n int) []T {
	to, rows := make([]T, len(w)), len(w)/n
	for i, v := range w {
		to[i%n*rows+i/n] = v
	}
	return to
}

// memory asks for scratch and decides how to divide the work.
func (t *convTiles[T]) memory(kernel *q.GemmKernel) (err error) {
	n, outC, threads := t.n, t.outC/t.groups, t.n.Host.Threads()
	if t.padded || t.flips {
		size := t.width * t.channels
		if t.padded {
			size = t.paddedLines(t.strip)*t.line + kernel.KR
		}
		if t.scratch, err = n.Scratch(t.in.Type, threads, size); err != nil {
			return err
		}
	}
	if !t.fused {
		if t.sums, err = n.Scratch(tensor.Int32, threads, t.width, outC); err != nil {
			return err
		}
	}
	if t.in.Type == tensor.Uint8 && t.c.zeroFilter != 128 {
		if t.terms, err = n.Scratch(tensor.Int32, threads, t.width); err != nil {
			return err
		}
	}
	work := int64(t.positions) * int64(t.in.Shape[0]) * int64(outC) * int64(t.convLayer.width*t.groups) / tileSpeed
	t.chunks = n.Chunks(t.units, work)
	return nil
}

// chunk evaluates some strips.
func (t *convTiles[T]) chunk(thread, chunk int) {
	x, dst := tensor.Data[T](t.in), tensor.Data[T](t.out)
	first, last := Span(t.units, t.chunks, chunk)
	for u := first; u < last; u++ {
		if t.n.Host.Err() != nil {
			return
		}
		if t.flat {
			at := u * t.width
			count := min(t.width, t.positions*t.in.Shape[0]-at)
			from := x[at*t.channels:][:count*t.channels]
			if t.flips {
				flipped := t.copies(thread)[:len(from)]
				flip(flipped, from)
				from = flipped
			}
			t.rows(thread, from, t.channels, dst[at*t.outC:], count)
			continue
		}
		image, line := u/t.strips, u%t.strips*t.strip
		t.lineRows(thread, x[image*t.inputs*t.channels:(image+1)*t.inputs*t.channels],
			dst[image*t.positions*t.outC:(image+1)*t.positions*t.outC], line, min(t.strip, t.lines-line))
	}
}

// lineRows evaluates count lines of outputs of an image.
func (t *convTiles[T]) lineRows(thread int, x, dst []T, first, count int) {
	at := first * t.grid.Rows.Stride * t.line
	if t.padded {
		strip, lines := t.copies(thread), t.paddedLines(count)
		move.Padded(strip, x, &t.grid, t.channels, t.grid.Rows.Start(first), lines, t.paddedWidth(), T(t.c.zeroIn))
		if t.flips {
			filled := strip[:lines*t.line]
			flip(filled, filled)
		}
		x, at = strip, 0
	}
	for i := range count {
		t.rows(thread, x[at:], t.grid.Columns.Stride*t.channels*t.fold, dst[(first+i)*t.width*t.outC:], t.width/t.fold)
		at += t.grid.Rows.Stride * t.line
	}
}

// copies is the scratch memory of a thread.
func (t *convTiles[T]) copies(thread int) []T {
	all := tensor.Data[T](t.scratch)
	size := len(all) / t.n.Host.Threads()
	return all[thread*size : (thread+1)*size]
}

// flip copies elements, bytes, with their top bits flipped.
func flip[T int8 | uint8 | int16](dst, x []T) {
	q.Flip(unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(dst))), len(dst)), unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(x))), len(x)))
}

// rows evaluates count outputs, whose windows are step elements apart.
func (t *convTiles[T]) rows(thread int, x []T, step int, dst []T, count int) {
	outC, ldd := t.outC/t.groups*t.fold, t.outC*t.fold
	var terms []int32
	if t.terms != nil {
		terms = tensor.Data[int32](t.terms)[thread*t.width:][:count]
	}
	for g, gemm := range t.gemms {
		xg, dg := x[g*t.depth:], dst[g*outC:]
		if terms != nil {
			q.WindowSums(terms, unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(xg))), len(xg)), step, &t.win, 128-t.c.zeroFilter)
		}
		if t.fused {
			q.Multiply(gemm, thread, dg, ldd, xg, step, count, terms)
			continue
		}
		sums := tensor.Data[int32](t.sums)[thread*t.width*(t.outC/t.groups):][:count*outC]
		q.Multiply(gemm, thread, sums, outC, xg, step, count, terms)
		if t.once != nil {
			t.once.Rows(unsafe.Slice((*int16)(unsafe.Pointer(unsafe.SliceData(dg))), len(dg)), ldd, sums, count, g*outC, outC)
			continue
		}
		q.RequantizeChannels(dg, ldd, sums, count, g*outC, outC, &t.columns)
	}
}
