// GATHER: slices of the input along an axis, picked by positions; the first batch_dims dimensions are those of both.
//
//	output[batch, outer, j, inner] = input[batch, outer, positions[batch, j], inner]
//
//	FLOAT32, FLOAT16, BFLOAT16, UINT8, INT8, INT4, INT16, INT32, INT64, BOOL, STRING by INT16, INT32 or INT64 positions

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var gather = Op{
	Code: tflite.BuiltinOperatorGATHER, Name: "GATHER", MaxVersion: 8,
	Inputs: Exactly(2), Outputs: Exactly(1),
	Types:   "FLOAT32; FLOAT16; BFLOAT16; UINT8; INT8; INT4; INT16; INT32; INT64; BOOL; STRING",
	Prepare: prepareGather,
}

func prepareGather(n *Node) (Eval, error) {
	opts, err := options[tflite.GatherOptionsT](n)
	if err != nil {
		return nil, err
	}
	in, positions := n.Input(0), n.Input(1)
	if err := sameType(n, 0, func(t tensor.Type) bool { return gatherable(t) || t == tensor.Int4 }); err != nil {
		return nil, err
	}
	if err := movedQuantization(in, n.Output(0)); err != nil {
		return nil, err
	}
	axis, err := normalAxis(int(opts.Axis), len(in.Shape))
	if err != nil {
		return nil, err
	}
	batch := int(opts.BatchDims)
	if batch < 0 {
		batch += len(positions.Shape)
	}
	if batch < 0 || batch > axis || batch > len(positions.Shape) {
		return nil, invalidf("batch dimensions %d, want at most %d (axis) and %d (rank of positions)",
			opts.BatchDims, axis, len(positions.Shape))
	}
	for i := range batch {
		if in.Shape[i] != positions.Shape[i] {
			return nil, invalidf("positions: shape %v, want dimension %d to be %d", positions.Shape, i, in.Shape[i])
		}
	}
	shape := append(in.Shape[:axis:axis], positions.Shape[batch:]...)
	shape = append(shape, in.Shape[axis+1:]...)
	index, err := newIndices(n, 1)
	if err != nil {
		return nil, err
	}
	g := move.GatherShape{
		Batch: product(in.Shape[:batch]), Outer: product(in.Shape[batch:axis]), Axis: in.Shape[axis],
		Inner: product(in.Shape[axis+1:]), Count: product(positions.Shape[batch:]),
	}
	return gatherEval(n, shape, g, func() ([]int32, error) {
		list, err := index.read()
		if err != nil {
			return nil, err
		}
		return list, checkIndices(list, g.Axis)
	})
}

func gatherable(t tensor.Type) bool {
	return oneOf(t, tensor.Float32, tensor.Float16, tensor.BFloat16, tensor.Uint8, tensor.Int8, tensor.Int16, tensor.Int32,
		tensor.Int64, tensor.Bool, tensor.String)
}

// gatherEval prepares the gathering that g describes by a list of positions checked by index.
func gatherEval(n *Node, shape tensor.Shape, g move.GatherShape, index func() ([]int32, error)) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if err := shape.Check(); err != nil {
		return nil, invalidf("output: %v", err)
	}
	if in.Type == tensor.String {
		n.SetDynamic(0)
		words := new(stringMover)
		return func() error {
			list, err := index()
			if err != nil {
				return err
			}
			return words.move(n, in, shape, func(dst, src []uint32) {
				if len(dst) > 0 {
					move.Gather(dst, src, list, g)
				}
			})
		}, nil
	}
	if err := n.SetOutput(0, shape); err != nil {
		return nil, err
	}
	kernel := gatherKernel(in.Type)
	empty := product(shape) == 0
	return func() error {
		list, err := index()
		if err != nil || empty {
			return err
		}
		kernel(out, in, list, g)
		return nil
	}, nil
}

func gatherKernel(t tensor.Type) func(dst, src *tensor.Tensor, index []int32, g move.GatherShape) {
	switch t.Size() {
	case 1:
		return gatherWords[uint8]
	case 2:
		return gatherWords[uint16]
	case 4:
		return gatherWords[uint32]
	case 8:
		return gatherWords[uint64]
	}
	bits := t.Bits()
	return func(dst, src *tensor.Tensor, index []int32, g move.GatherShape) {
		move.GatherPacked(dst.Bytes(), src.Bytes(), index, g, bits)
		move.ClearTail(dst.Bytes(), dst.Elements(), bits)
	}
}

func gatherWords[T move.Word](dst, src *tensor.Tensor, index []int32, g move.GatherShape) {
	move.Gather(words[T](dst), words[T](src), index, g)
}

// indices reads a tensor of INT16, INT32 or INT64 positions as int32; positions outside int32 become -1.
type indices struct {
	t, scratch *tensor.Tensor
}

func newIndices(n *Node, input int) (*indices, error) {
	x := &indices{t: n.Input(input)}
	switch x.t.Type {
	case tensor.Int32:
		return x, nil
	case tensor.Int16, tensor.Int64:
		var err error
		x.scratch, err = n.Scratch(tensor.Int32, x.t.Elements())
		return x, err
	}
	return nil, unsupportedTypes(n)
}

func (x *indices) read() ([]int32, error) {
	if x.scratch == nil {
		return tensor.Data[int32](x.t), nil
	}
	list := tensor.Data[int32](x.scratch)[:x.t.Elements()]
	if x.t.Type == tensor.Int16 {
		for i, v := range tensor.Data[int16](x.t) {
			list[i] = int32(v)
		}
		return list, nil
	}
	for i, v := range tensor.Data[int64](x.t) {
		if v != int64(int32(v)) {
			return nil, valuef("position %d is %d, which does not fit 32 bits", i, v)
		}
		list[i] = int32(v)
	}
	return list, nil
}

// checkIndices verifies that all positions lie in 0..n-1.
func checkIndices(list []int32, n int) error {
	top := uint32(0)
	for _, v := range list {
		top = max(top, uint32(v))
	}
	if int64(top) < int64(n) {
		return nil
	}
	for i, v := range list {
		if v < 0 || int(v) >= n {
			return valuef("position %d is %d, want 0 to %d", i, v, n-1)
		}
	}
	return nil
}
