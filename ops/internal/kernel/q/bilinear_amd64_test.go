//go:build amd64 && !noasm

package q

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
			for _, channels := range []int{1, 3, 8, 13, 16, 17, 21, 32, 33, 40} {
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

// Both variants give the bits of the generic kernels.
func TestBilinearVector(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testBilinear(t, true, resizeBilinearGeneric[int8]) })
	t.Run("uint8", func(t *testing.T) { testBilinear(t, false, resizeBilinearUint8Generic) })
}

func testBilinear[T int8 | uint8](t *testing.T, signed bool, generic func(dst, src []T, s *move.Scaling, first, last int)) {
	rng := rand.New(rand.NewPCG(1, 2))
	eachScaling(func(s *move.Scaling, avx512 bool, name string) {
		src := randomBytes[T](t, rng, 2*s.Rows.In*s.Columns.In*s.Channels)
		lines := 2 * s.Rows.Out
		want := make([]T, lines*s.Columns.Out*s.Channels)
		got := guardtest.After[T](t, len(want))
		generic(want, src, s, 1, lines)
		bilinearRows(avx512, signed, got, src, s, 1, lines)
		require.Equal(t, want, got, name)
	})
}
