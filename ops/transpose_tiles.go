package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/tensor"
)

// transposeLayer is the geometry of a transposed convolution: the convolution that would lead from its output to its input,
// so that the grid counts outputs as In and inputs as Out.
//
// It is computed one output row at a time. Each pair of an input row and a kernel row that meets the output row is a product
// of the input row's positions with that kernel row's weights; the products are then added where their taps point.
type transposeLayer struct {
	grid              window.Grid
	channels, outC    int
	tile              int            // input positions taken at a time
	outputs, products *tensor.Tensor // scratch: sums of an output row, products of a tile
	resize            func() error   // in Eval, works out grid and output shape where they were not known in Prepare
}

// scratch asks for memory for sums of type t. Where the output shape is not known yet, grid holds the largest there can be.
func (l *transposeLayer) scratch(n *Node, t tensor.Type) (err error) {
	row := l.perPosition()
	l.tile = int(max(1, min(max(tileBytes/(int64(row)*int64(t.Size())), 8), int64(l.grid.Columns.Out))))
	if l.products, err = n.Scratch(t, l.tile, row); err != nil {
		return err
	}
	l.outputs, err = n.Scratch(t, l.grid.Columns.In, l.outC)
	return err
}

// perPosition returns the number of products of one input position with a kernel row.
func (l *transposeLayer) perPosition() int { return l.grid.Columns.Kernel * l.outC }

// prepare is called at the start of each evaluation. It reports whether there is anything to compute.
func (l *transposeLayer) prepare(out *tensor.Tensor) (bool, error) {
	if l.resize != nil {
		if err := l.resize(); err != nil {
			return false, err
		}
	}
	return out.Elements() > 0, nil
}

// transposeRow adds to acc, an output row, all that the image contributes to it. multiply is Products of the element types;
// weights are [taps][outC][channels] and base, where there is one, has an element for each of their rows.
func transposeRow[X, W any, A int32 | int64 | float32](l *transposeLayer, acc, products []A, image []X, w []W, base []A, z, y int,
	multiply func(dst []A, x []X, ldx, rows int, w []W, n, k int, base []A)) {
	g := &l.grid
	n := l.perPosition()
	zlo, zhi := g.Depth.Sources(z)
	ylo, yhi := g.Rows.Sources(y)
	for iz := zlo; iz < zhi; iz++ {
		dz := z - g.Depth.Start(iz)
		for iy := ylo; iy < yhi; iy++ {
			dy := y - g.Rows.Start(iy)
			if dz%g.Depth.Dilation != 0 || dy%g.Rows.Dilation != 0 {
				continue
			}
			tap := (dz/g.Depth.Dilation*g.Rows.Kernel + dy/g.Rows.Dilation) * g.Columns.Kernel
			from := base
			if base != nil {
				from = base[tap*l.outC:]
			}
			x := image[(iz*g.Rows.Out+iy)*g.Columns.Out*l.channels:]
			for first := 0; first < g.Columns.Out; first += l.tile {
				count := min(l.tile, g.Columns.Out-first)
				multiply(products, x[first*l.channels:], l.channels, count, w[tap*l.outC*l.channels:], n, l.channels, from)
				move.AddTaps(acc, products, &g.Columns, l.outC, first, count)
			}
		}
	}
}

// evalFloat returns the evaluation in FLOAT32. The weights, input 1, have their taps first or else their output channels.
func (l *transposeLayer) evalFloat(n *Node, in, out *tensor.Tensor, weights *form[float32], ready bool, bias *form[float32], lo, hi float32) (Eval, error) {
	if panels, err := l.panels(n, weights, ready); err != nil || panels != nil {
		if err != nil {
			return nil, err
		}
		return l.evalPanels(n, in, out, panels, bias, lo, hi)
	}
	if !ready {
		var err error
		if weights, err = tapsFirst(n, 1, weights, tensor.Float32, l.outC, l.grid.Taps(), l.channels); err != nil {
			return nil, err
		}
	}
	if err := l.scratch(n, tensor.Float32); err != nil {
		return nil, err
	}
	inf := float32(math.Inf(1))
	multiply := func(dst, x []float32, ldx, rows int, w []float32, n, k int, _ []float32) {
		f32.Products(dst, n, x, ldx, rows, w, n, k, nil, -inf, inf)
	}
	return func() error {
		if ok, err := l.prepare(out); !ok {
			return err
		}
		x, dst := tensor.Data[float32](in), tensor.Data[float32](out)
		w, b, products := weights.values(), bias.values(), tensor.Data[float32](l.products)
		line := l.grid.Columns.In * l.outC
		for ; len(dst) > 0; x = x[l.grid.Outputs()*l.channels:] {
			for z := range l.grid.Depth.In {
				for y := range l.grid.Rows.In {
					if err := n.Host.Err(); err != nil {
						return err
					}
					acc := dst[:line]
					dst = dst[line:]
					clear(acc)
					transposeRow(l, acc, products, x, w, nil, z, y, multiply)
					f32.BiasClamp(acc, b, lo, hi)
				}
			}
		}
		return nil
	}, nil
}

// transposeEvalQuantized returns the evaluation of stored values with sums of type A. base is what each product starts from.
func transposeEvalQuantized[T int8 | uint8 | int16, W int8 | int16, A int32 | int64](l *transposeLayer, n *Node, in, out *tensor.Tensor,
	weights *form[W], base, bias *form[A], t tensor.Type, requantize func(dst []T, ldd int, acc []A, rows, from, n int, c *q.Channels), c *q.Channels) (Eval, error) {
	if err := l.scratch(n, t); err != nil {
		return nil, err
	}
	multiply := q.Products[T, W, A]
	return func() error {
		if ok, err := l.prepare(out); !ok {
			return err
		}
		x, dst := tensor.Data[T](in), tensor.Data[T](out)
		w, from, b := weights.values(), base.values(), bias.values()
		acc, products := tensor.Data[A](l.outputs), tensor.Data[A](l.products)
		line := l.grid.Columns.In * l.outC
		for ; len(dst) > 0; x = x[l.grid.Outputs()*l.channels:] {
			for z := range l.grid.Depth.In {
				for y := range l.grid.Rows.In {
					if err := n.Host.Err(); err != nil {
						return err
					}
					for i := 0; i < line; i += l.outC {
						copy(acc[i:], b)
					}
					transposeRow(l, acc, products, x, w, from, z, y, multiply)
					requantize(dst, l.outC, acc, l.grid.Columns.In, 0, l.outC, c)
					dst = dst[line:]
				}
			}
		}
		return nil
	}, nil
}

// evalHybrid returns the evaluation of FLOAT32 with INT8 weights; each image is quantized around a zero point.
func (l *transposeLayer) evalHybrid(n *Node, in, out *tensor.Tensor, weights *form[int8], bias *form[float32], scales []float32, lo, hi float32) (Eval, error) {
	if err := l.scratch(n, tensor.Int32); err != nil {
		return nil, err
	}
	image, err := newHybridImage(n, l.grid.Outputs()*l.channels, false)
	if err != nil {
		return nil, err
	}
	base, err := newHybridSource(n, 1, weights, l.grid.Taps()*l.outC, l.channels, false)
	if err != nil {
		return nil, err
	}
	multiply := q.Products[int8, int8, int32]
	return func() error {
		if ok, err := l.prepare(out); !ok {
			return err
		}
		x, dst := tensor.Data[float32](in), tensor.Data[float32](out)
		w, b := weights.values(), bias.values()
		acc, products := tensor.Data[int32](l.outputs), tensor.Data[int32](l.products)
		line := l.grid.Columns.In * l.outC
		for ; len(dst) > 0; x = x[l.grid.Outputs()*l.channels:] {
			img, scale, zero := image.quantize(x)
			from := base.of(zero)
			for z := range l.grid.Depth.In {
				for y := range l.grid.Rows.In {
					if err := n.Host.Err(); err != nil {
						return err
					}
					clear(acc[:line])
					transposeRow(l, acc, products, img, w, from, z, y, multiply)
					hybrid.ScaleRows(dst, l.outC, acc, l.grid.Columns.In, l.outC, scales, scale, b, lo, hi)
					dst = dst[line:]
				}
			}
		}
		return nil
	}, nil
}

// tapsFirst reorders a filter [outC, taps, channels] to [taps, outC, channels].
func tapsFirst[T tensor.Element](n *Node, i int, f *form[T], t tensor.Type, outC, taps, channels int) (*form[T], error) {
	return formOf(n, i, "taps first", t, outC*taps*channels, func(dst []T) {
		w := f.values()
		for o := range outC {
			for tap := range taps {
				copy(dst[(tap*outC+o)*channels:][:channels], w[(o*taps+tap)*channels:])
			}
		}
	})
}
