package compress

import (
	"context"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// smallConstant is what a folded node's results may always take, in bytes, about what the node takes; more only if its constant inputs do.
const smallConstant = 128

// fold computes nodes all of whose inputs are constant, and makes constants of their outputs, unless that makes the file larger: a
// DEQUANTIZE of weights stays. It runs them as a model of their own.
func fold(g *edit.Graph, r *Report) {
	constant := map[int32]bool{} // by nodes before
	var nodes []*tflite.OperatorT
	for _, op := range g.Operators {
		if !foldable(g, op, constant) {
			continue
		}
		nodes = append(nodes, op)
		for _, t := range op.Outputs {
			constant[t] = true
		}
	}
	if len(nodes) == 0 {
		return
	}
	var outputs []int32
	for _, op := range nodes {
		outputs = append(outputs, op.Outputs...)
	}
	f := schema.NewFile(&tflite.ModelT{
		Version: 3, OperatorCodes: g.Model.OperatorCodes, Buffers: g.Model.Buffers,
		Subgraphs: []*tflite.SubGraphT{{Tensors: g.Tensors, Outputs: outputs, Operators: nodes, DebugMetadataIndex: -1}},
	})
	it, err := newPlainInterpreter(f)
	if err == nil {
		err = it.Invoke(context.Background())
	}
	if err != nil {
		r.warn("subgraph %d: constants are not folded: %v", g.Index, err)
		return
	}
	values := map[int32]*tensor.Tensor{}
	for i, t := range outputs {
		values[t] = it.Output(i)
	}
	for _, op := range nodes {
		before, after := int64(0), int64(0)
		for _, t := range op.Inputs {
			if t >= 0 {
				before += int64(len(g.Data(t)))
			}
		}
		for _, t := range op.Outputs {
			after += int64(len(values[t].Bytes()))
		}
		if after > max(before, smallConstant) {
			r.skip(g.Index, g.Tensors[op.Outputs[0]].Name, "%d bytes of constant inputs would become %d", before, after)
			continue
		}
		for _, t := range op.Outputs {
			v, x := values[t], g.Tensors[t]
			b := slices.Clone(v.Bytes())
			tensor.SwapLittleEndian(v.Type, b)
			x.Buffer, x.ShapeSignature, x.Shape = g.Model.AddBuffer(b), nil, x.Shape[:0:0]
			for _, d := range v.Shape {
				x.Shape = append(x.Shape, int32(d))
			}
		}
		g.Remove(op)
		r.Changes = append(r.Changes, TensorChange{
			Subgraph: g.Index, Tensor: g.Tensors[op.Outputs[0]].Name, Operator: g.Model.Name(op), Action: "computed: a constant", BytesBefore: before, BytesAfter: after,
		})
	}
}

// foldable reports whether a node computes the same from the same constants, and plain values.
func foldable(g *edit.Graph, op *tflite.OperatorT, constant map[int32]bool) bool {
	switch g.Model.Code(op) {
	case tflite.BuiltinOperatorREAD_VARIABLE, tflite.BuiltinOperatorHASHTABLE_FIND, tflite.BuiltinOperatorHASHTABLE_SIZE:
		return false
	}
	if hasEffects(g, op) || len(op.Inputs) == 0 || len(op.Intermediates) > 0 {
		return false
	}
	for _, t := range op.Inputs {
		if t >= 0 && !constant[t] && !g.IsConstant(t) {
			return false
		}
	}
	return !slices.ContainsFunc(op.Outputs, func(t int32) bool {
		if t < 0 || g.IsOutput(t) {
			return true
		}
		kind := tensor.Type(g.Tensors[t].Type)
		return kind.Size() == 0 || kind == tensor.Resource || g.Tensors[t].IsVariable
	})
}
