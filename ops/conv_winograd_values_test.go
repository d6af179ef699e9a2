package ops_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/optest"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Convolutions of 3x3 taps of sizes for which Winograd's transforms are chosen where there are kernels for them, beside sums of 64
// bits: images of whole tiles and others, wider than what is transformed at a time, with and without zeros around.
func TestConvWinograd(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for _, c := range []struct {
		images, h, w, channels, out int
		valid, noBias, half         bool
		act                         tflite.ActivationFunctionType
	}{
		{images: 1, h: 32, w: 32, channels: 16, out: 16},
		{images: 2, h: 17, w: 22, channels: 16, out: 24, act: tflite.ActivationFunctionTypeRELU6},
		{images: 1, h: 18, w: 23, channels: 24, out: 40, valid: true, noBias: true},
		{images: 3, h: 9, w: 31, channels: 40, out: 16, half: true},
		{images: 1, h: 7, w: 600, channels: 16, out: 16, act: tflite.ActivationFunctionTypeRELU},
		{images: 1, h: 130, w: 6, channels: 32, out: 32, valid: true},
		{images: 1, h: 8, w: 8, channels: 64, out: 64},
		{images: 1, h: 8, w: 8, channels: 8, out: 72},
	} {
		name := fmt.Sprintf("%+v", c)
		values := func(n int) []float32 {
			v := make([]float32, n)
			for i := range v {
				v[i] = r.Float32()*2 - 1
			}
			return v
		}
		x, w, b := values(c.images*c.h*c.w*c.channels), values(9*c.out*c.channels), values(c.out)
		filter := tensor.From(tensor.Float32, w, c.out, 3, 3, c.channels)
		if c.half {
			half := make([]uint16, len(w))
			for i := range w {
				half[i] = tensor.Float32ToFloat16(w[i])
				w[i] = tensor.Float16ToFloat32(half[i])
			}
			filter = tensor.From(tensor.Float16, half, c.out, 3, 3, c.channels)
		}
		ins := []*tensor.Tensor{tensor.From(tensor.Float32, x, c.images, c.h, c.w, c.channels), filter}
		if !c.noBias {
			ins = append(ins, tensor.From(tensor.Float32, b, c.out))
		}
		o := &tflite.Conv2DOptionsT{StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1, FusedActivationFunction: c.act}
		oh, ow, before := c.h, c.w, 1
		if c.valid {
			o.Padding = tflite.PaddingVALID
			oh, ow, before = c.h-2, c.w-2, 0
		}
		out := tensor.New(tensor.Float32)
		node := nodeCase(tflite.BuiltinOperatorCONV_2D, o, list(out), ins...)
		node.Const = []int{1, 2}[:len(ins)-1]
		node.Check(t)
		require.Equal(t, tensor.Shape{c.images, oh, ow, c.out}, out.Shape, name)
		var want []float32
		for i := range c.images * oh * ow {
			y0, x0 := i/ow%oh-before, i%ow-before
			image := x[i/(oh*ow)*c.h*c.w*c.channels:]
			for j := range c.out {
				sum := 0.0
				if !c.noBias {
					sum = float64(b[j])
				}
				for tap := range 9 {
					y, x := y0+tap/3, x0+tap%3
					if y < 0 || y >= c.h || x < 0 || x >= c.w {
						continue
					}
					for k := range c.channels {
						sum += float64(image[(y*c.w+x)*c.channels+k]) * float64(w[(j*9+tap)*c.channels+k])
					}
				}
				switch c.act {
				case tflite.ActivationFunctionTypeRELU:
					sum = max(sum, 0)
				case tflite.ActivationFunctionTypeRELU6:
					sum = min(max(sum, 0), 6)
				}
				want = append(want, float32(sum))
			}
		}
		// The errors of Winograd's convolution are at most ten roundings of the sum of all absolute values, here 1/4 for each product.
		optest.Close(t, want, tensor.Data[float32](out), 10*6e-8*float64(9*c.channels)*0.25)
	}
}
