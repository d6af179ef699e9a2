//go:build (amd64 || arm64) && !noasm

package q

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
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

func testPool[T int8 | uint8 | int16](t *testing.T, lowest, highest int32) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, g := range poolGrids() {
		for _, channels := range []int{1, 8, 10, 16, 33, 64, 75} {
			x := guardtest.After[T](t, g.Inputs()*channels)
			for i := range x {
				x[i] = T(rng.Uint32())
				if rng.IntN(3) == 0 {
					x[i] = T([]int32{lowest, highest, math.MaxInt8}[rng.IntN(3)])
				}
			}
			lo, hi := lowest, highest
			if rng.IntN(2) == 0 {
				lo, hi = lowest+40, highest-17
			}
			first := rng.IntN(g.Rows.Out)
			last := first + rng.IntN(g.Rows.Out-first) + 1
			for _, average := range []bool{false, true} {
				want := make([]T, g.Outputs()*channels)
				if average {
					averagePoolGeneric(want, x, make([]int32, channels), &g, first, last, lo, hi)
				} else {
					maxPoolGeneric(want, x, &g, channels, first, last, T(lowest), T(lo), T(hi))
				}
				got := guardtest.After[T](t, len(want))
				if !poolVector(average, got, x, &g, channels, first, last, lowest, lo, hi) {
					continue
				}
				require.Equal(t, want, got, "%+v average %v, %d channels", g, average, channels)
				if channels >= 32 { // the narrower vectors, where there are several
					got := guardtest.After[T](t, len(want))
					poolRows(false, average, got, x, &g, channels, first, last, lowest, lo, hi)
					require.Equal(t, want, got, "%+v average %v, %d channels", g, average, channels)
				}
			}
		}
	}
}

// Every variant gives the bits of the generic kernels.
func TestPoolVector(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testPool[int8](t, math.MinInt8, math.MaxInt8) })
	t.Run("uint8", func(t *testing.T) { testPool[uint8](t, 0, math.MaxUint8) })
	t.Run("int16", func(t *testing.T) { testPool[int16](t, math.MinInt16, math.MaxInt16) })
}
