package compress_test

import (
	"context"
	"encoding/binary"
	"math"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// TestRefitRow checks the sums over pairs, and that what is solved for is the least: against the error computed sample by sample.
func TestRefitRow(t *testing.T) {
	const n, samples = 7, 30
	var now, before [][]float32
	for s := range samples {
		x := gaussian(n, uint64(s))
		y := gaussian(n, uint64(1000+s))
		for i := range y {
			y[i] = x[i] + 0.4*y[i] + 0.5*x[(i+1)%n]
		}
		now, before = append(now, y), append(before, x)
	}
	now = append(now, []float32{1, 2, 3, float32(math.NaN()), 0, 0, 0}) // left out
	before = append(before, make([]float32, n))
	var original []float64
	for _, v := range gaussian(n, 77) {
		original = append(original, float64(v))
	}
	direct := func(w []float64) (sum float64) {
		for s := range samples {
			d := 0.0
			for i := range w {
				d += w[i]*float64(now[s][i]) - original[i]*float64(before[s][i])
			}
			sum += d * d
		}
		return sum
	}
	kept := []int{0, 2, 3, 6}
	for _, damping := range []float64{1e-9, 3} {
		solution, loss, ok := compress.RefitRow(now, before, original, kept, damping)
		require.True(t, ok)
		full := make([]float64, n)
		for i, k := range kept {
			full[k] = solution[i]
		}
		// Losses leave out the power of the original's outputs.
		require.InEpsilon(t, direct(full)-direct(make([]float64, n)), loss(full), 1e-9)
		damped := func() float64 {
			sum := direct(full)
			for _, k := range kept {
				sum += damping * (full[k] - original[k]) * (full[k] - original[k])
			}
			return sum
		}
		least := damped()
		for _, k := range kept {
			for _, d := range []float64{-1e-3, 1e-3} {
				full[k] += d
				require.Greater(t, damped(), least)
				full[k] -= d
			}
		}
	}
}

// mixed samples have columns that are sums of a third as many values.
func mixed(n, columns int, seed uint64) *dataset.Set {
	var list [][]float32
	for s := range n {
		noise := gaussian(2*columns, seed+uint64(s))
		x := make([]float32, columns)
		for j := range x {
			x[j] = noise[j%(columns/3)] + 0.3*noise[columns+j] + 0.5*noise[(j*7)%(columns/3)]
		}
		list = append(list, x)
	}
	return samplesOf(list...)
}

// stack is layers of n x n weights with RELU between.
func stack(layers int, n int32) *schema.File {
	s := newSequence(1, n)
	for i := range layers {
		o := &tflite.FullyConnectedOptionsT{FusedActivationFunction: tflite.ActivationFunctionTypeRELU}
		if i == layers-1 {
			o.FusedActivationFunction = tflite.ActivationFunctionTypeNONE
		}
		values := gaussian(int(n*n), uint64(40+i))
		for k := range values {
			values[k] *= float32(math.Sqrt(2 / float64(n)))
		}
		w, b := s.constant([]int32{n, n}, values), s.constant([]int32{n}, gaussian(int(n), uint64(60+i)))
		s.g.Tensors[w].Name = string(rune('a' + i))
		s.add(tflite.BuiltinOperatorFULLY_CONNECTED, []int32{1, n}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: o}, w, b)
	}
	return schema.NewFile(s.m)
}

// TestPruneRefitInOrder compares with layers that are refitted each in the original model: those make up for their own loss alone.
func TestPruneRefitInOrder(t *testing.T) {
	f := stack(6, 36)
	set, fresh := mixed(400, 36, 1), mixed(100, 36, 5000)
	want := outputs(t, interpret(t, f), fresh)
	c := compress.PruneConfig{Sparsity: 0.6, MinElements: 1, Refit: true, Criterion: compress.Activation}
	together, report, err := compress.Prune(context.Background(), f, set, c)
	require.NoError(t, err)
	require.Empty(t, report.Warnings)
	require.Len(t, report.Changes, 6)
	for _, x := range report.Changes {
		require.Contains(t, x.Action, " % zeros, refitted")
	}
	apart := f.Clone()
	for i := range 6 {
		c.Match = regexp.MustCompile("^" + string(rune('a'+i)) + "$")
		alone, _, err := compress.Prune(context.Background(), f, set, c)
		require.NoError(t, err)
		for _, input := range []int{1, 2} {
			from := alone.Model.Subgraphs[0].Tensors[alone.Model.Subgraphs[0].Operators[i].Inputs[input]]
			to := apart.Model.Subgraphs[0].Tensors[apart.Model.Subgraphs[0].Operators[i].Inputs[input]]
			apart.Model.Buffers = append(apart.Model.Buffers, alone.Model.Buffers[from.Buffer])
			to.Buffer = uint32(len(apart.Model.Buffers) - 1)
		}
	}
	a := float64(compress.SQNR(want, outputs(t, interpret(t, apart), fresh)))
	b := float64(compress.SQNR(want, outputs(t, interpret(t, together), fresh)))
	t.Logf("%.1f -> %.1f dB", a, b)
	require.Greater(t, b, a+0.5)
}

// TestPruneRefitFewSamples: where there are fewer samples than inputs, least squares fit the noise; samples held out tell.
func TestPruneRefitFewSamples(t *testing.T) {
	f := dense(gaussian(48*64, 3), 48, 64)
	var list, others [][]float32
	for s := range 24 {
		list, others = append(list, gaussian(64, uint64(s))), append(others, gaussian(64, uint64(100+s)))
	}
	fresh := samplesOf(others...)
	want := outputs(t, interpret(t, f), fresh)
	quality := func(refit bool) float64 {
		out, _, err := compress.Prune(context.Background(), f, samplesOf(list...), compress.PruneConfig{Sparsity: 0.5, MinElements: 1, Refit: refit})
		require.NoError(t, err)
		return float64(compress.SQNR(want, outputs(t, interpret(t, out), fresh)))
	}
	require.Greater(t, quality(true), quality(false)-0.3)
}

func TestPruneSteps(t *testing.T) {
	f := stack(3, 24)
	set, fresh := mixed(200, 24, 1), mixed(100, 24, 5000)
	want := outputs(t, interpret(t, f), fresh)
	quality := map[string]float64{}
	for _, c := range []compress.PruneConfig{{}, {Steps: 4}, {Schedule: []float64{0.4, 0.6, 0.75, 0.8}}, {Steps: 4, Scope: compress.Global}} {
		c.Sparsity, c.MinElements, c.Refit, c.Criterion = 0.8, 1, true, compress.OBS
		out, report, err := compress.Prune(context.Background(), f, set, c)
		require.NoError(t, err)
		zeros, all := 0.0, 0.0
		for _, op := range out.Model.Subgraphs[0].Operators {
			x := floatsOf(out, out.Model.Subgraphs[0].Tensors[op.Inputs[1]])
			for _, v := range x {
				all++
				if v == 0 {
					zeros++
				}
			}
		}
		require.InDelta(t, 0.8, zeros/all, 0.01)
		quality[report.Transform] = float64(compress.SQNR(want, outputs(t, interpret(t, out), fresh)))
	}
	t.Log(quality)
	once := quality["prune 80 % per layer by obs, refitted"]
	require.Greater(t, quality["prune 80 % per layer by obs, refitted, in 4 steps"], once)
	require.Greater(t, quality["prune 80 % per global by obs, refitted, in 4 steps"], once)

	for _, c := range []compress.PruneConfig{
		{Steps: -1}, {Steps: 1000}, {Steps: 2, Schedule: []float64{0.5}}, {Schedule: []float64{0.6, 0.5}}, {Sparsity: 0.5, Schedule: []float64{0.6}},
		{Pattern: compress.TwoOfFour, Steps: 2}, {Schedule: []float64{math.NaN(), 0.5}}, {Schedule: []float64{0.5, 0.99}},
	} {
		_, _, err := compress.Prune(context.Background(), f, nil, c)
		require.ErrorIs(t, err, ops.ErrValue, "%+v", c)
	}
}

// floatsOf reads a constant.
func floatsOf(f *schema.File, t *tflite.TensorT) []float32 {
	data := f.Model.Buffers[t.Buffer].Data
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out
}
