package edit

import (
	"slices"

	"github.com/litewren/litewren/schema/tflite"
)

// Graph is a subgraph of a Model.
type Graph struct {
	*tflite.SubGraphT
	Model *Model
	Index int
}

// Use is a place where a node reads a tensor.
type Use struct {
	Op    *tflite.OperatorT
	Input int // position among the node's inputs
}

// Uses returns for every tensor where nodes read it, in execution order. It is a snapshot: edits do not change it.
func (g *Graph) Uses() [][]Use {
	uses := make([][]Use, len(g.Tensors))
	for _, op := range g.Operators {
		for i, t := range op.Inputs {
			if t >= 0 {
				uses[t] = append(uses[t], Use{op, i})
			}
		}
	}
	return uses
}

// UsesOf returns where nodes read tensor t.
func (g *Graph) UsesOf(t int32) []Use {
	var uses []Use
	for _, op := range g.Operators {
		for i, x := range op.Inputs {
			if x == t {
				uses = append(uses, Use{op, i})
			}
		}
	}
	return uses
}

// Producer returns the node that writes tensor t, nil for inputs, constants and variables.
func (g *Graph) Producer(t int32) *tflite.OperatorT {
	for _, op := range g.Operators {
		if slices.Contains(op.Outputs, t) {
			return op
		}
	}
	return nil
}

// IsInput reports whether t is an input of the subgraph.
func (g *Graph) IsInput(t int32) bool { return slices.Contains(g.Inputs, t) }

// IsOutput reports whether t is an output of the subgraph.
func (g *Graph) IsOutput(t int32) bool { return slices.Contains(g.Outputs, t) }

// IsConstant reports whether tensor t holds a value in the file.
func (g *Graph) IsConstant(t int32) bool {
	return t >= 0 && !g.Tensors[t].IsVariable && len(g.Data(t)) > 0
}

// Data returns the bytes of tensor t in the file; they must not be written.
func (g *Graph) Data(t int32) []byte {
	if t < 0 {
		return nil
	}
	return g.Model.Buffers[g.Tensors[t].Buffer].Data
}

// AddTensor adds a tensor and returns its index.
func (g *Graph) AddTensor(t *tflite.TensorT) int32 {
	g.Tensors = append(g.Tensors, t)
	return int32(len(g.Tensors) - 1)
}

// Position returns the place of a node in execution order, -1 when it is not there.
func (g *Graph) Position(op *tflite.OperatorT) int { return slices.Index(g.Operators, op) }

// InsertBefore puts a node in front of another.
func (g *Graph) InsertBefore(next, op *tflite.OperatorT) { g.InsertAt(g.Position(next), op) }

// InsertAfter puts a node behind another.
func (g *Graph) InsertAfter(previous, op *tflite.OperatorT) { g.InsertAt(g.Position(previous)+1, op) }

// InsertAt puts a node at position i of the execution order.
func (g *Graph) InsertAt(i int, op *tflite.OperatorT) {
	g.Operators = slices.Insert(g.Operators, i, op)
}

// Remove takes a node out. Its tensors stay until Clean.
func (g *Graph) Remove(op *tflite.OperatorT) {
	g.Operators = slices.DeleteFunc(g.Operators, func(x *tflite.OperatorT) bool { return x == op })
}

// Node makes a node of a builtin operator, not yet part of the graph.
func (g *Graph) Node(code tflite.BuiltinOperator, version int32, inputs, outputs []int32, options *tflite.BuiltinOptionsT) *tflite.OperatorT {
	return &tflite.OperatorT{
		OpcodeIndex: g.Model.OperatorCode(code, "", version), Inputs: inputs, Outputs: outputs, BuiltinOptions: options,
		DebugMetadataIndex: -1,
	}
}

// Redirect makes every node after position from read and every output return tensor next where it was old.
func (g *Graph) Redirect(old, next int32, from int) {
	for _, op := range g.Operators[from:] {
		replace(op.Inputs, old, next)
	}
	replace(g.Outputs, old, next)
	for _, s := range g.Model.SignatureDefs {
		if int(s.SubgraphIndex) != g.Index {
			continue
		}
		for _, o := range s.Outputs {
			if o.TensorIndex == uint32(old) {
				o.TensorIndex = uint32(next)
			}
		}
	}
}

func replace(list []int32, old, next int32) {
	for i, t := range list {
		if t == old {
			list[i] = next
		}
	}
}
