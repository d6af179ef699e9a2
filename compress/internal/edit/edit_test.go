package edit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// twoAdds is y = (x + a) + b with an unused tensor, an unused buffer and two equal constants.
func twoAdds() *schema.File {
	add := func(in, constant, out int32) *tflite.OperatorT {
		return &tflite.OperatorT{Inputs: []int32{in, constant}, Outputs: []int32{out}, DebugMetadataIndex: -1,
			BuiltinOptions: &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsAddOptions, Value: &tflite.AddOptionsT{}}}
	}
	x := func(name string, buffer uint32) *tflite.TensorT {
		return &tflite.TensorT{Name: name, Shape: []int32{2}, Buffer: buffer}
	}
	return schema.NewFile(&tflite.ModelT{
		Version:       3,
		Buffers:       []*tflite.BufferT{{}, {Data: FloatBytes([]float32{9, 9})}, {Data: FloatBytes([]float32{1, 2})}, {Data: FloatBytes([]float32{1, 2})}},
		OperatorCodes: []*tflite.OperatorCodeT{{BuiltinCode: tflite.BuiltinOperatorADD, Version: 1}},
		Subgraphs: []*tflite.SubGraphT{{
			Tensors: []*tflite.TensorT{x("x", 0), x("unused", 1), x("a", 2), x("b", 3), x("sum", 0), x("y", 0)},
			Inputs:  []int32{0}, Outputs: []int32{5}, DebugMetadataIndex: -1,
			Operators: []*tflite.OperatorT{add(0, 2, 4), add(4, 3, 5)},
		}},
		SignatureDefs: []*tflite.SignatureDefT{{SignatureKey: "main", Inputs: []*tflite.TensorMapT{{Name: "in"}}, Outputs: []*tflite.TensorMapT{{Name: "out", TensorIndex: 5}}}},
	})
}

func TestClean(t *testing.T) {
	f := twoAdds()
	m, err := Open(f)
	require.NoError(t, err)
	out, err := m.File()
	require.NoError(t, err)
	g := out.Model.Subgraphs[0]
	require.Len(t, g.Tensors, 5)
	require.Len(t, out.Model.Buffers, 2)
	require.Equal(t, g.Tensors[1].Buffer, g.Tensors[2].Buffer)
	require.Equal(t, []int32{0, 1}, g.Operators[0].Inputs)
	require.Equal(t, []int32{4}, g.Outputs)
	require.EqualValues(t, 4, out.Model.SignatureDefs[0].Outputs[0].TensorIndex)
	require.Len(t, f.Model.Subgraphs[0].Tensors, 6, "the original stays")
	require.Len(t, f.Model.Buffers, 4)
}

func TestGraphEdits(t *testing.T) {
	m, err := Open(twoAdds())
	require.NoError(t, err)
	g := m.Graph(0)
	require.Len(t, g.Uses()[4], 1)
	require.Equal(t, g.UsesOf(4), g.Uses()[4])
	require.Equal(t, g.Operators[0], g.Producer(4))
	require.Nil(t, g.Producer(0))
	require.True(t, g.IsConstant(2) && !g.IsConstant(4) && !g.IsConstant(-1))

	// y = relu(sum) in place of the second sum.
	relu := g.AddTensor(&tflite.TensorT{Name: "relu", Shape: []int32{2}})
	last := g.Operators[1]
	g.Redirect(5, relu, 2)
	g.InsertAfter(last, g.Node(tflite.BuiltinOperatorRELU, 1, []int32{5}, []int32{relu}, nil))
	require.Equal(t, 2, g.Position(g.Producer(relu)))
	m.SetVersion(last, 2)
	require.EqualValues(t, 1, m.Version(g.Operators[0]))
	m.RaiseVersion(last, 1)
	require.EqualValues(t, 2, m.Version(last))
	g.SetFloats(3, []float32{5, 6})
	a, err := g.Floats(2)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2}, a)
	out, err := m.File()
	require.NoError(t, err)
	require.EqualValues(t, out.Model.Subgraphs[0].Outputs[0], out.Model.SignatureDefs[0].Outputs[0].TensorIndex)
	require.Len(t, out.Model.OperatorCodes, 3)
	_, err = schema.Encode(out)
	require.NoError(t, err)
}
