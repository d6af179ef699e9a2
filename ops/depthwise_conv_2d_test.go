package ops_test

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/ops/internal/optest"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

func TestDepthwiseConv2D(t *testing.T) {
	op := ops.Builtins().Builtin(tflite.BuiltinOperatorDEPTHWISE_CONV_2D)
	for _, ty := range allConvTypes {
		if ty.name == "int16 narrow" || ty.name == "hybrid uint8" {
			continue // there are none
		}
		t.Run(ty.name, func(t *testing.T) {
			r := rand.New(rand.NewSource(3))
			for i := range 40 {
				c := randomCase(r, 3)
				c.kernelW += r.Intn(4)
				c.dilH, c.dilW = 1+r.Intn(2), 1+r.Intn(2)
				multiplier := 1 + i%3
				if c.channels == 1 {
					multiplier = 7 + i%12
				}
				c.groups = c.channels
				c.outC = c.channels * multiplier
				if (c.kernelH-1)*c.dilH+1 > c.height || (c.kernelW-1)*c.dilW+1 > c.width {
					continue
				}
				t.Log(c)
				opts := &tflite.DepthwiseConv2DOptionsT{
					Padding: c.padding, StrideH: int32(c.strideH), StrideW: int32(c.strideW), FusedActivationFunction: c.act,
					DilationHFactor: int32(c.dilH), DilationWFactor: int32(c.dilW), DepthMultiplier: int32(multiplier),
				}
				outH, _ := along(c.padding, c.height, c.kernelH, c.strideH, c.dilH)
				outW, _ := along(c.padding, c.width, c.kernelW, c.strideW, c.dilW)
				checkConv(t, r, c, ty, op, opts, tensor.New(ty.in, c.images, c.height, c.width, c.channels),
					tensor.New(ty.filter, 1, c.kernelH, c.kernelW, c.outC), nil, tensor.Shape{c.images, outH, outW, c.outC},
					func(x, w []float64) []float64 {
						taps := c.kernelH * c.kernelW
						byOutput := make([]float64, len(w)) // [taps][outC] to [outC][taps]
						for i, v := range w {
							byOutput[i%c.outC*taps+i/c.outC] = v
						}
						y, _, _ := c.sums(x, byOutput)
						return y
					})
			}
		})
	}
}

func TestDepthwiseConv2DErrors(t *testing.T) {
	f := func(shape ...int) *tensor.Tensor { return tensor.New(tensor.Float32, shape...) }
	scaled := func(x *tensor.Tensor) *tensor.Tensor {
		x.Quant = &tensor.Quantization{Scale: []float32{1}, ZeroPoint: []int32{0}}
		return x
	}
	for name, c := range map[string]struct {
		stride, multiplier int32
		in, filter, bias   *tensor.Tensor
		want               error
	}{
		"stride":            {32768, 1, f(1, 4, 4, 1), f(1, 1, 1, 1), nil, ops.ErrInvalidModel},
		"filter batch":      {1, 1, f(1, 4, 4, 1), f(2, 1, 1, 1), nil, ops.ErrInvalidModel},
		"no channels":       {1, 1, f(1, 4, 4, 0), f(1, 1, 1, 0), nil, ops.ErrInvalidModel},
		"channels":          {1, 1, f(1, 4, 4, 2), f(1, 1, 1, 3), nil, ops.ErrInvalidModel},
		"rank":              {1, 1, f(4, 4, 2), f(1, 1, 1, 2), nil, ops.ErrInvalidModel},
		"bias":              {1, 1, f(1, 4, 4, 2), f(1, 1, 1, 2), f(1), ops.ErrInvalidModel},
		"hybrid multiplier": {1, 2, f(1, 4, 4, 2), scaled(tensor.New(tensor.Int8, 1, 1, 1, 2)), nil, ops.ErrInvalidModel},
		"uint8 filter":      {1, 1, f(1, 4, 4, 2), scaled(tensor.New(tensor.Uint8, 1, 1, 1, 2)), nil, ops.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			run := optest.Case{
				Op: ops.Builtins().Builtin(tflite.BuiltinOperatorDEPTHWISE_CONV_2D),
				Options: &tflite.DepthwiseConv2DOptionsT{
					StrideH: c.stride, StrideW: c.stride, DepthMultiplier: c.multiplier, DilationHFactor: 1, DilationWFactor: 1,
				},
				Inputs: []*tensor.Tensor{c.in, c.filter, c.bias}, Outputs: []*tensor.Tensor{f()},
			}
			require.ErrorIs(t, run.Run(), c.want)
		})
	}
}
