// Convolution2DTransposeBias (custom, MediaPipe): TRANSPOSE_CONV whose output shape follows from the others. Inputs: image,
// filter [out,height,width,in], bias. FLOAT32. Where padding is SAME the output has
//
//	(in-1)*stride + filter - max(filter - (in-1)%stride - 1, 0)
//
// rows or columns, and half of what is taken away, rounded down, is taken away in front; VALID takes nothing away.
//
// Options: the C structure TfLiteTransposeConvParams, little-endian int32: padding (1 SAME, 2 VALID), horizontal and vertical
// stride.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var convolution2DTransposeBias = Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "Convolution2DTransposeBias",
	Inputs: Exactly(3), Outputs: Exactly(1),
	Types:   "FLOAT32",
	Prepare: prepareConvolution2DTransposeBias,
}

func prepareConvolution2DTransposeBias(n *Node) (Eval, error) {
	in, filter, out := n.Input(0), n.Input(1), n.Output(0)
	if in.Type != tensor.Float32 || out.Type != tensor.Float32 || !oneOf(filter.Type, tensor.Float32, tensor.Float16) {
		return nil, unsupportedTypes(n)
	}
	if len(in.Shape) != 4 || len(filter.Shape) != 4 {
		return nil, invalidf("input %v and filter %v, want 4 dimensions", in.Shape, filter.Shape)
	}
	if in.Shape[3] < 1 || in.Shape[3] != filter.Shape[3] || filter.Shape[0] < 1 {
		return nil, invalidf("input %v does not go with filter %v", in.Shape, filter.Shape)
	}
	v, err := structInts(n.CustomOptions, 3)
	if err != nil {
		return nil, err
	}
	padding, err := structPadding(v[0])
	if err != nil {
		return nil, err
	}
	l := &transposeLayer{channels: in.Shape[3], outC: filter.Shape[0]}
	shape := tensor.Shape{in.Shape[0], 0, 0, l.outC}
	axes := make([]window.Axis, 2)
	for i, stride := range []int{v[2], v[1]} {
		size, kernel := in.Shape[1+i], filter.Shape[1+i]
		if size < 1 || kernel < 1 || kernel > maxWindow || stride < 1 || stride > maxWindow {
			return nil, invalidf("input %v, filter %v, strides %v: want at least 1 and at most %d", in.Shape, filter.Shape, v[1:], maxWindow)
		}
		crop := 0
		if padding == tflite.PaddingSAME {
			crop = max(kernel-(size-1)%stride-1, 0)
		}
		if shape[1+i], err = dimension(int64(size-1)*int64(stride)+int64(kernel-crop), invalidf); err != nil {
			return nil, err
		}
		axes[i] = window.Axis{In: shape[1+i], Out: size, Kernel: kernel, Stride: stride, Dilation: 1, Before: crop / 2}
	}
	l.grid = window.NewGrid(axes...)
	if err := checkBias(n, 2, l.outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	bias, err := floatForm(n, 2)
	if err != nil {
		return nil, err
	}
	weights, err := floatForm(n, 1)
	if err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, shape); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(tflite.ActivationFunctionTypeNONE)
	if err != nil {
		return nil, err
	}
	return l.evalFloat(n, in, out, weights, false, bias, lo, hi)
}
