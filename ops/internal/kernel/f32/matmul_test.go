package f32

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMatMulTransposed(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range [][3]int{{0, 3, 2}, {1, 0, 2}, {1, 9, 5}, {2, 4, 1}, {3, 6, 7}, {5, 3, 0}} {
		m, n, k := s[0], s[1], s[2]
		x, w := make([]float32, m*k), make([]float32, n*k)
		for i := range x {
			x[i] = rng.Float32() - 0.5
		}
		for i := range w {
			w[i] = rng.Float32() - 0.5
		}
		got, byRow := make([]float32, m*n), make([]float32, m*n)
		for i := range got {
			got[i] = 1e9
		}
		MatMulTransposed(got, x, w, m, n, k)
		for i := range m {
			MatVecAccumulate(byRow[i*n:(i+1)*n], w, n, k, x[i*k:(i+1)*k])
			for j := range n {
				want := 0.0
				for p := range k {
					want += float64(x[i*k+p]) * float64(w[j*k+p])
				}
				require.InDelta(t, want, float64(got[i*n+j]), 1e-6)
			}
		}
		require.Equal(t, byRow, got)

		across := make([]float32, n*k)
		for j := range n {
			for p := range k {
				across[p*n+j] = w[j*k+p]
			}
		}
		for i := range got {
			got[i] = 1e9
		}
		MatMul(got, x, across, m, n, k)
		for i, v := range byRow {
			require.InDelta(t, v, got[i], 1e-6)
		}
	}
}

func TestAddBiasClamp(t *testing.T) {
	x := []float32{-5, 0, 5, 1, 2, 3}
	AddBiasClamp(x, []float32{1, 2, 3}, 0, 6)
	require.Equal(t, []float32{0, 2, 6, 2, 4, 6}, x)
}
