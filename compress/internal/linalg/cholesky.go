package linalg

import "math"

// Cholesky returns the lower triangle l with l * l^T = a for a symmetric positive definite n x n matrix, row-major, and false
// when a is not positive definite.
func Cholesky(a []float64, n int) ([]float64, bool) {
	l := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			sum := a[i*n+j]
			for k, v := range l[i*n : i*n+j] {
				sum -= v * l[j*n+k]
			}
			if i != j {
				l[i*n+j] = sum / l[j*n+j]
				continue
			}
			if !(sum > 0) || math.IsInf(sum, 0) {
				return nil, false
			}
			l[i*n+i] = math.Sqrt(sum)
		}
	}
	return l, true
}

// Invert returns the inverse of a symmetric positive definite n x n matrix, and false when a is not positive definite.
func Invert(a []float64, n int) ([]float64, bool) {
	l, ok := Cholesky(a, n)
	if !ok {
		return nil, false
	}
	// Rows of m are the columns of the inverse of l.
	m := make([]float64, n*n)
	for c := range n {
		row := m[c*n : (c+1)*n]
		row[c] = 1 / l[c*n+c]
		for i := c + 1; i < n; i++ {
			sum := 0.0
			for k := c; k < i; k++ {
				sum -= l[i*n+k] * row[k]
			}
			row[i] = sum / l[i*n+i]
		}
	}
	out := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			sum := 0.0
			for k := i; k < n; k++ {
				sum += m[i*n+k] * m[j*n+k]
			}
			out[i*n+j], out[j*n+i] = sum, sum
		}
	}
	return out, true
}

// Solve returns x with a*x = b for a symmetric positive definite matrix; false for another one.
func Solve(a, b []float64, n int) ([]float64, bool) {
	l, ok := Cholesky(a, n)
	if !ok {
		return nil, false
	}
	return SolveFactored(l, b, n), true
}

// SolveFactored returns x with l*l^T*x = b for what Cholesky returns.
func SolveFactored(l, b []float64, n int) []float64 {
	x := make([]float64, n)
	for i := range n { // l*y = b
		sum := b[i]
		for j, v := range l[i*n : i*n+i] {
			sum -= v * x[j]
		}
		x[i] = sum / l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- { // l^T*x = y
		x[i] /= l[i*n+i]
		for j, v := range l[i*n : i*n+i] {
			x[j] -= v * x[i]
		}
	}
	return x
}
