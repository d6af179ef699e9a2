package linalg

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInvert(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 17
	b, a := make([]float64, n*n), make([]float64, n*n)
	for i := range b {
		b[i] = r.NormFloat64()
	}
	for i := range n {
		for j := range n {
			for k := range n {
				a[i*n+j] += b[i*n+k] * b[j*n+k]
			}
		}
		a[i*n+i]++
	}
	l, ok := Cholesky(a, n)
	require.True(t, ok)
	inverse, ok := Invert(a, n)
	require.True(t, ok)
	for i := range n {
		for j := range n {
			product, unit := 0.0, 0.0
			for k := range n {
				product += l[i*n+k] * l[j*n+k]
				unit += a[i*n+k] * inverse[k*n+j]
			}
			want := 0.0
			if i == j {
				want = 1
			}
			require.InDelta(t, a[i*n+j], product, 1e-11)
			require.InDelta(t, want, unit, 1e-10)
		}
	}
	_, ok = Invert([]float64{1, 2, 2, 1}, 2)
	require.False(t, ok, "indefinite")
}
