package compress_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
)

// lowRank is a product of [rows, rank] and [rank, columns], plus noise.
func lowRank(rows, columns, rank int, noise float64) []float32 {
	a, b, n := gaussian(rows*rank, 1), gaussian(rank*columns, 2), gaussian(rows*columns, 3)
	out := make([]float32, rows*columns)
	for i := range rows {
		for j := range columns {
			sum := noise * float64(n[i*columns+j])
			for k := range rank {
				sum += float64(a[i*rank+k]) * float64(b[k*columns+j])
			}
			out[i*columns+j] = float32(sum)
		}
	}
	return out
}

func TestFactorizeExact(t *testing.T) {
	f := dense(lowRank(48, 80, 5, 0), 48, 80)
	out, report, err := compress.Factorize(context.Background(), f, nil, compress.FactorizeConfig{Energy: 0.999999})
	require.NoError(t, err)
	require.Equal(t, "rank 5 of 48", report.Changes[0].Action)
	require.Len(t, out.Model.Subgraphs[0].Operators, 2)
	require.EqualValues(t, 4*5*(48+80), report.After.Constants)
	it := interpret(t, f)
	set := smooth(it, 4, 1, -1, 1)
	require.Greater(t, float64(compress.SQNR(outputs(t, it, set), outputs(t, interpret(t, out), set))), 100.0)
}

// TestFactorizeEnergy checks that the error of the weights is the energy left out.
func TestFactorizeEnergy(t *testing.T) {
	f := dense(lowRank(64, 64, 6, 0.3), 64, 64)
	_, report, err := compress.Factorize(context.Background(), f, nil, compress.FactorizeConfig{Energy: 0.97})
	require.NoError(t, err)
	require.Len(t, report.Changes, 1)
	require.GreaterOrEqual(t, float64(report.Changes[0].SQNR), -10*math.Log10(0.03)-0.01)

	noise := dense(gaussian(64*64, 9), 64, 64)
	_, report, err = compress.Factorize(context.Background(), noise, nil, compress.FactorizeConfig{})
	require.NoError(t, err)
	require.Empty(t, report.Changes, "noise has full rank")
	require.Len(t, report.Skipped, 1)
	_, report, err = compress.Factorize(context.Background(), noise, nil, compress.FactorizeConfig{Rank: 8})
	require.NoError(t, err)
	require.Equal(t, "rank 8 of 64", report.Changes[0].Action)
}

// TestFactorizeConv gives a strided 1x1 convolution with activation and bias the rank it has.
func TestFactorizeConv(t *testing.T) {
	f := dense(lowRank(32, 24, 3, 0), 32, 24)
	m := f.Model
	g := m.Subgraphs[0]
	m.OperatorCodes[0].BuiltinCode, m.OperatorCodes[0].DeprecatedBuiltinCode = tflite.BuiltinOperatorCONV_2D, 3
	g.Tensors[0].Shape, g.Tensors[1].Shape, g.Tensors[2].Shape = []int32{1, 5, 6, 24}, []int32{32, 1, 1, 24}, []int32{1, 3, 3, 32}
	g.Operators[0].BuiltinOptions = &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConv2DOptions, Value: &tflite.Conv2DOptionsT{
		StrideH: 2, StrideW: 2, DilationHFactor: 1, DilationWFactor: 1, FusedActivationFunction: tflite.ActivationFunctionTypeRELU}}
	out, report, err := compress.Factorize(context.Background(), f, nil, compress.FactorizeConfig{Energy: 0.999999})
	require.NoError(t, err)
	require.Len(t, report.Changes, 1)
	it := interpret(t, f)
	set := smooth(it, 4, 1, -1, 1)
	require.Greater(t, float64(compress.SQNR(outputs(t, it, set), outputs(t, interpret(t, out), set))), 100.0)
}

func TestFactorizeModels(t *testing.T) {
	f := sensorModel(t, "sensor_transformer.tflite")
	out, report, err := compress.Factorize(context.Background(), f, nil, compress.FactorizeConfig{Rank: 12})
	require.NoError(t, err)
	require.NotEmpty(t, report.Changes)
	require.Less(t, report.After.File, report.Before.File)
	it := interpret(t, f)
	set := smooth(it, 4, 1, -1, 1)
	require.Greater(t, float64(compress.SQNR(outputs(t, it, set), outputs(t, interpret(t, out), set))), 1.0)
	for _, c := range []compress.FactorizeConfig{{Energy: 2}, {Energy: -1}, {Rank: -1}} {
		_, _, err := compress.Factorize(context.Background(), f, nil, c)
		require.ErrorIs(t, err, ops.ErrValue)
	}
}

// TestFactorizeWindow splits a window that is a product of a column and a row of rank 4, with strides and dilation of its own on
// either axis, and a bias and an activation.
func TestFactorizeWindow(t *testing.T) {
	const m, h, w, n, rank = 12, 3, 5, 6, 4
	matrix := lowRank(m*w, h*n, rank, 0)
	values := make([]float32, len(matrix))
	for o := range m {
		for y := range h {
			for x := range w {
				for i := range n {
					values[((o*h+y)*w+x)*n+i] = matrix[(o*w+x)*h*n+y*n+i]
				}
			}
		}
	}
	for _, c := range []struct {
		padding tflite.Padding
		output  []int32
		options tflite.Conv2DOptionsT
	}{
		{tflite.PaddingSAME, []int32{1, 6, 4, m}, tflite.Conv2DOptionsT{StrideH: 2, StrideW: 3, DilationHFactor: 1, DilationWFactor: 1}},
		{tflite.PaddingVALID, []int32{1, 11 - 4, 12 - 4, m}, tflite.Conv2DOptionsT{StrideH: 1, StrideW: 1, DilationHFactor: 2, DilationWFactor: 1}},
	} {
		c.options.Padding, c.options.FusedActivationFunction = c.padding, tflite.ActivationFunctionTypeRELU
		f := convolution(tflite.BuiltinOperatorCONV_2D, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConv2DOptions, Value: &c.options},
			[]int32{1, 11, 12, n}, []int32{m, h, w, n}, c.output)
		f.Model.Buffers[1] = dense(values, 1, 1).Model.Buffers[1]
		f.Model.Buffers[2] = dense(gaussian(m, 8), 1, 1).Model.Buffers[1]
		it := interpret(t, f)
		set := smooth(it, 4, 1, -1, 1)
		want := outputs(t, it, set)
		for _, samples := range []*dataset.Set{nil, set} {
			out, report, err := compress.Factorize(context.Background(), f, samples, compress.FactorizeConfig{Rank: rank})
			require.NoError(t, err)
			require.Len(t, report.Changes, 1, report.Skipped)
			require.Len(t, out.Model.Subgraphs[0].Operators, 2)
			require.Greater(t, float64(compress.SQNR(want, outputs(t, interpret(t, out), set))), 90.0)
		}
	}
}

// TestFactorizeActivations compares with factors of the weights alone, and both within a budget.
func TestFactorizeActivations(t *testing.T) {
	for _, name := range first("sensor_autoencoder.tflite", "sensor_transformer.tflite") {
		f := sensorModel(t, name)
		it := interpret(t, f)
		set, fresh := smooth(it, some(48), 1, -2, 2), smooth(it, some(16), 2, -2, 2)
		want := outputs(t, it, fresh)
		var got [2]float64
		for i, samples := range []*dataset.Set{nil, set} {
			out, report, err := compress.Factorize(context.Background(), f, samples, compress.FactorizeConfig{Budget: 0.5})
			require.NoError(t, err)
			before, after := int64(0), int64(0)
			for _, c := range report.Changes {
				before, after = before+c.BytesBefore, after+c.BytesAfter
			}
			require.NotZero(t, after)
			require.LessOrEqual(t, report.After.Constants, report.Before.Constants*7/10)
			got[i] = float64(compress.SQNR(want, outputs(t, interpret(t, out), fresh)))
		}
		t.Logf("%s: %.1f -> %.1f dB", name, got[0], got[1])
		require.Greater(t, got[1], got[0]+3)
	}
}
