// SQUEEZE: the input without its dimensions of size 1, or without those listed.
//
//	any type; STRING by copying

package ops

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var squeeze = Op{
	Code: tflite.BuiltinOperatorSQUEEZE, Name: "SQUEEZE", MaxVersion: 2,
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0}, Relabels: true,
	Types:   "any, STRING too",
	Prepare: prepareSqueeze,
}

func prepareSqueeze(n *Node) (Eval, error) {
	opts, err := options[tflite.SqueezeOptionsT](n)
	if err != nil {
		return nil, err
	}
	in := n.Input(0).Shape
	drop := make([]bool, len(in))
	for i, d := range in {
		drop[i] = len(opts.SqueezeDims) == 0 && d == 1
	}
	for _, a := range opts.SqueezeDims {
		axis, err := normalAxis(int(a), len(in))
		if err != nil {
			return nil, err
		}
		if in[axis] != 1 {
			return nil, invalidf("dimension %d of %v is %d, want 1", axis, in, in[axis])
		}
		drop[axis] = true
	}
	shape := tensor.Shape{}
	for i, d := range in {
		if !drop[i] {
			shape = append(shape, d)
		}
	}
	return relabel(n, nil, func(failf) (tensor.Shape, error) { return shape, nil })
}
