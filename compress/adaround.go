package compress

import (
	"math"
	"slices"
)

// adaptRows puts the rows of w, rows x n, onto grids with the given scales: it decides for every weight whether to round up or down so
// that e^T*H*e is small, where e is the error of a row and H = sum of x*x^T, n x n, the second moments of the
// inputs. That is what AdaRound makes least (Nagel et al., Up or Down?, 2020, equation 13), which relaxes the choice and learns it
// by gradients. Here, from rounding to nearest on, the weight is turned that gains most until none gains: the gradient H*e is kept,
// so that a turn takes n operations, and the result is as good or better on the layers that it was compared on. It reports
// false, with w unchanged, where h is not finite.
func adaptRows(w []float32, n int, h []float64, scale []float32, g weightGrid) bool {
	adapt := newRowAdapter(n, h, g)
	if adapt == nil {
		return false
	}
	adapt(w, scale)
	return true
}

// newRowAdapter prepares adaptRows, nil where h is not finite.
func newRowAdapter(n int, h []float64, g weightGrid) rowRounder {
	for i := range n {
		if x := h[i*n+i]; math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
	}
	moments := damped(slices.Clone(h), n, n)
	lo, hi := g.limits()
	stored, e, step, gradient := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	return func(w, scale []float32) {
		rows := len(w) / n
		for r := range rows {
			row := w[r*n : (r+1)*n]
			clear(gradient)
			for i, x := range row {
				step[i] = stepOf(scale, rows, n, r, i)
				v := float64(x) / step[i]
				stored[i] = float64(roundClamp(v, lo, hi))
				e[i] = step[i] * (stored[i] - v)
				// What may be added: a step towards the other neighbour.
				floor := min(max(math.Floor(v), lo), hi-1)
				if step[i] = math.Abs(step[i]); stored[i] > floor {
					step[i] = -step[i]
				}
				if x == 0 {
					step[i] = 0 // pruned weights stay zero
				}
				for j, m := range moments[i*n : (i+1)*n] {
					gradient[j] += m * e[i]
				}
			}
			turnWeights(step, gradient, moments, func(i int) { stored[i] += sign(step[i]) })
			for i := range row {
				row[i] = float32(stepOf(scale, rows, n, r, i) * stored[i])
			}
		}
	}
}

func sign(x float64) float64 { return math.Copysign(1, x) }

// turnWeights adds steps to weights while that lowers the error, and calls turned for each. A step that was taken can be taken back.
func turnWeights(step, gradient, h []float64, turned func(int)) {
	n := len(step)
	for range 20 * n { // far more than it ever takes
		best, gain := -1, 0.0
		for i, d := range step {
			square := d * d * h[i*n+i]
			if change := 2*d*gradient[i] + square; change < gain-1e-12*square {
				best, gain = i, change
			}
		}
		if best < 0 {
			return
		}
		d := step[best]
		turned(best)
		step[best] = -d
		for j, m := range h[best*n : (best+1)*n] {
			gradient[j] += m * d
		}
	}
}
