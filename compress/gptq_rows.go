package compress

import (
	"math"
	"slices"

	"github.com/litewren/litewren/compress/internal/linalg"
)

// roundRows puts the rows of w, rows x n, onto grids with the given scales so that the error of w*x is small over inputs with
// the second moments h = sum of x*x^T, n x n: columns are rounded from the largest moment to the least, and what each loses is
// made up for by those to come (GPTQ: Frantar et al. 2022, in its Cholesky form). It reports false, with w unchanged, where h
// is not finite.
func roundRows(w []float32, n int, h []float64, scale []float32, g weightGrid) bool {
	order := make([]int, n)
	mean := 0.0
	for i := range order {
		order[i] = i
		mean += h[i*n+i] / float64(n)
	}
	if math.IsNaN(mean) || math.IsInf(mean, 0) {
		return false
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
		return false
	}
	l, ok := linalg.Cholesky(inverse, n) // the upper factor of the inverse is its transpose
	if !ok {
		return false
	}
	lo, hi := g.limits()
	row := make([]float64, n)
	for r := range len(w) / n {
		values := w[r*n : (r+1)*n]
		s := float64(scale[min(r, len(scale)-1)])
		for i, c := range order {
			row[i] = float64(values[c])
		}
		for i, c := range order {
			q := s * float64(roundClamp(row[i]/s, lo, hi))
			lost := (row[i] - q) / l[i*n+i]
			for j := i + 1; j < n; j++ {
				row[j] -= lost * l[j*n+i]
			}
			values[c] = float32(q)
		}
	}
	return true
}
