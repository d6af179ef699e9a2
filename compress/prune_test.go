package compress_test

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// dense is y = x * W^T with W of the given shape.
func dense(values []float32, rows, columns int32) *schema.File {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return schema.NewFile(&tflite.ModelT{
		Version: 3, Buffers: []*tflite.BufferT{{}, {Data: data}},
		OperatorCodes: []*tflite.OperatorCodeT{{BuiltinCode: tflite.BuiltinOperatorFULLY_CONNECTED, DeprecatedBuiltinCode: 9, Version: 1}},
		Subgraphs: []*tflite.SubGraphT{{
			Tensors: []*tflite.TensorT{{Name: "x", Shape: []int32{1, columns}}, {Name: "w", Shape: []int32{rows, columns}, Buffer: 1}, {Name: "y", Shape: []int32{1, rows}}},
			Inputs:  []int32{0}, Outputs: []int32{2}, DebugMetadataIndex: -1,
			Operators: []*tflite.OperatorT{{Inputs: []int32{0, 1, -1}, Outputs: []int32{2}, DebugMetadataIndex: -1,
				BuiltinOptions: &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{}}}},
		}},
	})
}

// weightsOf reads the float32 weights back.
func weightsOf(f *schema.File) []float32 {
	data := f.Model.Buffers[f.Model.Subgraphs[0].Tensors[1].Buffer].Data
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out
}

func prune(t *testing.T, f *schema.File, c compress.PruneConfig) []float32 {
	t.Helper()
	before := slices.Clone(weightsOf(f))
	out, report, err := compress.Prune(context.Background(), f, nil, c)
	require.NoError(t, err)
	require.Len(t, report.Changes, 1)
	require.Equal(t, before, weightsOf(f), "the original stays")
	return weightsOf(out)
}

func TestPruneMagnitude(t *testing.T) {
	got := prune(t, dense([]float32{5, -1, 2, -4, 0.5, 3, -3, 1}, 2, 4), compress.PruneConfig{Sparsity: 0.5, MinElements: 1})
	require.Equal(t, []float32{5, 0, 0, -4, 0, 3, -3, 0}, got)
	// Of equals, as many go as the share wants.
	got = prune(t, dense([]float32{1, 1, 1, 1, 1, 1, 1, 1}, 2, 4), compress.PruneConfig{Sparsity: 0.25, MinElements: 1})
	require.Equal(t, []float32{0, 0, 1, 1, 1, 1, 1, 1}, got)
	require.Equal(t, make([]float32, 8), prune(t, dense([]float32{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4), compress.PruneConfig{Sparsity: 1, MinElements: 1, Force: true}))
}

func TestPrunePatterns(t *testing.T) {
	w := []float32{4, 1, -2, 3, 1, 2, 3, 4}
	require.Equal(t, []float32{4, 0, 0, 3, 0, 0, 3, 4}, prune(t, dense(w, 2, 4), compress.PruneConfig{Pattern: compress.TwoOfFour, MinElements: 1}))
	require.Equal(t, []float32{4, 0, 0, 0, 0, 0, 0, 4}, prune(t, dense(w, 2, 4), compress.PruneConfig{Pattern: compress.OneOfFour, MinElements: 1}))
	// Root mean squares 2.74 and 2.16: the second block goes.
	require.Equal(t, []float32{4, 1, -2, 3, 0, 0, 0, 0}, prune(t, dense([]float32{4, 1, -2, 3, 1, 1, 4, 1}, 2, 4), compress.PruneConfig{Sparsity: 0.5, Pattern: compress.Block1x4, MinElements: 1}))
	// Rows of six: blocks of four and two.
	require.Equal(t, []float32{9, 9, 9, 9, 0, 0}, prune(t, dense([]float32{9, 9, 9, 9, 1, 1}, 1, 6), compress.PruneConfig{Sparsity: 0.5, Pattern: compress.Block1x4, MinElements: 1}))
}

// TestPruneScopes checks the share of zeros, and that no weight that stays is smaller than one that goes.
func TestPruneScopes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	values := make([]float32, 1024)
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	for _, scope := range []compress.Scope{compress.PerLayer, compress.Global} {
		got := prune(t, dense(values, 32, 32), compress.PruneConfig{Sparsity: 0.75, Scope: scope})
		zeros, least, most := 0, math.Inf(1), 0.0
		for i, v := range got {
			if v == 0 {
				zeros++
				most = max(most, math.Abs(float64(values[i])))
			} else {
				require.Equal(t, values[i], v)
				least = min(least, math.Abs(float64(v)))
			}
		}
		require.Equal(t, 768, zeros)
		require.Less(t, most, least)
	}
}

func TestPruneRefusals(t *testing.T) {
	f := dense([]float32{1, 2, 3, 4}, 1, 4)
	for _, c := range []compress.PruneConfig{{Sparsity: 0.96}, {Sparsity: -0.1}, {Sparsity: 1.5, Force: true}, {Sparsity: math.NaN()}, {Sparsity: 0.5, Scope: "all"}, {Sparsity: 0.5, Pattern: "3x3"}} {
		_, _, err := compress.Prune(context.Background(), f, nil, c)
		require.ErrorIs(t, err, ops.ErrValue, "%+v", c)
	}
	out, report, err := compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.5})
	require.NoError(t, err)
	require.Equal(t, weightsOf(f), weightsOf(out))
	require.Len(t, report.Skipped, 1, "4 elements are too few")
	f.Model.Subgraphs[0].Operators[0].Inputs[1] = 99
	_, _, err = compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.5})
	require.ErrorIs(t, err, schema.ErrInvalidModel)
}

// TestPruneInteger prunes a quantized model: zeros are at the zero point and the model runs.
func TestPruneInteger(t *testing.T) {
	f := open(t, "tiny_ad01_int8")
	out, report, err := compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.5})
	require.NoError(t, err)
	require.Len(t, report.Changes, 10)
	zeros, all := 0, 0
	g := out.Model.Subgraphs[0]
	for _, x := range g.Tensors {
		if data := out.Model.Buffers[x.Buffer].Data; x.Type == tflite.TensorTypeINT8 && len(data) > 0 {
			for _, b := range data {
				if b == 0 {
					zeros++
				}
			}
			all += len(data)
		}
	}
	require.InDelta(t, 0.5, float64(zeros)/float64(all), 0.08, "zeros that were there count")
	it := interpret(t, f)
	set := smooth(it, 8, 3, -50, 50)
	want := outputs(t, it, set)
	require.Greater(t, float64(compress.SQNR(want, outputs(t, interpret(t, out), set))), 0.0)
}
