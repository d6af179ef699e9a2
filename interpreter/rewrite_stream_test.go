package interpreter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// stream is a model that keeps the last two of three rows of a window, or the first two of them behind the new one.
type stream struct {
	behind  bool
	initial bool // a subgraph fills the variable with ones
	change  func(b *builder, handle, window, kept int32)
	from    int32
}

func (s stream) model(t *testing.T) *interpreter.Model {
	b := newBuilder()
	resource := func() int32 {
		h := b.tensor("handle", tensor.Resource)
		b.op(tflite.BuiltinOperatorVAR_HANDLE, union(tflite.BuiltinOptionsVarHandleOptions, &tflite.VarHandleOptionsT{SharedName: "past"}), nil, []int32{h})
		return h
	}
	if s.initial {
		b.op(tflite.BuiltinOperatorCALL_ONCE, union(tflite.BuiltinOptionsCallOnceOptions, &tflite.CallOnceOptionsT{InitSubgraphIndex: 1}), nil, nil)
	}
	x := b.tensor("x", tensor.Float32, 1, 1, 4)
	h := resource()
	past := b.node(tflite.BuiltinOperatorREAD_VARIABLE, nil, []int32{h}, 1, 2, 4)
	y := b.node(tflite.BuiltinOperatorNEG, nil, []int32{x}, 1, 1, 4)
	in := []int32{past, y}
	if s.behind {
		in = []int32{y, past}
	}
	window := b.node(tflite.BuiltinOperatorCONCATENATION, union(tflite.BuiltinOptionsConcatenationOptions, &tflite.ConcatenationOptionsT{Axis: 1}), in, 1, 3, 4)
	kept := b.node(tflite.BuiltinOperatorSTRIDED_SLICE, union(tflite.BuiltinOptionsStridedSliceOptions, &tflite.StridedSliceOptionsT{BeginMask: 5, EndMask: 5}),
		[]int32{window, b.ints("begin", []int32{0, s.from, 0}, 3), b.ints("end", []int32{0, s.from + 2, 0}, 3), b.ints("strides", []int32{1, 1, 1}, 3)}, 1, 2, 4)
	b.inputs(x)
	b.outputs(b.node(tflite.BuiltinOperatorSQRT, nil, []int32{b.node(tflite.BuiltinOperatorSQUARE, nil, []int32{window}, 1, 3, 4)}, 1, 3, 4))
	if s.change != nil {
		s.change(b, h, window, kept)
	}
	b.op(tflite.BuiltinOperatorASSIGN_VARIABLE, nil, []int32{h, kept}, nil)
	if s.initial {
		b.subgraph("init")
		b.op(tflite.BuiltinOperatorASSIGN_VARIABLE, nil, []int32{resource(), b.floats("ones", []float32{1, 1, 1, 1, 1, 1, 1, 1}, 1, 2, 4)}, nil)
	}
	return b.load(t)
}

// follow feeds some values one after the other and returns what came out, and the nodes.
func follow(t *testing.T, m *interpreter.Model, opts ...interpreter.Option) (values []float32, nodes []string) {
	it, err := interpreter.New(m, append(opts, interpreter.WithProfile())...)
	require.NoError(t, err)
	for step := range 6 {
		copy(tensor.Data[float32](it.Input(0)), random(4, uint64(step)))
		require.NoError(t, it.Invoke(context.Background()))
		values = append(values, tensor.Data[float32](it.Output(0))...)
		if step == 3 {
			it.ResetVariables()
		}
	}
	for _, p := range it.Profile() {
		if p.Subgraph == 0 {
			nodes = append(nodes, p.Op)
		}
	}
	return values, nodes
}

func TestRewriteStream(t *testing.T) {
	for _, s := range []stream{{initial: true, from: 1}, {initial: true, behind: true}, {initial: true, behind: true, from: 1}} {
		m := s.model(t)
		with, nodes := follow(t, m)
		without, _ := follow(t, m, interpreter.WithoutRewrites("stream"))
		require.Equal(t, without, with)
		require.Contains(t, nodes, "READ_VARIABLE+STRIDED_SLICE+ASSIGN_VARIABLE+CONCATENATION")
		require.NotContains(t, nodes, "READ_VARIABLE")
		require.NotContains(t, nodes, "ASSIGN_VARIABLE")
	}
	m := stream{from: 1}.model(t)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	err = it.Invoke(context.Background())
	require.ErrorIs(t, err, interpreter.ErrValue)
	require.ErrorContains(t, err, "read before it is assigned")
}

// A variable that something else may touch, and a slice that something else reads, stay.
func TestRewriteStreamLeaves(t *testing.T) {
	for name, change := range map[string]func(b *builder, handle, window, kept int32){
		"read again": func(b *builder, handle, _, _ int32) {
			b.outputs(b.g.Outputs[0], b.node(tflite.BuiltinOperatorREAD_VARIABLE, nil, []int32{handle}, 1, 2, 4))
		},
		"another handle": func(b *builder, _, _, _ int32) {
			h := b.tensor("handle", tensor.Resource)
			b.op(tflite.BuiltinOperatorVAR_HANDLE, union(tflite.BuiltinOptionsVarHandleOptions, &tflite.VarHandleOptionsT{SharedName: "past"}), nil, []int32{h})
			b.outputs(b.g.Outputs[0], b.node(tflite.BuiltinOperatorREAD_VARIABLE, nil, []int32{h}, 1, 2, 4))
		},
		"an output": func(b *builder, _, _, kept int32) { b.outputs(b.g.Outputs[0], kept) },
		"two readers": func(b *builder, _, _, kept int32) {
			b.outputs(b.g.Outputs[0], b.node(tflite.BuiltinOperatorABS, nil, []int32{kept}, 1, 2, 4))
		},
		"randomness": func(b *builder, _, _, _ int32) {
			b.outputs(b.g.Outputs[0], b.node(tflite.BuiltinOperatorRANDOM_UNIFORM, union(tflite.BuiltinOptionsRandomOptions, &tflite.RandomOptionsT{Seed: 1}),
				[]int32{b.ints("shape", []int32{2}, 1)}, 2))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := stream{initial: true, from: 1, change: change}.model(t)
			with, nodes := follow(t, m)
			without, _ := follow(t, m, interpreter.WithoutRewrites())
			require.Equal(t, without, with)
			require.Contains(t, nodes, "ASSIGN_VARIABLE")
		})
	}
}
