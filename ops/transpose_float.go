package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/tensor"
)

// transposePanels are the weights of a transposed convolution packed for products of matrices: one after the other those of
// each row of the kernel, as a matrix of its taps and output channels by input channels.
type transposePanels struct {
	all  []float32
	each int // elements of a kernel row
}

// panels packs a constant filter in input 1, taps first or else output channels first; nil where there are no kernels for it.
func (l *transposeLayer) panels(n *Node, weights *form[float32], tapsFirst bool) (*transposePanels, error) {
	const least = 2 // columns that a product of matrices is worth
	columns := l.perPosition()
	each := f32.PanelElements(columns, l.channels)
	if !n.IsConst(1) || columns < least || each == 0 {
		return nil, nil
	}
	rows := l.grid.Depth.Kernel * l.grid.Rows.Kernel
	p, err := formOf(n, 1, "transposed panels", tensor.Float32, rows*each, func(dst []float32) {
		w := weights.values()
		size := columns * l.channels
		var row []float32
		if !tapsFirst {
			row = make([]float32, size)
		}
		for r := range rows {
			if tapsFirst {
				row = w[r*size:][:size]
			} else {
				for j := range columns {
					tap, o := r*l.grid.Columns.Kernel+j/l.outC, j%l.outC
					copy(row[j*l.channels:][:l.channels], w[(o*l.grid.Taps()+tap)*l.channels:])
				}
			}
			f32.Pack(dst[r*each:][:each], row, columns, l.channels)
		}
	})
	if err != nil {
		return nil, err
	}
	return &transposePanels{p.ready, each}, nil
}

// apart reports whether every output is one tap of one input, so that rows of products are rows of outputs.
func (l *transposeLayer) apart() bool {
	rows, columns := &l.grid.Rows, &l.grid.Columns
	return l.grid.Depth.Trivial() &&
		rows.Stride == rows.Kernel && rows.Before == 0 && rows.Dilation == 1 && rows.In == rows.Out*rows.Stride &&
		columns.Stride == columns.Kernel && columns.Before == 0 && columns.Dilation == 1 && columns.In == columns.Out*columns.Stride
}

// evalPanels returns the evaluation in FLOAT32 with packed weights.
func (l *transposeLayer) evalPanels(n *Node, in, out *tensor.Tensor, panels *transposePanels, bias *form[float32], lo, hi float32) (Eval, error) {
	threads := n.Host.Threads()
	columns := l.perPosition()
	l.tile = max(1, min(max(tileBytes/(columns*4), 8), l.grid.Columns.Out))
	products, err := n.Scratch(tensor.Float32, threads, l.tile, columns)
	if err != nil {
		return nil, err
	}
	repeated, err := n.Scratch(tensor.Float32, columns) // the bias of each tap of a row
	if err != nil {
		return nil, err
	}
	gemms := make([]f32.Gemm, threads)
	var x, dst, b []float32
	chunks := 1
	run := func(thread, chunk int) {
		r := transposeRun{l, &gemms[thread], panels, tensor.Data[float32](products)[thread*l.tile*columns:][:l.tile*columns], b, lo, hi}
		lines := l.grid.Depth.In * l.grid.Rows.In
		line := l.grid.Columns.In * l.outC
		first, last := Span(len(dst)/line, chunks, chunk)
		for i := first; i < last && n.Host.Err() == nil; i++ {
			image := x[i/lines*l.grid.Outputs()*l.channels:][:l.grid.Outputs()*l.channels]
			z, y := i%lines/l.grid.Rows.In, i%l.grid.Rows.In
			if l.apart() {
				r.whole(dst[i*line:][:line], image, y, tensor.Data[float32](repeated))
			} else {
				r.sum(dst[i*line:][:line], image, z, y)
			}
		}
	}
	return func() error {
		if ok, err := l.prepare(out); !ok {
			return err
		}
		x, dst, b = tensor.Data[float32](in), tensor.Data[float32](out), bias.values()
		to := tensor.Data[float32](repeated)
		clear(to)
		for ; b != nil && len(to) > 0; to = to[l.outC:] {
			copy(to, b)
		}
		line := l.grid.Columns.In * l.outC
		work := int64(len(x)) * int64(l.grid.Taps()) * int64(l.outC) / 20
		chunks = n.Chunks(len(dst)/line, work)
		n.Host.Fork(chunks, run)
		return n.Host.Err()
	}, nil
}

// transposeRun computes rows of outputs in one thread.
type transposeRun struct {
	*transposeLayer
	gemm     *f32.Gemm
	panels   *transposePanels
	products []float32
	bias     []float32
	lo, hi   float32
}

// multiply sets the product of a row of count inputs with a row of the kernel.
func (r *transposeRun) multiply(dst, x []float32, count, kernelRow int, bias []float32, lo, hi float32) {
	columns := r.perPosition()
	*r.gemm = f32.Gemm{
		Dst: dst[:count*columns], Ldd: columns, X: x[:count*r.channels], Ldx: r.channels, Runs: f32.OneRun, Run: r.channels,
		Panels: r.panels.all[kernelRow*r.panels.each:][:r.panels.each], N: columns, Bias: bias, Lo: lo, Hi: hi,
	}
	r.gemm.Do(0, count, 0, columns)
}

// whole computes an output row that is one row of products.
func (r *transposeRun) whole(dst, image []float32, y int, bias []float32) {
	rows := &r.grid.Rows
	x := image[y/rows.Stride*r.grid.Columns.Out*r.channels:]
	r.multiply(dst, x, r.grid.Columns.Out, y%rows.Stride, bias, r.lo, r.hi)
}

// sum adds up an output row from all that contributes to it.
func (r *transposeRun) sum(acc, image []float32, z, y int) {
	g := &r.grid
	inf := float32(math.Inf(1))
	if r.bias == nil {
		clear(acc)
	} else {
		for i := 0; i < len(acc); i += r.outC {
			copy(acc[i:], r.bias)
		}
	}
	zlo, zhi := g.Depth.Sources(z)
	ylo, yhi := g.Rows.Sources(y)
	for iz := zlo; iz < zhi; iz++ {
		dz := z - g.Depth.Start(iz)
		for iy := ylo; iy < yhi; iy++ {
			dy := y - g.Rows.Start(iy)
			if dz%g.Depth.Dilation != 0 || dy%g.Rows.Dilation != 0 {
				continue
			}
			x := image[(iz*g.Rows.Out+iy)*g.Columns.Out*r.channels:]
			for first := 0; first < g.Columns.Out; first += r.tile {
				count := min(r.tile, g.Columns.Out-first)
				r.multiply(r.products, x[first*r.channels:], count, dz/g.Depth.Dilation*g.Rows.Kernel+dy/g.Rows.Dilation, nil, -inf, inf)
				f32.AddTaps(acc, r.products, &g.Columns, r.outC, first, count)
			}
		}
	}
	f32.Clamp(acc, acc, r.lo, r.hi)
}
