package q

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

func testDepthwiseRow[X int8 | uint8, W int8 | int16](t *testing.T, zeroes, weights int32) {
	rng := rand.New(rand.NewPCG(7, 8))
	axes := depthwiseAxes()
	for i := range 500 {
		g := window.NewGrid(axes[rng.IntN(len(axes))], axes[i*len(axes)/500])
		channels := 1 + i%43
		if g.Outputs() == 0 {
			continue
		}
		x, w := randomBytes[X](t, rng, g.Inputs()*channels), guardtest.After[W](t, g.Taps()*channels)
		for j := range w {
			w[j] = W(rng.Int32N(2*weights) - weights)
			if rng.IntN(4) == 0 {
				w[j] = W(-weights)
			}
		}
		base := guardtest.After[int32](t, channels)
		for j := range base {
			base[j] = int32(rng.Uint32())
		}
		zero := zeroes + rng.Int32N(256)
		want := make([]int32, g.Columns.Out*channels)
		got := guardtest.After[int32](t, len(want))
		oy := rng.IntN(g.Rows.Out)
		depthwiseRowGeneric(want, x, w, &g, oy, channels, 1, zero, base)
		DepthwiseRow(got, x, w, &g, oy, channels, 1, zero, base)
		require.Equal(t, want, got, "%+v %d channels, row %d", g, channels, oy)
	}
}

// Sums of a row are those of the generic kernel, with every number of channels and for every kind of window.
func TestDepthwiseRow(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testDepthwiseRow[int8, int8](t, -128, 128) })
	t.Run("uint8", func(t *testing.T) { testDepthwiseRow[uint8, int16](t, 0, 256) })
}
