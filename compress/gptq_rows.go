package compress

import (
	"math"
	"slices"

	"github.com/litewren/litewren/compress/internal/linalg"
)

// rowRounder puts the rows of w onto grids with the given scales: one for all, one for each row, or several for the runs of each row.
type rowRounder func(w, scale []float32)

// stepOf is the step of the grid of column c of row r.
func stepOf(scale []float32, rows, n, r, c int) float64 {
	if each := len(scale) / rows; each > 1 {
		return float64(scale[r*each+c/(n/each)])
	}
	return float64(scale[min(r, len(scale)-1)])
}

// roundRows puts the rows of w, rows x n, onto grids with the given scales so that the error of w*x is small over inputs with
// the second moments h = sum of x*x^T, n x n: columns are rounded from the largest moment to the least, and what each loses is
// made up for by those to come (GPTQ: Frantar et al. 2022, in its Cholesky form). It reports false, with w unchanged, where h
// is not finite.
func roundRows(w []float32, n int, h []float64, scale []float32, g weightGrid) bool {
	round := newRowRounder(n, h, g)
	if round == nil {
		return false
	}
	round(w, scale)
	return true
}

// newRowRounder factors h for roundRows, nil where it is not finite.
func newRowRounder(n int, h []float64, g weightGrid) rowRounder {
	order := make([]int, n)
	mean := 0.0
	for i := range order {
		order[i] = i
		mean += h[i*n+i] / float64(n)
	}
	if math.IsNaN(mean) || math.IsInf(mean, 0) {
		return nil
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := h[a*n+a], h[b*n+b]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	// Damping of 1 % of the mean, as in the paper, keeps the inverse small; without inputs it leaves plain rounding.
	damping := 0.01 * mean
	if damping == 0 {
		damping = 1
	}
	p := make([]float64, n*n)
	for i, a := range order {
		for j, b := range order {
			p[i*n+j] = h[a*n+b]
		}
		p[i*n+i] += damping
	}
	inverse, ok := linalg.Invert(p, n)
	if !ok {
		return nil
	}
	l, ok := linalg.Cholesky(inverse, n)
	if !ok {
		return nil
	}
	upper := make([]float64, n*n) // the upper factor of the inverse is the transpose
	for i := range n {
		for j := range i + 1 {
			upper[j*n+i] = l[i*n+j]
		}
	}
	lo, hi := g.limits()
	row := make([]float64, n)
	return func(w, scale []float32) {
		rows := len(w) / n
		for r := range rows {
			values := w[r*n : (r+1)*n]
			for i, c := range order {
				row[i] = float64(values[c])
			}
			for i, c := range order {
				s := stepOf(scale, rows, n, r, c)
				q := s * float64(roundClamp(row[i]/s, lo, hi))
				u := upper[i*n : (i+1)*n]
				lost := (row[i] - q) / u[i]
				for j := i + 1; j < n; j++ {
					row[j] -= lost * u[j]
				}
				values[c] = float32(q)
			}
		}
	}
}
