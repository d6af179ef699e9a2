package edit

import (
	"slices"

	"github.com/litewren/litewren/schema/tflite"
)

// DecodeFor stores constant t as a TFLM_DECODE pair. TFLite Micro wants a node of its own in front of every consumer, which
// decodes all the consumer's constants into memory that the next node may use again.
func (g *Graph) DecodeFor(t int32, encoded, table []byte) {
	x := g.Tensors[t]
	bytesTensor := func(suffix string, data []byte) int32 {
		return g.AddTensor(&tflite.TensorT{
			Name: x.Name + suffix, Shape: []int32{int32(len(data))}, Type: tflite.TensorTypeUINT8, Buffer: g.Model.AddBuffer(data),
		})
	}
	pair := []int32{bytesTensor("_encoded", encoded), bytesTensor("_table", table)}
	decoded := func() int32 {
		d := *x
		d.Shape, d.Buffer = slices.Clone(x.Shape), 0
		return g.AddTensor(&d)
	}
	for _, u := range g.UsesOf(t) {
		u.Op.Inputs[u.Input] = decoded()
		node := g.decoderOf(u.Op)
		node.Inputs = append(node.Inputs, pair...)
		node.Outputs = append(node.Outputs, u.Op.Inputs[u.Input])
	}
	if g.IsOutput(t) {
		node := g.decodeNode()
		node.Inputs, node.Outputs = pair, []int32{decoded()}
		g.Operators = append(g.Operators, node)
		g.Redirect(t, node.Outputs[0], len(g.Operators))
	}
}

const tflmDecode = "TFLM_DECODE"

// decoderOf returns the TFLM_DECODE node in front of op, making it if there is none.
func (g *Graph) decoderOf(op *tflite.OperatorT) *tflite.OperatorT {
	if i := g.Position(op); i > 0 && g.Model.Name(g.Operators[i-1]) == tflmDecode {
		return g.Operators[i-1]
	}
	node := g.decodeNode()
	g.InsertBefore(op, node)
	return node
}

func (g *Graph) decodeNode() *tflite.OperatorT {
	return &tflite.OperatorT{OpcodeIndex: g.Model.OperatorCode(tflite.BuiltinOperatorCUSTOM, tflmDecode, 1), DebugMetadataIndex: -1}
}
