package reduce

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

func TestArgBytes(t *testing.T) {
	t.Run("int8 to int32", testArgBytes[int32, int8])
	t.Run("int8 to int64", testArgBytes[int64, int8])
	t.Run("uint8 to int32", testArgBytes[int32, uint8])
	t.Run("uint8 to int64", testArgBytes[int64, uint8])
}

// Rows of every length are those of the generic kernel; with few different values many are equal.
func testArgBytes[D int32 | int64, T int8 | uint8](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 140; n++ {
		for _, rows := range []int{0, 1, 2, 7, 35} {
			for _, values := range []int{1, 2, 256} {
				x := guardtest.After[T](t, rows*n)
				if rng.IntN(2) == 0 {
					x = guardtest.Before[T](t, rows*n)
				}
				offset := rng.IntN(256)
				for i := range x {
					x[i] = T(offset + rng.IntN(values))
				}
				got, want := guardtest.After[D](t, rows), make([]D, rows)
				ArgMax(got, x, rows, n, 1)
				argMaxGeneric(want, x, rows, n, 1)
				require.Equal(t, want, append([]D{}, got...), "largest of %d", n)
				ArgMin(got, x, rows, n, 1)
				argMinGeneric(want, x, rows, n, 1)
				require.Equal(t, want, append([]D{}, got...), "smallest of %d", n)
			}
		}
	}
}

func BenchmarkArgMax(b *testing.B) {
	for _, n := range []int{3, 4, 10, 21, 32, 100, 1000} {
		x, dst := make([]uint8, 1000*n), make([]int64, 1000)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range x {
			x[i] = uint8(rng.Uint32())
		}
		for _, generic := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d generic=%v", n, generic), func(b *testing.B) {
				for b.Loop() {
					if generic {
						argMaxGeneric(dst, x, 1000, n, 1)
					} else {
						ArgMax(dst, x, 1000, n, 1)
					}
				}
			})
		}
	}
}
