package compress_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

func samplesOf(rows ...[]float32) *dataset.Set {
	var list []dataset.Sample
	for _, x := range rows {
		list = append(list, dataset.Sample{Inputs: []dataset.Value{{Floats: x}}})
	}
	return dataset.Of(list...)
}

func TestPruneActivation(t *testing.T) {
	// Inputs of 0.1, 10, 1 and 1: the small weight on the large input counts most.
	f := dense([]float32{5, 1, 2, 3, 9, -0.2, 1, 0.5}, 2, 4)
	set := samplesOf([]float32{0.1, 10, 1, 1}, []float32{-0.1, 10, -1, 1})
	out, report, err := compress.Prune(context.Background(), f, set, compress.PruneConfig{Sparsity: 0.5, MinElements: 1, Criterion: compress.Activation})
	require.NoError(t, err)
	require.Empty(t, report.Warnings)
	require.Equal(t, []float32{0, 1, 0, 3, 0, -0.2, 1, 0}, weightsOf(out))
	for _, c := range []compress.PruneConfig{{Criterion: compress.Activation}, {Criterion: compress.OBS}, {Refit: true}} {
		c.Sparsity = 0.5
		_, _, err = compress.Prune(context.Background(), f, nil, c)
		require.ErrorIs(t, err, ops.ErrValue)
	}
}

// TestPruneRefit checks that a refitted layer is the best one: outputs over the samples move away from the original ones
// whichever weight that stays is changed.
func TestPruneRefit(t *testing.T) {
	const rows, columns, samples = 6, 16, 200
	f := dense(gaussian(rows*columns, 3), rows, columns)
	var list [][]float32
	noise := gaussian(samples*(columns+3), 4)
	for s := range samples { // correlated inputs: others can make up for what goes
		x, own := make([]float32, columns), noise[s*(columns+3):]
		for j := range x {
			x[j] = own[j%3]*float32(1+j%5) + 0.3*own[3+j]
		}
		list = append(list, x)
	}
	loss := func(got, want []float32) (sum float64) {
		for _, x := range list {
			for r := range rows {
				d := 0.0
				for j, v := range x {
					d += float64(v) * (float64(got[r*columns+j]) - float64(want[r*columns+j]))
				}
				sum += d * d
			}
		}
		return sum
	}
	original := weightsOf(f)
	mean := 0.0
	for _, x := range list {
		for _, v := range x {
			mean += float64(v) * float64(v) / columns
		}
	}
	damped := func(got []float32) float64 { // what is to be least: weights that samples do not determine stay
		sum := loss(got, original)
		for i, v := range got {
			sum += 0.01 * mean * (float64(v) - float64(original[i])) * (float64(v) - float64(original[i]))
		}
		return sum
	}
	losses := map[string]float64{}
	for _, criterion := range []compress.Criterion{compress.Magnitude, compress.Activation, compress.OBS} {
		for _, refit := range []bool{false, true} {
			out, report, err := compress.Prune(context.Background(), f, samplesOf(list...), compress.PruneConfig{Sparsity: 0.5, MinElements: 1, Criterion: criterion, Refit: refit})
			require.NoError(t, err)
			require.Empty(t, report.Warnings)
			got := weightsOf(out)
			zeros := 0
			for _, v := range got {
				if v == 0 {
					zeros++
				}
			}
			require.Equal(t, rows*columns/2, zeros)
			losses[string(criterion)+map[bool]string{true: "+refit"}[refit]] = loss(got, original)
			if !refit {
				continue
			}
			least := damped(got)
			for i, v := range got {
				if v == 0 {
					continue
				}
				for _, change := range []float32{-0.001, 0.001} {
					got[i] = v + change
					require.Greater(t, damped(got), least)
				}
				got[i] = v
			}
		}
	}
	t.Logf("%v", losses)
	require.Less(t, losses["activation"], losses["magnitude"])
	for _, criterion := range []string{"magnitude", "activation", "obs"} {
		require.Less(t, losses[criterion+"+refit"], losses[criterion]/2)
	}
}

// TestPruneRefitSensor compares outputs on samples that were not used.
func TestPruneRefitSensor(t *testing.T) {
	for _, name := range first("sensor_autoencoder.tflite", "sensor_transformer.tflite", "sensor_lstm.tflite") {
		f := sensorModel(t, name)
		it := interpret(t, f)
		set, fresh := smooth(it, some(24), 1, -2, 2), smooth(it, some(12), 2, -2, 2)
		want := outputs(t, it, fresh)
		quality := map[string]float64{}
		for _, c := range []compress.PruneConfig{{}, {Criterion: compress.Activation}, {Criterion: compress.Activation, Refit: true}, {Criterion: compress.OBS, Refit: true}} {
			c.Sparsity = 0.6
			out, _, err := compress.Prune(context.Background(), f, set, c)
			require.NoError(t, err)
			quality[c.String()] = float64(compress.SQNR(want, outputs(t, interpret(t, out), fresh)))
		}
		t.Logf("%s: %v", name, quality)
		plain, ok := quality["prune 60 % per layer"]
		require.True(t, ok)
		const least = 3.0 // dB
		require.Greater(t, quality["prune 60 % per layer by obs, refitted"], plain+least)
		require.Greater(t, quality["prune 60 % per layer by activation, refitted"], plain+least)
	}
}

// TestMoments checks the vectors that weights are multiplied with: what they make of them has the energy of the node's outputs,
// whatever the layout.
func TestMoments(t *testing.T) {
	for name, conv := range map[string]struct {
		filter, output []int32
		code           tflite.BuiltinOperator
		options        *tflite.BuiltinOptionsT
	}{
		"same":    {[]int32{6, 3, 2, 4}, []int32{1, 4, 5, 6}, tflite.BuiltinOperatorCONV_2D, convOptions(tflite.PaddingSAME, 2, 1)},
		"dilated": {[]int32{6, 3, 2, 4}, []int32{1, 3, 7, 6}, tflite.BuiltinOperatorCONV_2D, convOptions(tflite.PaddingVALID, 1, 2)},
		"groups":  {[]int32{6, 3, 2, 2}, []int32{1, 4, 5, 6}, tflite.BuiltinOperatorCONV_2D, convOptions(tflite.PaddingSAME, 2, 1)},
		"depthwise": {[]int32{1, 3, 3, 8}, []int32{1, 4, 5, 8}, tflite.BuiltinOperatorDEPTHWISE_CONV_2D, &tflite.BuiltinOptionsT{
			Type: tflite.BuiltinOptionsDepthwiseConv2DOptions, Value: &tflite.DepthwiseConv2DOptionsT{
				Padding: tflite.PaddingSAME, StrideH: 2, StrideW: 2, DilationHFactor: 1, DilationWFactor: 1, DepthMultiplier: 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := convolution(conv.code, conv.options, []int32{1, 7, 9, 4}, conv.filter, conv.output)
			set := samplesOf(gaussian(7*9*4, 6), gaussian(7*9*4, 7))
			want := 0.0
			for _, v := range outputs(t, interpret(t, f), set) {
				want += float64(v) * float64(v)
			}
			got, err := compress.OutputEnergy(f, set)
			require.NoError(t, err)
			require.InEpsilon(t, want, got, 1e-4)
		})
	}
	f := dense(gaussian(6*5, 5), 6, 5)
	set := samplesOf(gaussian(5, 1), gaussian(5, 2))
	want := 0.0
	for _, v := range outputs(t, interpret(t, f), set) {
		want += float64(v) * float64(v)
	}
	got, err := compress.OutputEnergy(f, set)
	require.NoError(t, err)
	require.InEpsilon(t, want, got, 1e-4)
	require.False(t, math.IsNaN(got))
}

// convolution is a node with a random filter and a bias of zeros.
func convolution(code tflite.BuiltinOperator, options *tflite.BuiltinOptionsT, input, filter, output []int32) *schema.File {
	f := dense(gaussian(elements(filter), 5), 1, 1)
	g := f.Model.Subgraphs[0]
	f.Model.OperatorCodes[0] = &tflite.OperatorCodeT{BuiltinCode: code, DeprecatedBuiltinCode: int8(code), Version: 1}
	f.Model.Buffers = append(f.Model.Buffers, &tflite.BufferT{Data: make([]byte, 4*output[3])})
	g.Tensors[0].Shape, g.Tensors[1].Shape, g.Tensors[2].Shape = input, filter, output
	g.Tensors = append(g.Tensors, &tflite.TensorT{Name: "bias", Shape: output[3:], Buffer: 2})
	g.Operators[0].Inputs, g.Operators[0].BuiltinOptions = []int32{0, 1, 3}, options
	return f
}

func elements(shape []int32) int {
	n := 1
	for _, d := range shape {
		n *= int(d)
	}
	return n
}

func convOptions(padding tflite.Padding, stride, dilation int32) *tflite.BuiltinOptionsT {
	return &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConv2DOptions, Value: &tflite.Conv2DOptionsT{
		Padding: padding, StrideH: stride, StrideW: stride, DilationHFactor: dilation, DilationWFactor: dilation}}
}
