//go:build arm64 && !noasm

package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// Pools give the bits of the generic kernels, NaNs included.
func TestPoolVector(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	nan := float32(math.NaN())
	for _, axis := range []window.Axis{
		{In: 9, Out: 9, Kernel: 3, Stride: 1, Dilation: 1, Before: 1},
		{In: 9, Out: 4, Kernel: 2, Stride: 2, Dilation: 1},
		{In: 9, Out: 1, Kernel: 9, Stride: 1, Dilation: 1},
	} {
		g := window.NewGrid(axis, axis)
		for _, channels := range []int{4, 5, 16, 31} {
			x := guardtest.After[float32](t, g.Inputs()*channels)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
				if rng.IntN(50) == 0 {
					x[i] = []float32{nan, posInf, negInf, -math.MaxFloat32, 0}[rng.IntN(5)]
				}
			}
			for kind, generic := range []func(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32){maxPoolGeneric, averagePoolGeneric} {
				want, got := make([]float32, g.Outputs()*channels), guardtest.After[float32](t, g.Outputs()*channels)
				generic(want, x, &g, channels, 0, g.Rows.Out, -0.5, 1)
				require.True(t, poolVector(poolKind(kind), got, x, &g, channels, 0, g.Rows.Out, -0.5, 1))
				for i, w := range want {
					if w != w {
						require.True(t, got[i] != got[i])
						continue
					}
					require.Equal(t, w, got[i], "kind %d, %d channels", kind, channels)
				}
			}
		}
	}
}

func TestBilinearVector(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, way := range [][2]bool{{false, false}, {true, false}, {false, true}} {
		for _, size := range [][4]int{{1, 1, 3, 2}, {4, 5, 9, 70}, {9, 7, 3, 3}} {
			for _, channels := range []int{4, 8, 16, 28, 40} {
				s := &move.Scaling{AlignCorners: way[0], HalfPixel: way[1]}
				s.Set(2, size[0], size[1], channels, size[2], size[3])
				src := guardtest.After[float32](t, 2*s.Rows.In*s.Columns.In*channels)
				for i := range src {
					src[i] = rng.Float32()
				}
				lines := 2 * s.Rows.Out
				want, got := make([]float32, lines*s.Columns.Out*channels), guardtest.After[float32](t, lines*s.Columns.Out*channels)
				resizeBilinearGeneric(want, src, s, 1, lines)
				require.True(t, bilinearVector(got, src, s, 1, lines))
				require.InDeltaSlice(t, want, []float32(got), 1e-6)
			}
		}
	}
}
