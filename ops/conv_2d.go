// CONV_2D: y[n,oy,ox,o] = act(sum(ky,kx,i; x[n,iy,ix,i]*w[o,ky,kx,i]) + bias[o]) over the taps inside the image; the filter is
// [outC, kernelH, kernelW, inC/groups], and output channels o of group g see input channels of group g only.
//
//	FLOAT32            FLOAT32 or FLOAT16 filter and bias
//	INT8               INT8 or INT4 filter, per-tensor or per-axis scales; INT32 bias
//	UINT8              UINT8 filter, per-tensor scales; INT32 bias
//	INT16              INT8 or INT4 filter; INT64 bias and sums, or INT32 bias and sums
//	FLOAT32, hybrid    INT8, UINT8 (bits of an INT8) or INT4 filter: each image is quantized, symmetrically where one scale
//	                   holds for the whole filter, else around a zero point

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var conv2D = Op{
	Code: tflite.BuiltinOperatorCONV_2D, Name: "CONV_2D", MaxVersion: 8,
	Inputs: Between(2, 3), Outputs: Exactly(1),
	Types:   "FLOAT32 (filter FLOAT32, FLOAT16; hybrid INT8, UINT8, INT4); INT8 (filter INT8, INT4); UINT8; INT16 (filter INT8, INT4)",
	Prepare: prepareConv2D,
}

func prepareConv2D(n *Node) (Eval, error) {
	opts, err := options[tflite.Conv2DOptionsT](n)
	if err != nil {
		return nil, err
	}
	in, filter, out := n.Input(0), n.Input(1), n.Output(0)
	if len(in.Shape) != 4 || len(filter.Shape) != 4 {
		return nil, invalidf("input %v and filter %v, want 4 dimensions", in.Shape, filter.Shape)
	}
	channels, depth, outC := in.Shape[3], filter.Shape[3], filter.Shape[0]
	if depth < 1 || channels < 1 || channels%depth != 0 {
		return nil, invalidf("input has %d channels, want a multiple of the filter's %d", channels, depth)
	}
	groups := channels / depth
	if outC%groups != 0 {
		return nil, invalidf("filter has %d output channels, want a multiple of %d groups", outC, groups)
	}
	rows, columns, err := n.axes(opts.Padding, filter.Shape[1], filter.Shape[2], opts.StrideH, opts.StrideW, opts.DilationHFactor, opts.DilationWFactor)
	if err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, tensor.Shape{in.Shape[0], rows.Out, columns.Out, outC}); err != nil {
		return nil, err
	}
	layer := newConvLayer(window.NewGrid(rows, columns), channels, outC, groups)
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	switch {
	case in.Type == tensor.Float32 && filter.Type.Float():
		return prepareConvFloat(n, layer, opts.FusedActivationFunction)
	case in.Type == tensor.Float32:
		return prepareConvHybrid(n, layer, opts.FusedActivationFunction)
	}
	return prepareConvQuantized(n, layer, opts)
}

func prepareConvFloat(n *Node, layer *convLayer, act tflite.ActivationFunctionType) (Eval, error) {
	if err := checkBias(n, 2, layer.outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(act)
	if err != nil {
		return nil, err
	}
	weights := func() (*form[float32], error) { return floatForm(n, 1) }
	bias, err := floatForm(n, 2)
	if err != nil {
		return nil, err
	}
	return layer.evalFloat(n, n.Input(0), n.Output(0), weights, bias, lo, hi)
}

func prepareConvHybrid(n *Node, layer *convLayer, act tflite.ActivationFunctionType) (Eval, error) {
	if err := checkBias(n, 2, layer.outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(act)
	if err != nil {
		return nil, err
	}
	weights, err := int8Form(n, 1)
	if err != nil {
		return nil, err
	}
	bias, err := floatForm(n, 2)
	if err != nil {
		return nil, err
	}
	scales, err := filterScales(n.Input(1), layer.outC)
	if err != nil {
		return nil, err
	}
	symmetric := layer.groups == 1
	for _, s := range scales {
		symmetric = symmetric && s == scales[0]
	}
	return layer.evalHybrid(n, n.Input(0), n.Output(0), weights, bias, scales, symmetric, lo, hi)
}

func prepareConvQuantized(n *Node, layer *convLayer, opts *tflite.Conv2DOptionsT) (Eval, error) {
	in, filter, out := n.Input(0), n.Input(1), n.Output(0)
	switch {
	case in.Type == tensor.Uint8 && filter.Type == tensor.Uint8:
	case (in.Type == tensor.Int8 || in.Type == tensor.Int16) && (filter.Type == tensor.Int8 || filter.Type == tensor.Int4):
	default:
		return nil, unsupportedTypes(n)
	}
	wide := false
	var err error
	if in.Type == tensor.Int16 {
		if wide, err = wideSums(n, 2, opts.QuantizedBiasType); err != nil {
			return nil, err
		}
	}
	biasType := tensor.Int32
	if wide {
		biasType = tensor.Int64
	}
	if err := checkBias(n, 2, layer.outC, biasType); err != nil {
		return nil, err
	}
	c, err := convQuantize(in, filter, n.Input(2), out, layer.outC, opts.FusedActivationFunction)
	if err != nil {
		return nil, err
	}
	c.wide = wide
	var eval Eval
	switch in.Type {
	case tensor.Int16:
		eval, err = prepareConvTiles[int16](layer, n, in, filter, out, c)
	case tensor.Int8:
		eval, err = prepareConvTiles[int8](layer, n, in, filter, out, c)
	case tensor.Uint8:
		eval, err = prepareConvTiles[uint8](layer, n, in, filter, out, c)
	}
	if eval != nil || err != nil {
		return eval, err
	}
	if in.Type == tensor.Uint8 {
		weights, err := centredForm(n, 1, c.zeroFilter)
		if err != nil {
			return nil, err
		}
		base, err := startForm(n, 1, 2, weights, layer.outC, layer.width, c.zeroIn)
		if err != nil {
			return nil, err
		}
		return convEvalQuantized[uint8](layer, n, in, out, weights, base, c)
	}
	weights, err := int8Form(n, 1)
	if err != nil {
		return nil, err
	}
	if wide {
		return layer.evalWide(n, in, out, weights, bias64Form(n, 2, layer.outC), c)
	}
	base, err := startForm(n, 1, 2, weights, layer.outC, layer.width, c.zeroIn)
	if err != nil {
		return nil, err
	}
	if in.Type == tensor.Int16 {
		return convEvalQuantized[int16](layer, n, in, out, weights, base, c)
	}
	return convEvalQuantized[int8](layer, n, in, out, weights, base, c)
}
