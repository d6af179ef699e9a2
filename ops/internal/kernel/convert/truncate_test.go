package convert

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// TestTruncateInt32 compares all lengths of tails, right before and after pages without access, with the definition.
func TestTruncateInt32(t *testing.T) {
	special := []float32{
		0, -0.75, 0.75, 2147483520, 2147483648, 2147483904, -2147483648, -2147483904, 1e30, -1e30, 16777217,
		float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.SmallestNonzeroFloat32, -math.MaxFloat32,
	}
	r := rand.New(rand.NewPCG(1, 2))
	lo, hi := Limits[int32]()
	for n := range 70 {
		x := guardtest.After[float32](t, n)
		for i := range x {
			if x[i] = special[(i+n)%len(special)]; r.IntN(3) == 0 {
				x[i] = (r.Float32() - 0.5) * float32(math.Exp2(float64(r.IntN(36))))
			}
		}
		want := make([]int32, n)
		Truncate(want, x, lo, hi)
		got := guardtest.After[int32](t, n)
		TruncateInt32(got, x)
		require.Equal(t, want, got, "%v", x)
		early, first := guardtest.Before[float32](t, n), guardtest.Before[int32](t, n)
		copy(early, x)
		TruncateInt32(first, early)
		require.Equal(t, want, first)
	}
	long := make([]float32, 1<<17+3)
	for i := range long {
		long[i] = float32(i) - 1000.5
	}
	want, got := make([]int32, len(long)), make([]int32, len(long))
	Truncate(want, long, lo, hi)
	TruncateInt32(got, long)
	require.Equal(t, want, got)
}
