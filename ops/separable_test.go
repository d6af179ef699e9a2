package ops_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/ops/internal/optest"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// separableCase is a SEPARABLE of 3x3 taps on random numbers, and the two nodes that it stands for.
func separableCase(r *rand.Rand, channels, out int) (c *optest.Case, o *ops.SeparableOptions) {
	values := func(shape ...int) *tensor.Tensor {
		t := tensor.New(tensor.Float32, shape...)
		v := make([]float32, t.Elements())
		for i := range v {
			v[i] = r.Float32() - 0.5
		}
		return tensor.From(tensor.Float32, v, shape...)
	}
	o = &ops.SeparableOptions{
		Depthwise: &tflite.DepthwiseConv2DOptionsT{StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1, DepthMultiplier: 1},
		Pointwise: &tflite.Conv2DOptionsT{StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1, FusedActivationFunction: tflite.ActivationFunctionTypeRELU},
	}
	return &optest.Case{
		Op: ops.Separable, Options: o, Const: []int{1, 2, 3, 4}, Outputs: list(tensor.New(tensor.Float32)),
		Inputs: []*tensor.Tensor{values(2, 7, 6, channels), values(1, 3, 3, channels), values(channels), values(out, 1, 1, channels), values(out)},
	}, o
}

func TestSeparable(t *testing.T) {
	if !ops.Separates() {
		t.Skip("no kernels")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, channels := range []int{1, 9, 40} {
		for _, out := range []int{1, 16, 35} {
			c, o := separableCase(r, channels, out)
			between, want := tensor.New(tensor.Float32), tensor.New(tensor.Float32)
			deep := nodeCase(tflite.BuiltinOperatorDEPTHWISE_CONV_2D, o.Depthwise, list(between), c.Inputs[:3]...)
			require.NoError(t, deep.Run())
			flat := nodeCase(tflite.BuiltinOperatorCONV_2D, o.Pointwise, list(want), between, c.Inputs[3], c.Inputs[4])
			require.NoError(t, flat.Run())
			c.Check(t)
			require.Equal(t, want.Shape, c.Outputs[0].Shape)
			optest.Close(t, tensor.Data[float32](want), tensor.Data[float32](c.Outputs[0]), 1e-6*float64(9*channels))
		}
	}
}

// expanded makes the channels of a case results of one more convolution, of 5 channels.
func expanded(r *rand.Rand, c *optest.Case, o *ops.SeparableOptions) {
	channels := c.Inputs[0].Shape[3]
	narrow, _ := separableCase(r, 5, channels) // its second filter fits
	o.Expand = &tflite.Conv2DOptionsT{StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1, FusedActivationFunction: tflite.ActivationFunctionTypeRELU6}
	c.Inputs = append(c.Inputs, narrow.Inputs[3], narrow.Inputs[4])
	c.Inputs[0] = narrow.Inputs[0]
	c.Const = append(c.Const, 5, 6)
}

func TestSeparableExpanded(t *testing.T) {
	if !ops.Separates() {
		t.Skip("no kernels")
	}
	r := rand.New(rand.NewPCG(5, 6))
	run := func(c optest.Case) { require.NoError(t, c.Run()) }
	for _, stride := range []int32{1, 2, 4} {
		c, o := separableCase(r, 24, 11)
		expanded(r, c, o)
		o.Depthwise.StrideH, o.Depthwise.StrideW = stride, stride
		wide, between, want := tensor.New(tensor.Float32), tensor.New(tensor.Float32), tensor.New(tensor.Float32)
		run(nodeCase(tflite.BuiltinOperatorCONV_2D, o.Expand, list(wide), c.Inputs[0], c.Inputs[5], c.Inputs[6]))
		run(nodeCase(tflite.BuiltinOperatorDEPTHWISE_CONV_2D, o.Depthwise, list(between), wide, c.Inputs[1], c.Inputs[2]))
		run(nodeCase(tflite.BuiltinOperatorCONV_2D, o.Pointwise, list(want), between, c.Inputs[3], c.Inputs[4]))
		c.Check(t)
		require.Equal(t, want.Shape, c.Outputs[0].Shape)
		optest.Close(t, tensor.Data[float32](want), tensor.Data[float32](c.Outputs[0]), 1e-6*9*24*5)
	}
	for name, change := range map[string]func(c *optest.Case){
		"shape":        func(c *optest.Case) { c.Inputs[5].Shape = tensor.Shape{12, 2, 1, 5} },
		"channels":     func(c *optest.Case) { c.Inputs[5].Shape = tensor.Shape{15, 1, 1, 4} },
		"type":         func(c *optest.Case) { c.Inputs[5].Type = tensor.Int32 },
		"not constant": func(c *optest.Case) { c.Const = []int{1, 2, 3, 4} },
	} {
		c, o := separableCase(r, 12, 8)
		expanded(r, c, o)
		change(c)
		require.ErrorIs(t, c.Run(), ops.ErrUnsupported, name)
	}
	c, o := separableCase(r, 12, 8)
	expanded(r, c, o)
	c.Inputs = c.Inputs[:5]
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)
	c, o = separableCase(r, 12, 8)
	expanded(r, c, o)
	c.Inputs[5] = nil
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)
	c, o = separableCase(r, 12, 8)
	expanded(r, c, o)
	c.Inputs[6] = tensor.New(tensor.Float32, 11)
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)
}

func TestSeparableErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *optest.Case, o *ops.SeparableOptions)
		want   error
	}{
		"options":           {func(_ *optest.Case, o *ops.SeparableOptions) { o.Pointwise = nil }, ops.ErrInvalidModel},
		"type":              {func(c *optest.Case, _ *ops.SeparableOptions) { c.Inputs[0].Type = tensor.Int32 }, ops.ErrUnsupported},
		"not constant":      {func(c *optest.Case, _ *ops.SeparableOptions) { c.Const = nil }, ops.ErrUnsupported},
		"rank":              {func(c *optest.Case, _ *ops.SeparableOptions) { c.Inputs[0].Shape = tensor.Shape{14, 6, 12} }, ops.ErrUnsupported},
		"several outputs":   {func(c *optest.Case, _ *ops.SeparableOptions) { c.Inputs[1].Shape = tensor.Shape{1, 3, 1, 36} }, ops.ErrUnsupported},
		"taps":              {func(c *optest.Case, _ *ops.SeparableOptions) { c.Inputs[3].Shape = tensor.Shape{4, 2, 1, 12} }, ops.ErrUnsupported},
		"empty":             {func(c *optest.Case, _ *ops.SeparableOptions) { c.Inputs[0] = tensor.New(tensor.Float32, 0, 7, 6, 12) }, ops.ErrUnsupported},
		"stride":            {func(_ *optest.Case, o *ops.SeparableOptions) { o.Depthwise.StrideH = 0 }, ops.ErrInvalidModel},
		"bias":              {func(c *optest.Case, _ *ops.SeparableOptions) { c.Inputs[2] = tensor.New(tensor.Float32, 11) }, ops.ErrInvalidModel},
		"bias of the other": {func(c *optest.Case, _ *ops.SeparableOptions) { c.Inputs[4] = tensor.New(tensor.Float32, 11) }, ops.ErrInvalidModel},
		"activation": {func(_ *optest.Case, o *ops.SeparableOptions) {
			o.Pointwise.FusedActivationFunction = tflite.ActivationFunctionTypeSIGN_BIT
		}, ops.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			k, o := separableCase(rand.New(rand.NewPCG(3, 4)), 12, 8)
			c.change(k, o)
			if _, err := k.Prepare(); ops.Separates() || name == "options" {
				require.ErrorIs(t, err, c.want)
			} else {
				require.Error(t, err)
			}
		})
	}
}
