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
// is not finite. Weights that are zero stay zero, and make up for nothing.
func roundRows(w []float32, n int, h []float64, scale []float32, g weightGrid) bool {
	round := newRowRounder(n, h, g)
	if round == nil {
		return false
	}
	round(w, scale)
	return true
}

// mostKept bounds the weights of a row with zeros for which its moments are factored by themselves.
const mostKept = 512

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
	upper := inverseFactor(p, n)
	if upper == nil {
		return nil
	}
	lo, hi := g.limits()
	row := make([]float64, n)
	return func(w, scale []float32) {
		rows := len(w) / n
		for r := range rows {
			values := w[r*n : (r+1)*n]
			kept, upper := order, upper
			if k := nonzero(order, values); len(k) < n {
				kept, upper = k, keptFactor(p, order, values, len(k), upper)
			}
			row := row[:len(kept)]
			for i, c := range kept {
				row[i] = float64(values[c])
			}
			square := 0.0
			for i := range kept {
				square += upper[i*len(kept)+i] * upper[i*len(kept)+i] / float64(len(kept))
			}
			for i, c := range kept {
				s := stepOf(scale, rows, n, r, c)
				u := upper[i*len(kept) : (i+1)*len(kept)]
				level := float64(roundClamp(row[i]/s, lo, hi))
				if g.book != nil {
					level = g.book.choose(row[i]/s, u[i]*u[i]/square)
				}
				q := s * level
				lost := (row[i] - q) / u[i]
				for j := i + 1; j < len(kept); j++ {
					row[j] -= lost * u[j]
				}
				values[c] = float32(q)
			}
		}
	}
}

// inverseFactor returns the upper triangle u with u^T*u = the inverse of p, nil where there is none.
func inverseFactor(p []float64, n int) []float64 {
	inverse, ok := linalg.Invert(p, n)
	if !ok {
		return nil
	}
	l, ok := linalg.Cholesky(inverse, n)
	if !ok {
		return nil
	}
	upper := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			upper[j*n+i] = l[i*n+j]
		}
	}
	return upper
}

// nonzero lists the columns, in the given order, of weights that are not zero.
func nonzero(order []int, values []float32) []int {
	var list []int
	for _, c := range order {
		if values[c] != 0 {
			list = append(list, c)
		}
	}
	return list
}

// keptFactor is the factor for a row of which only the weights that are not zero may change: that of their rows and columns of p.
func keptFactor(p []float64, order []int, values []float32, size int, all []float64) []float64 {
	n := len(order)
	var at []int
	for i, c := range order {
		if values[c] != 0 {
			at = append(at, i)
		}
	}
	m := make([]float64, 0, size*size)
	if size <= mostKept {
		for _, i := range at {
			for _, j := range at {
				m = append(m, p[i*n+j])
			}
		}
		if u := inverseFactor(m, size); u != nil {
			return u
		}
		m = m[:0]
	}
	// The rows of the factor for all say what to do if weights in between took up their share too.
	for _, i := range at {
		for _, j := range at {
			m = append(m, all[i*n+j])
		}
	}
	return m
}
