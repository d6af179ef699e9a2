//go:build amd64 && !noasm

package f32

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// Every kernel for few columns against the generic twin: tails of a run, several runs, all numbers of rows around a tile, slices
// that end at a guard page, distances larger than the rows; a row gives the same bits in whatever tile it falls.
func TestFewColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for _, kernel := range fewKernels {
		if !kernel.Available {
			continue
		}
		for i, tile := range kernel.Tiles {
			columns := i + 1
			for run := 1; run < 40; run++ {
				runs := [][]int{{0}, {0, run + 3}, {5, 0, 2}}[run%3]
				rows := 1 + (run*7+columns)%(2*tile.rows+3)
				ldx, ldd := slices.Max(runs)+run+rng.IntN(3), columns+rng.IntN(3)
				values := normal(rng, columns*len(runs)*run)
				w := guardtest.After[float32](t, fewElements(kernel.Lanes, columns, len(runs), run))
				packFew(w, values, kernel.Lanes, columns, len(runs), run)
				g := &Gemm{
					Ldd: ldd, X: guardtest.Copy(t, normal(rng, (rows-1)*ldx+slices.Max(runs)+run)), Ldx: ldx, Runs: runs, Run: run,
					Panels: w, N: columns, Bias: guardtest.Copy(t, normal(rng, columns)), Lo: -1, Hi: 2,
				}
				if run%2 == 0 {
					g.Bias, g.Lo, g.Hi = nil, negInf, posInf
				}
				name := fmt.Sprintf("%s: %d rows x %d columns, %d runs of %d", kernel.Name, rows, columns, len(runs), run)
				want := make([]float32, (rows-1)*ldd+columns)
				g.Dst = guardtest.After[float32](t, len(want))
				for i := range want {
					want[i], g.Dst[i] = 77, 77
				}
				fewGeneric(want, ldd, g.X, ldx, w, kernel.Lanes, runs, run, g.Bias, rows, columns, g.Lo, g.Hi)
				direct := slices.Clone(g.Dst) // of the weights as they were
				transposed := make([]float32, len(values))
				for j := range columns {
					for c := range len(runs) * run {
						transposed[c*columns+j] = values[j*len(runs)*run+c]
					}
				}
				gemmGeneric(direct, ldd, g.X, ldx, transposed, columns, runs, run, g.Bias, rows, columns, g.Lo, g.Hi)
				require.Equal(t, direct, want, name)
				kernel.do(g, 0, rows)
				requireSums(t, want, g.Dst, len(runs)*run, name)
				whole := slices.Clone(g.Dst)
				for p := range rows {
					kernel.do(g, p, 1)
				}
				require.Equal(t, whole, g.Dst, name)
			}
		}
	}
}

// Slices that are too short are refused before assembly gets their pointers.
func TestFewColumnsShort(t *testing.T) {
	kernel := pickFew()
	if kernel == nil {
		t.Skip("no kernels")
	}
	g := func() *Gemm {
		return &Gemm{
			Dst: make([]float32, 6), Ldd: 2, X: make([]float32, 22), Ldx: 1, Runs: []int{0, 10}, Run: 10,
			Panels: make([]float32, fewElements(kernel.Lanes, 2, 2, 10)), N: 2, Bias: make([]float32, 2),
		}
	}
	require.NotPanics(t, func() { g().DoFew(0, 3) })
	for _, shorten := range []func(g *Gemm){
		func(g *Gemm) { g.Dst = g.Dst[1:] }, func(g *Gemm) { g.X = g.X[1:] }, func(g *Gemm) { g.Panels = g.Panels[1:] },
		func(g *Gemm) { g.Bias = g.Bias[1:] }, func(g *Gemm) { g.Runs = []int{-1, 0} },
	} {
		short := g()
		shorten(short)
		require.Panics(t, func() { short.DoFew(0, 3) })
	}
}

func BenchmarkFewColumns(b *testing.B) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, s := range []struct{ rows, columns, runs, run int }{{384, 3, 9, 72}, {384, 8, 9, 27}, {264, 8, 3, 312}, {264, 1, 5, 40}, {128, 4, 3, 12}} {
		runs := make([]int, s.runs)
		for r := range runs {
			runs[r] = r * (s.run + 3)
		}
		const ldx = 8
		for _, kernel := range fewKernels {
			b.Run(fmt.Sprintf("%s/%dx%dx%dx%d", kernel.Name, s.rows, s.columns, s.runs, s.run), func(b *testing.B) {
				if !kernel.Available || s.columns > len(kernel.Tiles) {
					b.Skip("not available")
				}
				g := &Gemm{
					Dst: make([]float32, s.rows*s.columns), Ldd: s.columns, X: normal(rng, s.rows*ldx+s.runs*(s.run+3)), Ldx: ldx,
					Runs: runs, Run: s.run, Panels: normal(rng, fewElements(kernel.Lanes, s.columns, s.runs, s.run)), N: s.columns,
				}
				for b.Loop() {
					kernel.do(g, 0, s.rows)
				}
				b.ReportMetric(2*float64(s.rows*s.columns*s.runs*s.run)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
	}
}
