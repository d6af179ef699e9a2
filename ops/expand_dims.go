// EXPAND_DIMS: the input with a dimension of size 1 put in before dimension axis.
//
//	any type; STRING by copying

package ops

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var expandDims = Op{
	Code: tflite.BuiltinOperatorEXPAND_DIMS, Name: "EXPAND_DIMS", MaxVersion: 1,
	Inputs: Exactly(2), Outputs: Exactly(1), InPlace: []int{0}, Relabels: true,
	Types:   "any, STRING too",
	Prepare: prepareExpandDims,
}

func prepareExpandDims(n *Node) (Eval, error) {
	in, operand := n.Input(0), n.Input(1)
	if !oneOf(operand.Type, tensor.Int32, tensor.Int64) {
		return nil, unsupportedTypes(n)
	}
	if err := movedQuantization(in, n.Output(0)); err != nil {
		return nil, err
	}
	var shape tensor.Shape
	return relabel(n, []int{1}, func(fail failf) (tensor.Shape, error) {
		axis, err := readInt(operand, "axis")
		if err != nil {
			return nil, err
		}
		rank := len(in.Shape)
		if axis < -rank-1 || axis > rank {
			return nil, fail("axis %d outside -%d..%d", axis, rank+1, rank)
		}
		if axis < 0 {
			axis += rank + 1
		}
		shape = append(append(append(shape[:0], in.Shape[:axis]...), 1), in.Shape[axis:]...)
		return shape, nil
	})
}
