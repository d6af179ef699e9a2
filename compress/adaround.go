package compress

import (
	"math"
	"slices"
)

// adaptRows puts the rows of w, rows x n, onto grids with the given scales: it decides for every weight whether to round up or down so
// that e^T*H*e is small, where e is the error of a row in steps of its grid and H = sum of x*x^T, n x n, the second moments of the
// inputs. That is what AdaRound makes least (Nagel et al., Up or Down?, 2020, equation 13), which relaxes the choice and learns it
// by gradients. Here, from rounding to nearest on, the weight is turned that gains most until none gains: the gradient H*e is kept,
// so that a turn takes n operations, and the result is as good or better on the layers that it was compared on. It reports
// false, with w unchanged, where h is not finite.
func adaptRows(w []float32, n int, h []float64, scale []float32, g weightGrid) bool {
	for i := range n {
		if x := h[i*n+i]; math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	moments := damped(slices.Clone(h), n, n)
	lo, hi := g.limits()
	floor, e, gradient := make([]float64, n), make([]float64, n), make([]float64, n)
	for r := range len(w) / n {
		row, s := w[r*n:(r+1)*n], float64(scale[min(r, len(scale)-1)])
		clear(gradient)
		for i, x := range row {
			v := float64(x) / s
			floor[i] = min(max(math.Floor(v), lo), hi-1) - v
			e[i] = float64(roundClamp(v, lo, hi)) - v
			for j, m := range moments[i*n : (i+1)*n] {
				gradient[j] += m * e[i]
			}
		}
		turnWeights(e, floor, gradient, moments)
		for i, x := range row {
			row[i] = float32(s * math.Round(e[i]+float64(x)/s))
		}
	}
	return true
}

// turnWeights changes errors e between floor and floor + 1.
func turnWeights(e, floor, gradient, h []float64) {
	n := len(e)
	for range 20 * n { // far more than it ever takes
		best, gain, turn := -1, -1e-12*h[0], 0.0
		for i, x := range e {
			d := floor[i] - x
			if d > -0.5 { // it is down
				d++
			}
			if change := 2*d*gradient[i] + d*d*h[i*n+i]; change < gain {
				best, gain, turn = i, change, d
			}
		}
		if best < 0 {
			return
		}
		e[best] += turn
		for j, m := range h[best*n : (best+1)*n] {
			gradient[j] += m * turn
		}
	}
}
