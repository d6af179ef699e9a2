package compress

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRoundRows compares with rounding to nearest on the same grids, over inputs that were not used.
func TestRoundRows(t *testing.T) {
	const rows, n, samples = 32, 64, 512
	r := rand.New(rand.NewPCG(3, 4))
	mix := make([]float64, n*n)
	for i := range mix {
		mix[i] = r.NormFloat64() / 8
	}
	inputs := func() []float64 {
		x := make([]float64, samples*n)
		for s := range samples {
			shared := r.NormFloat64()
			for j := range n {
				x[s*n+j] = math.Max(0, 2*shared*mix[j]*8+0.3*r.NormFloat64())
			}
		}
		return x
	}
	x, fresh := inputs(), inputs()
	h := make([]float64, n*n)
	for s := range samples {
		for i := range n {
			for j := range n {
				h[i*n+j] += x[s*n+i] * x[s*n+j]
			}
		}
	}
	w := make([]float32, rows*n)
	for i := range w {
		w[i] = float32(r.NormFloat64())
	}
	quality := func(got []float32) float64 {
		signal, noise := 0.0, 0.0
		for s := range samples {
			for o := range rows {
				a, b := 0.0, 0.0
				for j := range n {
					a += float64(w[o*n+j]) * fresh[s*n+j]
					b += float64(got[o*n+j]) * fresh[s*n+j]
				}
				signal, noise = signal+a*a, noise+(a-b)*(a-b)
			}
		}
		return 10 * math.Log10(signal/noise)
	}
	for _, bits := range []int{8, 4, 2} {
		g := weightGrid{bits: bits, clip: ClipMSE}
		q := quantizeWeights(w, []int32{rows, n}, 0, g)
		nearest := make([]float32, len(w))
		for i, v := range q.stored {
			nearest[i] = float32(v) * q.scale[i/n]
		}
		got := slices.Clone(w)
		require.True(t, roundRows(got, n, h, q.scale, g))
		again := quantizeWeights(got, []int32{rows, n}, 0, weightGrid{bits: bits, fixed: &Grid{Scale: q.scale}})
		for i, v := range again.stored {
			require.InDelta(t, got[i], float64(v)*float64(q.scale[i/n]), 1e-6, "on the grid")
		}
		t.Logf("%d bits: %.1f dB to nearest, %.1f dB", bits, quality(nearest), quality(got))
		require.Greater(t, quality(got), quality(nearest)+3)

		adapted := slices.Clone(w)
		require.True(t, adaptRows(adapted, n, h, q.scale, g))
		again = quantizeWeights(adapted, []int32{rows, n}, 0, weightGrid{bits: bits, fixed: &Grid{Scale: q.scale}})
		for i, v := range again.stored {
			require.InDelta(t, adapted[i], float64(v)*float64(q.scale[i/n]), 1e-6, "on the grid")
			lo, hi := g.limits()
			if x := float64(w[i] / q.scale[i/n]); x > lo && x < hi {
				require.Less(t, math.Abs(float64(v)-x), 1.001, "up or down")
			}
		}
		t.Logf("adaptive %.1f dB", quality(adapted))
		require.Greater(t, quality(adapted), quality(nearest)+2)
	}
	// Of pruned rows the weights that are left make up for each other alone.
	sparse := slices.Clone(w)
	for i := range sparse {
		if r.IntN(2) == 0 {
			sparse[i] = 0
		}
	}
	w = sparse
	g := weightGrid{bits: 4, clip: ClipMSE}
	q := quantizeWeights(w, []int32{rows, n}, 0, g)
	nearest := make([]float32, len(w))
	for i, v := range q.stored {
		nearest[i] = float32(v) * q.scale[i/n]
	}
	for name, round := range map[string]func([]float32, int, []float64, []float32, weightGrid) bool{"rounded": roundRows, "adapted": adaptRows} {
		got := slices.Clone(w)
		require.True(t, round(got, n, h, q.scale, g))
		for i, v := range w {
			require.True(t, v != 0 || got[i] == 0, "%s: weight %d", name, i)
		}
		t.Logf("half zeros, 4 bits: %.1f dB to nearest, %.1f dB %s", quality(nearest), quality(got), name)
		require.Greater(t, quality(got), quality(nearest)+2, name)
	}
	h[0] = math.NaN()
	require.False(t, roundRows(slices.Clone(w), n, h, []float32{1}, weightGrid{bits: 8}))
	require.False(t, adaptRows(slices.Clone(w), n, h, []float32{1}, weightGrid{bits: 8}))
}

// TestAdaptBlocks compares rows with several scales with the best of all choices of up or down.
func TestAdaptBlocks(t *testing.T) {
	const n, block = 12, 4
	r := rand.New(rand.NewPCG(5, 6))
	g := weightGrid{bits: 4, clip: ClipNothing}
	worst, found := 0.0, 0
	for range 20 {
		x := make([]float64, 40*n)
		for i := range x {
			x[i] = r.NormFloat64()
			if i%n > 0 {
				x[i] += x[i-1]
			}
		}
		h := make([]float64, n*n)
		for s := range 40 {
			for i := range n {
				for j := range n {
					h[i*n+j] += x[s*n+i] * x[s*n+j]
				}
			}
		}
		w := make([]float32, n)
		for i := range w {
			w[i] = float32(r.NormFloat64() * float64(1+5*(i/block)))
		}
		scale := blockScales(w, block, g)
		m := damped(slices.Clone(h), n, n)
		loss := func(q []float64) (sum float64) {
			for i := range n {
				for j := range n {
					sum += (q[i] - float64(w[i])) * m[i*n+j] * (q[j] - float64(w[j]))
				}
			}
			return sum
		}
		got := slices.Clone(w)
		require.True(t, adaptRows(got, n, h, scale, g))
		least, q := math.Inf(1), make([]float64, n)
		lo, hi := g.limits()
		for choice := range 1 << n {
			for i, v := range w {
				s := float64(scale[i/block])
				q[i] = s * (min(max(math.Floor(float64(v)/s), lo), hi-1) + float64(choice>>i&1))
			}
			least = min(least, loss(q))
		}
		ratio := loss(widen(got)) / least
		require.Greater(t, ratio, 0.999, "one of the choices")
		worst = max(worst, ratio)
		if ratio < 1.001 {
			found++
		}
		// With all weights alike, scales of blocks that are equal are one scale.
		a, b := slices.Clone(w), slices.Clone(w)
		require.True(t, roundRows(a, n, h, []float32{0.5, 0.5, 0.5}, g))
		require.True(t, roundRows(b, n, h, []float32{0.5}, g))
		require.Equal(t, a, b)
	}
	t.Logf("the best in %d of 20, at worst %.2f of its error", found, worst)
	require.Greater(t, found, 6)
	require.Less(t, worst, 3.0)
}
