package q

import (
	"fmt"
	"math/rand/v2"
	"slices"
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
			x, dst, want := guardtest.After[T](t, 5*n), guardtest.Before[T](t, 5*n), make([]T, 5*n)
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

// What one call computes at a time does not matter: many rows, rows that are all equal, extremes, and sums that overflow.
func TestSoftmaxBytesRows(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testSoftmaxBytesRows[int8](t, -128, 127) })
	t.Run("uint8", func(t *testing.T) { testSoftmaxBytesRows[uint8](t, 0, 255) })
}

func testSoftmaxBytesRows[T int8 | uint8](t *testing.T, lo, hi int32) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 7, 8, 10, 21, 63, 64, 65, 128, 200, 4095, 4097, 70000} {
		for _, beta := range []float64{1e-7, 0.003, 0.12, 0.13, 1, 31} {
			multiplier, shift := fixedpoint.QuantizeMultiplier(min(beta*(1<<(31-softmaxInputBits)), (1<<31)-1))
			table := NewSoftmaxTable(multiplier, max(shift, 0))
			rows := 37
			if n > 200 {
				rows = 5
			}
			x, want := make([]T, rows*n), make([]T, rows*n)
			for i := range rows {
				row := x[i*n:][:n]
				a, b := T(lo+rng.Int32N(256)), T(lo+rng.Int32N(256))
				for j := range row {
					switch i % 5 {
					case 0:
						row[j] = T(lo + rng.Int32N(256))
					case 1:
						row[j] = a // all equal
					case 2:
						row[j] = T(lo)
					case 3:
						row[j] = []T{T(lo), T(hi)}[rng.IntN(2)]
					default:
						row[j] = []T{a, b}[rng.IntN(2)]
					}
				}
			}
			softmaxGeneric(want, x, n, table, lo, hi, 8)
			dst := make([]T, len(x))
			Softmax(dst, x, n, table, lo, hi, 8)
			require.True(t, slices.Equal(want, dst), "%d elements, beta %v", n, beta)
			Softmax(x, x, n, table, lo, hi, 8)
			require.True(t, slices.Equal(want, x), "%d elements, beta %v, in place", n, beta)
		}
	}
}

func BenchmarkSoftmaxBytes(b *testing.B) {
	multiplier, shift := fixedpoint.QuantizeMultiplier(0.05 * (1 << (31 - softmaxInputBits)))
	table := NewSoftmaxTable(multiplier, shift)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, depth := range []int{10, 16, 21, 64, 197, 1001} {
		x := make([]int8, 64*depth)
		for i := range x {
			x[i] = int8(rng.IntN(256) - 128)
		}
		dst := make([]int8, len(x))
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			b.SetBytes(int64(len(x)))
			for b.Loop() {
				Softmax(dst, x, depth, table, -128, 127, 8)
			}
		})
	}
}
