package compress_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// controlModel has a main subgraph (n [1], x [1,width]) and others that it calls.
type controlModel struct{ m *tflite.ModelT }

func newControlModel() *controlModel {
	return &controlModel{&tflite.ModelT{Version: 3, Buffers: []*tflite.BufferT{{}}}}
}

// graph adds a subgraph with the inputs n and x.
func (c *controlModel) graph(width int32) *tflite.SubGraphT {
	g := &tflite.SubGraphT{DebugMetadataIndex: -1, Inputs: []int32{0, 1}, Tensors: []*tflite.TensorT{
		{Name: "n", Shape: []int32{1}}, {Name: "x", Shape: []int32{1, width}}}}
	c.m.Subgraphs = append(c.m.Subgraphs, g)
	return g
}

func (c *controlModel) constant(g *tflite.SubGraphT, name string, values []float32, shape ...int32) int32 {
	c.m.Buffers = append(c.m.Buffers, dense(values, 1, 1).Model.Buffers[1])
	g.Tensors = append(g.Tensors, &tflite.TensorT{Name: name, Shape: shape, Buffer: uint32(len(c.m.Buffers) - 1)})
	return int32(len(g.Tensors) - 1)
}

func (c *controlModel) node(g *tflite.SubGraphT, code tflite.BuiltinOperator, inputs []int32, kind tflite.BuiltinOptions, options any, outputs ...*tflite.TensorT) (out []int32) {
	c.m.OperatorCodes = append(c.m.OperatorCodes, &tflite.OperatorCodeT{BuiltinCode: code, DeprecatedBuiltinCode: int8(min(code, 127)), Version: 1})
	for _, t := range outputs {
		g.Tensors = append(g.Tensors, t)
		out = append(out, int32(len(g.Tensors)-1))
	}
	op := &tflite.OperatorT{OpcodeIndex: uint32(len(c.m.OperatorCodes) - 1), Inputs: inputs, Outputs: out, DebugMetadataIndex: -1}
	if options != nil {
		op.BuiltinOptions = &tflite.BuiltinOptionsT{Type: kind, Value: options}
	}
	g.Operators = append(g.Operators, op)
	return out
}

// layer is n + 1 and tanh(W*x + b).
func (c *controlModel) layer(width int32, seed uint64) {
	g := c.graph(width)
	one := c.constant(g, "one", []float32{1}, 1)
	next := c.node(g, tflite.BuiltinOperatorADD, []int32{0, one}, tflite.BuiltinOptionsAddOptions, &tflite.AddOptionsT{}, &tflite.TensorT{Name: "next", Shape: []int32{1}})
	values := gaussian(int(width*width), seed)
	for i := range values {
		values[i] *= 0.15
	}
	w, b := c.constant(g, "w", values, width, width), c.constant(g, "b", gaussian(int(width), seed+1), width)
	sum := c.node(g, tflite.BuiltinOperatorFULLY_CONNECTED, []int32{1, w, b}, tflite.BuiltinOptionsFullyConnectedOptions, &tflite.FullyConnectedOptionsT{}, &tflite.TensorT{Name: "sum", Shape: []int32{1, width}})
	y := c.node(g, tflite.BuiltinOperatorTANH, sum, 0, nil, &tflite.TensorT{Name: "y", Shape: []int32{1, width}})
	g.Outputs = []int32{next[0], y[0]}
}

func (c *controlModel) codes(graph int) (list []tflite.BuiltinOperator) {
	for _, op := range c.m.Subgraphs[graph].Operators {
		list = append(list, schema.EffectiveCode(c.m.OperatorCodes[op.OpcodeIndex]))
	}
	return list
}

// loop is WHILE n < 5.5 { n++; x = tanh(W*x + b) }.
func loopModel(width int32) *schema.File {
	c := newControlModel()
	g := c.graph(width)
	g.Outputs = c.node(g, tflite.BuiltinOperatorWHILE, []int32{0, 1}, tflite.BuiltinOptionsWhileOptions, &tflite.WhileOptionsT{CondSubgraphIndex: 1, BodySubgraphIndex: 2},
		&tflite.TensorT{Name: "rounds", Shape: []int32{1}}, &tflite.TensorT{Name: "last", Shape: []int32{1, width}})
	cond := c.graph(width)
	most := c.constant(cond, "most", []float32{5.5}, 1)
	cond.Outputs = c.node(cond, tflite.BuiltinOperatorLESS, []int32{0, most}, tflite.BuiltinOptionsLessOptions, &tflite.LessOptionsT{}, &tflite.TensorT{Name: "less", Type: tflite.TensorTypeBOOL, Shape: []int32{1}})
	c.layer(width, 3)
	return schema.NewFile(c.m)
}

// branchModel is IF n < 0 one layer, else another.
func branchModel(width int32) *schema.File {
	c := newControlModel()
	g := c.graph(width)
	zero := c.constant(g, "zero", []float32{0}, 1)
	less := c.node(g, tflite.BuiltinOperatorLESS, []int32{0, zero}, tflite.BuiltinOptionsLessOptions, &tflite.LessOptionsT{}, &tflite.TensorT{Name: "less", Type: tflite.TensorTypeBOOL, Shape: []int32{1}})
	g.Outputs = c.node(g, tflite.BuiltinOperatorIF, []int32{less[0], 0, 1}, tflite.BuiltinOptionsIfOptions, &tflite.IfOptionsT{ThenSubgraphIndex: 1, ElseSubgraphIndex: 2},
		&tflite.TensorT{Name: "next", Shape: []int32{1}}, &tflite.TensorT{Name: "result", Shape: []int32{1, width}})
	c.layer(width, 3)
	c.layer(width, 7)
	return schema.NewFile(c.m)
}

func countedSamples(n int, width int32, first float32, seed uint64) *dataset.Set {
	var list []dataset.Sample
	for i := range n {
		list = append(list, dataset.Sample{Inputs: []dataset.Value{{Floats: []float32{first + float32(i%3)}}, {Floats: gaussian(int(width), seed+uint64(i))}}})
	}
	return dataset.Of(list...)
}

// TestIntegerLoop: layers of a body are integer, what the loop counts with stays exact.
func TestIntegerLoop(t *testing.T) {
	const width = 48
	f := loopModel(width)
	set, fresh := countedSamples(12, width, 0, 1), countedSamples(6, width, 1, 100)
	want := allOutputs(t, f, fresh)
	for _, activations := range []int{8, 16} {
		want := slices.Clone(want)
		out, report, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{Activations: activations})
		require.NoError(t, err)
		require.Less(t, float64(report.After.Constants), 0.35*float64(report.Before.Constants))
		got := allOutputs(t, out, fresh)
		for i := 0; i < len(want); i += width + 1 {
			require.Equal(t, want[i], got[i], "rounds")
			want[i], got[i] = 0, 0
		}
		quality := float64(compress.SQNR(want, got))
		t.Logf("%d bits: %.1f dB, %d -> %d bytes", activations, quality, report.Before.File, report.After.File)
		require.Greater(t, quality, 30.0)
		// The counter stays float, the layer and its activation do not.
		require.Equal(t, []tflite.BuiltinOperator{tflite.BuiltinOperatorQUANTIZE, tflite.BuiltinOperatorADD, tflite.BuiltinOperatorFULLY_CONNECTED, tflite.BuiltinOperatorTANH,
			tflite.BuiltinOperatorDEQUANTIZE}, (&controlModel{out.Model}).codes(2))
		require.Equal(t, []tflite.BuiltinOperator{tflite.BuiltinOperatorLESS}, (&controlModel{out.Model}).codes(1))
		if program := os.Getenv("LITEWREN_REFERENCE"); program != "" {
			agree(t, program, out, 0.08)
		}
	}
	dynamic, report, err := compress.Dynamic(f, compress.DynamicConfig{})
	require.NoError(t, err)
	require.Len(t, report.Changes, 1)
	require.Greater(t, float64(compress.SQNR(want, allOutputs(t, dynamic, fresh))), 30.0)
}

// TestIntegerBranch: a branch that no sample took has no ranges; its weights are stored all the same.
func TestIntegerBranch(t *testing.T) {
	const width = 48
	f := branchModel(width)
	// The comparison stays float: samples do not have the range that it is to decide about.
	out, report, err := compress.Integer(context.Background(), f, countedSamples(8, width, 0.5, 1), compress.IntegerConfig{Keep: regexp.MustCompile("less")})
	require.NoError(t, err)
	require.Less(t, float64(report.After.Constants), 0.35*float64(report.Before.Constants))
	c := &controlModel{out.Model}
	require.False(t, slices.Contains(c.codes(1), tflite.BuiltinOperatorQUANTIZE), "never taken")
	require.True(t, slices.Contains(c.codes(2), tflite.BuiltinOperatorQUANTIZE))
	var actions []string
	for _, x := range report.Changes {
		if x.Tensor == "w" {
			actions = append(actions, x.Action)
		}
	}
	require.ElementsMatch(t, []string{"int8", "int8 per tensor"}, actions)
	for _, first := range []float32{-5, 0.5} { // either branch
		fresh := countedSamples(5, width, first, 50)
		want := allOutputs(t, f, fresh)
		require.Greater(t, float64(compress.SQNR(want, allOutputs(t, out, fresh))), 22.0)
	}
}

// allOutputs runs a model on all samples and returns the values of all outputs.
func allOutputs(t *testing.T, f *schema.File, set *dataset.Set) (all []float32) {
	t.Helper()
	it := interpret(t, f)
	for i := range set.Len {
		s, err := set.Sample(i)
		require.NoError(t, err)
		require.NoError(t, s.Apply(it))
		require.NoError(t, it.Invoke(context.Background()))
		for o := range it.Outputs() {
			v, err := tensor.DequantizeFloat32(it.Output(o), nil)
			require.NoError(t, err)
			all = append(all, v...)
		}
	}
	return all
}
