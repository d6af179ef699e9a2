//go:build (amd64 || arm64) && !noasm

package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// Every tile kernel against the generic twin: all numbers of columns, one and several runs, slices that end at a guard page,
// distances larger than the rows.
func TestGemmTiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, kernel := range gemmKernels {
		if !kernel.Available {
			continue
		}
		for _, family := range []struct {
			name   string
			run    []gemmFunc
			width  int
			packed bool
		}{
			{"wide", kernel.Wide, kernel.NR, true}, {"narrow", kernel.Narrow, kernel.NR / 2, true},
			{"wide masked", kernel.WideMasked, kernel.NR, false}, {"narrow masked", kernel.NarrowMasked, kernel.NR / 2, false},
		} {
			for size := 1; size <= len(family.run); size++ {
				for columns := 1; columns <= family.width; columns++ {
					tiles, run := 1+rng.IntN(2), 1+rng.IntN(9)
					runs := [][]int{{0}, {0, run + 3}, {5, 0, 2}}[rng.IntN(3)]
					k := len(runs) * run
					ldx := slices.Max(runs) + run + rng.IntN(3)
					ldd := columns + rng.IntN(3)
					ldw := columns + rng.IntN(3)
					if family.packed {
						ldw = family.width
					}
					rows := tiles * size
					x := guardtest.Copy(t, normal(rng, (rows-1)*ldx+slices.Max(runs)+run))
					length := (k-1)*ldw + columns
					if family.packed {
						length = k * ldw
					}
					w := guardtest.Copy(t, normal(rng, length))
					bias := guardtest.Copy(t, normal(rng, columns))
					lo, hi := float32(-1), float32(2)
					if columns%3 == 0 {
						bias, lo, hi = nil, negInf, posInf
					}
					want := make([]float32, (rows-1)*ldd+columns)
					got := guardtest.After[float32](t, len(want))
					for i := range want {
						want[i], got[i] = 77, 77
					}
					gemmGeneric(want, ldd, x, ldx, w, ldw, runs, run, bias, rows, columns, lo, hi)
					var b *float32
					if bias != nil {
						b = &bias[0]
					}
					family.run[size-1](&got[0], 4*ldd, &x[0], 4*ldx, &w[0], 4*ldw, &runs[0], len(runs), run, b, tiles, columns, lo, hi)
					requireSums(t, want, got, k, fmt.Sprintf("%s %s: %d rows x %d columns", kernel.Name, family.name, size, columns))
				}
			}
		}
	}
}

// The driver against the generic twin, in one go and divided: the same bits.
func TestGemm(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, kernel := range gemmKernels {
		if !kernel.Available {
			continue
		}
		for range 300 {
			rows, n, run := 1+rng.IntN(40), 1+rng.IntN(80), 1+rng.IntN(60)
			if rng.IntN(10) == 0 {
				rows, run = 1+rng.IntN(300), 700
			}
			runs := [][]int{{0}, {0, run + 3}}[rng.IntN(2)]
			k := len(runs) * run
			w := normal(rng, n*k)
			g := &Gemm{
				Ldd: n + rng.IntN(3), X: normal(rng, (rows-1)*3+2*run+3), Ldx: 3, Runs: runs, Run: run,
				Panels: make([]float32, kernel.elements(n, k)), N: n, Bias: normal(rng, n), Lo: -2, Hi: posInf,
			}
			for j := 0; j < n; j += kernel.NR {
				width := kernel.panel(n - j)
				packPanel(g.Panels[j*k:j*k+width*k], width, w[j*k:min(n, j+width)*k], min(n-j, width), k)
			}
			want := make([]float32, rows*g.Ldd)
			productsOfRuns := make([]float32, rows*k)
			for p := range rows {
				for r, at := range runs {
					copy(productsOfRuns[p*k+r*run:][:run], g.X[p*3+at:])
				}
			}
			productsGeneric(want, g.Ldd, productsOfRuns, k, rows, w, n, k, g.Bias, g.Lo, g.Hi)
			g.Dst = make([]float32, rows*g.Ldd)
			kernel.do(g, 0, rows, 0, n)
			requireSums(t, want, g.Dst, k, kernel.Name)
			whole := g.Dst
			g.Dst = make([]float32, rows*g.Ldd)
			unit := gemmRows(kernel.MR, k)
			for first := 0; first < rows; first += unit {
				for j := 0; j < n; j += kernel.NR {
					kernel.do(g, first, min(unit, rows-first), j, min(kernel.NR, n-j))
				}
			}
			require.Equal(t, whole, g.Dst)

			// Tiles, a few at a time.
			g.Dst = make([]float32, rows*g.Ldd)
			for from := 0; from < rows; {
				to := from + 1 + rng.IntN(12)
				kernel.tiles(g, 0, rows, from, to, 0, n)
				from = to
			}
			require.Equal(t, whole, g.Dst)
		}
	}
}

// TestGemmTilesOfRows: tiles follow each other without a gap and are computed row by row as GemmTile says.
func TestGemmTilesOfRows(t *testing.T) {
	if pickGemm() == nil {
		t.Skip("no kernels for packed matrices")
	}
	rng := rand.New(rand.NewPCG(31, 32))
	for range 300 {
		rows, k, n := 1+rng.IntN(400), 1+rng.IntN(3000), 3
		if rng.IntN(2) == 0 {
			k = 1 + rng.IntN(40)
		}
		tiles := GemmTiles(rows, k)
		require.Equal(t, 0, GemmTile(rows, k, 0))
		require.Equal(t, rows, GemmTile(rows, k, tiles))
		tile := rng.IntN(tiles)
		from, to := GemmTile(rows, k, tile), GemmTile(rows, k, tile+1)
		require.Less(t, from, to)
		require.LessOrEqual(t, to-from, pickGemm().MR)
		g := &Gemm{Ldd: n, Ldx: 0, X: normal(rng, k), Runs: OneRun, Run: k, Panels: make([]float32, PanelElements(n, k)), N: n, Lo: 1, Hi: 2}
		g.Dst = make([]float32, rows*n)
		g.DoTiles(rows, tile, tile+1, 0, n)
		for r := range rows {
			require.Equal(t, r >= from && r < to, g.Dst[r*n] != 0, "row %d of tile %d of %d x %d", r, tile, rows, k)
		}
	}
}

func TestMatMulKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, kernel := range gemmKernels {
		if !kernel.Available {
			continue
		}
		for range 300 {
			m, n, k := 1+rng.IntN(40), 1+rng.IntN(80), 1+rng.IntN(60)
			x, w := guardtest.Copy(t, normal(rng, m*k)), guardtest.Copy(t, normal(rng, n*k))
			want, got := make([]float32, m*n), guardtest.After[float32](t, m*n)
			matMulGeneric(want, x, w, m, n, k)
			kernel.matMul(got, x, w, m, n, k)
			requireSums(t, want, got, k, kernel.Name)
		}
	}
}

func TestPackPanel(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for width := 8; width <= 32; width *= 2 {
		for rows := 1; rows <= width; rows++ {
			for _, k := range []int{1, 7, 8, 9, 16, 27} {
				w := guardtest.Copy(t, normal(rng, rows*k))
				want, got := make([]float32, width*k), guardtest.After[float32](t, width*k)
				for i := range got {
					got[i] = 77
				}
				packPanelGeneric(want, width, w, rows, k)
				packPanel(got, width, w, rows, k)
				require.Equal(t, want, got, "%d rows in %d, %d elements", rows, width, k)
			}
		}
	}
}

func BenchmarkPack(b *testing.B) {
	w, dst := make([]float32, 256*1024), make([]float32, PanelElements(256, 1024))
	b.SetBytes(4 << 18)
	for b.Loop() {
		Pack(dst, w, 256, 1024)
	}
}

// NaNs stay, as in the generic twin.
func TestGemmSpecials(t *testing.T) {
	for _, kernel := range gemmKernels {
		if !kernel.Available {
			continue
		}
		for _, v := range []float32{float32(math.NaN()), posInf, negInf} {
			x, w := []float32{1, v, 2, 3, 4, 5}, []float32{1, 1, 1, 2, 2, 2}
			g := &Gemm{Dst: make([]float32, 4), Ldd: 2, X: x, Ldx: 3, Runs: OneRun, Run: 3, Panels: make([]float32, kernel.elements(2, 3)), N: 2, Hi: 6}
			packPanel(g.Panels, kernel.NR/2, w, 2, 3)
			kernel.do(g, 0, 2, 0, 2)
			want := make([]float32, 4)
			productsGeneric(want, 2, x, 3, 2, w, 2, 3, nil, 0, 6)
			requireSums(t, want, g.Dst, 3, kernel.Name)
		}
	}
}

func BenchmarkGemm(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{12544, 32, 27}, {3136, 128, 64}, {784, 256, 128}, {49, 1024, 1024}, {2, 1024, 1024}, {98, 192, 64}, {1024, 16, 144}} {
		rows, n, k := s[0], s[1], s[2]
		for _, kernel := range gemmKernels {
			for mr := kernel.MR; mr >= 6; mr -= 2 {
				b.Run(fmt.Sprintf("%s/%d/%dx%dx%d", kernel.Name, mr, rows, n, k), func(b *testing.B) {
					if !kernel.Available {
						b.Skip("not available")
					}
					kernel := kernel
					kernel.MR = mr
					g := &Gemm{Dst: make([]float32, rows*n), Ldd: n, X: normal(rng, rows*k), Ldx: k, Runs: OneRun, Run: k,
						Panels: make([]float32, kernel.elements(n, k)), N: n, Hi: 6}
					for b.Loop() {
						kernel.do(g, 0, rows, 0, n)
					}
					b.ReportMetric(2*float64(rows*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
				})
			}
		}
	}
}
