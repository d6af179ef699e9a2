// TANH: y = tanh(x).
//
//	FLOAT32, FLOAT16, BFLOAT16   as written
//	INT8, UINT8                  a table of 256 entries
//	INT16                        interpolation in a table of 256 entries; zero points 0, output scale 1/32768

package ops

import (
	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var tanh = Op{
	Code: tflite.BuiltinOperatorTANH, Name: "TANH", MaxVersion: 3,
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32; FLOAT16; BFLOAT16; INT8; UINT8; INT16",
	Prepare: prepareTanh,
}

func prepareTanh(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	switch in.Type {
	case tensor.Float32, tensor.Float16, tensor.BFloat16:
		return activationFloats(n, 200, f32.Tanh), nil
	case tensor.Int8, tensor.Uint8:
		return activationLUT(in, out, f32.TanhOf)
	case tensor.Int16:
		scale, err := sigmoidScale(in, out)
		if err != nil {
			return nil, err
		}
		multiplier, shift := sigmoidMultiplier(scale)
		// Scales of 2^-12 and 2^-11 need no rounding.
		if power, exact := fixedpoint.Log2(scale); exact && (power == -12 || power == -11) {
			multiplier, shift = 3<<(12+power), 0
		}
		table := q.SigmoidTable()
		return func() error {
			q.Tanh16(tensor.Data[int16](out), tensor.Data[int16](in), table, multiplier, shift)
			return nil
		}, nil
	}
	return nil, unsupportedTypes(n)
}
