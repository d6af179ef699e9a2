package compress_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
)

// TestSparse compares sparse with dense weights of the same values: the same outputs up to the order of sums, fewer bytes.
func TestSparse(t *testing.T) {
	for _, x := range []struct {
		c      compress.PruneConfig
		action string
		most   float64 // of the constants' bytes
	}{
		{compress.PruneConfig{Sparsity: 0.9}, "sparse, blocks of 1", 0.155},
		{compress.PruneConfig{Sparsity: 0.9, Pattern: compress.Block1x4}, "sparse, blocks of 4", 0.12},
		{compress.PruneConfig{Sparsity: 0.8, Pattern: compress.Block1x4}, "sparse, blocks of 4", 0.23},
	} {
		f := dense(gaussian(256*512, 1), 256, 512)
		pruned, _, err := compress.Prune(context.Background(), f, nil, x.c)
		require.NoError(t, err)
		out, report, err := compress.Sparse(pruned, compress.SparseConfig{})
		require.NoError(t, err)
		require.Len(t, report.Changes, 1)
		require.Equal(t, x.action, report.Changes[0].Action)
		require.Less(t, float64(report.After.File), x.most*float64(report.Before.File)+2000)
		it := interpret(t, f)
		set := smooth(it, 3, 1, -1, 1)
		want := outputs(t, interpret(t, pruned), set)
		require.Greater(t, float64(compress.SQNR(want, outputs(t, interpret(t, out), set))), 110.0)
		// Nothing is left to do.
		_, report, err = compress.Sparse(out, compress.SparseConfig{})
		require.NoError(t, err)
		require.Empty(t, report.Changes)
	}
	_, report, err := compress.Sparse(dense(gaussian(64*64, 1), 64, 64), compress.SparseConfig{})
	require.NoError(t, err)
	require.Empty(t, report.Changes)
	require.Contains(t, report.Skipped[0].Reason, "0 % zeros")
}

// TestSparseInteger does the same with an int8 model. TFLite's sparse kernel, which ours equals, rounds once where the
// reference kernel for dense weights rounds twice: outputs of ten layers may be a step or two apart.
func TestSparseInteger(t *testing.T) {
	f := open(t, "tiny_ad01_int8")
	pruned, _, err := compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.9, Pattern: compress.Block1x16})
	require.NoError(t, err)
	out, report, err := compress.Sparse(pruned, compress.SparseConfig{})
	require.NoError(t, err)
	require.NotEmpty(t, report.Changes)
	require.Less(t, report.After.File, report.Before.File/3)
	it := interpret(t, f)
	lo, hi := domain(it.Input(0))
	set := smooth(it, 3, 1, lo, hi)
	step := float64(it.Output(0).Quant.Scale[0])
	require.InDeltaSlice(t, outputs(t, interpret(t, pruned), set), outputs(t, interpret(t, out), set), 2.01*step)
}
