//go:build amd64 && !noasm

package f32

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/litewren/litewren/ops/internal/kernel/move"
)

// eachScaling calls check for sizes up and down in each of the ways to place positions.
func eachScaling(check func(s *move.Scaling, avx512 bool, name string)) {
	for _, way := range [][2]bool{{false, false}, {true, false}, {false, true}} {
		for _, size := range [][4]int{{1, 1, 3, 2}, {4, 5, 9, 70}, {9, 7, 3, 3}, {5, 6, 5, 6}, {3, 4, 1, 131}} {
			for _, channels := range []int{1, 3, 8, 13, 16, 21, 40} {
				s := &move.Scaling{AlignCorners: way[0], HalfPixel: way[1]}
				s.Set(2, size[0], size[1], channels, size[2], size[3])
				for _, avx512 := range []bool{false, true} {
					if avx512 && isa.AVX512 || !avx512 && isa.AVX2 && channels >= 8 {
						check(s, avx512, fmt.Sprint(way, size, channels, avx512))
					}
				}
			}
		}
	}
}

// Both variants are as the generic kernel but for rounding.
func TestBilinearVector(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	eachScaling(func(s *move.Scaling, avx512 bool, name string) {
		src := guardtest.After[float32](t, 2*s.Rows.In*s.Columns.In*s.Channels)
		for i := range src {
			src[i] = rng.Float32()
		}
		lines := 2 * s.Rows.Out
		want := make([]float32, lines*s.Columns.Out*s.Channels)
		got := guardtest.After[float32](t, len(want))
		resizeBilinearGeneric(want, src, s, 1, lines)
		bilinearRows(avx512, got, src, s, 1, lines)
		require.InDeltaSlice(t, want, got, 1e-6, name)
	})
}
