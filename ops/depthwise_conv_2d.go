// DEPTHWISE_CONV_2D: y[n,oy,ox,c*mult+m] = act(sum(ky,kx; x[n,iy,ix,c]*w[0,ky,kx,c*mult+m]) + bias[c*mult+m]) over the taps
// inside the image; the filter is [1, kernelH, kernelW, inC*mult].
//
//	FLOAT32            FLOAT32 or FLOAT16 filter and bias
//	INT8               INT8 or INT4 filter, per-tensor or per-axis scales; INT32 bias
//	UINT8              UINT8 filter, per-tensor scales; INT32 bias
//	INT16              INT8 filter; INT64 bias and sums
//	FLOAT32, hybrid    INT8 or INT4 filter: each image is quantized around a zero point

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var depthwiseConv2D = Op{
	Code: tflite.BuiltinOperatorDEPTHWISE_CONV_2D, Name: "DEPTHWISE_CONV_2D", MaxVersion: 7,
	Inputs: Between(2, 3), Outputs: Exactly(1),
	Types:   "FLOAT32 (filter FLOAT32, FLOAT16; hybrid INT8, INT4); INT8 (filter INT8, INT4); UINT8; INT16 (filter INT8)",
	Prepare: prepareDepthwiseConv2D,
}

// maxDepthwiseStep is the largest stride and dilation, TFLite's limit too.
const maxDepthwiseStep = 32767

// depthwiseLayer is the geometry of a depthwise convolution.
type depthwiseLayer struct {
	grid                       window.Grid
	channels, multiplier, outC int
}

func prepareDepthwiseConv2D(n *Node) (Eval, error) {
	opts, err := options[tflite.DepthwiseConv2DOptionsT](n)
	if err != nil {
		return nil, err
	}
	in, filter, out := n.Input(0), n.Input(1), n.Output(0)
	if len(in.Shape) != 4 || len(filter.Shape) != 4 {
		return nil, invalidf("input %v and filter %v, want 4 dimensions", in.Shape, filter.Shape)
	}
	channels, outC := in.Shape[3], filter.Shape[3]
	if channels < 1 || outC < 1 || outC%channels != 0 || filter.Shape[0] != 1 {
		return nil, invalidf("filter %v, want [1, height, width, a multiple of %d channels]", filter.Shape, channels)
	}
	l := &depthwiseLayer{channels: channels, multiplier: outC / channels, outC: outC}
	// The multiplier follows from the shapes; only these kernels of TFLite trust the option.
	trusted := in.Type == tensor.Int16 || (in.Type == tensor.Float32 && !filter.Type.Float())
	if m := int(opts.DepthMultiplier); trusted && m != l.multiplier {
		return nil, invalidf("depth multiplier %d, want %d", m, l.multiplier)
	}
	for _, v := range []int32{opts.StrideH, opts.StrideW, opts.DilationHFactor, opts.DilationWFactor} {
		if v > maxDepthwiseStep {
			return nil, invalidf("stride or dilation %d, want at most %d", v, maxDepthwiseStep)
		}
	}
	rows, columns, err := n.axes(opts.Padding, filter.Shape[1], filter.Shape[2], opts.StrideH, opts.StrideW, opts.DilationHFactor, opts.DilationWFactor)
	if err != nil {
		return nil, err
	}
	l.grid = window.NewGrid(rows, columns)
	if err := n.SetOutput(0, tensor.Shape{in.Shape[0], rows.Out, columns.Out, outC}); err != nil {
		return nil, err
	}
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if in.Type == tensor.Float32 {
		return l.prepareFloat(n, opts.FusedActivationFunction)
	}
	return l.prepareQuantized(n, opts.FusedActivationFunction)
}

func (l *depthwiseLayer) prepareFloat(n *Node, act tflite.ActivationFunctionType) (Eval, error) {
	if err := checkBias(n, 2, l.outC, tensor.Float32, tensor.Float16); err != nil {
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
	in, out := n.Input(0), n.Output(0)
	if t := n.Input(1).Type; t == tensor.Int8 || t == tensor.Int4 {
		return l.evalHybrid(n, bias, lo, hi)
	}
	weights, err := floatForm(n, 1)
	if err != nil {
		return nil, err
	}
	if conv := l.asConvolution(n); conv != nil {
		return conv.evalFloat(n, in, out, func() (*form[float32], error) { return l.outputsFirst(n, weights) }, bias, lo, hi)
	}
	band, err := newDepthwiseBand[float32](n, l, tensor.Float32)
	if err != nil {
		return nil, err
	}
	rows := l.grid.Rows.Out
	units := in.Shape[0] * rows
	chunks := n.Chunks(units, l.work(in.Shape[0], 20))
	var w, b []float32
	run := func(thread, chunk int) {
		first, last := Span(units, chunks, chunk)
		x, dst := tensor.Data[float32](in), tensor.Data[float32](out)
		for first < last && n.Host.Err() == nil {
			image, row := first/rows, first%rows
			x, g, until := band.input(thread, x[image*l.grid.Inputs()*l.channels:], row, min(rows, row+last-first))
			f32.Depthwise(dst[image*l.grid.Outputs()*l.outC:], x, w, g, l.outC, 1, row, until, b, lo, hi)
			first += until - row
		}
	}
	return func() error {
		w, b = weights.values(), bias.values()
		n.Host.Fork(chunks, run)
		return n.Host.Err()
	}, nil
}

// asConvolution returns the convolution that a node with many outputs of a single channel is, nil where it has more channels or
// where convolutions have no kernel that is better.
func (l *depthwiseLayer) asConvolution(n *Node) *convLayer {
	if l.channels != 1 || l.outC < 8 || !n.IsConst(1) || f32.PanelElements(l.outC, l.grid.Taps()) == 0 {
		return nil
	}
	conv := newConvLayer(l.grid, 1, l.outC, 1)
	conv.order = "depthwise "
	return conv
}

// outputsFirst turns the filter [1, height, width, outputs] of a single channel into that of a convolution.
func (l *depthwiseLayer) outputsFirst(n *Node, weights *form[float32]) (*form[float32], error) {
	taps := l.grid.Taps()
	return formOf(n, 1, "depthwise outputs first", tensor.Float32, taps*l.outC, func(dst []float32) {
		for i, v := range weights.values()[:len(dst)] {
			dst[i%l.outC*taps+i/l.outC] = v
		}
	})
}

func (l *depthwiseLayer) evalHybrid(n *Node, bias *form[float32], lo, hi float32) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	weights, err := int8Form(n, 1)
	if err != nil {
		return nil, err
	}
	scales, err := filterScales(n.Input(1), l.outC)
	if err != nil {
		return nil, err
	}
	image, err := newHybridImage(n, l.grid.Inputs()*l.channels, false)
	if err != nil {
		return nil, err
	}
	line := l.grid.Columns.Out * l.outC
	sums, err := n.Scratch(tensor.Int32, line)
	if err != nil {
		return nil, err
	}
	base := make([]int32, l.outC)
	return func() error {
		x, dst := tensor.Data[float32](in), tensor.Data[float32](out)
		w, b, acc := weights.values(), bias.values(), tensor.Data[int32](sums)
		for ; len(dst) > 0; x = x[l.grid.Inputs()*l.channels:] {
			img, scale, zero := image.quantize(x)
			for oy := range l.grid.Rows.Out {
				if err := n.Host.Err(); err != nil {
					return err
				}
				q.DepthwiseRow(acc, img, w, &l.grid, oy, l.channels, l.multiplier, zero, base)
				hybrid.ScaleRows(dst, l.outC, acc, l.grid.Columns.Out, l.outC, scales, scale, b, lo, hi)
				dst = dst[line:]
			}
		}
		return nil
	}, nil
}

func (l *depthwiseLayer) prepareQuantized(n *Node, act tflite.ActivationFunctionType) (Eval, error) {
	in, filter, out := n.Input(0), n.Input(1), n.Output(0)
	biasType := tensor.Int32
	switch {
	case in.Type == tensor.Uint8 && filter.Type == tensor.Uint8:
	case in.Type == tensor.Int8 && (filter.Type == tensor.Int8 || filter.Type == tensor.Int4):
	case in.Type == tensor.Int16 && filter.Type == tensor.Int8:
		biasType = tensor.Int64
	default:
		return nil, unsupportedTypes(n)
	}
	if err := checkBias(n, 2, l.outC, biasType); err != nil {
		return nil, err
	}
	c, err := convQuantize(in, filter, n.Input(2), out, l.outC, act)
	if err != nil {
		return nil, err
	}
	if in.Type == tensor.Int16 {
		if d, err := depthwiseWords(l, n, c); d != nil || err != nil {
			return depthwiseEvalPacked[int16](l, n, d, err)
		}
	} else {
		if eval, err := l.quantizedTiles(n, c); eval != nil || err != nil {
			return eval, err
		}
	}
	if in.Type == tensor.Uint8 {
		if d, err := depthwisePacked(l, n, func() []uint8 { return tensor.Data[uint8](filter) }, c); d != nil || err != nil {
			return depthwiseEvalPacked[uint8](l, n, d, err)
		}
		weights, err := centredForm(n, 1, c.zeroFilter)
		if err != nil {
			return nil, err
		}
		return depthwiseEvalQuantized[uint8](l, n, weights, c)
	}
	if in.Type == tensor.Int8 {
		if d, err := depthwisePacked(l, n, func() []int8 { return int8Values(filter) }, c); d != nil || err != nil {
			return depthwiseEvalPacked[int8](l, n, d, err)
		}
	}
	weights, err := int8Form(n, 1)
	if err != nil {
		return nil, err
	}
	if in.Type == tensor.Int16 {
		return l.evalWide(n, weights, c)
	}
	return depthwiseEvalQuantized[int8](l, n, weights, c)
}

// quantizedTiles returns the evaluation, as the convolution that it is, of a node with outputs of a single channel; nil where that
// has a kernel of its own or convolutions have none.
func (l *depthwiseLayer) quantizedTiles(n *Node, c *convQuantization) (Eval, error) {
	if l.channels != 1 {
		return nil, nil
	}
	conv := newConvLayer(l.grid, 1, l.outC, 1)
	conv.order = "depthwise "
	in, filter, out := n.Input(0), n.Input(1), n.Output(0)
	if in.Type == tensor.Uint8 {
		return prepareConvTiles[uint8](conv, n, in, filter, out, c)
	}
	return prepareConvTiles[int8](conv, n, in, filter, out, c)
}

func depthwiseEvalQuantized[T int8 | uint8, W int8 | int16](l *depthwiseLayer, n *Node, weights *form[W], c *convQuantization) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	bias := bias32Form(n, 2, l.outC)
	line := l.grid.Columns.Out * l.outC
	rows := l.grid.Rows.Out
	units := in.Shape[0] * rows
	chunks := n.Chunks(units, l.work(in.Shape[0], 10))
	sums, err := n.Scratch(tensor.Int32, n.Host.Threads(), line)
	if err != nil {
		return nil, err
	}
	var w []W
	var b []int32
	run := func(thread, chunk int) {
		first, last := Span(units, chunks, chunk)
		x, dst, acc := tensor.Data[T](in), tensor.Data[T](out), tensor.Data[int32](sums)[thread*line:][:line]
		for ; first < last && n.Host.Err() == nil; first++ {
			q.DepthwiseRow(acc, x[first/rows*l.grid.Inputs()*l.channels:], w, &l.grid, first%rows, l.channels, l.multiplier, c.zeroIn, b)
			q.RequantizeChannels(dst[first*line:][:line], l.outC, acc, l.grid.Columns.Out, 0, l.outC, &c.Channels)
		}
	}
	return func() error {
		w, b = weights.values(), bias.values()
		n.Host.Fork(chunks, run)
		return n.Host.Err()
	}, nil
}

// evalWide returns the evaluation for INT16 with 64-bit sums.
func (l *depthwiseLayer) evalWide(n *Node, weights *form[int8], c *convQuantization) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	bias := bias64Form(n, 2, l.outC)
	line := l.grid.Columns.Out * l.outC
	sums, err := n.Scratch(tensor.Int64, line)
	if err != nil {
		return nil, err
	}
	return func() error {
		x, dst := tensor.Data[int16](in), tensor.Data[int16](out)
		w, b, acc := weights.values(), bias.values(), tensor.Data[int64](sums)
		for ; len(dst) > 0; x = x[l.grid.Inputs()*l.channels:] {
			for oy := range l.grid.Rows.Out {
				if err := n.Host.Err(); err != nil {
					return err
				}
				q.DepthwiseRow(acc, x, w, &l.grid, oy, l.channels, l.multiplier, 0, b)
				q.RequantizeChannels64(dst, l.outC, acc, l.grid.Columns.Out, 0, l.outC, &c.Channels)
				dst = dst[line:]
			}
		}
		return nil
	}, nil
}
