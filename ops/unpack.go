// UNPACK: the slices of the input along an axis, one for each output, without that axis.
//
//	FLOAT32, FLOAT16, BFLOAT16, UINT8, INT8, INT16, INT32, BOOL

package ops

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var unpack = Op{
	Code: tflite.BuiltinOperatorUNPACK, Name: "UNPACK", MaxVersion: 6,
	Inputs: Exactly(1), Outputs: AtLeast(1),
	Types:   "FLOAT32; FLOAT16; BFLOAT16; UINT8; INT8; INT16; INT32; BOOL",
	Prepare: prepareUnpack,
}

func prepareUnpack(n *Node) (Eval, error) {
	opts, err := options[tflite.UnpackOptionsT](n)
	if err != nil {
		return nil, err
	}
	in := n.Input(0)
	if !oneOf(in.Type, tensor.Float32, tensor.Float16, tensor.BFloat16, tensor.Uint8, tensor.Int8, tensor.Int16,
		tensor.Int32, tensor.Bool) {
		return nil, unsupportedTypes(n)
	}
	axis, err := normalAxis(int(opts.Axis), len(in.Shape))
	if err != nil {
		return nil, err
	}
	if in.Elements() == 0 {
		return nil, invalidf("input: shape %v has no elements", in.Shape)
	}
	if count := in.Shape[axis]; count != int(opts.Num) || count != len(n.Outputs) {
		return nil, invalidf("got %d outputs, num %d, want %d for dimension %d of %v",
			len(n.Outputs), opts.Num, count, axis, in.Shape)
	}
	shape := append(in.Shape[:axis:axis], in.Shape[axis+1:]...)
	outer, run := product(in.Shape[:axis]), product(in.Shape[axis+1:])
	for i, out := range n.Outputs {
		if out.Type != in.Type {
			return nil, unsupportedTypes(n)
		}
		if err := movedQuantization(in, out); err != nil {
			return nil, err
		}
		if err := n.SetOutput(i, shape); err != nil {
			return nil, err
		}
	}
	copyRows := rowCopier(in.Type)
	return func() error {
		for i, out := range n.Outputs {
			copyRows(out, in, 0, i*run, outer, run, run, len(n.Outputs)*run)
		}
		return nil
	}, nil
}
