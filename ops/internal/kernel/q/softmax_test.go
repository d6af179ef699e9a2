package q

import (
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// Rows of every length are those of the generic kernel, for scales from flat to steep.
func TestSoftmaxBytes(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testSoftmaxBytes[int8](t, -128, 127) })
	t.Run("uint8", func(t *testing.T) { testSoftmaxBytes[uint8](t, 0, 255) })
}

func testSoftmaxBytes[T int8 | uint8](t *testing.T, lo, hi int32) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 200; n++ {
		for _, scale := range []float64{0.001, 0.02, 0.1, 0.5, 3} {
			multiplier, shift := fixedpoint.QuantizeMultiplier(min(scale*(1<<(31-softmaxInputBits)), (1<<31)-1))
			if shift < 0 {
				continue
			}
			table := NewSoftmaxTable(multiplier, shift)
			x, dst, want := guardtest.After[T](t, 2*n), guardtest.Before[T](t, 2*n), make([]T, 2*n)
			spread := 1 + rng.IntN(255)
			for i := range x {
				x[i] = T(lo + rng.Int32N(int32(spread)))
				if rng.IntN(30) == 0 {
					x[i] = T(hi)
				}
			}
			softmaxGeneric(want, x, n, table, lo, hi, 8)
			Softmax(dst, x, n, table, lo, hi, 8)
			require.Equal(t, want, []T(dst), "%d elements, scale %v", n, scale)
		}
	}
}
