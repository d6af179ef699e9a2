package interpreter_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// runRandom runs a model on values drawn from [-2,2) (quantized inputs: any) and returns the nodes that ran.
func runRandom(t *testing.T, m *interpreter.Model, opts ...interpreter.Option) (*interpreter.Interpreter, []string) {
	t.Helper()
	it, err := interpreter.New(m, append(opts, interpreter.WithProfile())...)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range it.Inputs() {
		switch in := it.Input(i); in.Type {
		case tensor.Float32:
			for j := range tensor.Data[float32](in) {
				tensor.Data[float32](in)[j] = rng.Float32()*4 - 2
			}
		default:
			for j := range in.Bytes() {
				in.Bytes()[j] = byte(rng.Uint32())
			}
		}
	}
	require.NoError(t, it.Invoke(context.Background()))
	var ops []string
	for _, p := range it.Profile() {
		ops = append(ops, p.Op)
	}
	return it, ops
}

// rewrites runs a model with and without the rewrite and compares the outputs: integers must be equal, floats within rounding.
// It returns the nodes that ran with the rewrite.
func rewrites(t *testing.T, b *builder, name string) []string {
	t.Helper()
	m := b.load(t)
	with, nodes := runRandom(t, m)
	threads, _ := runRandom(t, m, interpreter.WithThreads(3))
	for i := range with.Outputs() {
		require.Equal(t, with.Output(i).Bytes(), threads.Output(i).Bytes(), "on three threads")
	}
	without, _ := runRandom(t, m, interpreter.WithoutRewrites(name))
	_, all := runRandom(t, m, interpreter.WithoutRewrites())
	require.Len(t, all, len(b.g.Operators), "WithoutRewrites leaves every node")
	for i := range with.Outputs() {
		x, y := with.Output(i), without.Output(i)
		require.Equal(t, y.Shape, x.Shape)
		if x.Type != tensor.Float32 {
			require.Equal(t, y.Bytes(), x.Bytes())
			continue
		}
		for j, v := range tensor.Data[float32](y) {
			got := tensor.Data[float32](x)[j]
			require.InDelta(t, v, got, 1e-5*math.Max(1, math.Abs(float64(v))), "output %d element %d", i, j)
		}
	}
	return nodes
}

func random(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 7))
	v := make([]float32, n)
	for i := range v {
		v[i] = rng.Float32()*2 - 1
	}
	return v
}

// node adds a node that computes a tensor of that shape.
func (b *builder) node(code tflite.BuiltinOperator, options *tflite.BuiltinOptionsT, in []int32, shape ...int32) int32 {
	out := b.tensor(code.String(), tensor.Float32, shape...)
	b.op(code, options, in, []int32{out})
	return out
}

func (b *builder) scalar(v float32) int32 { return b.floats("c", []float32{v}) }

func conv(p tflite.Padding, stride int32) *tflite.BuiltinOptionsT {
	return union(tflite.BuiltinOptionsConv2DOptions, &tflite.Conv2DOptionsT{
		Padding: p, StrideH: stride, StrideW: stride, DilationHFactor: 1, DilationWFactor: 1,
	})
}

func TestRewriteActivation(t *testing.T) {
	for code, name := range map[tflite.BuiltinOperator]string{
		tflite.BuiltinOperatorRELU: "CONV_2D+RELU", tflite.BuiltinOperatorRELU6: "CONV_2D+RELU6",
		tflite.BuiltinOperatorRELU_N1_TO_1: "CONV_2D+RELU_N1_TO_1",
	} {
		b := newBuilder()
		x := b.tensor("x", tensor.Float32, 1, 5, 5, 3)
		y := b.node(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingSAME, 1),
			[]int32{x, b.floats("w", random(36, 1), 4, 1, 1, 3), b.floats("b", random(4, 2), 4)}, 1, 5, 5, 4)
		y = b.node(code, nil, []int32{y}, 1, 5, 5, 4)
		b.inputs(x)
		b.outputs(y)
		require.Equal(t, []string{name}, rewrites(t, b, "activation"))
	}
	for _, code := range []tflite.BuiltinOperator{
		tflite.BuiltinOperatorADD, tflite.BuiltinOperatorSUB, tflite.BuiltinOperatorMUL, tflite.BuiltinOperatorDIV,
	} {
		b := newBuilder()
		x := b.tensor("x", tensor.Float32, 3, 5)
		y := b.node(code, nil, []int32{x, b.scalar(0.5)}, 3, 5)
		y = b.node(tflite.BuiltinOperatorRELU, nil, []int32{y}, 3, 5)
		b.inputs(x)
		b.outputs(y)
		require.Equal(t, []string{code.String() + "+RELU"}, rewrites(t, b, "activation"))
	}
}

// What somebody else reads stays: an output, and a tensor with two readers.
func TestRewriteLeavesWhatIsRead(t *testing.T) {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 4)
	y := b.node(tflite.BuiltinOperatorADD, nil, []int32{x, x}, 4)
	z := b.node(tflite.BuiltinOperatorRELU, nil, []int32{y}, 4)
	b.inputs(x)
	b.outputs(y, z)
	require.Equal(t, []string{"ADD", "RELU"}, rewrites(t, b, "activation"))

	b.outputs(z, b.node(tflite.BuiltinOperatorNEG, nil, []int32{y}, 4))
	require.Equal(t, []string{"ADD", "RELU", "NEG"}, rewrites(t, b, "activation"))
}

func TestRewritePRelu(t *testing.T) {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 1, 3, 2, 4)
	unary := func(code tflite.BuiltinOperator, k int32) int32 { return b.node(code, nil, []int32{k}, 1, 3, 2, 4) }
	positive := unary(tflite.BuiltinOperatorRELU, x)
	negative := unary(tflite.BuiltinOperatorNEG, unary(tflite.BuiltinOperatorRELU, unary(tflite.BuiltinOperatorNEG, x)))
	scaled := b.node(tflite.BuiltinOperatorMUL, nil, []int32{b.floats("alpha", random(4, 3), 4), negative}, 1, 3, 2, 4)
	b.inputs(x)
	b.outputs(b.node(tflite.BuiltinOperatorADD, nil, []int32{positive, scaled}, 1, 3, 2, 4))
	require.Equal(t, []string{"RELU+NEG+MUL+ADD"}, rewrites(t, b, "prelu"))
}

func TestRewriteGelu(t *testing.T) {
	for _, form := range []string{"pow", "squares"} {
		b := newBuilder()
		x := b.tensor("x", tensor.Float32, 3, 40)
		binary := func(code tflite.BuiltinOperator, p, q int32) int32 { return b.node(code, nil, []int32{p, q}, 3, 40) }
		var cube int32
		if form == "pow" {
			cube = binary(tflite.BuiltinOperatorPOW, x, b.scalar(3))
		} else {
			cube = binary(tflite.BuiltinOperatorMUL, binary(tflite.BuiltinOperatorMUL, x, x), x)
		}
		sum := binary(tflite.BuiltinOperatorADD, x, binary(tflite.BuiltinOperatorMUL, cube, b.scalar(0.044715)))
		scaled := binary(tflite.BuiltinOperatorMUL, sum, b.scalar(float32(math.Sqrt(2/math.Pi))))
		gate := binary(tflite.BuiltinOperatorADD, b.node(tflite.BuiltinOperatorTANH, nil, []int32{scaled}, 3, 40), b.scalar(1))
		var y int32
		if form == "pow" {
			y = binary(tflite.BuiltinOperatorMUL, binary(tflite.BuiltinOperatorMUL, x, b.scalar(0.5)), gate)
		} else {
			y = binary(tflite.BuiltinOperatorMUL, x, binary(tflite.BuiltinOperatorMUL, gate, b.scalar(0.5)))
		}
		b.inputs(x)
		b.outputs(y)
		require.Len(t, rewrites(t, b, "gelu"), 1, form)
	}
}

func TestRewriteSoftmax(t *testing.T) {
	reduce := union(tflite.BuiltinOptionsReducerOptions, &tflite.ReducerOptionsT{KeepDims: true})
	for axis, nodes := range map[int32]int{-1: 1, 1: 1, 0: 5} {
		b := newBuilder()
		x := b.tensor("x", tensor.Float32, 3, 5)
		shape := []int32{3, 1}
		if axis == 0 {
			shape = []int32{1, 5}
		}
		top := b.node(tflite.BuiltinOperatorREDUCE_MAX, reduce, []int32{x, b.ints("axis", []int32{axis})}, shape...)
		e := b.node(tflite.BuiltinOperatorEXP, nil, []int32{b.node(tflite.BuiltinOperatorSUB, nil, []int32{x, top}, 3, 5)}, 3, 5)
		sum := b.node(tflite.BuiltinOperatorSUM, reduce, []int32{e, b.ints("axis", []int32{axis})}, shape...)
		b.inputs(x)
		b.outputs(b.node(tflite.BuiltinOperatorDIV, nil, []int32{e, sum}, 3, 5))
		require.Len(t, rewrites(t, b, "softmax"), nodes)
	}
}

func TestRewritePad(t *testing.T) {
	for _, c := range []struct {
		pads   []int32
		stride int32
		h, w   int32
		fused  bool
	}{
		{[]int32{0, 0, 1, 1, 1, 1, 0, 0}, 1, 6, 7, true},
		{[]int32{0, 0, 0, 1, 0, 1, 0, 0}, 2, 3, 3, true},
		{[]int32{0, 0, 2, 1, 0, 2, 0, 0}, 1, 7, 7, true},
		{[]int32{0, 0, 3, 0, 0, 0, 0, 0}, 1, 7, 5, false}, // a window of zeros only
		{[]int32{0, 0, 1, 1, 1, 1, 0, 1}, 1, 6, 7, false}, // another channel
	} {
		b := newBuilder()
		x := b.tensor("x", tensor.Float32, 1, 6, 7, 2)
		channels := 2 + c.pads[7]
		y := b.node(tflite.BuiltinOperatorPAD, nil, []int32{x, b.ints("pads", c.pads, 4, 2)},
			1, 6+c.pads[2]+c.pads[3], 7+c.pads[4]+c.pads[5], channels)
		p := b.node(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingVALID, c.stride),
			[]int32{y, b.floats("w", random(int(27*channels), 1), 3, 3, 3, channels), b.floats("b", random(3, 2), 3)}, 1, c.h, c.w, 3)
		// A second reader of the padded image.
		q := b.node(tflite.BuiltinOperatorDEPTHWISE_CONV_2D,
			union(tflite.BuiltinOptionsDepthwiseConv2DOptions, &tflite.DepthwiseConv2DOptionsT{
				Padding: tflite.PaddingVALID, StrideH: c.stride, StrideW: c.stride, DilationHFactor: 1, DilationWFactor: 1, DepthMultiplier: 1,
			}), []int32{y, b.floats("w", random(int(9*channels), 1), 1, 3, 3, channels)}, 1, c.h, c.w, channels)
		b.inputs(x)
		b.outputs(p, q)
		nodes := rewrites(t, b, "pad")
		if c.fused {
			require.Equal(t, []string{"CONV_2D", "PAD+DEPTHWISE_CONV_2D"}, nodes, c.pads)
		} else {
			require.Len(t, nodes, 3, c.pads)
		}
	}
}

// Quantized images are padded with their zero point, as PAD does.
func TestRewritePadQuantized(t *testing.T) {
	b := newBuilder()
	x := b.scaled(b.tensor("x", tensor.Int8, 1, 5, 5, 4), 0.1, 7)
	y := b.scaled(b.tensor("y", tensor.Int8, 1, 7, 7, 4), 0.1, 7)
	b.op(tflite.BuiltinOperatorPAD, nil, []int32{x, b.ints("pads", []int32{0, 0, 1, 1, 1, 1, 0, 0}, 4, 2)}, []int32{y})
	weights := make([]byte, 3*9*4)
	for i := range weights {
		weights[i] = byte(int8(i*37%255 - 127))
	}
	w := b.scaled(b.data(b.tensor("w", tensor.Int8, 3, 3, 3, 4), weights), 0.02, 0)
	z := b.scaled(b.tensor("z", tensor.Int8, 1, 5, 5, 3), 0.3, -5)
	b.op(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingVALID, 1), []int32{y, w, b.ints("b", []int32{1, -200, 3000}, 3)}, []int32{z})
	b.inputs(x)
	b.outputs(z)
	require.Equal(t, []string{"PAD+CONV_2D"}, rewrites(t, b, "pad"))
}

// A shape for which the rewritten nodes cannot be prepared is run by the nodes of the model.
func TestRewriteGivesWay(t *testing.T) {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 1, 6, 6, 1)
	y := b.node(tflite.BuiltinOperatorPAD, nil, []int32{x, b.ints("pads", []int32{0, 0, 0, 2, 0, 2, 0, 0}, 4, 2)}, 1, 8, 8, 1)
	y = b.node(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingVALID, 3), []int32{y, b.floats("w", random(9, 1), 1, 3, 3, 1)}, 1, 2, 2, 1)
	b.inputs(x)
	b.outputs(y)
	m := b.load(t)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	require.Error(t, it.Resize(0, tensor.Shape{1, 0, 0, 1}), "no window fits")
	require.Error(t, it.Invoke(context.Background()))
	require.NoError(t, it.Resize(0, tensor.Shape{1, 1, 1, 1}))
	tensor.Data[float32](it.Input(0))[0] = 2
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []float32{2 * random(1, 1)[0]}, tensor.Data[float32](it.Output(0)))

	_, err = interpreter.New(m, interpreter.WithoutRewrites("paddle"))
	require.ErrorContains(t, err, `no rewrite "paddle"`)
}

func TestRewriteNormalize(t *testing.T) {
	reduce := func(keep bool) *tflite.BuiltinOptionsT {
		return union(tflite.BuiltinOptionsReducerOptions, &tflite.ReducerOptionsT{KeepDims: keep})
	}
	const (
		mul, add, sub = tflite.BuiltinOperatorMUL, tflite.BuiltinOperatorADD, tflite.BuiltinOperatorSUB
		mean, square  = tflite.BuiltinOperatorMEAN, tflite.BuiltinOperatorSQUARED_DIFFERENCE
	)
	for _, c := range []struct {
		name        string
		shape, kept []int32
		axes        []int32
		gamma       bool
		nodes       int
	}{
		{"layer", []int32{2, 5, 16}, []int32{2, 5, 1}, []int32{-1}, true, 1},
		{"layer without gamma", []int32{2, 5, 12}, []int32{2, 5, 1}, []int32{2}, false, 1},
		{"instance", []int32{2, 5, 4, 6}, []int32{2, 1, 1, 6}, []int32{2, 1}, true, 1},
		{"of neither kind", []int32{2, 5, 4, 6}, []int32{2, 5, 1, 6}, []int32{2}, true, 9}, // of ten nodes, two of which are a chain
	} {
		b := newBuilder()
		x := b.tensor("x", tensor.Float32, c.shape...)
		axes := b.ints("axes", c.axes, int32(len(c.axes)))
		channels := c.shape[len(c.shape)-1]
		m := b.node(mean, reduce(true), []int32{x, axes}, c.kept...)
		v := b.node(mean, reduce(true), []int32{b.node(square, nil, []int32{x, m}, c.shape...), axes}, c.kept...)
		s := b.node(tflite.BuiltinOperatorRSQRT, nil, []int32{b.node(add, nil, []int32{v, b.scalar(0.01)}, c.kept...)}, c.kept...)
		wide, beta := c.kept, b.scalar(0)
		if c.gamma {
			wide = append([]int32(nil), c.kept...)
			wide[len(wide)-1] = channels
			s = b.node(mul, nil, []int32{s, b.floats("gamma", random(int(channels), 5), channels)}, wide...)
			beta = b.floats("beta", random(int(channels), 6), channels)
		}
		a := b.node(mul, nil, []int32{x, s}, c.shape...)
		d := b.node(sub, nil, []int32{beta, b.node(mul, nil, []int32{m, s}, wide...)}, wide...)
		b.inputs(x)
		b.outputs(b.node(add, nil, []int32{a, d}, c.shape...))
		nodes := rewrites(t, b, "normalize")
		require.Len(t, nodes, max(c.nodes, 1), "%s: %v", c.name, nodes)
	}
}

// The mean without its dimension comes back by RESHAPE, as PyTorch's layer norm is exported.
func TestRewriteNormalizeReshaped(t *testing.T) {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 1, 7, 24)
	axes, shape := b.ints("axes", []int32{2}, 1), b.ints("shape", []int32{1, 7, 1}, 3)
	reduce := union(tflite.BuiltinOptionsReducerOptions, &tflite.ReducerOptionsT{})
	back := func(k int32) int32 {
		return b.node(tflite.BuiltinOperatorRESHAPE, nil, []int32{k, shape}, 1, 7, 1)
	}
	m := b.node(tflite.BuiltinOperatorMEAN, reduce, []int32{x, axes}, 7)
	d := b.node(tflite.BuiltinOperatorSQUARED_DIFFERENCE, nil, []int32{x, back(m)}, 1, 7, 24)
	v := b.node(tflite.BuiltinOperatorMEAN, reduce, []int32{d, axes}, 7)
	s := b.node(tflite.BuiltinOperatorRSQRT, nil, []int32{b.node(tflite.BuiltinOperatorADD, nil, []int32{v, b.scalar(1e-5)}, 7)}, 7)
	rest := b.node(tflite.BuiltinOperatorSUB, nil, []int32{b.scalar(0), b.node(tflite.BuiltinOperatorMUL, nil, []int32{s, m}, 7)}, 7)
	a := b.node(tflite.BuiltinOperatorMUL, nil, []int32{x, back(s)}, 1, 7, 24)
	b.inputs(x)
	b.outputs(b.node(tflite.BuiltinOperatorADD, nil, []int32{a, back(rest)}, 1, 7, 24))
	// The MEAN without dimensions of size 1 says [1,7] to whom it may concern; x has one image.
	require.Len(t, rewrites(t, b, "normalize"), 1)
}

func TestRewriteAttention(t *testing.T) {
	matmul := func(adjY bool) *tflite.BuiltinOptionsT {
		return union(tflite.BuiltinOptionsBatchMatMulOptions, &tflite.BatchMatMulOptionsT{AdjY: adjY})
	}
	for _, c := range []struct {
		name    string
		keys    []int32 // shape of k
		byRow   bool
		mask    []int32 // its shape, nil for none
		scale   bool
		m, e, s int32
		nodes   int
	}{
		{name: "plain", keys: []int32{6, 8, 40}, m: 50, s: 40, e: 5, nodes: 1},
		{name: "keys by row", keys: []int32{6, 40, 8}, byRow: true, m: 50, s: 40, e: 5, nodes: 1},
		{name: "one k for all", keys: []int32{1, 8, 40}, m: 50, s: 40, e: 5, nodes: 1},
		{name: "scaled", keys: []int32{6, 8, 40}, scale: true, m: 50, s: 40, e: 5, nodes: 1},
		{name: "mask of columns", keys: []int32{6, 8, 700}, mask: []int32{2, 1, 1, 700}, m: 51, s: 700, e: 17, nodes: 1},
		{name: "mask of rows and columns", keys: []int32{6, 8, 40}, mask: []int32{50, 40}, m: 50, s: 40, e: 5, nodes: 1},
		{name: "mask of matrices", keys: []int32{6, 8, 40}, mask: []int32{3, 50, 40}, m: 50, s: 40, e: 5, nodes: 1},
		{name: "mask of rows", keys: []int32{6, 8, 40}, mask: []int32{2, 3, 50, 1}, m: 50, s: 40, e: 5, nodes: 6},
		{name: "small", keys: []int32{6, 8, 4}, m: 5, s: 4, e: 5, nodes: 3},
	} {
		b := newBuilder()
		q, k, v := b.tensor("q", tensor.Float32, 6, c.m, 8), b.tensor("k", tensor.Float32, c.keys...), b.tensor("v", tensor.Float32, 6, c.s, c.e)
		b.inputs(q, k, v)
		scores := b.node(tflite.BuiltinOperatorBATCH_MATMUL, matmul(c.byRow), []int32{q, k}, 6, c.m, c.s)
		if c.scale {
			scores = b.node(tflite.BuiltinOperatorMUL, nil, []int32{scores, b.scalar(0.3)}, 6, c.m, c.s)
		}
		if c.mask != nil {
			n := int32(1)
			for _, d := range c.mask {
				n *= d
			}
			four := b.ints("shape", []int32{2, 3, c.m, c.s}, 4)
			scores = b.node(tflite.BuiltinOperatorRESHAPE, nil, []int32{scores, four}, 2, 3, c.m, c.s)
			scores = b.node(tflite.BuiltinOperatorADD, nil, []int32{b.floats("mask", random(int(n), 4), c.mask...), scores}, 2, 3, c.m, c.s)
		}
		softmax := union(tflite.BuiltinOptionsSoftmaxOptions, &tflite.SoftmaxOptionsT{Beta: 1})
		if c.mask != nil {
			scores = b.node(tflite.BuiltinOperatorSOFTMAX, softmax, []int32{scores}, 2, 3, c.m, c.s)
			scores = b.node(tflite.BuiltinOperatorRESHAPE, nil, []int32{scores, b.ints("shape", []int32{6, c.m, c.s}, 3)}, 6, c.m, c.s)
		} else {
			scores = b.node(tflite.BuiltinOperatorSOFTMAX, softmax, []int32{scores}, 6, c.m, c.s)
		}
		b.outputs(b.node(tflite.BuiltinOperatorBATCH_MATMUL, matmul(false), []int32{scores, v}, 6, c.m, c.e))
		nodes := rewrites(t, b, "attention")
		require.Len(t, nodes, c.nodes, "%s: %v", c.name, nodes)

		// Other shapes are left to the nodes of the model where they can take them.
		if c.mask == nil {
			it, err := interpreter.New(b.load(t))
			require.NoError(t, err)
			require.NoError(t, it.Resize(0, tensor.Shape{6, 3, 8}))
			require.NoError(t, it.Invoke(context.Background()))
			require.Equal(t, tensor.Shape{6, 3, int(c.e)}, it.Output(0).Shape)
		}
	}
}

// One head of attention by FULLY_CONNECTED, whose weights are keys, transposed twice or not at all, and values, transposed.
func TestRewriteAttentionFullyConnected(t *testing.T) {
	const m, d, s, e = 45, 9, 37, 20
	fc := union(tflite.BuiltinOptionsFullyConnectedOptions, &tflite.FullyConnectedOptionsT{})
	softmax := union(tflite.BuiltinOptionsSoftmaxOptions, &tflite.SoftmaxOptionsT{Beta: 1})
	build := func(change func(b *builder, k int32) int32, valuesOnly bool) *builder {
		b := newBuilder()
		q, k, v := b.tensor("q", tensor.Float32, 1, m, d), b.tensor("k", tensor.Float32, s, d), b.tensor("v", tensor.Float32, s, e)
		b.inputs(q, k, v)
		swap := b.ints("swap", []int32{1, 0}, 2)
		if !valuesOnly {
			k = change(b, k)
		}
		scores := b.node(tflite.BuiltinOperatorFULLY_CONNECTED, fc, []int32{q, k, -1}, m, s)
		scores = b.node(tflite.BuiltinOperatorMUL, nil, []int32{scores, b.scalar(0.3)}, m, s)
		scores = b.node(tflite.BuiltinOperatorRESHAPE, nil, []int32{scores, b.ints("shape", []int32{1, 1, m, s}, 4)}, 1, 1, m, s)
		scores = b.node(tflite.BuiltinOperatorSOFTMAX, softmax, []int32{scores}, 1, 1, m, s)
		w := b.node(tflite.BuiltinOperatorTRANSPOSE, nil, []int32{v, swap}, e, s)
		b.outputs(b.node(tflite.BuiltinOperatorFULLY_CONNECTED, fc, []int32{scores, w, -1}, m, e))
		return b
	}
	twice := func(b *builder, k int32) int32 {
		k = b.node(tflite.BuiltinOperatorRESHAPE, nil, []int32{k, b.ints("shape", []int32{1, 1, s, d}, 4)}, 1, 1, s, d)
		k = b.node(tflite.BuiltinOperatorTRANSPOSE, nil, []int32{k, b.ints("perm", []int32{0, 1, 3, 2}, 4)}, 1, 1, d, s)
		k = b.node(tflite.BuiltinOperatorRESHAPE, nil, []int32{k, b.ints("shape", []int32{d, s}, 2)}, d, s)
		return b.node(tflite.BuiltinOperatorTRANSPOSE, nil, []int32{k, b.ints("perm", []int32{1, 0}, 2)}, s, d)
	}
	require.Len(t, rewrites(t, build(twice, false), "attention"), 1)
	require.Len(t, rewrites(t, build(nil, true), "attention"), 1)
	// A matrix of the same elements in another order is not that matrix.
	mixed := func(b *builder, k int32) int32 {
		k = b.node(tflite.BuiltinOperatorRESHAPE, nil, []int32{k, b.ints("shape", []int32{d, s}, 2)}, d, s)
		return b.node(tflite.BuiltinOperatorTRANSPOSE, nil, []int32{k, b.ints("perm", []int32{1, 0}, 2)}, s, d)
	}
	// The first RESHAPE stays, and what is behind it is k as columns.
	require.Len(t, rewrites(t, build(mixed, false), "attention"), 2)
}
