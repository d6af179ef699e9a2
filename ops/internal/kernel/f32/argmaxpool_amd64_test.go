//go:build amd64 && !noasm

package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

func testArgMax[I int32 | float32](t *testing.T, flat bool, more I) {
	if !isa.AVX2 {
		t.Skip("needs AVX2")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, g := range poolGrids() {
		for _, channels := range []int{1, 3, 8, 10, 16, 33} {
			x := guardtest.After[float32](t, g.Inputs()*channels)
			for i := range x {
				x[i] = float32(rng.IntN(7) - 3) // often the same
				if rng.IntN(20) == 0 {
					x[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}[rng.IntN(3)]
				}
			}
			n := g.Outputs() * channels
			first := rng.IntN(g.Rows.Out)
			last := first + rng.IntN(g.Rows.Out-first) + 1
			want, wantAt := make([]float32, n), make([]I, n)
			argMaxPoolGeneric(want, wantAt, x, make([]int32, channels), &g, flat, more, first, last, -2, 2)
			for _, avx512 := range []bool{false, true} {
				if avx512 && !isa.AVX512 || !avx512 && channels < 8 {
					continue
				}
				got, at := guardtest.After[float32](t, n), guardtest.After[I](t, n)
				argMaxRows(avx512, got, at, x, &g, channels, flat, more, first, last, -2, 2)
				require.Equal(t, want, got, "%+v %d channels, AVX-512 %v", g, channels, avx512)
				require.Equal(t, wantAt, at, "%+v %d channels, AVX-512 %v", g, channels, avx512)
			}
		}
	}
}

// Every variant finds the maxima and indexes of the generic kernel.
func TestArgMaxPoolVector(t *testing.T) {
	t.Run("in the image", func(t *testing.T) { testArgMax[int32](t, true, 0) })
	t.Run("in the window", func(t *testing.T) { testArgMax[float32](t, false, 0.1) })
}
