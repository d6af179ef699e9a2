package compress_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// tuckerKernel is a kernel [m, hw, n] of the given ranks, plus noise.
func tuckerKernel(m, hw, n, outputs, inputs int, noise float32) []float32 {
	u, core, v, extra := gaussian(m*outputs, 1), gaussian(outputs*hw*inputs, 2), gaussian(inputs*n, 3), gaussian(m*hw*n, 4)
	out := make([]float32, m*hw*n)
	for o := range m {
		for p := range hw {
			for i := range n {
				sum := noise * extra[(o*hw+p)*n+i]
				for a := range outputs {
					for b := range inputs {
						sum += u[o*outputs+a] * core[(a*hw+p)*inputs+b] * v[b*n+i]
					}
				}
				out[(o*hw+p)*n+i] = sum
			}
		}
	}
	return out
}

func windowModel(c tflite.Conv2DOptionsT, m, h, w, n int32, output []int32, values []float32) *schema.File {
	c.FusedActivationFunction = tflite.ActivationFunctionTypeRELU
	f := convolution(tflite.BuiltinOperatorCONV_2D, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConv2DOptions, Value: &c},
		[]int32{1, 11, 12, n}, []int32{m, h, w, n}, output)
	f.Model.Buffers[1] = dense(values, 1, 1).Model.Buffers[1]
	f.Model.Buffers[2] = dense(gaussian(int(m), 8), 1, 1).Model.Buffers[1]
	return f
}

// TestFactorizeTucker takes a kernel of known ranks apart, with strides, padding and dilation, a bias and an activation.
func TestFactorizeTucker(t *testing.T) {
	const m, h, w, n, outputs, inputs = 14, 3, 3, 12, 4, 3
	for _, c := range []struct {
		output  []int32
		options tflite.Conv2DOptionsT
	}{
		{[]int32{1, 6, 4, m}, tflite.Conv2DOptionsT{Padding: tflite.PaddingSAME, StrideH: 2, StrideW: 3, DilationHFactor: 1, DilationWFactor: 1}},
		{[]int32{1, 11 - 4, 12 - 2, m}, tflite.Conv2DOptionsT{Padding: tflite.PaddingVALID, StrideH: 1, StrideW: 1, DilationHFactor: 2, DilationWFactor: 1}},
	} {
		f := windowModel(c.options, m, h, w, n, c.output, tuckerKernel(m, h*w, n, outputs, inputs, 0))
		it := interpret(t, f)
		set := smooth(it, 6, 1, -1, 1)
		want := outputsOf(t, f, set)
		for _, samples := range []*dataset.Set{nil, set} {
			// The energy finds the ranks, and that the other form has more weights.
			out, report, err := compress.Factorize(context.Background(), f, samples, compress.FactorizeConfig{Energy: 1 - 1e-9})
			require.NoError(t, err)
			require.Len(t, report.Changes, 1, report.Skipped)
			require.Equal(t, "window between 3 of 12 input and 4 of 14 output channels", report.Changes[0].Action)
			require.EqualValues(t, 4*(inputs*n+outputs*h*w*inputs+m*outputs), report.Changes[0].BytesAfter)
			require.Len(t, out.Model.Subgraphs[0].Operators, 3)
			require.Greater(t, float64(compress.SQNR(want, outputsOf(t, out, set))), 90.0)
		}
		_, report, err := compress.Factorize(context.Background(), f, nil, compress.FactorizeConfig{Rank: 4, Form: compress.Tucker})
		require.NoError(t, err)
		require.Equal(t, "window between 4 of 12 input and 4 of 14 output channels", report.Changes[0].Action)
		_, report, err = compress.Factorize(context.Background(), f, nil, compress.FactorizeConfig{Rank: 4})
		require.NoError(t, err)
		require.Equal(t, "rank 4 of 36", report.Changes[0].Action)
	}
	_, _, err := compress.Factorize(context.Background(), dense(gaussian(16, 1), 4, 4), nil, compress.FactorizeConfig{Form: "cp"})
	require.ErrorIs(t, err, ops.ErrValue)
}

func outputsOf(t *testing.T, f *schema.File, set *dataset.Set) []float32 {
	t.Helper()
	return outputs(t, interpret(t, f), set)
}

// TestTuckerRanks compares with all pairs of ranks: no cheaper one keeps the energy, and what is left out is at most what that says.
func TestTuckerRanks(t *testing.T) {
	const m, hw, n = 9, 4, 7
	kernel := tuckerKernel(m, hw, n, 3, 2, 0.4)
	for _, share := range []float64{0.5, 0.8, 0.9, 0.97, 0.999} {
		got := compress.TuckerRanks(kernel, m, hw, n, share)
		best, found := 1<<30, [2]int{}
		for outputs := 1; outputs <= m; outputs++ {
			for inputs := 1; inputs <= n; inputs++ {
				cost := inputs*n + outputs*inputs*hw + m*outputs
				if cost < best && compress.TuckerEnergy(kernel, m, hw, n, outputs, inputs, false) >= share {
					best, found = cost, [2]int{outputs, inputs}
				}
			}
		}
		require.Equal(t, found, got, "%v", share)
		// Choosing the bases for each other keeps as much or more.
		require.GreaterOrEqual(t, compress.TuckerEnergy(kernel, m, hw, n, got[0], got[1], true)+1e-12, compress.TuckerEnergy(kernel, m, hw, n, got[0], got[1], false))
	}
}

// TestFactorizeForms: within a budget, a layer gets the form that suits its kernel.
func TestFactorizeForms(t *testing.T) {
	const m, h, w, n = 16, 3, 3, 16
	options := tflite.Conv2DOptionsT{Padding: tflite.PaddingSAME, StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1}
	f := windowModel(options, m, h, w, n, []int32{1, 11, 12, m}, tuckerKernel(m, h*w, n, 6, 5, 0.2))
	set, fresh := smooth(interpret(t, f), 8, 1, -1, 1), smooth(interpret(t, f), 8, 2, -1, 1)
	want := outputsOf(t, f, fresh)
	got := map[compress.FactorForm]float64{}
	for _, form := range []compress.FactorForm{"", compress.Spatial, compress.Tucker} {
		out, report, err := compress.Factorize(context.Background(), f, set, compress.FactorizeConfig{Budget: 0.3, Form: form})
		require.NoError(t, err)
		require.LessOrEqual(t, float64(report.Changes[0].BytesAfter), 0.3*4*m*h*w*n)
		got[form] = float64(compress.SQNR(want, outputsOf(t, out, fresh)))
	}
	t.Log(got)
	require.Greater(t, got[compress.Tucker], got[compress.Spatial]+3)
	require.Equal(t, got[compress.Tucker], got[""])
}
