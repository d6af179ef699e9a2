//go:build amd64 && !noasm

package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// poolGrids are windows with and without padding.
func poolGrids() (grids []window.Grid) {
	var axes []window.Axis
	for _, kernel := range []int{1, 2, 3, 7} {
		for _, stride := range []int{1, 2, 3} {
			for _, before := range []int{0, kernel / 2} {
				in := 9
				axes = append(axes, window.Axis{In: in, Out: (in+2*before-kernel)/stride + 1, Kernel: kernel, Stride: stride, Dilation: 1, Before: before})
			}
		}
	}
	for i, a := range axes {
		grids = append(grids, window.NewGrid(a, axes[(i*5+3)%len(axes)]))
	}
	return grids
}

// Every variant gives the bits of the generic kernels, NaNs included.
func TestPoolVector(t *testing.T) {
	if !isa.AVX2 {
		t.Skip("needs AVX2")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, g := range poolGrids() {
		for _, channels := range []int{1, 3, 8, 10, 16, 23, 33} {
			x := guardtest.After[float32](t, g.Inputs()*channels)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
				if rng.IntN(50) == 0 {
					x[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), -math.MaxFloat32, 0}[rng.IntN(5)]
				}
			}
			first := rng.IntN(g.Rows.Out)
			last := first + rng.IntN(g.Rows.Out-first) + 1
			for kind, generic := range []func(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32){maxPoolGeneric, averagePoolGeneric, l2PoolGeneric} {
				want := make([]float32, g.Outputs()*channels)
				generic(want, x, &g, channels, first, last, -0.5, 1)
				for _, avx512 := range []bool{false, true} {
					if avx512 && !isa.AVX512 || !avx512 && channels < 8 {
						continue
					}
					got := guardtest.After[float32](t, len(want))
					poolRows(avx512, poolKind(kind), got, x, &g, channels, first, last, -0.5, 1)
					for i := range want {
						if math.IsNaN(float64(want[i])) {
							require.True(t, math.IsNaN(float64(got[i])))
							continue
						}
						require.Equal(t, want[i], got[i], "%+v kind %d, %d channels, AVX-512 %v, element %d", g, kind, channels, avx512, i)
					}
				}
			}
		}
	}
}
