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
	Inputs: Between(5, 7), Outputs: Exactly(1), Optional: []int{2, 4, 6},
	Types:   "FLOAT32 (filters FLOAT32, FLOAT16)",
	Prepare: prepareSeparable,
}

// SeparableOptions are the options of Separable.
type SeparableOptions struct {
	Depthwise *tflite.DepthwiseConv2DOptionsT
	Pointwise *tflite.Conv2DOptionsT
	Padding   *Padding // around what the first reads, as in Node
	// Expand is the CONV_2D of 1x1 before the first, nil where there is none. Its filter and bias are the last inputs.
	Expand *tflite.Conv2DOptionsT
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
	wide := in // what the first convolution reads
	var expand *pointwise
	if opts.Expand != nil {
		if wide, expand, err = prepareExpansion(n, opts.Expand); err != nil {
			return nil, err
		}
	}
	first := &Node{Inputs: []*tensor.Tensor{wide, n.Input(1), n.Input(2)}, Outputs: n.Outputs, Padding: opts.Padding, Host: n.Host}
	second := &Node{Inputs: []*tensor.Tensor{in, n.Input(3), n.Input(4)}, Outputs: n.Outputs, Host: n.Host}
	deep, flat := first.Input(1), second.Input(1)
	if in.Type != tensor.Float32 || out.Type != tensor.Float32 || !deep.Type.Float() || !flat.Type.Float() || !second.IsConst(1) {
		return nil, unsupportedTypes(n)
	}
	if len(in.Shape) != 4 || len(deep.Shape) != 4 || len(flat.Shape) != 4 {
		return nil, unsupportedf("shapes %v, %v and %v", in.Shape, deep.Shape, flat.Shape)
	}
	channels, outC := wide.Shape[3], flat.Shape[0]
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
	s := &separable{Node: n, in: in, out: out, channels: channels, outC: outC, grid: window.NewGrid(rows, columns), expand: expand}
	if s.lo, s.hi, err = activationRange(o.FusedActivationFunction); err != nil {
		return nil, err
	}
	if err := checkBias(first, 2, channels, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	if s.weights, err = floatForm(first, 1); err != nil {
		return nil, err
	}
	if s.bias, err = floatForm(first, 2); err != nil {
		return nil, err
	}
	if s.flat, err = preparePointwise(second, opts.Pointwise.FusedActivationFunction); err != nil {
		return nil, err
	}
	return s.eval()
}

// pointwise is a convolution of 1x1.
type pointwise struct {
	gemm f32.Gemm // but for what it reads and writes
	bias *form[float32]
	unit int // rows to multiply at a time
}

// preparePointwise prepares the convolution whose filter and bias are inputs 1 and 2.
func preparePointwise(n *Node, act tflite.ActivationFunctionType) (*pointwise, error) {
	outC, channels := n.Input(1).Shape[0], n.Input(1).Shape[3]
	if err := checkBias(n, 2, outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(act)
	if err != nil {
		return nil, err
	}
	bias, err := floatForm(n, 2)
	if err != nil {
		return nil, err
	}
	point := window.Axis{In: 1, Out: 1, Kernel: 1, Stride: 1, Dilation: 1}
	layer := newConvLayer(window.NewGrid(point, point), channels, outC, 1)
	panels, err := layer.panels(n, func() (*form[float32], error) { return floatForm(n, 1) })
	if err != nil {
		return nil, err
	}
	unit, _ := f32.GemmUnit(channels)
	g := f32.Gemm{Ldd: outC, Ldx: channels, Runs: f32.OneRun, Run: channels, Panels: panels, N: outC, Lo: lo, Hi: hi}
	return &pointwise{g, bias, unit}, nil
}

// prepareExpansion prepares the convolution before the first and returns its output, which has no storage.
func prepareExpansion(n *Node, opts *tflite.Conv2DOptionsT) (*tensor.Tensor, *pointwise, error) {
	if len(n.Inputs) != 7 {
		return nil, nil, invalidf("got %d inputs, want 7", len(n.Inputs))
	}
	in, filter := n.Input(0), n.Input(5)
	if filter == nil {
		return nil, nil, invalidf("input 5 is absent but required")
	}
	inner := &Node{Inputs: []*tensor.Tensor{in, filter, n.Input(6)}, Outputs: n.Outputs, Host: n.Host}
	if len(in.Shape) != 4 || len(filter.Shape) != 4 || filter.Shape[1] != 1 || filter.Shape[2] != 1 || filter.Shape[3] != in.Shape[3] ||
		in.Elements() == 0 || filter.Elements() == 0 {
		return nil, nil, unsupportedf("shapes %v and %v", in.Shape, filter.Shape)
	}
	if !filter.Type.Float() || !inner.IsConst(1) || f32.PanelElements(filter.Shape[0], filter.Shape[3]) == 0 {
		return nil, nil, unsupportedTypes(n)
	}
	p, err := preparePointwise(inner, opts.FusedActivationFunction)
	shape := tensor.Shape{in.Shape[0], in.Shape[1], in.Shape[2], filter.Shape[0]}
	return &tensor.Tensor{Type: in.Type, Shape: shape}, p, err
}

// separable is a prepared SEPARABLE.
type separable struct {
	*Node
	in, out        *tensor.Tensor
	channels, outC int
	grid           window.Grid // of the first convolution
	lo, hi         float32     // of its results
	weights, bias  *form[float32]
	flat, expand   *pointwise // expand is nil where there is none
}

// wideRows are rows of what the expansion computes, one behind the other: [first, last) of an image.
type wideRows struct {
	image, first, last int
	gemm               f32.Gemm
}

func (s *separable) eval() (Eval, error) {
	rows, columns := &s.grid.Rows, &s.grid.Columns
	line := columns.Out * s.channels
	wideLine := columns.In * s.channels
	span := (rows.Kernel-1)*rows.Dilation + 1
	lines := max(1, min(bandElements/line, rows.Out))
	if s.expand != nil {
		lines = max(1, min((expandedElements-(span-rows.Stride)*wideLine)/(line+rows.Stride*wideLine), rows.Out))
	}
	bands := (rows.Out + lines - 1) / lines
	lines = (rows.Out + bands - 1) / bands // of nearly the same size
	threads := s.Host.Threads()
	scratch, err := s.Scratch(tensor.Float32, threads, lines*line)
	if err != nil {
		return nil, err
	}
	kept := min((lines-1)*rows.Stride+span, rows.In)
	wides := make([]wideRows, threads)
	var wide *tensor.Tensor
	if s.expand != nil {
		if wide, err = s.Scratch(tensor.Float32, threads, kept*wideLine); err != nil {
			return nil, err
		}
		for i := range wides {
			wides[i].gemm = s.expand.gemm
		}
	}
	gemms := make([]f32.Gemm, threads)
	for i := range gemms {
		gemms[i] = s.flat.gemm
	}
	unit := s.flat.unit
	units := s.in.Shape[0] * bands
	positions := s.in.Shape[0] * s.grid.Outputs()
	work := floatWork(positions, s.outC, s.channels) + floatWork(positions, s.channels, s.grid.Taps())
	if s.expand != nil {
		work += floatWork(s.in.Shape[0]*s.grid.Inputs(), s.channels, s.in.Shape[3])
	}
	chunks := s.Chunks(units, work)
	post := s.post
	s.posts = post != nil
	var w, b, flat, flatExpand []float32
	run := func(thread, chunk int) {
		x, y := tensor.Data[float32](s.in), tensor.Data[float32](s.out)
		band := tensor.Data[float32](scratch)[thread*lines*line:][:lines*line]
		g := &gemms[thread]
		g.X, g.Bias = band, flat
		wideRows := &wides[thread]
		wideRows.image, wideRows.gemm.Bias = -1, flatExpand
		for u, last := Span(units, chunks, chunk); u < last; u++ {
			if s.Host.Err() != nil {
				return
			}
			image, row := u/bands, u%bands*lines
			count := min(lines, rows.Out-row)
			from := x[image*s.grid.Inputs()*s.in.Shape[3]:]
			// The grid as rows of the output from row on see the image, or the part of it that is expanded.
			grid := s.grid
			grid.Rows.Before -= row * rows.Stride
			if s.expand != nil {
				first := max(0, rows.Start(row))
				last := max(first, min(rows.In, rows.Start(row+count-1)+span))
				buffer := tensor.Data[float32](wide)[thread*kept*wideLine:][:kept*wideLine]
				s.widen(wideRows, buffer, from, image, first, last)
				grid.Rows.In, grid.Rows.Before = last-first, grid.Rows.Before+first
				from = buffer
			}
			f32.Depthwise(band, from, w, &grid, s.channels, 1, 0, count, b, s.lo, s.hi)
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
		w, b, flat = s.weights.values(), s.bias.values(), s.flat.bias.values()
		if s.expand != nil {
			flatExpand = s.expand.bias.values()
		}
		fork(s.Node, chunks, run)
		return s.Host.Err()
	}, nil
}

// expandedElements is how many elements of a band, expanded and not, should fit a second-level cache.
const expandedElements = 1 << 16

// widen makes rows [first, last) of what the expansion computes of an image those of the buffer, keeping those that are there. Each
// row is a product of its own, so that its bits do not depend on where a band begins.
func (s *separable) widen(r *wideRows, buffer, image []float32, number, first, last int) {
	line := s.grid.Columns.In * s.channels
	if r.image == number && r.first <= first && first < r.last {
		copy(buffer, buffer[(first-r.first)*line:(r.last-r.first)*line])
	} else {
		r.last = first
	}
	g, wide := &r.gemm, s.grid.Columns.In
	for y := max(first, r.last); y < last; y++ {
		g.X, g.Dst = image[y*wide*s.in.Shape[3]:], buffer[(y-first)*line:]
		for p := 0; p < wide; p += s.expand.unit {
			g.Do(p, min(s.expand.unit, wide-p), 0, s.channels)
		}
	}
	r.image, r.first, r.last = number, first, last
}
