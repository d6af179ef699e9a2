package q

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/tensor"
)

func TestDense(t *testing.T) {
	if DenseKernel(1, 1) == nil {
		t.Skip("no kernel")
	}
	require.Nil(t, DenseKernel(0, 1))
	require.Nil(t, DenseKernel(1<<11, 1<<10))
	require.Nil(t, DenseKernel(1, 1<<12), "a panel for one column")
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 7, 15, 16, 17, 31, 32, 33, 50, 64, 65, 130} {
		for _, k := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 31, 33, 47, 64, 65, 130} {
			for rows := range 4 {
				x, w := guardtest.After[int8](t, rows*k), guardtest.After[int8](t, n*k)
				if n%2 == 0 {
					x = guardtest.Before[int8](t, rows*k)
				}
				for i := range x {
					x[i] = randomByte(rng)
				}
				for i := range w {
					w[i] = randomByte(rng)
				}
				offsets := make([]int32, n)
				for i := range offsets {
					offsets[i] = rng.Int32N(1<<16) - 1<<15
					if rng.IntN(9) == 0 {
						offsets[i] = 1<<31 - 1 // sums wrap
					}
				}
				scales := make([]float64, max(1, rows%2*n))
				for i := range scales {
					scales[i] = []float64{0x1p-8, 0x1p-12, 0.0013, rng.Float64() / 100}[rng.IntN(4)]
				}
				p := OutputParams{Zero: rng.Int32N(256) - 128, Min: -128 + rng.Int32N(9), Max: 127 - rng.Int32N(9)}
				p.SetScales(scales)

				want, acc := make([]int8, rows*n), make([]int32, rows*n)
				matMulTransposedGeneric(acc, x, w, rows, n, k)
				for i := range rows {
					outputExact(want[i*n:(i+1)*n], acc[i*n:(i+1)*n], offsets, 0, &p)
				}
				packed := packRows(DenseKernel(n, k), w, n, &Window{Length: k, Segments: 1})
				dst := guardtest.After[int8](t, rows*n)
				if k%2 == 0 {
					dst = guardtest.Before[int8](t, rows*n)
				}
				NewDense(packed, offsets, &p).Multiply(dst, x, rows)
				require.Equal(t, want, dst, "%d rows, %d columns of %d, %+v", rows, n, k, p)
			}
		}
	}
}

func randomByte(rng *rand.Rand) int8 {
	if rng.IntN(3) == 0 {
		return []int8{-128, 127}[rng.IntN(2)]
	}
	return int8(rng.IntN(256) - 128)
}

func BenchmarkDense(b *testing.B) {
	for _, s := range [][2]int{{1, 16}, {16, 1}, {16, 16}, {8, 128}, {128, 8}, {128, 128}, {128, 640}, {640, 128}, {256, 256}, {512, 512}, {1000, 1000}, {1024, 512}} {
		n, k := s[0], s[1]
		x, dst, acc, offsets := make([]int8, k), make([]int8, n), make([]int32, n), make([]int32, n)
		w := tensor.AlignedBytes(n*k + 16)[16:] // as files have them
		signed := make([]int8, n*k)
		for i := range signed {
			signed[i] = int8(w[i])
		}
		p := OutputParams{Min: -128, Max: 127}
		p.SetScales([]float64{0.001})
		b.Run(fmt.Sprintf("rows/%dx%d", n, k), func(b *testing.B) {
			for range b.N {
				MatMulTransposed(acc, x, signed, 1, n, k)
				OutputRows(dst, acc, offsets, x, k, 0, &p)
			}
		})
		if kernel := DenseKernel(n, k); kernel != nil {
			d := NewDense(packRows(kernel, signed, n, &Window{Length: k, Segments: 1}), offsets, &p)
			b.Run(fmt.Sprintf("dense/%dx%d", n, k), func(b *testing.B) {
				for range b.N {
					d.Multiply(dst, x, 1)
				}
			})
		}
	}
}
