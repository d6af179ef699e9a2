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

// Images of the shapes that are divided in different ways (bands of an image, lines along its rows, gathered positions, one
// long line) with a constant filter, which may be packed, against the definition.
func TestConvPanels(t *testing.T) {
	r := rand.New(rand.NewSource(17))
	same, valid := tflite.PaddingSAME, tflite.PaddingVALID
	none, relu := tflite.ActivationFunctionTypeNONE, tflite.ActivationFunctionTypeRELU
	for _, c := range []convCase{
		{1, 90, 120, 5, 40, 3, 3, 1, 1, 1, 1, 1, same, relu},  // several bands
		{2, 61, 120, 6, 33, 5, 3, 1, 2, 2, 1, 1, same, none},  // bands of several images
		{1, 64, 64, 3, 16, 3, 3, 1, 2, 2, 1, 1, same, none},   // first layer
		{1, 200, 1, 40, 48, 9, 1, 1, 1, 1, 1, 1, same, relu},  // along the rows
		{2, 100, 2, 24, 20, 5, 2, 1, 3, 1, 1, 1, same, none},  // along the rows, two lines
		{1, 300, 3, 80, 17, 3, 3, 1, 1, 1, 1, 1, same, none},  // more than a band along the rows
		{1, 1, 150, 64, 24, 1, 7, 1, 1, 1, 1, 4, same, none},  // one row, dilated
		{2, 5, 5, 30, 50, 3, 3, 1, 1, 1, 1, 1, same, none},    // gathered
		{1, 3, 4, 70, 10, 2, 2, 1, 1, 1, 1, 1, valid, none},   // gathered
		{1, 33, 40, 20, 24, 3, 3, 1, 1, 1, 12, 6, same, none}, // dilated beyond the band
		{1, 17, 19, 24, 36, 3, 3, 4, 1, 1, 1, 1, same, relu},  // groups
		{1, 20, 21, 24, 36, 3, 3, 2, 1, 2, 1, 1, valid, none}, // groups, in place
		{3, 30, 31, 65, 70, 1, 1, 1, 1, 1, 1, 1, valid, relu}, // one position
		{1, 30, 31, 16, 70, 1, 1, 1, 2, 2, 1, 1, valid, none}, // one position of four
		{1, 40, 36, 8, 12, 3, 36, 1, 1, 1, 1, 1, valid, none}, // as wide as the image
		{1, 14, 14, 300, 20, 3, 3, 1, 1, 1, 1, 1, same, none}, // long sums
		{1, 50, 60, 4, 3, 3, 3, 1, 1, 1, 1, 1, same, none},    // few outputs
		{2, 40, 50, 8, 3, 9, 9, 1, 1, 1, 1, 1, same, relu},    // few outputs of several bands
		{1, 30, 60, 8, 8, 3, 39, 1, 1, 1, 1, 1, same, none},   // few outputs, long runs
		{1, 31, 33, 33, 1, 3, 3, 1, 2, 2, 1, 1, valid, none},  // one output, in place
		{1, 31, 33, 40, 2, 3, 3, 1, 1, 1, 3, 2, same, none},   // two outputs, dilated
		{1, 5, 5, 30, 4, 3, 3, 1, 1, 1, 1, 1, same, relu},     // few outputs, gathered
		{3, 30, 31, 65, 5, 1, 1, 1, 1, 1, 1, 1, valid, none},  // few outputs of one position
		{1, 1, 600, 1, 1, 1, 256, 1, 1, 2, 1, 1, valid, none}, // one output, one channel
		{1, 3, 3, 4, 20, 7, 7, 1, 1, 1, 1, 1, same, none},     // a window larger than the image
		{1, 2, 30, 4, 20, 3, 3, 1, 5, 5, 1, 1, same, none},    // strides larger than the window
	} {
		t.Run(c.String(), func(t *testing.T) {
			count := c.kernelH * c.kernelW * c.channels / c.groups
			values := func(n int) ([]float32, []float64) {
				x, y := make([]float32, n), make([]float64, n)
				for i := range x {
					x[i] = float32(r.NormFloat64())
					y[i] = float64(x[i])
				}
				return x, y
			}
			x, x64 := values(c.images * c.height * c.width * c.channels)
			w, w64 := values(c.outC * count)
			bias, _ := values(c.outC)
			want64, outH, outW := c.sums(x64, w64)
			want := make([]float32, len(want64))
			for i, v := range want64 {
				want[i] = float32(v + float64(bias[i%c.outC]))
				if c.act == relu {
					want[i] = max(want[i], 0)
				}
			}
			for _, constant := range [][]int{{1, 2}, nil} {
				out := tensor.From(tensor.Float32, make([]float32, len(want)), c.images, outH, outW, c.outC)
				run := &optest.Case{
					Op: ops.Builtins().Builtin(tflite.BuiltinOperatorCONV_2D), Const: constant,
					Options: &tflite.Conv2DOptionsT{
						Padding: c.padding, StrideH: int32(c.strideH), StrideW: int32(c.strideW),
						DilationHFactor: int32(c.dilH), DilationWFactor: int32(c.dilW), FusedActivationFunction: c.act,
					},
					Inputs: []*tensor.Tensor{
						tensor.From(tensor.Float32, x, c.images, c.height, c.width, c.channels),
						tensor.From(tensor.Float32, w, c.outC, c.kernelH, c.kernelW, c.channels/c.groups),
						tensor.From(tensor.Float32, bias, c.outC),
					},
					Outputs: []*tensor.Tensor{out},
				}
				require.NoError(t, run.Run())
				optest.Close(t, want, tensor.Data[float32](out), 1e-6*float64(count+10))
			}
		})
	}
}
