package interpreter_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// chained runs a model with and without the rewrite, on one thread and on three: the outputs must be the same bits. It returns
// the nodes that ran with the rewrite.
func chained(t *testing.T, b *builder) []string {
	t.Helper()
	m := b.load(t)
	with, nodes := runRandom(t, m)
	threads, _ := runRandom(t, m, interpreter.WithThreads(3))
	without, _ := runRandom(t, m, interpreter.WithoutRewrites("chain"))
	for i := range with.Outputs() {
		require.Equal(t, without.Output(i).Shape, with.Output(i).Shape)
		if string(without.Output(i).Bytes()) != string(with.Output(i).Bytes()) {
			require.Equal(t, tensor.Data[float32](without.Output(i)), tensor.Data[float32](with.Output(i)), "output %d", i)
		}
		require.True(t, string(threads.Output(i).Bytes()) == string(with.Output(i).Bytes()), "output %d on three threads", i)
	}
	return nodes
}

// TestRewriteChainConvolution has outputs large enough to be handed over in bands, of every form in which a convolution walks
// over its image, and a small one.
func TestRewriteChainConvolution(t *testing.T) {
	leaky := union(tflite.BuiltinOptionsLeakyReluOptions, &tflite.LeakyReluOptionsT{Alpha: 0.25})
	for _, c := range []struct{ n, h, w, in, kernel, groups, out int32 }{
		{1, 80, 80, 6, 1, 1, 40},   // one line
		{2, 48, 50, 4, 3, 1, 32},   // lines in bands
		{1, 90, 90, 8, 3, 2, 24},   // two groups
		{2, 70, 61, 16, 3, 1, 16},  // Winograd's tiles
		{1, 12000, 3, 4, 3, 1, 12}, // columns
		{1100, 5, 5, 3, 3, 1, 8},   // patches
		{1, 260, 256, 4, 3, 1, 2},  // products of rows
		{1, 9, 7, 5, 3, 1, 12},     // too small to be handed over
	} {
		b := newBuilder()
		x := b.tensor("x", tensor.Float32, c.n, c.h, c.w, c.in)
		filter := b.floats("w", random(int(c.out*c.kernel*c.kernel*c.in/c.groups), 1), c.out, c.kernel, c.kernel, c.in/c.groups)
		shape := []int32{c.n, c.h, c.w, c.out}
		y := b.node(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingSAME, 1), []int32{x, filter, b.floats("b", random(int(c.out), 2), c.out)}, shape...)
		y = b.node(tflite.BuiltinOperatorLEAKY_RELU, leaky, []int32{y}, shape...)
		y = b.node(tflite.BuiltinOperatorMAXIMUM, nil, []int32{b.scalar(-0.125), y}, shape...)
		rest := b.tensor("rest", tensor.Float32, shape...)
		y = b.node(tflite.BuiltinOperatorADD, nil, []int32{rest, y}, shape...)
		y = b.node(tflite.BuiltinOperatorPRELU, nil, []int32{y, b.floats("slopes", random(int(c.out), 3), 1, 1, c.out)}, shape...)
		b.inputs(x, rest)
		b.outputs(y)
		want := []string{"CONV_2D+LEAKY_RELU+MAXIMUM+ADD+PRELU"}
		if c.n*c.h*c.w*c.out < 1<<17 {
			want = []string{"CONV_2D", "LEAKY_RELU+MAXIMUM+ADD+PRELU"}
		}
		require.Equal(t, want, chained(t, b), "%v", c)
	}
}

// TestRewriteChainBranches checks chains that branch: SiLU behind a convolution and the image itself added, sums of two convolutions, and
// gates of a cell.
func TestRewriteChainBranches(t *testing.T) {
	shape := []int32{1, 128, 129, 8}
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, shape...)
	weights := func(seed uint64) []int32 {
		return []int32{b.floats("w", random(64, seed), 8, 1, 1, 8), b.floats("b", random(8, seed+1), 8)}
	}
	silu := func(k int32) int32 {
		return b.node(tflite.BuiltinOperatorMUL, nil, []int32{k, b.node(tflite.BuiltinOperatorLOGISTIC, nil, []int32{k}, shape...)}, shape...)
	}
	convolve := func(k int32, seed uint64) int32 {
		return b.node(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingSAME, 1), append([]int32{k}, weights(seed)...), shape...)
	}
	y := b.node(tflite.BuiltinOperatorADD, nil, []int32{silu(convolve(x, 1)), x}, shape...)
	depth := union(tflite.BuiltinOptionsDepthwiseConv2DOptions, &tflite.DepthwiseConv2DOptionsT{
		StrideH: 1, StrideW: 1, DepthMultiplier: 1, DilationHFactor: 1, DilationWFactor: 1,
	})
	deep := b.node(tflite.BuiltinOperatorDEPTHWISE_CONV_2D, depth,
		[]int32{y, b.floats("d", random(72, 5), 1, 3, 3, 8), b.floats("b", random(8, 6), 8)}, shape...)
	z := b.node(tflite.BuiltinOperatorADD, nil, []int32{convolve(y, 7), b.node(tflite.BuiltinOperatorHARD_SWISH, nil, []int32{deep}, shape...)}, shape...)
	b.inputs(x)
	b.outputs(z)
	require.Equal(t, []string{"CONV_2D+LOGISTIC+MUL+ADD", "DEPTHWISE_CONV_2D", "CONV_2D+HARD_SWISH+ADD"}, chained(t, b))

	b = newBuilder()
	shape = []int32{2, 9}
	gates := make([]int32, 4)
	for i := range gates {
		gates[i] = b.tensor("gate", tensor.Float32, shape...)
	}
	state := b.tensor("state", tensor.Float32, shape...)
	b.inputs(append(gates, state)...)
	one := func(code tflite.BuiltinOperator, k int32) int32 { return b.node(code, nil, []int32{k}, shape...) }
	kept := b.node(tflite.BuiltinOperatorMUL, nil, []int32{one(tflite.BuiltinOperatorLOGISTIC, gates[0]), state}, shape...)
	taken := b.node(tflite.BuiltinOperatorMUL, nil, []int32{one(tflite.BuiltinOperatorTANH, gates[1]), one(tflite.BuiltinOperatorLOGISTIC, gates[2])}, shape...)
	next := b.node(tflite.BuiltinOperatorADD, nil, []int32{kept, taken}, shape...)
	b.outputs(next, b.node(tflite.BuiltinOperatorMUL, nil, []int32{one(tflite.BuiltinOperatorTANH, next), one(tflite.BuiltinOperatorLOGISTIC, gates[3])}, shape...))
	require.Equal(t, []string{"LOGISTIC+MUL+TANH+ADD", "TANH+LOGISTIC+MUL"}, chained(t, b))
}

// What is read elsewhere, has another shape or type, or broadcasts in other ways is left alone.
func TestRewriteChainLeaves(t *testing.T) {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 2, 3, 4)
	y := b.node(tflite.BuiltinOperatorNEG, nil, []int32{x}, 2, 3, 4)
	b.inputs(x)
	b.outputs(y, b.node(tflite.BuiltinOperatorABS, nil, []int32{y}, 2, 3, 4))
	require.Equal(t, []string{"NEG", "ABS"}, chained(t, b), "an output")

	for _, other := range [][]int32{{2, 1, 1}, {2, 3, 1}, {3, 4}, {1, 3, 4}} {
		b = newBuilder()
		x, z := b.tensor("x", tensor.Float32, 2, 3, 4), b.tensor("z", tensor.Float32, other...)
		y = b.node(tflite.BuiltinOperatorNEG, nil, []int32{x}, 2, 3, 4)
		b.inputs(x, z)
		b.outputs(b.node(tflite.BuiltinOperatorMUL, nil, []int32{y, z}, 2, 3, 4))
		require.Equal(t, []string{"NEG", "MUL"}, chained(t, b), "%v", other)
	}
}

// TestRewriteChainResized gives inputs shapes for which a gate is no longer one element for each channel.
func TestRewriteChainResized(t *testing.T) {
	b := newBuilder()
	x, gate := b.tensor("x", tensor.Float32, 1, 3, 3, 4), b.tensor("gate", tensor.Float32, 1, 1, 1, 4)
	y := b.node(tflite.BuiltinOperatorMUL, nil, []int32{b.node(tflite.BuiltinOperatorABS, nil, []int32{x}, 1, 3, 3, 4), gate}, 1, 3, 3, 4)
	b.inputs(x, gate)
	b.outputs(y)
	require.Equal(t, []string{"ABS+MUL"}, chained(t, b))
	m := b.load(t)
	for _, batch := range []int{2, 0} {
		shapes := interpreter.WithInputShapes(tensor.Shape{batch, 3, 3, 4}, tensor.Shape{batch, 1, 1, 4})
		with, nodes := runRandom(t, m, shapes)
		without, _ := runRandom(t, m, shapes, interpreter.WithoutRewrites())
		require.Equal(t, without.Output(0).Bytes(), with.Output(0).Bytes())
		if batch > 0 {
			require.Equal(t, []string{"ABS", "MUL"}, nodes)
		}
	}
}

// TestRewriteChainRandom draws graphs of element-wise nodes.
func TestRewriteChainRandom(t *testing.T) {
	ones := []tflite.BuiltinOperator{
		tflite.BuiltinOperatorRELU6, tflite.BuiltinOperatorLEAKY_RELU, tflite.BuiltinOperatorHARD_SWISH, tflite.BuiltinOperatorLOGISTIC,
		tflite.BuiltinOperatorTANH, tflite.BuiltinOperatorELU, tflite.BuiltinOperatorABS, tflite.BuiltinOperatorNEG, tflite.BuiltinOperatorSQUARE,
		tflite.BuiltinOperatorRELU_0_TO_1, tflite.BuiltinOperatorRELU_N1_TO_1,
	}
	twos := []tflite.BuiltinOperator{
		tflite.BuiltinOperatorADD, tflite.BuiltinOperatorSUB, tflite.BuiltinOperatorMUL, tflite.BuiltinOperatorDIV,
		tflite.BuiltinOperatorMAXIMUM, tflite.BuiltinOperatorMINIMUM, tflite.BuiltinOperatorPRELU,
	}
	fused := 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 3))
		b := newBuilder()
		shape := []int32{1 + r.Int32N(3), 1 + r.Int32N(40), 1 + r.Int32N(70)}
		if seed%10 == 0 {
			shape = []int32{3, 100, 601}
		}
		row := shape[2]
		wholes := []int32{b.tensor("x", tensor.Float32, shape...), b.tensor("y", tensor.Float32, shape...)}
		small := []int32{
			b.floats("row", random(int(row), seed), 1, row), b.floats("one", random(1, seed)), b.tensor("gate", tensor.Float32, row),
			b.tensor("scale", tensor.Float32, 1, 1),
		}
		b.inputs(wholes[0], wholes[1], small[2], small[3])
		pick := func() int32 { return wholes[max(r.IntN(len(wholes)), r.IntN(len(wholes)))] }
		for range 3 + r.IntN(25) {
			if r.IntN(5) < 2 {
				wholes = append(wholes, b.node(ones[r.IntN(len(ones))], nil, []int32{pick()}, shape...))
				continue
			}
			code, in := twos[r.IntN(len(twos))], []int32{pick(), pick()}
			if r.IntN(2) == 0 {
				in[1] = small[r.IntN(len(small))]
				if code != tflite.BuiltinOperatorPRELU && r.IntN(2) == 0 {
					in[0], in[1] = in[1], in[0]
				}
			}
			wholes = append(wholes, b.node(code, nil, in, shape...))
		}
		b.outputs(wholes[len(wholes)-1])
		if r.IntN(2) == 0 {
			b.outputs(wholes[len(wholes)-1], wholes[2+r.IntN(len(wholes)-3)])
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			fused += len(b.g.Operators) - len(chained(t, b))
		})
	}
	require.Greater(t, fused, 500, "nodes less")
}
