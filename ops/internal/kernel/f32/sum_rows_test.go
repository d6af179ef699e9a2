package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// Sums of columns against sums of 64 bits; whole numbers give every bit.
func TestAddRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 130; n++ {
		for _, rows := range []int{0, 1, 2, 3, 31, 32, 33, 100, 2*1024 + 5} {
			if n > 70 {
				rows %= 1000
			}
			x, dst := guardtest.After[float32](t, rows*n), guardtest.After[float32](t, n)
			want := make([]float32, n)
			for j := range dst {
				dst[j] = float32(j)
				want[j] = float32(j)
			}
			for i := range x {
				x[i] = float32(rng.IntN(2001) - 1000)
				want[i%n] += x[i]
			}
			AddRows(dst, x)
			require.Equal(t, want, dst, "%d rows of %d", rows, n)
		}
	}
	// Fractions: each sum has an error of a few units in the last place.
	const n, rows = 24, 100000
	x, dst, want := make([]float32, n*rows), make([]float32, n), make([]float64, n)
	for i := range x {
		x[i] = rng.Float32()
		want[i%n] += float64(x[i])
	}
	AddRows(dst, x)
	for j := range want {
		require.InEpsilon(t, want[j], dst[j], 1e-3)
	}
	x[5*n+7], x[9*n+3] = float32(math.NaN()), float32(math.Inf(1))
	clear(dst)
	AddRows(dst, x)
	require.True(t, math.IsNaN(float64(dst[7])))
	require.True(t, math.IsInf(float64(dst[3]), 1))
}

func BenchmarkAddRows(b *testing.B) {
	x := make([]float32, 16*10000)
	dst := make([]float32, 16)
	b.Run("rows", func(b *testing.B) {
		for b.Loop() {
			AddRows(dst, x)
		}
	})
	b.Run("each", func(b *testing.B) {
		for b.Loop() {
			for i := 0; i < len(x); i += 16 {
				Accumulate(dst, x[i:i+16])
			}
		}
	})
}
