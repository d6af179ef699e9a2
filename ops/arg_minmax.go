// ARG_MAX, ARG_MIN: the index along one axis of the largest or smallest element, the first of equals; the axis disappears.
// Stored values are compared; NaNs are passed over.
//
//	FLOAT32, INT8, UINT8, INT32, BOOL -> INT32, INT64

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/reduce"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	argMax = argOp(tflite.BuiltinOperatorARG_MAX, true)
	argMin = argOp(tflite.BuiltinOperatorARG_MIN, false)
)

func argOp(code tflite.BuiltinOperator, largest bool) Op {
	return Op{
		Code: code, Name: code.String(), MaxVersion: 3,
		Inputs: Exactly(2), Outputs: Exactly(1),
		Types:   "FLOAT32; INT8; UINT8; INT32; BOOL -> INT32, INT64",
		Prepare: func(n *Node) (Eval, error) { return prepareArg(n, largest) },
	}
}

// argRun computes a node of which the axis divides the input into outer, axis and inner elements.
type argRun func(outer, axis, inner int)

// argOptions checks the options; the output's type says what they would say.
func argOptions(n *Node, largest bool) (err error) {
	if largest {
		_, err = options[tflite.ArgMaxOptionsT](n)
	} else {
		_, err = options[tflite.ArgMinOptionsT](n)
	}
	return err
}

func prepareArg(n *Node, largest bool) (Eval, error) {
	in, axis, out := n.Input(0), n.Input(1), n.Output(0)
	if err := argOptions(n, largest); err != nil {
		return nil, err
	}
	if axis.Type != tensor.Int32 && axis.Type != tensor.Int64 {
		return nil, unsupportedf("axis: type %s, want INT32 or INT64", axis.Type)
	}
	if axis.Elements() != 1 {
		return nil, invalidf("axis: got %d elements, want 1", axis.Elements())
	}
	if in.Shape.Rank() == 0 {
		return nil, invalidf("input: rank 0, want at least 1")
	}
	var run argRun
	switch out.Type {
	case tensor.Int32:
		run = argKernel[int32](n, in, out, largest)
	case tensor.Int64:
		run = argKernel[int64](n, in, out, largest)
	}
	if run == nil {
		return nil, unsupportedTypes(n)
	}
	var outer, count, inner int
	shape := make(tensor.Shape, 0, in.Shape.Rank())
	resolve := func() error {
		a, err := readInt(axis, "axis")
		if err != nil {
			return err
		}
		if a, err = normalAxis(a, in.Shape.Rank()); err != nil {
			return err
		}
		shape = append(append(shape[:0], in.Shape[:a]...), in.Shape[a+1:]...)
		outer, count, inner = in.Shape[:a].Elements(), in.Shape[a], in.Shape[a+1:].Elements()
		if count == 0 {
			return invalidf("dimension %d of %v is empty", a, in.Shape)
		}
		return nil
	}
	if n.IsConst(1) {
		if err := resolve(); err != nil {
			return nil, err
		}
		if err := n.SetOutput(0, shape); err != nil {
			return nil, err
		}
		return func() error { run(outer, count, inner); return nil }, nil
	}
	n.SetDynamic(0)
	return func() error {
		if err := resolve(); err != nil {
			return err
		}
		if err := n.ResizeOutput(0, shape); err != nil {
			return err
		}
		run(outer, count, inner)
		return nil
	}, nil
}

func argKernel[D int32 | int64](n *Node, in, out *tensor.Tensor, largest bool) argRun {
	switch in.Type {
	case tensor.Float32:
		return argOf[D](n, out, largest, func() []float32 { return tensor.Data[float32](in) })
	case tensor.Int8:
		return argOf[D](n, out, largest, func() []int8 { return tensor.Data[int8](in) })
	case tensor.Int32:
		return argOf[D](n, out, largest, func() []int32 { return tensor.Data[int32](in) })
	case tensor.Uint8, tensor.Bool:
		return argOf[D](n, out, largest, func() []uint8 { return tensor.Raw[uint8](in) })
	}
	return nil
}

func argOf[D int32 | int64, T reduce.Number](n *Node, out *tensor.Tensor, largest bool, data func() []T) argRun {
	kernel := reduce.ArgMin[D, T]
	if largest {
		kernel = reduce.ArgMax[D, T]
	}
	var axis, inner int
	parts := newSpans(n, func(first, last int) {
		kernel(tensor.Data[D](out)[first*inner:last*inner], data()[first*axis*inner:last*axis*inner], last-first, axis, inner)
	})
	return func(outer, a, i int) {
		axis, inner = a, i
		parts.do(outer, int64(outer)*int64(axis)*int64(inner)/4)
	}
}
