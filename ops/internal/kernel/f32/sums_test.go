package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// normal returns n numbers of moderate size.
func normal(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// requireSums compares sums of k products of numbers of about 1: any order, so the bound grows with k.
func requireSums(t *testing.T, want, got []float32, k int, name string) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, v := range want {
		if v != v || math.IsInf(float64(v), 0) {
			require.Equal(t, math.Float32bits(v), math.Float32bits(got[i])&^(1<<31)|math.Float32bits(v)&(1<<31), "%s: element %d: got %v, want %v", name, i, got[i], v)
			continue
		}
		require.InDelta(t, v, got[i], 4e-7*float64(k+4), "%s: element %d", name, i)
	}
}
