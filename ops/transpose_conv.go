// TRANSPOSE_CONV: y[n, iy*stride-pad+ky, ix*stride-pad+kx, o] += x[n,iy,ix,i]*w[o,ky,kx,i] over all inputs and taps, what falls
// outside is dropped; then bias and activation. The first input is the output's shape; padding is that of the convolution
// that leads from this output to this input, whose output size must be this input's.
//
//	FLOAT32            FLOAT32 or FLOAT16 filter and bias
//	INT8               INT8 or INT4 filter, per-tensor or per-axis scales; INT32 bias
//	UINT8              UINT8 filter, per-tensor scales; INT32 bias
//	INT16              INT8 filter; INT64 bias and sums, or INT32 bias and sums
//	FLOAT32, hybrid    INT8 filter: each image is quantized around a zero point

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var transposeConv = Op{
	Code: tflite.BuiltinOperatorTRANSPOSE_CONV, Name: "TRANSPOSE_CONV", MaxVersion: 5,
	Inputs: Between(3, 4), Outputs: Exactly(1),
	Types:   "FLOAT32 (filter FLOAT32, FLOAT16; hybrid INT8); INT8; UINT8; INT16 (filter INT8)",
	Prepare: prepareTransposeConv,
}

func prepareTransposeConv(n *Node) (Eval, error) {
	opts, err := options[tflite.TransposeConvOptionsT](n)
	if err != nil {
		return nil, err
	}
	filter, in, out := n.Input(1), n.Input(2), n.Output(0)
	if len(in.Shape) != 4 || len(filter.Shape) != 4 {
		return nil, invalidf("input %v and filter %v, want 4 dimensions", in.Shape, filter.Shape)
	}
	if in.Shape[3] < 1 || in.Shape[3] != filter.Shape[3] {
		return nil, invalidf("input has %d channels, filter %d", in.Shape[3], filter.Shape[3])
	}
	l := &transposeLayer{channels: in.Shape[3], outC: filter.Shape[0]}
	if l.outC < 1 {
		return nil, invalidf("filter %v has no output channels", filter.Shape)
	}
	steps := []axisSteps{{filter.Shape[1], int(opts.StrideH), 1}, {filter.Shape[2], int(opts.StrideW), 1}}
	if err := l.prepareShape(n, opts.Padding, steps); err != nil {
		return nil, err
	}
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if in.Type == tensor.Float32 {
		return l.prepareFloat(n, opts.FusedActivationFunction)
	}
	return l.prepareQuantized(n, opts)
}

func (l *transposeLayer) prepareFloat(n *Node, act tflite.ActivationFunctionType) (Eval, error) {
	filter, in, out := n.Input(1), n.Input(2), n.Output(0)
	if err := checkBias(n, 3, l.outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(act)
	if err != nil {
		return nil, err
	}
	bias, err := floatForm(n, 3)
	if err != nil {
		return nil, err
	}
	taps := l.grid.Taps()
	if filter.Type == tensor.Int8 {
		weights, err := tapsFirst(n, 1, &form[int8]{direct: filter}, tensor.Int8, l.outC, taps, l.channels)
		if err != nil {
			return nil, err
		}
		scales, err := filterScales(filter, l.outC)
		if err != nil {
			return nil, err
		}
		return l.evalHybrid(n, in, out, weights, bias, scales, lo, hi)
	}
	weights, err := floatForm(n, 1)
	if err != nil {
		return nil, err
	}
	return l.evalFloat(n, in, out, weights, false, bias, lo, hi)
}

func (l *transposeLayer) prepareQuantized(n *Node, opts *tflite.TransposeConvOptionsT) (Eval, error) {
	filter, in, out := n.Input(1), n.Input(2), n.Output(0)
	switch {
	case in.Type == tensor.Uint8 && filter.Type == tensor.Uint8:
	case in.Type == tensor.Int8 && (filter.Type == tensor.Int8 || filter.Type == tensor.Int4):
	case in.Type == tensor.Int16 && filter.Type == tensor.Int8:
	default:
		return nil, unsupportedTypes(n)
	}
	wide := false
	var err error
	if in.Type == tensor.Int16 {
		if wide, err = wideSums(n, 3, opts.QuantizedBiasType); err != nil {
			return nil, err
		}
	}
	biasType := tensor.Int32
	if wide {
		biasType = tensor.Int64
	}
	if err := checkBias(n, 3, l.outC, biasType); err != nil {
		return nil, err
	}
	c, err := convQuantize(in, filter, n.Input(3), out, l.outC, opts.FusedActivationFunction)
	if err != nil {
		return nil, err
	}
	taps := l.grid.Taps()
	if in.Type == tensor.Uint8 {
		weights, err := centredForm(n, 1, c.zeroFilter)
		if err != nil {
			return nil, err
		}
		if weights, err = tapsFirst(n, 1, weights, tensor.Int16, l.outC, taps, l.channels); err != nil {
			return nil, err
		}
		return transposePrepare32[uint8](l, n, in, out, weights, c)
	}
	weights, err := int8Form(n, 1)
	if err != nil {
		return nil, err
	}
	if weights, err = tapsFirst(n, 1, weights, tensor.Int8, l.outC, taps, l.channels); err != nil {
		return nil, err
	}
	switch {
	case wide:
		base := &form[int64]{ready: make([]int64, taps*l.outC)}
		return transposeEvalQuantized(l, n, in, out, weights, base, bias64Form(n, 3, l.outC), tensor.Int64, q.RequantizeChannels64, &c.Channels)
	case in.Type == tensor.Int16:
		return transposePrepare32[int16](l, n, in, out, weights, c)
	}
	return transposePrepare32[int8](l, n, in, out, weights, c)
}

// transposePrepare32 prepares sums of 32 bits.
func transposePrepare32[T int8 | uint8 | int16, W int8 | int16](l *transposeLayer, n *Node, in, out *tensor.Tensor, weights *form[W], c *convQuantization) (Eval, error) {
	base, err := startForm(n, 1, -1, weights, l.grid.Taps()*l.outC, l.channels, c.zeroIn)
	if err != nil {
		return nil, err
	}
	return transposeEvalQuantized(l, n, in, out, weights, base, bias32Form(n, 3, l.outC), tensor.Int32, q.RequantizeChannels[T], &c.Channels)
}
