package calibrate

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// loop is (n, x) -> WHILE n < 3: n+1, x*2 + NEG(c), whose NEG is computed while preparing.
func loop() *schema.File {
	names := map[string]uint32{}
	var codes []*tflite.OperatorCodeT
	node := func(code tflite.BuiltinOperator, in, out []int32, kind tflite.BuiltinOptions, options any) *tflite.OperatorT {
		if _, ok := names[code.String()]; !ok {
			names[code.String()] = uint32(len(codes))
			codes = append(codes, &tflite.OperatorCodeT{BuiltinCode: code, DeprecatedBuiltinCode: int8(min(code, 127)), Version: 1})
		}
		op := &tflite.OperatorT{OpcodeIndex: names[code.String()], Inputs: in, Outputs: out, DebugMetadataIndex: -1}
		if options != nil {
			op.BuiltinOptions = &tflite.BuiltinOptionsT{Type: kind, Value: options}
		}
		return op
	}
	x := func(name string, kind tflite.TensorType, buffer uint32, shape ...int32) *tflite.TensorT {
		return &tflite.TensorT{Name: name, Type: kind, Shape: shape, Buffer: buffer}
	}
	const i32, f32, flag = tflite.TensorTypeINT32, tflite.TensorTypeFLOAT32, tflite.TensorTypeBOOL
	add := &tflite.AddOptionsT{}
	main := &tflite.SubGraphT{
		Tensors: []*tflite.TensorT{x("n", i32, 0), x("x", f32, 0, 2), x("m", i32, 0), x("y", f32, 0, 2)},
		Inputs:  []int32{0, 1}, Outputs: []int32{3}, DebugMetadataIndex: -1,
		Operators: []*tflite.OperatorT{node(tflite.BuiltinOperatorWHILE, []int32{0, 1}, []int32{2, 3}, tflite.BuiltinOptionsWhileOptions,
			&tflite.WhileOptionsT{CondSubgraphIndex: 1, BodySubgraphIndex: 2})},
	}
	cond := &tflite.SubGraphT{
		Tensors: []*tflite.TensorT{x("n", i32, 0), x("x", f32, 0, 2), x("three", i32, 1), x("less", flag, 0)},
		Inputs:  []int32{0, 1}, Outputs: []int32{3}, DebugMetadataIndex: -1,
		Operators: []*tflite.OperatorT{node(tflite.BuiltinOperatorLESS, []int32{0, 2}, []int32{3}, tflite.BuiltinOptionsLessOptions, &tflite.LessOptionsT{})},
	}
	body := &tflite.SubGraphT{
		Tensors: []*tflite.TensorT{
			x("n", i32, 0), x("x", f32, 0, 2), x("one", i32, 2), x("next", i32, 0), x("doubled", f32, 0, 2),
			x("c", f32, 3, 2), x("neg", f32, 0, 2), x("out", f32, 0, 2),
		},
		Inputs: []int32{0, 1}, Outputs: []int32{3, 7}, DebugMetadataIndex: -1,
		Operators: []*tflite.OperatorT{
			node(tflite.BuiltinOperatorADD, []int32{0, 2}, []int32{3}, tflite.BuiltinOptionsAddOptions, add),
			node(tflite.BuiltinOperatorADD, []int32{1, 1}, []int32{4}, tflite.BuiltinOptionsAddOptions, add),
			node(tflite.BuiltinOperatorNEG, []int32{5}, []int32{6}, 0, nil),
			node(tflite.BuiltinOperatorADD, []int32{4, 6}, []int32{7}, tflite.BuiltinOptionsAddOptions, add),
		},
	}
	return schema.NewFile(&tflite.ModelT{
		Version: 3, Buffers: []*tflite.BufferT{{}, {Data: []byte{3, 0, 0, 0}}, {Data: []byte{1, 0, 0, 0}}, {Data: edit.FloatBytes([]float32{0.5, -0.25})}},
		OperatorCodes: codes, Subgraphs: []*tflite.SubGraphT{main, cond, body},
	})
}

// TestLoop: bodies and conditions are observed in all rounds, and so are their inputs and folded constants.
func TestLoop(t *testing.T) {
	sample := func(n int, x ...float32) dataset.Sample {
		return dataset.Sample{Inputs: []dataset.Value{{Shape: tensor.Shape{}, Floats: []float32{float32(n)}}, {Floats: x}}}
	}
	f := loop()
	// 0: [1 -1] -> [1.5 -1.75] -> [2.5 -3.25] -> [4.5 -6.25]; 2: [0.25 0] -> [0 0.25]
	stats, err := Run(context.Background(), f, dataset.Of(sample(0, 1, -1), sample(2, 0.25, 0)), Config{})
	require.NoError(t, err)
	for _, x := range []struct {
		graph, tensor int
		want          Range
	}{
		{0, 1, Range{-1, 1}}, {0, 3, Range{-6.25, 4.5}},
		{1, 1, Range{-6.25, 4.5}}, {2, 1, Range{-6.25, 4.5}}, // the body's own input ends with -3.25: its last output is only tested
		{2, 4, Range{-6.5, 5}}, {2, 6, Range{-0.5, 0.25}}, {2, 7, Range{-6.25, 4.5}},
	} {
		got, ok := stats.Range(x.graph, x.tensor, MinMax)
		require.True(t, ok, x)
		require.Equal(t, x.want, got, x)
		clipped, ok := stats.Range(x.graph, x.tensor, "percentile:100")
		require.True(t, ok)
		require.Equal(t, x.want, clipped, x)
	}
	for _, x := range stats.Outliers() {
		require.NotEmpty(t, x.Name)
	}
	for _, x := range [][2]int{{0, 0}, {2, 5}, {1, 3}} {
		_, ok := stats.Range(x[0], x[1], MinMax)
		require.False(t, ok, x)
	}
}

func TestDeclared(t *testing.T) {
	f := sums([]float32{1, 2})
	f.Model.Subgraphs[0].Tensors[1].Quantization = &tflite.QuantizationParametersT{Min: []float32{-3}, Max: []float32{4}}
	f.Model.Subgraphs[0].Tensors[2].Quantization = &tflite.QuantizationParametersT{Min: []float32{-100}, Max: []float32{100}}
	stats, err := Run(context.Background(), f, randomSet(1, 2, 2, 1), Config{})
	require.NoError(t, err)
	r, ok := stats.Range(0, 1, MSE)
	require.True(t, ok)
	require.Equal(t, Range{-3, 4}, r)
	r, ok = stats.Range(0, 2, MinMax)
	require.True(t, ok)
	require.Less(t, r.Max, float32(100))

	declared, err := Declared(f)
	require.NoError(t, err)
	r, ok = declared.Range(0, 2, MinMax)
	require.True(t, ok)
	require.Equal(t, Range{-100, 100}, r)
	_, ok = declared.Range(0, 3, MinMax)
	require.False(t, ok)
	require.Zero(t, declared.Samples())
	_, err = Declared(sums([]float32{1}))
	require.ErrorIs(t, err, ErrNoSamples)
}
