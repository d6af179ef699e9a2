package hybrid

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// numbers fills x with values of all kinds; the more, the higher kind is.
func numbers(rng *rand.Rand, x []float32, kind int) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		switch {
		case kind == 1:
			x[i] = float32(rng.IntN(511)-255) / 2 // halves: ties
		case kind == 2:
			x[i] = []float32{0, float32(math.Copysign(0, -1))}[rng.IntN(2)]
		case kind == 3:
			x[i] *= 1e-42
		case kind == 4:
			x[i] *= 1e38
		case kind == 5 && rng.IntN(4) == 0:
			x[i] = []float32{nan, inf, -inf, 0, math.MaxFloat32, 1e-45}[rng.IntN(6)]
		case kind == 6 && rng.IntN(4) == 0:
			x[i] = nan
		case kind == 7:
			x[i] = max(0, x[i])
		case kind == 8:
			x[i] = min(0, x[i])
		}
	}
	if kind == 1 && len(x) > 1 {
		x[0], x[1] = 127, -128
	}
}

func TestQuantizeRowVariants(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 140 {
		for kind := range 9 {
			x := guardtest.After[float32](t, n)
			numbers(rng, x, kind)
			got, want := guardtest.After[int8](t, n), make([]int8, n)
			requireBits(t, []float32{fixedpoint.QuantizeRowSymmetric(want, x)}, []float32{QuantizeSymmetric(got, x)})
			require.Equal(t, want, got, "%v", x)
			wantScale, wantZero := fixedpoint.QuantizeRowAsymmetric(want, x)
			scale, zero := QuantizeAsymmetric(got, x)
			requireBits(t, []float32{wantScale}, []float32{scale})
			require.Equal(t, wantZero, zero, "%v", x)
			require.Equal(t, want, got, "%v", x)
		}
	}
}

// All products near ties round as the generic twin rounds.
func TestQuantizeRowRounding(t *testing.T) {
	if !vectors {
		t.Skip("generic only")
	}
	var x []float32
	for i := -1100; i <= 1100; i++ {
		v := float32(i) / 4
		for _, v := range []float32{v, math.Nextafter32(v, 2000), math.Nextafter32(v, -2000)} {
			x = append(x, v)
		}
	}
	got := make([]int8, len(x))
	for _, zero := range []int32{0, -128, 127, 5} {
		quantizeRow(got, x, 1, zero, -128)
		for i, v := range x {
			require.Equal(t, int8(max(-128, min(fixedpoint.RoundToInt32(v)+zero, 127))), got[i], "%v", v)
		}
	}
}

func TestScaleVariants(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	inf := float32(math.Inf(1))
	for n := 1; n <= 41; n++ {
		for _, rows := range []int{0, 1, 2, 5} {
			for _, channels := range []int{1, n} {
				ldd := n + rng.IntN(3)
				acc := guardtest.After[int32](t, rows*n)
				for i := range acc {
					acc[i] = int32(rng.Uint32()) >> rng.IntN(32)
				}
				scale, bias := guardtest.After[float32](t, channels), guardtest.After[float32](t, n)
				numbers(rng, scale, 0)
				numbers(rng, bias, 5)
				length := max(0, (rows-1)*ldd+n)
				for _, b := range [][]float32{nil, bias} {
					for _, limits := range [][2]float32{{-inf, inf}, {0, 6}} {
						got, want := guardtest.After[float32](t, length), make([]float32, length)
						ScaleRows(got, ldd, acc, rows, n, scale, 0.3, b, limits[0], limits[1])
						scaleRowsGeneric(want, ldd, acc, rows, n, scale, 0.3, b, limits[0], limits[1])
						requireBits(t, want, got)
					}
				}
			}
			sums := guardtest.After[int32](t, n)
			acc := guardtest.After[int32](t, n)
			each, out := guardtest.After[float32](t, n), guardtest.After[float32](t, n)
			for i := range sums {
				sums[i], acc[i] = rng.Int32(), rng.Int32()-1<<30
			}
			numbers(rng, each, 0)
			numbers(rng, out, 5)
			for _, e := range [][]float32{nil, each} {
				for _, zero := range []int32{0, -7, 127} {
					want := append([]float32(nil), out...)
					accumulateScaledGeneric(want, acc, 0.7, e, zero, sums)
					got := guardtest.Copy(t, out)
					AccumulateScaled(got, acc, 0.7, e, zero, sums)
					requireBits(t, want, got)
				}
			}
		}
	}
}

// requireBits compares numbers bit for bit, NaNs as such.
func requireBits(t *testing.T, want, got []float32) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		if w != w && got[i] != got[i] {
			continue
		}
		require.Equal(t, math.Float32bits(w), math.Float32bits(got[i]), "%d: want %v, got %v", i, w, got[i])
	}
}

func BenchmarkQuantize(b *testing.B) {
	x, dst := make([]float32, 1024), make([]int8, 1024)
	numbers(rand.New(rand.NewPCG(5, 6)), x, 0)
	b.Run("vectors", func(b *testing.B) {
		for b.Loop() {
			QuantizeAsymmetric(dst, x)
		}
	})
	b.Run("generic", func(b *testing.B) {
		for b.Loop() {
			fixedpoint.QuantizeRowAsymmetric(dst, x)
		}
	})
}

func TestBlockNibbles(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, size := range []int{32, 64, 96} {
		for blocks := 1; blocks < 5; blocks++ {
			for rows := range 4 {
				cols := size * blocks
				if nibbles {
					require.True(t, NibbleBlocks(cols, size))
				}
				w, x, spread := guardtest.After[uint8](t, rows*cols/2), make([]int8, cols), guardtest.After[int8](t, SpreadLen(cols))
				for i := range w {
					w[i] = uint8(rng.Uint32())
				}
				for i := range x {
					x[i] = int8(rng.Uint32())
					if rng.IntN(3) == 0 {
						x[i] = -128
					}
				}
				scales, got, want := guardtest.After[float32](t, rows*blocks), guardtest.After[float32](t, rows), make([]float32, rows)
				numbers(rng, scales, 0)
				SpreadRow(spread, x)
				BlockNibbles(got, w, cols, scales, size, spread)
				blockNibblesGeneric(want, w, cols, scales, size, spread)
				for r, v := range want {
					require.InDelta(t, v, got[r], 0.02, "%d of %d", r, rows) // of sums of up to 1e5
				}
			}
		}
	}
	require.False(t, NibbleBlocks(64, 16))
}
