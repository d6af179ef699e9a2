// GELU: y = x/2 * erfc(-x/sqrt(2)), or approximately x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715*x^3))).
//
//	FLOAT32, FLOAT16   as written
//	INT8, UINT8        a table of 256 entries
//	INT16              interpolation in a table of 513 entries

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var gelu = Op{
	Code: tflite.BuiltinOperatorGELU, Name: "GELU", MaxVersion: 3,
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32; FLOAT16; INT8; UINT8; INT16",
	Prepare: prepareGelu,
}

func prepareGelu(n *Node) (Eval, error) {
	opts, err := options[tflite.GeluOptionsT](n)
	if err != nil {
		return nil, err
	}
	in, out := n.Input(0), n.Output(0)
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	kernel, real := f32.Gelu, f32.GeluOf
	if opts.Approximate {
		kernel, real = f32.GeluTanh, f32.GeluTanhOf
	}
	switch in.Type {
	case tensor.Float32, tensor.Float16:
		return activationFloats(n, 300, kernel), nil
	case tensor.Int8, tensor.Uint8:
		return activationLUT(in, out, real)
	case tensor.Int16:
		table, err := lut16(in, out, real)
		if err != nil {
			return nil, err
		}
		return func() error {
			q.Lookup16(tensor.Data[int16](out), tensor.Data[int16](in), table)
			return nil
		}, nil
	}
	return nil, unsupportedTypes(n)
}
