package hybrid

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

func TestQuantizeRowsVariants(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 10, 15, 16, 17, 31, 32, 33, 64, 100} {
		for _, rows := range []int{0, 1, 2, 3, 9} {
			for kind := range 10 {
				for _, asymmetric := range []bool{false, true} {
					x := guardtest.After[float32](t, rows*n)
					for r := range rows {
						k := kind
						if kind == 9 {
							k = rng.IntN(9)
						}
						numbers(rng, x[r*n:(r+1)*n], k)
					}
					got, want := guardtest.After[int8](t, rows*n), make([]int8, rows*n)
					scales, zeros := guardtest.After[float32](t, rows), guardtest.After[int32](t, rows)
					QuantizeRows(got, x, rows, n, scales, zeros, asymmetric)
					for r := range rows {
						row, to := x[r*n:(r+1)*n], want[r*n:(r+1)*n]
						wantScale, wantZero := fixedpoint.QuantizeRowSymmetric(to, row), int32(0)
						if asymmetric {
							wantScale, wantZero = fixedpoint.QuantizeRowAsymmetric(to, row)
						}
						requireBits(t, []float32{wantScale}, scales[r:r+1])
						require.Equal(t, wantZero, zeros[r], "%v", row)
					}
					require.Equal(t, want, append([]int8{}, got...), "%v", x)
				}
			}
		}
	}
}

// Zero points are rounded as the generic twin rounds, where both ends lose as much, too.
func TestQuantizeRowsZero(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const rows = 4000
	x := make([]float32, 2*rows)
	for r := range rows {
		low, high := -float32(rng.IntN(256)), float32(rng.IntN(256)+1)
		if r%2 == 0 {
			low, high = -float32(r%510)/2, 255-float32(r%510)/2
		}
		x[2*r], x[2*r+1] = low, high
	}
	got, want := make([]int8, 2*rows), make([]int8, 2*rows)
	scales, zeros := make([]float32, rows), make([]int32, rows)
	QuantizeRows(got, x, rows, 2, scales, zeros, true)
	for r := range rows {
		scale, zero := fixedpoint.QuantizeRowAsymmetric(want[2*r:2*r+2], x[2*r:2*r+2])
		require.Equal(t, scale, scales[r])
		require.Equal(t, zero, zeros[r], "%v", x[2*r:2*r+2])
	}
	require.Equal(t, want, got)
}

func TestOutputs(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	inf := float32(math.Inf(1))
	for _, n := range []int{1, 2, 15, 16, 17, 33, 64} {
		for _, rows := range []int{0, 1, 2, 5} {
			for set := range 16 {
				o := &Outputs{Scale: 0.7, Lo: -inf, Hi: inf}
				if set&1 != 0 {
					o.Each = guardtest.After[float32](t, n)
					numbers(rng, o.Each, 0)
				}
				if set&2 != 0 {
					o.Bias = guardtest.After[float32](t, n)
					numbers(rng, o.Bias, 5)
				}
				if set&8 != 0 {
					o.Lo, o.Hi = 0, 6
				}
				acc := guardtest.After[int32](t, rows*n)
				for i := range acc {
					acc[i] = int32(rng.Uint32()) >> rng.IntN(32)
				}
				scales, zeros := guardtest.After[float32](t, rows), guardtest.After[int32](t, rows)
				numbers(rng, scales, 0)
				if set&4 != 0 {
					o.Sums = guardtest.After[int32](t, n)
					for i := range o.Sums {
						o.Sums[i] = rng.Int32() - 1<<30
					}
					for r := range zeros {
						zeros[r] = rng.Int32N(256) - 128
					}
				}
				got, want := guardtest.After[float32](t, rows*n), make([]float32, rows*n)
				o.Write(got, acc, rows, n, scales, zeros)
				for r := range rows {
					row := want[r*n : (r+1)*n]
					copy(row, o.Bias)
					accumulateScaledGeneric(row, acc[r*n:], float32(scales[r]*o.Scale), o.Each, zeros[r], o.Sums)
				}
				f32.Clamp(want, want, o.Lo, o.Hi)
				requireBits(t, want, got)
			}
		}
	}
}

func BenchmarkQuantizeRows(b *testing.B) {
	const rows, n = 64, 64
	x, dst := make([]float32, rows*n), make([]int8, rows*n)
	scales, zeros := make([]float32, rows), make([]int32, rows)
	numbers(rand.New(rand.NewPCG(5, 6)), x, 0)
	b.Run("together", func(b *testing.B) {
		for b.Loop() {
			QuantizeRows(dst, x, rows, n, scales, zeros, true)
		}
	})
	b.Run("each", func(b *testing.B) {
		for b.Loop() {
			for r := range rows {
				scales[r], zeros[r] = QuantizeAsymmetric(dst[r*n:], x[r*n:(r+1)*n])
			}
		}
	})
}
