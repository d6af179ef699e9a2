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

// contextCase is a CONTEXT on random numbers.
func contextCase(r *rand.Rand, images, h, w, channels, more, out int, first bool) (*optest.Case, *ops.ContextOptions) {
	values := func(shape ...int) *tensor.Tensor {
		v := make([]float32, tensor.Shape(shape).Elements())
		for i := range v {
			v[i] = r.Float32() - 0.5
		}
		return tensor.From(tensor.Float32, v, shape...)
	}
	o := &ops.ContextOptions{
		Conv:  &tflite.Conv2DOptionsT{StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1, FusedActivationFunction: tflite.ActivationFunctionTypeRELU},
		First: first, Height: h, Width: w,
	}
	return &optest.Case{
		Op: ops.Context, Options: o, Const: []int{2, 3}, Outputs: list(tensor.New(tensor.Float32)),
		Inputs: []*tensor.Tensor{values(images, h, w, channels), values(images, 1, 1, more), values(out, 1, 1, channels+more), values(out)},
	}, o
}

func TestContext(t *testing.T) {
	if !ops.Separates() {
		t.Skip("no kernels")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, first := range []bool{false, true} {
		for _, out := range []int{1, 16, 35} {
			for _, c := range [][2]int{{1, 1}, {3, 20}, {40, 9}} {
				const images, h, w = 2, 5, 7
				channels, more := c[0], c[1]
				test, _ := contextCase(r, images, h, w, channels, more, out, first)
				test.Check(t)
				require.Equal(t, tensor.Shape{images, h, w, out}, test.Outputs[0].Shape)
				x, p := tensor.Data[float32](test.Inputs[0]), tensor.Data[float32](test.Inputs[1])
				filter, bias := tensor.Data[float32](test.Inputs[2]), tensor.Data[float32](test.Inputs[3])
				var want []float32
				for i := range images * h * w {
					for j := range out {
						sum := float64(bias[j])
						row := filter[j*(channels+more):]
						ofX, ofP := row, row[channels:]
						if first {
							ofX, ofP = row[more:], row
						}
						for k := range channels {
							sum += float64(x[i*channels+k]) * float64(ofX[k])
						}
						for k := range more {
							sum += float64(p[i/(h*w)*more+k]) * float64(ofP[k])
						}
						want = append(want, float32(max(sum, 0)))
					}
				}
				optest.Close(t, want, tensor.Data[float32](test.Outputs[0]), 1e-6*float64(channels+more+1))
			}
		}
	}
}

// A filter of FLOAT16 has the values that it has as FLOAT32.
func TestContextFloat16(t *testing.T) {
	if !ops.Separates() {
		t.Skip("no kernels")
	}
	c, _ := contextCase(rand.New(rand.NewPCG(3, 4)), 1, 4, 6, 5, 3, 12, true)
	filter := c.Inputs[2]
	v := tensor.Data[float32](filter)
	half := make([]uint16, len(v))
	for i := range v {
		half[i] = tensor.Float32ToFloat16(v[i])
		v[i] = tensor.Float16ToFloat32(half[i])
	}
	c.Check(t)
	want := append([]float32(nil), tensor.Data[float32](c.Outputs[0])...)
	c.Inputs[2] = tensor.From(tensor.Float16, half, filter.Shape...)
	c.Check(t)
	require.Equal(t, want, tensor.Data[float32](c.Outputs[0]))
}

func TestContextErrors(t *testing.T) {
	if !ops.Separates() {
		t.Skip("no kernels")
	}
	for name, c := range map[string]struct {
		change func(c *optest.Case, o *ops.ContextOptions)
		want   error
	}{
		"options":      {func(_ *optest.Case, o *ops.ContextOptions) { o.Conv = nil }, ops.ErrInvalidModel},
		"type":         {func(c *optest.Case, _ *ops.ContextOptions) { c.Inputs[1].Type = tensor.Int32 }, ops.ErrUnsupported},
		"not constant": {func(c *optest.Case, _ *ops.ContextOptions) { c.Const = nil }, ops.ErrUnsupported},
		"rank":         {func(c *optest.Case, _ *ops.ContextOptions) { c.Inputs[0].Shape = tensor.Shape{5, 7, 9} }, ops.ErrUnsupported},
		"size":         {func(_ *optest.Case, o *ops.ContextOptions) { o.Width = 6 }, ops.ErrUnsupported},
		"pixels":       {func(c *optest.Case, _ *ops.ContextOptions) { c.Inputs[1].Shape = tensor.Shape{1, 2, 1, 2} }, ops.ErrUnsupported},
		"taps":         {func(c *optest.Case, _ *ops.ContextOptions) { c.Inputs[2].Shape = tensor.Shape{6, 2, 1, 13} }, ops.ErrUnsupported},
		"channels":     {func(c *optest.Case, _ *ops.ContextOptions) { c.Inputs[2].Shape = tensor.Shape{13, 1, 1, 12} }, ops.ErrUnsupported},
		"bias":         {func(c *optest.Case, _ *ops.ContextOptions) { c.Inputs[3] = tensor.New(tensor.Float32, 11) }, ops.ErrInvalidModel},
		"activation":   {func(_ *optest.Case, o *ops.ContextOptions) { o.Conv.FusedActivationFunction = 99 }, ops.ErrInvalidModel},
		"empty":        {func(c *optest.Case, _ *ops.ContextOptions) { c.Inputs[0] = tensor.New(tensor.Float32, 0, 5, 7, 9) }, ops.ErrUnsupported},
	} {
		test, o := contextCase(rand.New(rand.NewPCG(1, 2)), 1, 5, 7, 9, 4, 12, false)
		c.change(test, o)
		require.ErrorIs(t, test.Run(), c.want, name)
	}
}
