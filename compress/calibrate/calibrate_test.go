package calibrate

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// sums is y = RELU(x + a) + NEG(a), whose NEG is computed while preparing; tensors x 0, a 1, sum 2, relu 3, neg 4, y 5.
func sums(a []float32) *schema.File {
	n := int32(len(a))
	x := func(name string, buffer uint32) *tflite.TensorT {
		return &tflite.TensorT{Name: name, Shape: []int32{n}, Buffer: buffer}
	}
	node := func(code uint32, in []int32, out int32, options *tflite.BuiltinOptionsT) *tflite.OperatorT {
		return &tflite.OperatorT{OpcodeIndex: code, Inputs: in, Outputs: []int32{out}, DebugMetadataIndex: -1, BuiltinOptions: options}
	}
	add := &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsAddOptions, Value: &tflite.AddOptionsT{}}
	return schema.NewFile(&tflite.ModelT{
		Version: 3,
		Buffers: []*tflite.BufferT{{}, {Data: edit.FloatBytes(a)}},
		OperatorCodes: []*tflite.OperatorCodeT{
			{BuiltinCode: tflite.BuiltinOperatorADD, Version: 1}, {BuiltinCode: tflite.BuiltinOperatorRELU, Version: 1, DeprecatedBuiltinCode: 19},
			{BuiltinCode: tflite.BuiltinOperatorNEG, Version: 1, DeprecatedBuiltinCode: 59},
		},
		Subgraphs: []*tflite.SubGraphT{{
			Tensors: []*tflite.TensorT{x("x", 0), x("a", 1), x("sum", 0), x("relu", 0), x("neg", 0), x("y", 0)},
			Inputs:  []int32{0}, Outputs: []int32{5}, DebugMetadataIndex: -1,
			Operators: []*tflite.OperatorT{
				node(0, []int32{0, 1}, 2, add), node(1, []int32{2}, 3, nil), node(2, []int32{1}, 4, nil), node(0, []int32{3, 4}, 5, add),
			},
		}},
	})
}

func randomSet(seed uint64, samples, n int, scale float64) *dataset.Set {
	r := rand.New(rand.NewPCG(seed, 1))
	list := make([]dataset.Sample, samples)
	for i := range list {
		values := make([]float32, n)
		for k := range values {
			values[k] = float32(r.NormFloat64() * scale)
		}
		list[i] = dataset.Sample{Name: fmt.Sprint(i), Inputs: []dataset.Value{{Floats: values}}, Label: dataset.NoLabel}
	}
	return dataset.Of(list...)
}

func TestRanges(t *testing.T) {
	a := []float32{0.5, -2, 3, 1}
	f := sums(a)
	set := randomSet(1, 37, 4, 2)
	done := 0
	stats, err := Run(context.Background(), f, set, Config{Workers: 3, Progress: func(d, total int) {
		done++
		require.Equal(t, done, d)
		require.Equal(t, 37, total)
	}})
	require.NoError(t, err)
	require.Equal(t, 37, done)
	want := make([]Range, 6)
	for i := range want {
		want[i] = Range{float32(math.Inf(1)), float32(math.Inf(-1))}
	}
	see := func(i int, v float32) { want[i] = Range{min(want[i].Min, v), max(want[i].Max, v)} }
	for i := range set.Len {
		s, err := set.Sample(i)
		require.NoError(t, err)
		for k, x := range s.Inputs[0].Floats {
			sum := x + a[k]
			see(0, x)
			see(2, sum)
			see(3, max(sum, 0))
			see(4, -a[k])
			see(5, max(sum, 0)-a[k])
		}
	}
	for i, w := range want {
		got, ok := stats.Range(0, i, MinMax)
		require.Equal(t, i != 1, ok, i)
		if ok {
			require.Equal(t, w, got, i)
		}
	}
	_, ok := stats.Range(1, 0, MinMax)
	require.False(t, ok)
	require.Empty(t, stats.Warnings())
}

func TestWorkersAgree(t *testing.T) {
	f := sums([]float32{0.5, -2, 3, 1})
	set := randomSet(2, 50, 4, 3)
	one, err := Run(context.Background(), f, set, Config{Workers: 1})
	require.NoError(t, err)
	for _, workers := range []int{2, 7} {
		many, err := Run(context.Background(), f, set, Config{Workers: workers})
		require.NoError(t, err)
		require.Equal(t, one.merged.slots, many.merged.slots)
	}
}

func TestBadValues(t *testing.T) {
	inf := float32(math.Inf(1))
	set := dataset.Of(dataset.Sample{Inputs: []dataset.Value{{Floats: []float32{1, float32(math.NaN()), inf, -1}}}})
	stats, err := Run(context.Background(), sums([]float32{0, 0, 0, 0}), set, Config{})
	require.NoError(t, err)
	r, ok := stats.Range(0, 0, MinMax)
	require.True(t, ok)
	require.Equal(t, Range{-1, 1}, r)
	require.Contains(t, stats.Warnings()[0], `"x": 2 values`)
}

func TestRefusals(t *testing.T) {
	f := sums([]float32{1})
	_, err := Run(context.Background(), f, dataset.Of(), Config{})
	require.ErrorIs(t, err, ErrNoSamples)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Run(ctx, f, randomSet(1, 3, 1, 1), Config{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = Run(context.Background(), f, randomSet(1, 3, 2, 1), Config{})
	require.ErrorContains(t, err, "sample ")
	f.Model.Subgraphs[0].Inputs[0] = 99
	_, err = Run(context.Background(), f, randomSet(1, 3, 1, 1), Config{})
	require.ErrorIs(t, err, schema.ErrInvalidModel)
}
