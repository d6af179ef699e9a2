package linalg

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSVD(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range [][2]int{{1, 1}, {5, 3}, {3, 5}, {20, 20}, {64, 17}, {1, 9}} {
		rows, columns := n[0], n[1]
		a := make([]float64, rows*columns)
		for i := range a {
			a[i] = r.NormFloat64()
		}
		if rows == 20 { // of rank 19
			copy(a[19*20:], a[:20])
		}
		u, s, vT := SVD(a, rows, columns)
		k := min(rows, columns)
		require.Len(t, s, k)
		for i := range rows {
			for j := range columns {
				sum := 0.0
				for x := range k {
					sum += u[i*k+x] * s[x] * vT[x*columns+j]
				}
				require.InDelta(t, a[i*columns+j], sum, 1e-10)
			}
		}
		for x := range k {
			if x > 0 {
				require.LessOrEqual(t, s[x], s[x-1])
			}
			for y := range k {
				uu, vv := 0.0, 0.0
				for i := range rows {
					uu += u[i*k+x] * u[i*k+y]
				}
				for j := range columns {
					vv += vT[x*columns+j] * vT[y*columns+j]
				}
				want := 0.0
				if x == y {
					want = 1
				}
				if s[x] > 1e-9 && s[y] > 1e-9 {
					require.InDelta(t, want, uu, 1e-9)
					require.InDelta(t, want, vv, 1e-9)
				}
			}
		}
		if rows == 20 {
			require.InDelta(t, 0, s[19], 1e-9)
		}
	}
	_, s, _ := SVD([]float64{3, 0, 0, -4}, 2, 2)
	require.InDeltaSlice(t, []float64{4, 3}, s, 1e-12)
	_, s, _ = SVD(make([]float64, 6), 2, 3)
	require.Equal(t, []float64{0, 0}, s)
}
