// LEAKY_RELU: y = x > 0 ? x : alpha*x.
//
//	FLOAT32              as written
//	INT8, UINT8, INT16   zero_out + M*(x - zero_in), M = scale_in/scale_out, times alpha on the negative side

package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var leakyRelu = Op{
	Code: tflite.BuiltinOperatorLEAKY_RELU, Name: "LEAKY_RELU", MaxVersion: 2,
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32; INT8; UINT8; INT16",
	Prepare: prepareLeakyRelu,
}

func prepareLeakyRelu(n *Node) (Eval, error) {
	opts, err := options[tflite.LeakyReluOptionsT](n)
	if err != nil {
		return nil, err
	}
	in, out, alpha := n.Input(0), n.Output(0), opts.Alpha
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if math.IsNaN(float64(alpha)) || math.IsInf(float64(alpha), 0) {
		return nil, invalidf("alpha is %v, want a number", alpha)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	if in.Type == tensor.Float32 {
		return activationFloats(n, 120, func(dst, x []float32) { f32.LeakyRelu(dst, x, alpha) }), nil
	}
	switch in.Type {
	case tensor.Int8, tensor.Uint8, tensor.Int16:
	default:
		return nil, unsupportedTypes(n)
	}
	p, scaleIn, scaleOut, err := leakyParams(in, out)
	if err != nil {
		return nil, err
	}
	p.AlphaMultiplier, p.AlphaShift = fixedpoint.QuantizeMultiplier(float64(scaleIn * alpha / scaleOut))
	switch in.Type {
	case tensor.Int8:
		return activationBytes(in, out, byteTable(func(dst, x []int8) { q.LeakyRelu(dst, x, p) })), nil
	case tensor.Uint8:
		return activationBytes(in, out, byteTable(func(dst, x []uint8) { q.LeakyRelu(dst, x, p) })), nil
	}
	return func() error {
		q.LeakyRelu(tensor.Data[int16](out), tensor.Data[int16](in), p)
		return nil
	}, nil
}

// leakyParams fills in what LEAKY_RELU and PRELU have in common: all but the negative side.
func leakyParams(in, out *tensor.Tensor) (p *q.LeakyParams, scaleIn, scaleOut float32, err error) {
	p = &q.LeakyParams{}
	if scaleIn, p.ZeroIn, err = perTensor(in, "input"); err != nil {
		return nil, 0, 0, err
	}
	if scaleOut, p.ZeroOut, err = perTensor(out, "output"); err != nil {
		return nil, 0, 0, err
	}
	if in.Type == tensor.Int16 && (p.ZeroIn != 0 || p.ZeroOut != 0) {
		return nil, 0, 0, invalidf("zero points %d and %d, want 0 for INT16", p.ZeroIn, p.ZeroOut)
	}
	lo, hi, _ := out.Type.Range()
	p.Min, p.Max = int32(lo), int32(hi)
	p.Multiplier, p.Shift = fixedpoint.QuantizeMultiplier(float64(scaleIn / scaleOut))
	return p, scaleIn, scaleOut, nil
}
