// CONV_3D: y[n,oz,oy,ox,o] = act(sum(kz,ky,kx,i; x[n,iz,iy,ix,i]*w[kz,ky,kx,i,o]) + bias[o]) over the taps inside the volume; the
// filter is [kernelD, kernelH, kernelW, inC, outC].
//
// CONV_3D_TRANSPOSE: y[n, iz*strideD-pad+kz*dilD, ..., o] += x[n,iz,iy,ix,i]*w[kz,ky,kx,o,i], what falls outside is dropped; then
// bias and activation. The first input is the output's shape; padding is as in TRANSPOSE_CONV.
//
//	FLOAT32            FLOAT32 or FLOAT16 filter and bias

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var conv3D = Op{
	Code: tflite.BuiltinOperatorCONV_3D, Name: "CONV_3D",
	Inputs: Between(2, 3), Outputs: Exactly(1),
	Types:   "FLOAT32 (filter FLOAT32, FLOAT16)",
	Prepare: prepareConv3D,
}

var conv3DTranspose = Op{
	Code: tflite.BuiltinOperatorCONV_3D_TRANSPOSE, Name: "CONV_3D_TRANSPOSE",
	Inputs: Between(3, 4), Outputs: Exactly(1),
	Types:   "FLOAT32 (filter FLOAT32, FLOAT16)",
	Prepare: prepareConv3DTranspose,
}

// conv3DSteps returns the options of a filter's three spatial dimensions.
func conv3DSteps(opts *tflite.Conv3DOptionsT, filter tensor.Shape) []axisSteps {
	return []axisSteps{
		{filter[0], int(opts.StrideD), int(opts.DilationDFactor)},
		{filter[1], int(opts.StrideH), int(opts.DilationHFactor)},
		{filter[2], int(opts.StrideW), int(opts.DilationWFactor)},
	}
}

func prepareConv3D(n *Node) (Eval, error) {
	opts, err := options[tflite.Conv3DOptionsT](n)
	if err != nil {
		return nil, err
	}
	in, filter, out := n.Input(0), n.Input(1), n.Output(0)
	if in.Type != tensor.Float32 || !filter.Type.Float() || out.Type != tensor.Float32 {
		return nil, unsupportedTypes(n)
	}
	if len(in.Shape) != 5 || len(filter.Shape) != 5 {
		return nil, invalidf("input %v and filter %v, want 5 dimensions", in.Shape, filter.Shape)
	}
	channels, outC := filter.Shape[3], filter.Shape[4]
	if channels < 1 || outC < 1 || in.Shape[4] != channels {
		return nil, invalidf("filter %v, want [depth, height, width, %d, at least 1]", filter.Shape, in.Shape[4])
	}
	var axes [3]window.Axis
	for i, s := range conv3DSteps(opts, filter.Shape) {
		if axes[i], err = windowAxis(opts.Padding, axisNames[2-i], in.Shape[1+i], s.kernel, s.stride, s.dilation); err != nil {
			return nil, err
		}
	}
	shape := tensor.Shape{in.Shape[0], axes[0].Out, axes[1].Out, axes[2].Out, outC}
	if err := n.SetOutput(0, shape); err != nil {
		return nil, err
	}
	layer := newConvLayer(window.NewGrid(axes[:]...), channels, outC, 1)
	if err := checkBias(n, 2, outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(opts.FusedActivationFunction)
	if err != nil {
		return nil, err
	}
	weights := func() (*form[float32], error) {
		stored, err := floatForm(n, 1)
		if err != nil {
			return nil, err
		}
		return formOf(n, 1, "outputs first", tensor.Float32, layer.width*outC, func(dst []float32) {
			for i, v := range stored.values() {
				dst[i%outC*layer.width+i/outC] = v
			}
		})
	}
	bias, err := floatForm(n, 2)
	if err != nil {
		return nil, err
	}
	return layer.evalFloat(n, in, out, weights, bias, lo, hi)
}

func prepareConv3DTranspose(n *Node) (Eval, error) {
	opts, err := options[tflite.Conv3DOptionsT](n)
	if err != nil {
		return nil, err
	}
	filter, in, out := n.Input(1), n.Input(2), n.Output(0)
	if in.Type != tensor.Float32 || !filter.Type.Float() || out.Type != tensor.Float32 {
		return nil, unsupportedTypes(n)
	}
	if len(in.Shape) != 5 || len(filter.Shape) != 5 {
		return nil, invalidf("input %v and filter %v, want 5 dimensions", in.Shape, filter.Shape)
	}
	l := &transposeLayer{channels: filter.Shape[4], outC: filter.Shape[3]}
	if l.channels < 1 || l.outC < 1 || in.Shape[4] != l.channels {
		return nil, invalidf("filter %v, want [depth, height, width, at least 1, %d]", filter.Shape, in.Shape[4])
	}
	if err := l.prepareShape(n, opts.Padding, conv3DSteps(opts, filter.Shape)); err != nil {
		return nil, err
	}
	if err := checkBias(n, 3, l.outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(opts.FusedActivationFunction)
	if err != nil {
		return nil, err
	}
	weights, err := floatForm(n, 1)
	if err != nil {
		return nil, err
	}
	bias, err := floatForm(n, 3)
	if err != nil {
		return nil, err
	}
	return l.evalFloat(n, in, out, weights, true, bias, lo, hi)
}
