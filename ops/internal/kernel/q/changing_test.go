package q

import (
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

func TestChanging(t *testing.T) {
	if ChangingBytes(4, 16, 16) == 0 {
		t.Skip("no kernel")
	}
	require.Zero(t, ChangingBytes(4, 16, 1), "a kernel would read beyond rows")
	rng := rand.New(rand.NewPCG(5, 6))
	made := 0
	for _, n := range []int{1, 7, 16, 31, 64, 70} {
		for _, k := range []int{8, 9, 16, 33, 64} {
			for _, m := range []int{4, 5, 13, 64} {
				zeroX, zeroW := rng.Int32N(256)-128, (rng.Int32N(256)-128)*rng.Int32N(2)
				p := OutputParams{Rounding: RoundFixed, Zero: rng.Int32N(20) - 10, Min: -128, Max: 127}
				p.SetScales([]float64{[]float64{0x1p-8, 0x1p-12, 0.0013, 0.9}[rng.IntN(4)]})
				p.SetColumns(n)
				c := NewChanging(m, n, k, zeroX, zeroW, &p)
				if c == nil {
					continue
				}
				made++
				for range 2 { // other weights
					x, w := guardtest.After[int8](t, m*k), guardtest.After[int8](t, n*k)
					for i := range x {
						x[i] = randomByte(rng)
					}
					for i := range w {
						w[i] = randomByte(rng)
					}
					acc, offsets, sums := make([]int32, m*n), make([]int32, n), make([]int32, n)
					for j := range sums {
						sums[j] = sumRow(w[j*k : (j+1)*k])
					}
					Offsets(offsets, nil, sums, zeroX, zeroW, k)
					matMulTransposedGeneric(acc, x, w, m, n, k)
					want := make([]int8, m*n)
					for i := range m {
						outputFixed(want[i*n:(i+1)*n], acc[i*n:(i+1)*n], offsets, zeroW*sumRow(x[i*k:(i+1)*k]), &p)
					}
					got := guardtest.After[int8](t, m*n)
					c.Load(w)
					c.Multiply(got, x, m)
					require.Equal(t, want, got, "m %d n %d k %d zeros %d %d", m, n, k, zeroX, zeroW)
				}
			}
		}
	}
	require.Greater(t, made, 50)
}
