package compress_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/recurrenttest"
)

// related samples have steps of values that depend on each other and on the step before.
func related(l recurrenttest.LSTM, n int, seed uint64) *dataset.Set {
	var list [][]float32
	steps, depth := int(l.Batch*l.Steps), int(l.Depth)
	for i := range n {
		var x []float32
		state := make([]float32, 4)
		for s := range steps {
			noise := gaussian(4+depth, seed+uint64(i*steps+s))
			for k := range state {
				state[k] = 0.9*state[k] + 0.5*noise[k]
			}
			for j := range depth {
				x = append(x, 0.4+state[j%4]+0.5*state[(j*7+1)%4]+0.2*noise[4+j])
			}
		}
		list = append(list, x)
	}
	return samplesOf(list...)
}

// TestRefitRecurrent compares with no refit, on samples that were not used: the weights of the input, those of the output of the step
// before and the bias make up for each other.
func TestRefitRecurrent(t *testing.T) {
	lstm := recurrenttest.LSTM{Batch: 1, Steps: 10, Depth: 12, Cells: 16, Units: 16, Seed: 3}
	batches, major, coupled, all := lstm, lstm, lstm, lstm
	batches.Batch = 3
	major.Batch, major.TimeMajor = 3, true
	coupled.Coupled, coupled.Peepholes = true, true
	all.Norm, all.Projection, all.Bias, all.Units = true, true, true, 10
	gains := map[string]float64{}
	for name, c := range map[string]struct {
		lstm  recurrenttest.LSTM
		match string
		gain  float64 // dB
	}{
		// Each by itself, without the bias, they gain 5.7, 7.2, 6.9 and 9.3.
		"plain": {lstm, "", 6.2}, "batches": {batches, "", 8}, "time major": {major, "", 7.5}, "coupled": {coupled, "", 9.8},
		"normalized": {all, "", 0.8}, "of the input": {lstm, "^w", 4}, "of the step before": {lstm, "^r", 6},
	} {
		f := c.lstm.File()
		set, fresh := related(c.lstm, 60, 1), related(c.lstm, 20, 100000)
		want := outputs(t, interpret(t, f), fresh)
		quality := map[bool]float64{}
		for _, refit := range []bool{false, true} {
			out, report, err := compress.Prune(context.Background(), f, set, compress.PruneConfig{
				Sparsity: 0.5, MinElements: 1, Criterion: compress.OBS, Refit: refit, Match: regexp.MustCompile(c.match),
			})
			require.NoError(t, err)
			for _, x := range report.Changes {
				before, after := out.Model.Subgraphs[0].Tensors, 0
				for _, y := range before {
					if y.Name == x.Tensor {
						for _, v := range floatsOf(out, y) {
							if v == 0 {
								after++
							}
						}
					}
				}
				require.EqualValues(t, (x.Elements+1)/2, after, "%s: %s", name, x.Tensor)
			}
			quality[refit] = float64(compress.SQNR(want, outputs(t, interpret(t, out), fresh)))
		}
		t.Logf("%s: %.1f -> %.1f dB", name, quality[false], quality[true])
		require.Greater(t, quality[true], quality[false]+c.gain, name)
		gains[name] = quality[true]
	}
	require.NotEqual(t, gains["batches"], gains["plain"])
}

// TestRefitRecurrentLayout: of one sequence the order of its dimensions does not matter.
func TestRefitRecurrentLayout(t *testing.T) {
	lstm := recurrenttest.LSTM{Batch: 1, Steps: 8, Depth: 5, Cells: 8, Units: 8, Seed: 5}
	var weights [2][]float32
	for i := range weights {
		lstm.TimeMajor = i == 1
		f := lstm.File()
		out, _, err := compress.Prune(context.Background(), f, recurrenttest.Samples(f, 30, 1), compress.PruneConfig{Sparsity: 0.5, MinElements: 1, Refit: true})
		require.NoError(t, err)
		for _, x := range out.Model.Subgraphs[0].Tensors {
			if x.Buffer != 0 {
				weights[i] = append(weights[i], floatsOf(out, x)...)
			}
		}
	}
	require.NotEmpty(t, weights[0])
	require.Equal(t, weights[0], weights[1])
}
