package compress_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
)

func distinct(v []float32) int {
	s := slices.Clone(v)
	slices.Sort(s)
	return len(slices.Compact(s))
}

// TestClusterError compares with known distortions of optimal quantizers of a normal variable (Max, 1960: mean square errors
// for 8, 16 and 32 levels).
func TestClusterError(t *testing.T) {
	for k, mse := range map[int]float64{8: 0.03454, 16: 0.009497, 32: 0.002499} {
		f := dense(gaussian(256*256, 5), 256, 256)
		out, report, err := compress.Cluster(context.Background(), f, compress.ClusterConfig{Clusters: k})
		require.NoError(t, err)
		require.Equal(t, k, distinct(weightsOf(out)))
		require.InDelta(t, -10*math.Log10(mse), float64(report.Changes[0].SQNR), 0.15, "%d clusters", k)
	}
}

func TestClusterKeepsZeros(t *testing.T) {
	f := dense(gaussian(64*64, 6), 64, 64)
	pruned, _, err := compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.6})
	require.NoError(t, err)
	out, _, err := compress.Cluster(context.Background(), pruned, compress.ClusterConfig{Clusters: 16})
	require.NoError(t, err)
	before, after := weightsOf(pruned), weightsOf(out)
	for i := range before {
		require.Equal(t, before[i] == 0, after[i] == 0)
	}
	require.LessOrEqual(t, distinct(after), 16)
	// Quantizing keeps zeros, and makes no more values of them.
	small, _, err := compress.Dynamic(out, compress.DynamicConfig{})
	require.NoError(t, err)
	data := slices.Clone(small.Model.Buffers[small.Model.Subgraphs[0].Tensors[small.Model.Subgraphs[0].Operators[0].Inputs[1]].Buffer].Data)
	zeros := 0
	for _, b := range data {
		if b == 0 {
			zeros++
		}
	}
	require.GreaterOrEqual(t, zeros, 64*64*6/10)
	slices.Sort(data)
	require.LessOrEqual(t, len(slices.Compact(data)), 16)
}

// TestClusterDecode checks that the packed form means the same and is as small as its bits say.
func TestClusterDecode(t *testing.T) {
	for k, most := range map[int]float64{2: 1. / 32, 16: 4. / 32, 100: 7. / 32} {
		f := dense(gaussian(128*128, 7), 128, 128)
		plain, _, err := compress.Cluster(context.Background(), f, compress.ClusterConfig{Clusters: k})
		require.NoError(t, err)
		packed, report, err := compress.Cluster(context.Background(), f, compress.ClusterConfig{Clusters: k, Format: compress.ClusterDecode})
		require.NoError(t, err)
		require.Less(t, float64(report.After.Constants), most*float64(report.Before.Constants)+700)
		it := interpret(t, f)
		set := smooth(it, 3, 1, -1, 1)
		require.Equal(t, outputs(t, interpret(t, plain), set), outputs(t, interpret(t, packed), set))
	}
}

func TestClusterModels(t *testing.T) {
	for _, name := range []string{"tiny_ad01_int8", "tiny_resnet8_f32", "tiny_resnet8_int8"} {
		f := open(t, name)
		plain, _, err := compress.Cluster(context.Background(), f, compress.ClusterConfig{Clusters: 100})
		require.NoError(t, err)
		packed, report, err := compress.Cluster(context.Background(), f, compress.ClusterConfig{Clusters: 100, Format: compress.ClusterDecode})
		require.NoError(t, err)
		it := interpret(t, f)
		lo, hi := domain(it.Input(0))
		set := smooth(it, 3, 1, lo, hi)
		want := outputs(t, it, set)
		got := outputs(t, interpret(t, plain), set)
		require.Equal(t, got, outputs(t, interpret(t, packed), set))
		t.Logf("%s: %d -> %d bytes, %.1f dB", name, report.Before.File, report.After.File, float64(compress.SQNR(want, got)))
		require.Greater(t, float64(compress.SQNR(want, got)), 4.0)
		require.Less(t, report.After.File, report.Before.File)
	}
}

func TestClusterRefusals(t *testing.T) {
	f := dense(gaussian(64*64, 1), 64, 64)
	for _, c := range []compress.ClusterConfig{{}, {Clusters: 1}, {Clusters: 257}, {Clusters: 200, Format: compress.ClusterDecode}, {Clusters: 8, Format: "zip"}} {
		_, _, err := compress.Cluster(context.Background(), f, c)
		require.ErrorIs(t, err, ops.ErrValue)
	}
}

// TestClusterPerAxis: channels of different scales have values of their own; zeros stay.
func TestClusterPerAxis(t *testing.T) {
	const rows, columns = 8, 96
	values := gaussian(rows*columns, 4)
	for i := range values {
		values[i] *= float32(math.Pow(10, float64(i/columns)/2))
		if i%5 == 0 {
			values[i] = 0
		}
	}
	f := dense(values, rows, columns)
	smallest := map[bool]float64{} // dB of the channel of the least scale
	for _, per := range []bool{false, true} {
		out, report, err := compress.Cluster(context.Background(), f, compress.ClusterConfig{Clusters: 8, PerAxis: per, MinElements: 1})
		require.NoError(t, err)
		got := weightsOf(out)
		smallest[per] = float64(compress.SQNR(values[:columns], got[:columns]))
		for i, v := range values {
			if v == 0 {
				require.Zero(t, got[i])
			}
		}
		if !per {
			continue
		}
		require.Equal(t, "8 values for each index of axis 0", report.Changes[0].Action)
		for i := range rows {
			used := map[float32]bool{}
			for _, v := range got[i*columns : (i+1)*columns] {
				used[v] = true
			}
			require.Len(t, used, 8)
		}
	}
	t.Log(smallest)
	require.Greater(t, smallest[true], smallest[false]+10)
	_, _, err := compress.Cluster(context.Background(), f, compress.ClusterConfig{Clusters: 8, PerAxis: true, Format: compress.ClusterDecode})
	require.ErrorIs(t, err, ops.ErrValue)
}
