package interpreter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// separable is a depthwise and a pointwise convolution, behind another one that makes wide channels of the input's where wide is
// not 0.
type separable struct {
	n, h, w, channels, out    int32
	wide                      int32
	kernel, stride, dilation  int32
	padding                   tflite.Padding
	noBias, residual, spatial bool // spatial: the second has 3x3 taps
	pad                       bool // a PAD before the first
	multiplier                int32
	read                      bool // the result of the first is an output too
}

func (s separable) build() *builder {
	b := newBuilder()
	s.multiplier, s.dilation = max(s.multiplier, 1), max(s.dilation, 1)
	x := b.tensor("x", tensor.Float32, s.n, s.h, s.w, s.channels)
	b.inputs(x)
	h, w := s.h, s.w
	if s.pad {
		h, w = h+2, w+1
		x = b.node(tflite.BuiltinOperatorPAD, nil, []int32{x, b.ints("pad", []int32{0, 0, 1, 1, 0, 1, 0, 0}, 4, 2)}, s.n, h, w, s.channels)
	}
	if s.padding == tflite.PaddingVALID {
		span := (s.kernel-1)*s.dilation + 1
		h, w = h-span+1, w-span+1
	}
	h, w = (h+s.stride-1)/s.stride, (w+s.stride-1)/s.stride
	biased := func(in []int32, n int32, seed uint64) []int32 {
		if s.noBias {
			return in
		}
		return append(in, b.floats("b", random(int(n), seed), n))
	}
	if s.wide > 0 {
		x = b.node(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingSAME, 1),
			biased([]int32{x, b.floats("e", random(int(s.wide*s.channels), 5), s.wide, 1, 1, s.channels)}, s.wide, 6), s.n, s.h, s.w, s.wide)
		s.channels = s.wide
	}
	deep := s.channels * s.multiplier
	y := b.node(tflite.BuiltinOperatorDEPTHWISE_CONV_2D, union(tflite.BuiltinOptionsDepthwiseConv2DOptions, &tflite.DepthwiseConv2DOptionsT{
		Padding: s.padding, StrideH: s.stride, StrideW: s.stride, DilationHFactor: s.dilation, DilationWFactor: s.dilation,
		DepthMultiplier: s.multiplier, FusedActivationFunction: tflite.ActivationFunctionTypeRELU6,
	}), biased([]int32{x, b.floats("d", random(int(s.kernel*s.kernel*deep), 1), 1, s.kernel, s.kernel, deep)}, deep, 2), s.n, h, w, deep)
	k := int32(1)
	if s.spatial {
		k = 3
	}
	z := b.node(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingSAME, 1),
		biased([]int32{y, b.floats("w", random(int(s.out*k*k*deep), 3), s.out, k, k, deep)}, s.out, 4), s.n, h, w, s.out)
	if s.residual {
		z = b.node(tflite.BuiltinOperatorADD, nil, []int32{z, b.g.Inputs[0]}, s.n, h, w, s.out)
	}
	b.outputs(z)
	if s.read {
		b.outputs(z, y)
	}
	return b
}

func TestRewriteSeparable(t *testing.T) {
	if !ops.Separates() {
		t.Skip("no kernels")
	}
	const name = "DEPTHWISE_CONV_2D+CONV_2D"
	for _, c := range []struct {
		s    separable
		want string
	}{
		{separable{n: 1, h: 90, w: 91, channels: 17, out: 20, kernel: 3, stride: 1}, name},
		{separable{n: 2, h: 97, w: 120, channels: 48, out: 9, kernel: 5, stride: 2, noBias: true}, name},
		{separable{n: 1, h: 110, w: 90, channels: 16, out: 33, kernel: 3, stride: 1, dilation: 3, padding: tflite.PaddingVALID}, name},
		{separable{n: 1, h: 2, w: 4000, channels: 24, out: 24, kernel: 3, stride: 1, residual: true}, name + "+ADD"},
		{separable{n: 1, h: 96, w: 96, channels: 16, out: 16, kernel: 3, stride: 1, residual: true}, name + "+ADD"},
		{separable{n: 1, h: 96, w: 96, channels: 16, out: 12, kernel: 3, stride: 1, padding: tflite.PaddingVALID, pad: true}, "PAD+" + name},
		{separable{n: 1, h: 60, w: 61, channels: 36, wide: 40, out: 36, kernel: 3, stride: 1, residual: true}, "CONV_2D+DEPTHWISE_CONV_2D+ADD"},
		{separable{n: 2, h: 97, w: 50, channels: 10, wide: 33, out: 16, kernel: 3, stride: 2, noBias: true}, "CONV_2D+DEPTHWISE_CONV_2D"},
		{separable{n: 1, h: 48, w: 49, channels: 16, wide: 64, out: 20, kernel: 5, stride: 1, dilation: 2}, "CONV_2D+DEPTHWISE_CONV_2D"},
		{separable{n: 3, h: 61, w: 64, channels: 12, wide: 36, out: 12, kernel: 3, stride: 1, padding: tflite.PaddingVALID}, "CONV_2D+DEPTHWISE_CONV_2D"},
		{separable{n: 1, h: 101, w: 48, channels: 16, wide: 48, out: 24, kernel: 3, stride: 3}, "CONV_2D+DEPTHWISE_CONV_2D"},
	} {
		nodes := rewrites(t, c.s.build(), "separable")
		require.Equal(t, []string{c.want}, nodes)
	}
}

// Where the second reads neighbours, the first has several outputs for a channel, there are few channels, or too little is
// between them, nothing is joined.
func TestRewriteSeparableLeaves(t *testing.T) {
	for name, s := range map[string]separable{
		"small":     {n: 1, h: 30, w: 30, channels: 16, out: 16, kernel: 3, stride: 1},
		"spatial":   {n: 1, h: 96, w: 96, channels: 16, out: 12, kernel: 3, stride: 1, spatial: true},
		"several":   {n: 1, h: 96, w: 96, channels: 8, out: 12, kernel: 3, stride: 1, multiplier: 2},
		"few":       {n: 1, h: 196, w: 196, channels: 8, out: 12, kernel: 3, stride: 1},
		"one":       {n: 1, h: 96, w: 96, channels: 16, out: 1, kernel: 3, stride: 1},
		"an output": {n: 1, h: 96, w: 96, channels: 16, out: 12, kernel: 3, stride: 1, read: true},
	} {
		require.Equal(t, []string{"DEPTHWISE_CONV_2D", "CONV_2D"}, rewrites(t, s.build(), "separable"), name)
	}
	for name, s := range map[string]separable{
		"short rows": {n: 1, h: 90, w: 40, channels: 9, wide: 80, out: 9, kernel: 3, stride: 2},
		"large rows": {n: 1, h: 17, w: 90, channels: 9, wide: 200, out: 9, kernel: 7, stride: 3},
	} {
		require.Equal(t, []string{"CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D"}, rewrites(t, s.build(), "separable"), name)
	}
}

// TestRewriteSeparableResized gives the image another number of channels, and none of rows: errors and results are those of the
// nodes.
func TestRewriteSeparableResized(t *testing.T) {
	m := separable{n: 1, h: 96, w: 96, channels: 16, out: 16, kernel: 3, stride: 1}.build().load(t)
	_, plain := interpreter.New(m, interpreter.WithInputShapes(tensor.Shape{1, 9, 9, 15}), interpreter.WithoutRewrites())
	_, err := interpreter.New(m, interpreter.WithInputShapes(tensor.Shape{1, 9, 9, 15}))
	require.Error(t, err)
	require.Equal(t, plain.Error(), err.Error())
	it, err := interpreter.New(m, interpreter.WithInputShapes(tensor.Shape{0, 9, 9, 16}))
	require.NoError(t, err)
	require.Equal(t, tensor.Shape{0, 9, 9, 16}, it.Output(0).Shape)
}
