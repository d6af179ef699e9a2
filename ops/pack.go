// PACK: the inputs, all of one shape, side by side along a new axis.
//
//	FLOAT32, UINT8, INT8, INT16, INT32, UINT32, INT64

package ops

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var pack = Op{
	Code: tflite.BuiltinOperatorPACK, Name: "PACK", MaxVersion: 5,
	Inputs: AtLeast(1), Outputs: Exactly(1),
	Types:   "FLOAT32; UINT8; INT8; INT16; INT32; UINT32; INT64",
	Prepare: preparePack,
}

func preparePack(n *Node) (Eval, error) {
	opts, err := options[tflite.PackOptionsT](n)
	if err != nil {
		return nil, err
	}
	out, first := n.Output(0), n.Input(0)
	if !oneOf(out.Type, tensor.Float32, tensor.Uint8, tensor.Int8, tensor.Int16, tensor.Int32, tensor.Uint32, tensor.Int64) {
		return nil, unsupportedTypes(n)
	}
	if int(opts.ValuesCount) != len(n.Inputs) {
		return nil, invalidf("got %d inputs, want %d", len(n.Inputs), opts.ValuesCount)
	}
	axis, err := normalAxis(int(opts.Axis), len(first.Shape)+1)
	if err != nil {
		return nil, err
	}
	for i, in := range n.Inputs {
		if in.Type != out.Type {
			return nil, unsupportedTypes(n)
		}
		if !in.Shape.Equal(first.Shape) {
			return nil, invalidf("input %d: shape %v, want %v", i, in.Shape, first.Shape)
		}
		if err := sameQuantization(in, out); err != nil {
			return nil, err
		}
	}
	shape := append(first.Shape[:axis:axis], len(n.Inputs))
	shape = append(shape, first.Shape[axis:]...)
	if err := n.SetOutput(0, shape); err != nil {
		return nil, err
	}
	outer, run := product(first.Shape[:axis]), product(first.Shape[axis:])
	return joined(n, outer, len(n.Inputs)*run, func(*tensor.Tensor) int { return run }), nil
}
