package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress/compare"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// convModel is a convolution of a [1,8,6,3] image by four filters of 3x3, stride 2, without padding: output [1,3,2,4].
func convModel() *builder {
	b := newBuilder()
	x, y := b.tensor("image", tensor.Float32, 1, 8, 6, 3), b.tensor("features", tensor.Float32, 1, 3, 2, 4)
	w, bias := b.floats("weights", make([]float32, 4*3*3*3), 4, 3, 3, 3), b.floats("bias", make([]float32, 4), 4)
	b.op(tflite.BuiltinOperatorCONV_2D, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConv2DOptions, Value: &tflite.Conv2DOptionsT{
		Padding: tflite.PaddingVALID, StrideW: 2, StrideH: 2, DilationWFactor: 1, DilationHFactor: 1,
	}}, []int32{x, w, bias}, []int32{y})
	b.ports([]int32{x}, []int32{y})
	b.m.Description = "a convolution"
	b.m.Metadata = []*tflite.MetadataT{{Name: "note", Buffer: uint32(len(b.m.Buffers))}}
	b.m.Buffers = append(b.m.Buffers, &tflite.BufferT{Data: []byte("hello")})
	return b
}

const convMACs = 3 * 2 * 4 * (3 * 3 * 3)

func TestInspectJSON(t *testing.T) {
	model := convModel().file(t)
	text := succeeds(t, "inspect", model, "--json")
	require.True(t, json.Valid([]byte(text)))
	var info modelInfo
	require.NoError(t, json.Unmarshal([]byte(text), &info))
	require.EqualValues(t, convMACs, info.MACs)
	require.Equal(t, "model.tflite", info.Model)
	require.EqualValues(t, len(content(t, model)), info.Bytes)
	require.EqualValues(t, 4*(108+4)+5, info.Constants)
	require.Equal(t, "a convolution", info.Description)
	require.Equal(t, []metaInfo{{"note", 5}}, info.Metadata)
	require.Empty(t, info.Unsupported)
	require.Empty(t, info.Problem)
	require.NotNil(t, info.Memory)
	require.GreaterOrEqual(t, info.Memory.Arena, int64(4*(8*6*3+3*2*4)))
	g := info.Subgraphs[0]
	require.Equal(t, []int32{0}, g.Inputs)
	require.Equal(t, []int32{1}, g.Outputs)
	require.Equal(t, "CONV_2D", g.Nodes[0].Op)
	require.EqualValues(t, 1, g.Nodes[0].Version)
	require.EqualValues(t, convMACs, g.Nodes[0].MACs)
	require.Equal(t, tensor.Shape{4, 3, 3, 3}, g.Tensors[2].Shape)
	require.Equal(t, 432, g.Tensors[2].Bytes)
	require.Contains(t, text, `"stride_w": 2`)
}

func TestInspectText(t *testing.T) {
	text := succeeds(t, "inspect", convModel().file(t))
	for _, want := range []string{
		"453 of them constants; 1 subgraph(s); 0.001 million MACs\n", "description: a convolution\n", `metadata "note": 5 bytes`,
		`subgraph 0 "main": inputs [0], outputs [1]`, "node 0    CONV_2D v1 [0 2 3] -> [1]  648 MACs  {", "StrideW:2",
		`tensor 2    "weights" FLOAT32[4,3,3,3] constant, 432 bytes (buffer 1)`, "arena: ",
	} {
		require.Contains(t, text, want)
	}
	plain := succeeds(t, "inspect", convModel().file(t), "--map=false")
	require.True(t, strings.HasPrefix(text, plain))
	require.Less(t, len(plain), len(text), "the map is drawn if nothing else is said")

	b := addModel()
	b.g.Tensors[0].ShapeSignature = []int32{-1}
	b.quantize(0.5, 3, 1)
	b.g.Tensors[2].Quantization = &tflite.QuantizationParametersT{Scale: []float32{1, 2}, ZeroPoint: []int64{0, 0}}
	text = succeeds(t, "inspect", b.file(t))
	for _, want := range []string{
		`signature "swapped": subgraph 0, inputs b, a, outputs rectified`, "signature [-1]", "scale 0.5 zero point 3", "2 scales along axis 0",
	} {
		require.Contains(t, text, want)
	}
}

// TestInspectUnsupported shows what a model lacks instead of refusing it.
func TestInspectUnsupported(t *testing.T) {
	b := reluModel()
	b.op(tflite.BuiltinOperatorCUSTOM, nil, []int32{1}, []int32{b.tensor("z", tensor.Float32, 1, 3)})
	b.m.OperatorCodes[1].CustomCode = "Mystery"
	model := b.file(t)
	require.Contains(t, succeeds(t, "inspect", model), "unsupported operators: Mystery")
	var info modelInfo
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, "inspect", model, "--json")), &info))
	require.Equal(t, []string{"Mystery"}, info.Unsupported)
	require.Equal(t, "Mystery", info.Subgraphs[0].Nodes[1].Op)
	require.Contains(t, info.Problem, "Mystery")
	require.Nil(t, info.Memory)
	require.Contains(t, fails(t, 1, "run", model), "Mystery")
	require.Contains(t, fails(t, 1, "bench", model), "Mystery")
}

// TestInspectNaN has an option that JSON cannot write.
func TestInspectNaN(t *testing.T) {
	b := newBuilder()
	x, y := b.tensor("x", tensor.Float32, 2), b.tensor("y", tensor.Float32, 2)
	b.op(tflite.BuiltinOperatorSOFTMAX, &tflite.BuiltinOptionsT{
		Type: tflite.BuiltinOptionsSoftmaxOptions, Value: &tflite.SoftmaxOptionsT{Beta: float32(math.NaN())},
	}, []int32{x}, []int32{y})
	b.ports([]int32{x}, []int32{y})
	model := b.file(t)
	text := succeeds(t, "inspect", model, "--json")
	require.True(t, json.Valid([]byte(text)))
	require.Contains(t, text, "Beta:NaN")
	require.Contains(t, succeeds(t, "inspect", model), "{Beta:NaN}")
}

// TestInspectSubgraphs covers a model with several of them.
func TestInspectSubgraphs(t *testing.T) {
	var info modelInfo
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, "inspect", sumModel().file(t), "--json")), &info))
	require.Len(t, info.Subgraphs, 2)
	require.Equal(t, "start", info.Subgraphs[1].Name)
	require.Equal(t, "CALL_ONCE", info.Subgraphs[0].Nodes[0].Op)
	require.Zero(t, info.MACs)
}

func TestMACs(t *testing.T) {
	shapes := []tensor.Shape{{2, 5, 7, 3}, {8, 3, 3, 3}, {2, 5, 7, 8}, {1, 3, 3, 6}, {2, 5, 7, 6}, {4, 16}, {10, 16}, {4, 10}, {2, 4, 16}, {2, 16, 5}, {2, 4, 5},
		{8, 3, 3, 6}, {2, 10, 14, 8}, {4, 12, 10}}
	for _, c := range []struct {
		op      string
		in, out []int32
		want    int64
	}{
		{"CONV_2D", []int32{0, 1}, []int32{2}, 2 * 5 * 7 * 8 * 27},
		{"DEPTHWISE_CONV_2D", []int32{0, 3}, []int32{4}, 2 * 5 * 7 * 6 * 9},
		{"FULLY_CONNECTED", []int32{5, 6, -1}, []int32{7}, 4 * 16 * 10},
		{"BATCH_MATMUL", []int32{8, 9}, []int32{10}, 2 * 4 * 5 * 16},
		{"TRANSPOSE_CONV", []int32{-1, 11, 4}, []int32{12}, 2 * 5 * 7 * 6 * 8 * 9},
		{"RELU", []int32{0}, []int32{0}, 0},
		{"CONV_2D", nil, nil, 0},
		{"CONV_2D", []int32{99, -1}, []int32{99}, 0},
	} {
		got := compare.MACs(c.op, &tflite.OperatorT{Inputs: c.in, Outputs: c.out}, shapes)
		if c.want > 0 {
			require.Equal(t, c.want, got, c.op)
		} else {
			require.LessOrEqual(t, got, int64(1), c.op)
		}
	}
}
