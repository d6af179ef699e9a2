package compare

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// autoencoder returns a shipped model, a dynamic-range copy, a pruned one, and samples.
func autoencoder(t *testing.T) ([]Model, *dataset.Set) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "models", "sensor_autoencoder.tflite"))
	require.NoError(t, err)
	f, err := schema.Decode(b, schema.Limits{})
	require.NoError(t, err)
	m, err := interpreter.Load(b)
	require.NoError(t, err)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	set, err := dataset.Random(dataset.Inputs(it), 12, 7)
	require.NoError(t, err)
	models := []Model{{"original", b}}
	small, _, err := compress.Dynamic(f, compress.DynamicConfig{})
	require.NoError(t, err)
	pruned, _, err := compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.9})
	require.NoError(t, err)
	for name, x := range map[string]*schema.File{"dynamic": small, "pruned": pruned} {
		b, err := schema.Encode(x)
		require.NoError(t, err)
		models = append(models, Model{name, b})
	}
	if models[1].Name != "dynamic" {
		models[1], models[2] = models[2], models[1]
	}
	return models, set
}

func TestRun(t *testing.T) {
	models, set := autoencoder(t)
	r, err := Run(context.Background(), models, set, Config{Runs: 3, Layers: true})
	require.NoError(t, err)
	original, dynamic, pruned := r.Models[0], r.Models[1], r.Models[2]
	require.True(t, math.IsInf(float64(original.Quality.SQNR), 1))
	require.EqualValues(t, 1, *original.Quality.Agreement)
	require.Zero(t, original.Quality.MaxAbs)
	require.EqualValues(t, len(models[0].Bytes), original.File)
	require.Greater(t, float64(dynamic.Quality.SQNR), 20.0)
	require.Less(t, float64(pruned.Quality.SQNR), float64(dynamic.Quality.SQNR))
	require.Greater(t, pruned.Zeros, 0.8)
	require.Less(t, float64(pruned.Gzip), 0.35*float64(original.Gzip))
	require.Less(t, pruned.Entropy, original.Entropy)
	require.Equal(t, original.Parameters, pruned.Parameters)
	require.Equal(t, original.MACs, dynamic.MACs)
	require.Greater(t, dynamic.Integer, 0.9)
	require.Zero(t, original.Integer)
	require.NotEmpty(t, dynamic.Layers)
	require.Empty(t, original.Layers)
	require.Greater(t, original.P95, 0.0)
	require.GreaterOrEqual(t, original.P95, original.P50)

	text := r.Markdown()
	require.Equal(t, 3+2+2, strings.Count(text, "\n"))
	require.Contains(t, text, "| dynamic |")
	page, err := r.HTML()
	require.NoError(t, err)
	require.Contains(t, page, "<svg")
	require.NotContains(t, page, "http", "a page that needs nothing else")
	require.Equal(t, strings.Count(page, "<svg"), strings.Count(page, "</svg>"))
	_, err = json.Marshal(r)
	require.NoError(t, err)

	require.NoError(t, r.Gate(math.NaN(), math.NaN()))
	require.NoError(t, (&Result{Models: r.Models[:2]}).Gate(0.5, 15))
	require.ErrorIs(t, r.Gate(math.NaN(), 200), ErrGate)
	require.ErrorContains(t, r.Gate(-1, math.NaN()), "agrees with the original on")
}

// TestAccuracy gives labels of which the original gets a known share right.
func TestAccuracy(t *testing.T) {
	models, set := autoencoder(t)
	m, err := interpreter.Load(models[0].Bytes)
	require.NoError(t, err)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	inner := set.Sample
	set.Sample = func(i int) (dataset.Sample, error) {
		s, err := inner(i)
		require.NoError(t, err)
		require.NoError(t, s.Apply(it))
		require.NoError(t, it.Invoke(context.Background()))
		out := tensor.Data[float32](it.Output(0))
		// Sums over time, as in the sensor example.
		var sums [3]float32
		for k, v := range out {
			sums[k%3] += v
		}
		s.Label = 0
		for k, v := range sums {
			if v > sums[s.Label] {
				s.Label = k
			}
		}
		if i%4 == 0 { // a wrong class for a quarter
			s.Label = (s.Label + 1) % 3
		}
		return s, nil
	}
	r, err := Run(context.Background(), models, set, Config{Runs: 1})
	require.NoError(t, err)
	require.Equal(t, 12, r.Labeled)
	require.InDelta(t, 0.75, *r.Models[0].Quality.Accuracy, 1e-9)
	require.Contains(t, r.Markdown(), "75.00 %")
	low := r.Models[0]
	x := 0.5
	low.Quality.Accuracy = &x
	r.Models = append(r.Models[:1], low)
	require.ErrorContains(t, r.Gate(0.1, math.NaN()), "accuracy 50.00 %, the original has 75.00 %, at most 10.00 points less")
	require.NoError(t, r.Gate(0.25, math.NaN()))
}

func TestRunRefusals(t *testing.T) {
	models, set := autoencoder(t)
	_, err := Run(context.Background(), nil, set, Config{})
	require.ErrorContains(t, err, "no models")
	_, err = Run(context.Background(), models, dataset.Of(), Config{})
	require.ErrorContains(t, err, "no samples")
	_, err = Run(context.Background(), append(models[:1:1], Model{"bad", []byte("x")}), set, Config{})
	require.ErrorIs(t, err, interpreter.ErrInvalidModel)
	_, err = Run(context.Background(), models, set, Config{Output: 9})
	require.ErrorContains(t, err, "output 9 of")
	other, err := os.ReadFile(filepath.Join("..", "..", "testdata", "models", "sensor_lstm.tflite"))
	require.NoError(t, err)
	_, err = Run(context.Background(), append(models[:1:1], Model{"other", other}), set, Config{})
	require.ErrorContains(t, err, "other: ")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Run(ctx, models, set, Config{})
	require.ErrorIs(t, err, context.Canceled)
}

// TestFirstBelow damages one layer and finds it.
func TestFirstBelow(t *testing.T) {
	models, set := autoencoder(t)
	list, err := Tensors(context.Background(), models[0], models[0], set.Limit(3))
	require.NoError(t, err)
	require.Greater(t, len(list), 3)
	_, found := FirstBelow(list, 100, 0)
	require.False(t, found, "a model equals itself")

	f, err := schema.Decode(models[0].Bytes, schema.Limits{})
	require.NoError(t, err)
	f = f.Clone()
	g := f.Model.Subgraphs[0]
	third := 0
	for _, op := range g.Operators {
		if len(op.Inputs) > 2 && len(f.Model.Buffers[g.Tensors[op.Inputs[1]].Buffer].Data) > 0 {
			if third++; third == 2 {
				data := append([]byte{}, f.Model.Buffers[g.Tensors[op.Inputs[1]].Buffer].Data...)
				clear(data[:len(data)/2])
				f.Model.Buffers[g.Tensors[op.Inputs[1]].Buffer].Data = data
				damaged := g.Tensors[op.Outputs[0]].Name
				b, err := schema.Encode(f)
				require.NoError(t, err)
				list, err = Tensors(context.Background(), models[0], Model{"damaged", b}, set.Limit(3))
				require.NoError(t, err)
				first, found := FirstBelow(list, 40, math.Inf(1))
				require.True(t, found)
				require.Equal(t, damaged, first.Tensor)
				worst := Worst(list, 3)
				require.Len(t, worst, 1, "the other layers are exact, given exact inputs")
				require.Equal(t, damaged, worst[0].Tensor)
				require.InDelta(t, float64(first.SQNR), float64(first.Local), 1e-6, "nothing before it is damaged")
				last := list[len(list)-1]
				require.Less(t, float64(last.SQNR), 100.0)
				require.True(t, math.IsInf(float64(last.Local), 1))
				return
			}
		}
	}
	t.Fatal("no second layer with weights")
}

// TestNotFinite compares outputs that are no numbers: equal ones are no error, others leave no ratio, and JSON takes it.
func TestNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	var e errorSums
	require.NoError(t, e.add([][]float32{{1, nan, inf}}, [][]float32{{1, nan, inf}}, nil, 0, dataset.NoLabel))
	q := e.quality(1, 0)
	require.Zero(t, q.NotFinite)
	require.True(t, math.IsInf(float64(q.SQNR), 1))
	require.NoError(t, e.add([][]float32{{1, 2, inf}}, [][]float32{{nan, 2.5, -inf}}, nil, 0, dataset.NoLabel))
	q = e.quality(1, 0)
	require.EqualValues(t, 2, q.NotFinite)
	require.True(t, math.IsNaN(float64(q.SQNR)))
	require.Equal(t, 0.5, q.MaxAbs)
	_, err := json.Marshal(q)
	require.NoError(t, err)
	r := Result{Models: []ModelResult{{Name: "a"}, {Name: "b", Quality: q}}}
	require.ErrorIs(t, r.Gate(math.NaN(), -100), ErrGate)
	_, ok := divergence([]float32{0.5, 0.5}, []float32{nan, 0.5}, 2)
	require.False(t, ok)
}

// TestOutputShapes: the classes are those of the original, and a page needs none.
func TestOutputShapes(t *testing.T) {
	var e errorSums
	shape := &tensor.Tensor{Shape: tensor.Shape{1, 3}}
	require.NoError(t, e.add([][]float32{{0, 2, 1}}, [][]float32{{0, 1, 2}}, shape, 0, 2))
	require.EqualValues(t, 0, *e.quality(1, 1).Agreement)
	require.EqualValues(t, 1, *e.quality(1, 1).Accuracy)

	models, set := autoencoder(t)
	r, err := Run(context.Background(), models[:2], set.Limit(2), Config{Runs: 1})
	require.NoError(t, err)
	r.Models[1].Quality.Agreement = nil
	_, err = r.HTML()
	require.NoError(t, err)
	nodes := 0
	for _, o := range r.Models[0].Operators {
		nodes += o.Nodes
	}
	require.Equal(t, r.Models[0].Nodes, nodes)
	require.Greater(t, r.Models[0].Unique, 5*r.Models[1].Unique, "int8 has 256 values, float32 as many as weights")
}

// TestTensorsWithoutNames compares a model with a copy that has lost the names of its tensors, then with a changed order.
func TestTensorsWithoutNames(t *testing.T) {
	models, set := autoencoder(t)
	named, err := Tensors(context.Background(), models[0], models[1], set.Limit(2))
	require.NoError(t, err)
	f, err := schema.Decode(models[1].Bytes, schema.Limits{})
	require.NoError(t, err)
	f = f.Clone()
	for _, x := range f.Model.Subgraphs[0].Tensors {
		x.Name = ""
	}
	b, err := schema.Encode(f)
	require.NoError(t, err)
	bare, err := Tensors(context.Background(), models[0], Model{"bare", b}, set.Limit(2))
	require.NoError(t, err)
	require.Len(t, bare, len(named))
	for i := range bare {
		require.Equal(t, named[i].Tensor, bare[i].Of)
		require.Equal(t, named[i].SQNR, bare[i].SQNR)
		require.Equal(t, named[i].Local, bare[i].Local)
	}
	// Anchors: an unnamed tensor stands for one between its named neighbours only.
	a := &tapped{order: []string{"x", "y", "z"}, ops: map[string]string{"x": "ADD", "y": "MUL", "z": "ADD"}, values: map[string][]float32{"x": {1}, "y": {1}, "z": {1}}}
	c := &tapped{order: []string{"y", "p", "q"}, ops: map[string]string{"y": "MUL", "p": "SUB", "q": "ADD"}, values: map[string][]float32{"p": {1}, "y": {1}, "q": {1}}}
	require.Equal(t, map[string]string{"y": "y", "q": "z"}, counterparts(a, c))
	c.values["q"] = []float32{1, 2}
	require.Equal(t, map[string]string{"y": "y"}, counterparts(a, c))
}

// TestWeightInt4 counts the elements of an odd number of half bytes.
func TestWeightInt4(t *testing.T) {
	var w Weight
	zeros := w.add(&tflite.TensorT{Type: tflite.TensorTypeINT4, Shape: []int32{3}}, []byte{0x21, 0x00})
	require.EqualValues(t, 3, w.Parameters)
	require.EqualValues(t, 1, zeros)
	require.EqualValues(t, 3, w.Unique)
}

// TestFreeSpot places labels of points that coincide.
func TestFreeSpot(t *testing.T) {
	var placed [][2]float64
	for range 5 {
		placed = append(placed, freeSpot(placed, 100, 200))
	}
	require.Equal(t, [][2]float64{{100, 200}, {100, 187}, {100, 174}, {100, 161}, {100, 148}}, placed)
	require.Equal(t, [2]float64{300, 200}, freeSpot(placed, 300, 200))
}
