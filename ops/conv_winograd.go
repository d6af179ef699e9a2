package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/tensor"
)

// winogradConv is a convolution of 3x3 taps by Winograd's transforms: tiles of 4x4 outputs, whose patches of inputs become rows of 36
// matrices, the planes. A unit of work is a few rows of tiles; some tiles at a time are transformed, multiplied and transformed back,
// so that what is between stays in the second-level cache.
type winogradConv struct {
	*convLayer
	n           *Node
	in, out     *tensor.Tensor
	panels      []float32 // of one plane after the other
	size        int       // of those of one
	bias        *form[float32]
	lo, hi      float32
	tileRows    int // of an image
	tileColumns int
	unitRows    int // rows of tiles in a unit
	units       int // of an image
	tiles       int // at a time
	scratch     *tensor.Tensor
	gemms       []f32.Gemm
	chunks      int
	b           []float32
}

const (
	// winogradElements is how many elements of planes, before and after the products, should fit the second-level cache beside the weights.
	winogradElements = 1 << 17
	// winogradGap is between planes, so that they do not begin in the same set of the first-level cache.
	winogradGap = 16
	// winogradLine is how many tiles lines of products have at most.
	winogradLine = 112
)

// winogradPays reports whether the layer is one for Winograd's convolution, by an estimate of cycles for each way.
func (l *convLayer) winogradPays() bool {
	g := &l.grid
	threes := func(columns, out int) bool { return columns == 3 && out > 0 }
	if l.groups != 1 || l.order != "" || !g.Depth.Trivial() || !threes(g.Rows.Kernel, g.Rows.Out) || !threes(g.Columns.Kernel, g.Columns.Out) ||
		g.Rows.Stride != 1 || g.Columns.Stride != 1 || g.Rows.Dilation != 1 || g.Columns.Dilation != 1 || !f32.HasWinograd(l.channels, l.outC) {
		return false
	}
	if l.channels%8 != 0 || l.outC%8 != 0 {
		return false // for 10 channels nothing was gained
	}
	// What the weights grow by should be no more than what layers have anyway, and for small ones.
	const small = 1 << 18
	if weights := f32.WinogradPlanes * l.channels * l.outC; weights > max(small, l.inputs*l.channels+l.positions*l.outC) {
		return false
	}
	vectors := func(n int) float64 { return float64((n + 15) / 16) }
	tiles := float64((g.Rows.Out + f32.WinogradTile - 1) / f32.WinogradTile * ((g.Columns.Out + f32.WinogradTile - 1) / f32.WinogradTile))
	product := vectors(l.outC) * float64(l.channels)
	const (
		perTap       = 0.65 // of a vector of products, as both ways reach it
		perTransform = 110  // of a vector of channels or outputs
		perWeight    = 2    // of a vector of weights that the cache of the second level does not hold
	)
	direct := float64(g.Rows.Out*g.Columns.Out)*9*product*perTap + 9*product*perWeight
	tiled := tiles*(f32.WinogradPlanes*product*perTap+(vectors(l.channels)+vectors(l.outC))*perTransform) + f32.WinogradPlanes*product*perWeight
	return tiled < 0.8*direct
}

// evalWinograd returns the evaluation by Winograd's transforms, for a layer that pays, with a constant filter.
func (l *convLayer) evalWinograd(n *Node, in, out *tensor.Tensor, bias *form[float32], lo, hi float32) (Eval, error) {
	const tile = f32.WinogradTile
	w := &winogradConv{convLayer: l, n: n, in: in, out: out, bias: bias, lo: lo, hi: hi, size: f32.PanelElements(l.outC, l.channels)}
	w.tileRows, w.tileColumns = (l.grid.Rows.Out+tile-1)/tile, (l.grid.Columns.Out+tile-1)/tile
	rows, _ := f32.GemmUnit(1 << 15) // of a tile of the product
	w.tiles = max(1, min(winogradElements/(f32.WinogradPlanes*(l.channels+l.outC)), winogradLine)/rows) * rows
	w.tiles = min(w.tiles, w.tileRows*w.tileColumns)
	w.unitRows = max(1, w.tiles/w.tileColumns)
	w.units = (w.tileRows + w.unitRows - 1) / w.unitRows
	if w.unitRows == 1 { // tiles at a time of nearly the same number
		w.tiles = min(w.tiles, w.tileColumns)
		times := (w.tileColumns + w.tiles - 1) / w.tiles
		w.tiles = (w.tileColumns + times - 1) / times
	}
	w.tiles = min(w.tiles, w.unitRows*w.tileColumns)
	if err := w.pack(); err != nil {
		return nil, err
	}
	n.Spare(1)
	threads := n.Host.Threads()
	var err error
	if w.scratch, err = n.Scratch(tensor.Float32, threads, w.memory()); err != nil {
		return nil, err
	}
	w.gemms = make([]f32.Gemm, threads)
	noLo, noHi, err := activationRange(0)
	if err != nil {
		return nil, err
	}
	for i := range w.gemms {
		w.gemms[i] = f32.Gemm{Ldd: l.outC, Ldx: l.channels, Runs: f32.OneRun, Run: l.channels, N: l.outC, Lo: noLo, Hi: noHi}
	}
	units := in.Shape[0] * w.units
	w.chunks = n.Chunks(units, floatWork(in.Shape[0]*l.positions, l.outC, l.width)/2)
	n.posts = n.post != nil
	run := w.chunk
	return func() error {
		w.b = bias.values()
		fork(n, w.chunks, run)
		return n.Host.Err()
	}, nil
}

// pack transforms the filter and packs its planes.
func (w *winogradConv) pack() error {
	t, outC, channels := w.n.Input(1), w.outC, w.channels
	if err := w.n.Claim(int64(w.size)*f32.WinogradPlanes, 4); err != nil {
		return err
	}
	w.panels = PackOnce(w.n, 1, "planes of 3x3 taps", func() []float32 {
		var filter []float32
		if t.Type == tensor.Float16 {
			filter = make([]float32, t.Elements())
			convert.FromFloat16(filter, tensor.Data[uint16](t))
		} else {
			filter = tensor.Data[float32](t)
		}
		dst := tensor.Zeros[float32](w.size * f32.WinogradPlanes)
		// In a panel, what belongs to a tap lies side by side.
		_, columns := f32.GemmUnit(channels)
		panel, scratch := make([]float32, f32.PanelElements(min(columns, outC), 9*channels)), make([]float32, f32.WinogradScratch)
		for first := 0; first < outC; first += columns {
			count := min(columns, outC-first)
			elements := f32.PanelElements(count, channels)
			f32.Pack(panel, filter[first*9*channels:(first+count)*9*channels], count, 9*channels)
			f32.WinogradWeights(dst[first*channels:], w.size, panel, elements, scratch)
		}
		return dst
	})
	return nil
}

// parts are the lengths of what scratch memory holds for a thread: the planes before and after the products, a patch or tile that
// leaves the image, and what transforms need.
func (w *winogradConv) parts() (before, after, edge int) {
	return w.tiles*w.channels + winogradGap, w.tiles*w.outC + winogradGap, f32.WinogradPlanes * max(w.channels, w.outC)
}

func (w *winogradConv) memory() int {
	before, after, edge := w.parts()
	return f32.WinogradPlanes*(before+after) + edge + f32.WinogradScratch
}

// chunk computes some units.
func (w *winogradConv) chunk(thread, chunk int) {
	x, y := tensor.Data[float32](w.in), tensor.Data[float32](w.out)
	size := w.memory()
	scratch := tensor.Data[float32](w.scratch)[thread*size:][:size]
	first, last := Span(w.in.Shape[0]*w.units, w.chunks, chunk)
	for u := first; u < last; u++ {
		image, row := u/w.units, u%w.units*w.unitRows
		rows := min(w.unitRows, w.tileRows-row)
		from, to := x[image*w.inputs*w.channels:][:w.inputs*w.channels], y[image*w.positions*w.outC:][:w.positions*w.outC]
		for t, end := row*w.tileColumns, (row+rows)*w.tileColumns; t < end; t += w.tiles {
			if w.n.Host.Err() != nil {
				return
			}
			w.some(&w.gemms[thread], to, from, scratch, t, min(w.tiles, end-t))
		}
		if post := w.n.post; post != nil {
			line := w.grid.Columns.Out * w.outC
			lines := w.grid.Rows.Out
			at := image * lines
			post(thread, (at+row*f32.WinogradTile)*line, (at+min((row+rows)*f32.WinogradTile, lines))*line)
		}
	}
}

// some computes a number of tiles of an image, in order of rows, from first on.
func (w *winogradConv) some(g *f32.Gemm, dst, x, scratch []float32, first, count int) {
	plane, planeOut, edge := w.parts()
	before, rest := scratch[:f32.WinogradPlanes*plane], scratch[f32.WinogradPlanes*plane:]
	after, rest := rest[:f32.WinogradPlanes*planeOut], rest[f32.WinogradPlanes*planeOut:]
	part, rest := rest[:edge], rest[edge:]
	for i := range count {
		w.patch(before[i*w.channels:], plane, x, part, rest, (first+i)/w.tileColumns, (first+i)%w.tileColumns)
	}
	for p := range f32.WinogradPlanes {
		g.X, g.Dst, g.Panels = before[p*plane:], after[p*planeOut:], w.panels[p*w.size:(p+1)*w.size]
		g.Do(0, count, 0, w.outC)
	}
	for i := range count {
		w.tile(dst, after[i*w.outC:], planeOut, part, rest, (first+i)/w.tileColumns, (first+i)%w.tileColumns)
	}
}

// patch transforms the inputs of a tile.
func (w *winogradConv) patch(dst []float32, plane int, x, part, scratch []float32, ty, tx int) {
	rows, columns, channels := &w.grid.Rows, &w.grid.Columns, w.channels
	y0, x0 := rows.Start(ty*f32.WinogradTile), columns.Start(tx*f32.WinogradTile)
	line := columns.In * channels
	if y0 >= 0 && x0 >= 0 && y0+f32.WinogradPatch <= rows.In && x0+f32.WinogradPatch <= columns.In {
		f32.WinogradInput(dst, plane, x[y0*line+x0*channels:], line, channels, channels, scratch)
		return
	}
	const side = f32.WinogradPatch
	lo, hi := min(max(-x0, 0), side), min(max(columns.In-x0, 0), side)
	for y := range side {
		to := part[y*side*channels : (y+1)*side*channels]
		if y0+y < 0 || y0+y >= rows.In || lo >= hi {
			clear(to)
			continue
		}
		clear(to[:lo*channels])
		copy(to[lo*channels:hi*channels], x[(y0+y)*line+(x0+lo)*channels:])
		clear(to[hi*channels:])
	}
	f32.WinogradInput(dst, plane, part, side*channels, channels, channels, scratch)
}

// tile makes the outputs of a tile of its planes.
func (w *winogradConv) tile(dst, m []float32, plane int, part, scratch []float32, ty, tx int) {
	const side = f32.WinogradTile
	rows, columns, outC := w.grid.Rows.Out, w.grid.Columns.Out, w.outC
	y0, x0 := ty*side, tx*side
	line := columns * outC
	to := dst[y0*line+x0*outC:]
	if y0+side <= rows && x0+side <= columns {
		f32.WinogradOutput(to, line, outC, m, plane, outC, w.b, w.lo, w.hi, scratch)
		return
	}
	f32.WinogradOutput(part, side*outC, outC, m, plane, outC, w.b, w.lo, w.hi, scratch)
	width := min(side, columns-x0) * outC
	for y := range min(side, rows-y0) {
		copy(to[y*line:y*line+width], part[y*side*outC:])
	}
}
