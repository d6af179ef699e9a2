package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

func TestRow(t *testing.T) {
	require.Zero(t, RowElements(0, 4))
	require.Zero(t, RowElements(4, 0))
	require.Zero(t, RowElements(128, 128), "too large")
	if RowElements(16, 4) == 0 {
		t.Skip("no kernel")
	}
	require.Zero(t, RowElements(1, 1000), "a panel for one column")
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 67, 200} {
		for _, k := range []int{1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 42, 63} {
			x, w, bias := guardtest.Copy(t, normal(rng, k)), normal(rng, n*k), guardtest.Copy(t, normal(rng, n))
			if (n+k)%5 == 0 {
				bias = nil
			}
			if (n+k)%7 == 0 {
				x[k/2] = float32(math.NaN())
			}
			panels := guardtest.After[float32](t, PanelElements(n, k))
			Pack(panels, w, n, k)
			want, dst := make([]float32, n), guardtest.After[float32](t, n)
			productsGeneric(want, n, x, k, 1, w, n, k, bias, -1, 2)
			NewRow(panels, bias, n, k, -1, 2).Do(dst, x)
			for i, v := range want {
				if v != v {
					require.True(t, dst[i] != dst[i], "%d of %d", n, k)
					want[i], dst[i] = 0, 0
				}
			}
			requireSums(t, want, dst, k, fmt.Sprintf("%d sums of %d", n, k))
		}
	}
}

func BenchmarkRow(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][2]int{{1, 8}, {8, 2}, {16, 1}, {16, 4}, {16, 16}, {1, 16}, {3, 16}, {3, 10}, {1, 32}, {2, 32}, {10, 20}, {20, 42}, {128, 63}, {5, 200}, {200, 5}} {
		n, k := s[0], s[1]
		x, w, dst, bias := normal(rng, k), normal(rng, n*k), make([]float32, 1<<12)[:n], normal(rng, n)
		b.Run(fmt.Sprintf("rows/%dx%d", n, k), func(b *testing.B) {
			for b.Loop() {
				Products(dst, n, x, k, 1, w, n, k, bias, negInf, posInf)
			}
		})
		if size := RowElements(n, k); size > 0 {
			panels := make([]float32, size)
			Pack(panels, w, n, k)
			r := NewRow(panels, bias, n, k, negInf, posInf)
			b.Run(fmt.Sprintf("panels/%dx%d", n, k), func(b *testing.B) {
				for b.Loop() {
					r.Do(dst, x)
				}
			})
		}
	}
}
