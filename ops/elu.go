// ELU: y = x < 0 ? exp(x)-1 : x. FLOAT32; INT8 by a table of 256 entries.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var elu = Op{
	Code: tflite.BuiltinOperatorELU, Name: "ELU",
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32; INT8",
	Prepare: prepareElu,
}

func prepareElu(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	switch in.Type {
	case tensor.Float32:
		return activationFloats(n, 150, f32.Elu), nil
	case tensor.Int8:
		return activationLUT(in, out, f32.EluOf)
	}
	return nil, unsupportedTypes(n)
}
