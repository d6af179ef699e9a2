// Package linalg has the dense linear algebra that compression needs, in float64.
package linalg

import (
	"math"
	"slices"
)

// SVD returns the singular value decomposition of the rows x columns matrix a, row-major: a = u * diag(s) * vT, with u of
// rows x k, vT of k x columns, k = min(rows, columns), and s descending. It is the one-sided Jacobi method of Hestenes: columns of
// the taller orientation are rotated in pairs until all are orthogonal, which gives small singular values to full relative
// accuracy. It takes some ten sweeps of rows*columns^2 products.
func SVD(a []float64, rows, columns int) (u, s, vT []float64) {
	if rows < columns {
		v, s, uT := SVD(transpose(a, rows, columns), columns, rows)
		return transpose(uT, rows, rows), s, transpose(v, columns, rows)
	}
	// Columns lie together: w[j] is column j of a, and r[j] of the accumulated rotations.
	w, r := transpose(a, rows, columns), make([]float64, columns*columns)
	for j := range columns {
		r[j*columns+j] = 1
	}
	const sweeps, tolerance = 60, 1e-14
	for range sweeps {
		rotated := false
		for p := range columns {
			for q := p + 1; q < columns; q++ {
				x, y := w[p*rows:(p+1)*rows], w[q*rows:(q+1)*rows]
				var xx, yy, xy float64
				for i, v := range x {
					xx += v * v
					yy += y[i] * y[i]
					xy += v * y[i]
				}
				if math.Abs(xy) <= tolerance*math.Sqrt(xx*yy) || xy == 0 {
					continue
				}
				rotated = true
				zeta := (yy - xx) / (2 * xy)
				t := math.Copysign(1/(math.Abs(zeta)+math.Hypot(1, zeta)), zeta)
				c := 1 / math.Hypot(1, t)
				rotate(x, y, c, c*t)
				rotate(r[p*columns:(p+1)*columns], r[q*columns:(q+1)*columns], c, c*t)
			}
		}
		if !rotated {
			break
		}
	}
	norms, order := make([]float64, columns), make([]int, columns)
	for j := range columns {
		order[j] = j
		sum := 0.0
		for _, v := range w[j*rows : (j+1)*rows] {
			sum += v * v
		}
		norms[j] = math.Sqrt(sum)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case norms[a] > norms[b]:
			return -1
		case norms[a] < norms[b]:
			return 1
		}
		return 0
	})
	u, s, vT = make([]float64, rows*columns), make([]float64, columns), make([]float64, columns*columns)
	for k, j := range order {
		s[k] = norms[j]
		copy(vT[k*columns:], r[j*columns:(j+1)*columns])
		if norms[j] > 0 {
			for i, v := range w[j*rows : (j+1)*rows] {
				u[i*columns+k] = v / norms[j]
			}
		}
	}
	return u, s, vT
}

// rotate applies (x, y) = (c*x - s*y, s*x + c*y).
func rotate(x, y []float64, c, s float64) {
	for i, v := range x {
		x[i] = c*v - s*y[i]
		y[i] = s*v + c*y[i]
	}
}

func transpose(a []float64, rows, columns int) []float64 {
	out := make([]float64, len(a))
	for i := range rows {
		for j := range columns {
			out[j*rows+i] = a[i*columns+j]
		}
	}
	return out
}
