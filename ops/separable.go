// SEPARABLE: a DEPTHWISE_CONV_2D with one output for each channel and the CONV_2D of 1x1 behind it, a band of rows at a time, so that
// what the first computes for the second stays in the cache.
//
//	x, filter and bias of the first, filter and bias of the second, y; biases may be absent
//	FLOAT32, filters and biases FLOAT16 too
//
// This operator is fused: a rewrite puts it in place of two nodes. No registry holds it, so no file can ask for it.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Separable is the fused operator SEPARABLE, with *SeparableOptions.
var Separable = &Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "SEPARABLE",
	Inputs: Exactly(5), Outputs: Exactly(1), Optional: []int{2, 4},
	Types:   "FLOAT32 (filters FLOAT32, FLOAT16)",
	Prepare: prepareSeparable,
}

// SeparableOptions are the options of Separable.
type SeparableOptions struct {
	Depthwise *tflite.DepthwiseConv2DOptionsT
	Pointwise *tflite.Conv2DOptionsT
	Padding   *Padding // around x, as in Node
}

// Separates reports whether there are kernels for Separable here.
func Separates() bool { return f32.PanelElements(1, 1) > 0 }

func prepareSeparable(n *Node) (Eval, error) {
	opts, err := options[SeparableOptions](n)
	if err != nil {
		return nil, err
	}
	if opts.Depthwise == nil || opts.Pointwise == nil {
		return nil, invalidf("no options")
	}
	in, out := n.Input(0), n.Output(0)
	first := &Node{Inputs: n.Inputs[:3], Outputs: n.Outputs, Padding: opts.Padding, Host: n.Host}
	second := &Node{Inputs: []*tensor.Tensor{in, n.Input(3), n.Input(4)}, Outputs: n.Outputs, Host: n.Host}
	deep, flat := first.Input(1), second.Input(1)
	if in.Type != tensor.Float32 || out.Type != tensor.Float32 || !deep.Type.Float() || !flat.Type.Float() || !second.IsConst(1) {
		return nil, unsupportedTypes(n)
	}
	if len(in.Shape) != 4 || len(deep.Shape) != 4 || len(flat.Shape) != 4 {
		return nil, unsupportedf("shapes %v, %v and %v", in.Shape, deep.Shape, flat.Shape)
	}
	channels, outC := in.Shape[3], flat.Shape[0]
	if deep.Shape[0] != 1 || deep.Shape[3] != channels || flat.Shape[1] != 1 || flat.Shape[2] != 1 || flat.Shape[3] != channels || channels == 0 || outC == 0 {
		return nil, unsupportedf("filters %v and %v for %d channels", deep.Shape, flat.Shape, channels)
	}
	o := opts.Depthwise
	rows, columns, err := first.axes(o.Padding, deep.Shape[1], deep.Shape[2], o.StrideH, o.StrideW, o.DilationHFactor, o.DilationWFactor)
	if err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, tensor.Shape{in.Shape[0], rows.Out, columns.Out, outC}); err != nil {
		return nil, err
	}
	if out.Elements() == 0 || f32.PanelElements(outC, channels) == 0 {
		return nil, unsupportedf("shape %v", out.Shape)
	}
	s := &separable{Node: n, in: in, out: out, channels: channels, outC: outC, grid: window.NewGrid(rows, columns)}
	if s.lo, s.hi, err = activationRange(o.FusedActivationFunction); err != nil {
		return nil, err
	}
	if err := checkBias(first, 2, channels, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	if err := checkBias(second, 2, outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	if s.weights, err = floatForm(first, 1); err != nil {
		return nil, err
	}
	if s.bias, err = floatForm(first, 2); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(opts.Pointwise.FusedActivationFunction)
	if err != nil {
		return nil, err
	}
	if s.flatBias, err = floatForm(second, 2); err != nil {
		return nil, err
	}
	point := window.Axis{In: 1, Out: 1, Kernel: 1, Stride: 1, Dilation: 1}
	layer := newConvLayer(window.NewGrid(point, point), channels, outC, 1)
	panels, err := layer.panels(second, func() (*form[float32], error) { return floatForm(second, 1) })
	if err != nil {
		return nil, err
	}
	return s.eval(panels, lo, hi)
}

// separable is a prepared SEPARABLE.
type separable struct {
	*Node
	in, out                 *tensor.Tensor
	channels, outC          int
	grid                    window.Grid // of the first convolution
	lo, hi                  float32     // of its results
	weights, bias, flatBias *form[float32]
}

func (s *separable) eval(panels []float32, lo, hi float32) (Eval, error) {
	rows, columns := &s.grid.Rows, &s.grid.Columns
	line := columns.Out * s.channels
	lines := max(1, min(bandElements/line, rows.Out))
	bands := (rows.Out + lines - 1) / lines
	lines = (rows.Out + bands - 1) / bands // of nearly the same size
	threads := s.Host.Threads()
	scratch, err := s.Scratch(tensor.Float32, threads, lines*line)
	if err != nil {
		return nil, err
	}
	gemms := make([]f32.Gemm, threads)
	for i := range gemms {
		gemms[i] = f32.Gemm{
			Ldd: s.outC, Ldx: s.channels, Runs: f32.OneRun, Run: s.channels, Panels: panels, N: s.outC, Lo: lo, Hi: hi,
		}
	}
	unit, _ := f32.GemmUnit(s.channels)
	units := s.in.Shape[0] * bands
	positions := s.grid.Outputs()
	chunks := s.Chunks(units, floatWork(s.in.Shape[0]*positions, s.outC, s.channels)+floatWork(s.in.Shape[0]*positions, s.channels, s.grid.Taps()))
	post := s.post
	s.posts = post != nil
	var w, b, flat []float32
	run := func(thread, chunk int) {
		x, y := tensor.Data[float32](s.in), tensor.Data[float32](s.out)
		band := tensor.Data[float32](scratch)[thread*lines*line:][:lines*line]
		g := &gemms[thread]
		g.X, g.Bias = band, flat
		for u, last := Span(units, chunks, chunk); u < last; u++ {
			if s.Host.Err() != nil {
				return
			}
			image, row := u/bands, u%bands*lines
			count := min(lines, rows.Out-row)
			// The grid as rows of the output from row on see the image.
			grid := s.grid
			grid.Rows.Before -= row * rows.Stride
			f32.Depthwise(band, x[image*s.grid.Inputs()*s.channels:], w, &grid, s.channels, 1, 0, count, b, s.lo, s.hi)
			at := (image*rows.Out + row) * columns.Out // positions
			g.Dst = y[at*s.outC:]
			for p, count := 0, count*columns.Out; p < count; p += unit {
				n := min(unit, count-p)
				g.Do(p, n, 0, s.outC)
				if post != nil {
					post(thread, (at+p)*s.outC, (at+p+n)*s.outC)
				}
			}
		}
	}
	return func() error {
		w, b, flat = s.weights.values(), s.bias.values(), s.flatBias.values()
		fork(s.Node, chunks, run)
		return s.Host.Err()
	}, nil
}
