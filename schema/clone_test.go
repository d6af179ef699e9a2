package schema

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/schema/tflite"
)

func TestClone(t *testing.T) {
	weights := []byte{1, 2, 3, 4}
	f := NewFile(&tflite.ModelT{
		Version: 3, Description: "d", Buffers: []*tflite.BufferT{{}, {Data: weights}},
		OperatorCodes: []*tflite.OperatorCodeT{{BuiltinCode: tflite.BuiltinOperatorADD, Version: 1}},
		Subgraphs: []*tflite.SubGraphT{{
			Tensors: []*tflite.TensorT{{Name: "x", Shape: []int32{1, 1}, Buffer: 1,
				Quantization: &tflite.QuantizationParametersT{Scale: []float32{0.5}, ZeroPoint: []int64{3}}}},
			Inputs: []int32{0}, Outputs: []int32{},
			Operators: []*tflite.OperatorT{{Inputs: []int32{0, -1}, BuiltinOptions: &tflite.BuiltinOptionsT{
				Type: tflite.BuiltinOptionsAddOptions, Value: &tflite.AddOptionsT{PotScaleInt16: true}}}},
		}},
	})
	f.Unknown, f.Trailing = []string{"u"}, []byte("tail")
	c := f.Clone()
	require.Equal(t, f, c)

	c.Unknown[0] = "changed"
	g := c.Model.Subgraphs[0]
	g.Tensors[0].Shape[0] = 9
	g.Tensors[0].Quantization.Scale[0] = 9
	g.Operators[0].Inputs[0] = 9
	g.Operators[0].BuiltinOptions.Value.(*tflite.AddOptionsT).PotScaleInt16 = false
	c.Model.Buffers[1].Data = append(c.Model.Buffers[1].Data, 5)
	c.Model.OperatorCodes[0].Version = 9

	g = f.Model.Subgraphs[0]
	require.Equal(t, []string{"u"}, f.Unknown)
	require.Equal(t, []int32{1, 1}, g.Tensors[0].Shape)
	require.Equal(t, []float32{0.5}, g.Tensors[0].Quantization.Scale)
	require.Equal(t, []int32{0, -1}, g.Operators[0].Inputs)
	require.True(t, g.Operators[0].BuiltinOptions.Value.(*tflite.AddOptionsT).PotScaleInt16)
	require.Equal(t, weights, f.Model.Buffers[1].Data)
	require.EqualValues(t, 1, f.Model.OperatorCodes[0].Version)
}
