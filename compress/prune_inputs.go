package compress

import (
	"context"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/compress/internal/linalg"
)

// mostPairs bounds the vectors of which moments of pairs are kept: 11 MiB for 1152, a window of 3 x 3 x 128.
const mostPairs = 1152

// alike reports whether all products read the weights in the same way.
func alike(list []*product) bool {
	if len(list) == 0 || slices.Contains(list, nil) {
		return false
	}
	a := list[0]
	for _, b := range list[1:] {
		if a.parts != b.parts || a.rows != b.rows || a.n != b.n || a.transposed != b.transposed {
			return false
		}
	}
	return true
}

// measureInputs runs the model as it stands on samples and gives the weights the factors of the criterion.
func measureInputs(ctx context.Context, m *edit.Model, set *dataset.Set, list []*prunedWeights, c PruneConfig, r *Report, warn bool) error {
	pairs := c.Criterion == OBS
	var keys []momentKey
	for _, w := range list {
		if alike(w.products) {
			for _, p := range w.products {
				keys = append(keys, p.key(pairs && p.n <= mostPairs))
			}
		}
	}
	all, err := measureMoments(ctx, m.Draft(), m, set, keys)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) {
		if warn {
			r.warn(format, args...)
		}
	}
	for _, w := range list {
		if !alike(w.products) {
			say("%q: what it is multiplied with is not known: its magnitudes decide", w.name)
			continue
		}
		a := w.products[0]
		sum := &moments{parts: a.parts, n: a.n, full: pairs && a.n <= mostPairs}
		for _, p := range w.products {
			x := all[p.key(sum.full)]
			if sum.sums == nil {
				sum.sums = make([]float64, len(x.sums))
			}
			for i, v := range x.sums {
				sum.sums[i] += v
			}
			sum.count += x.count
		}
		if sum.count == 0 {
			say("%q: no sample comes to it: its magnitudes decide", w.name)
			continue
		}
		if pairs && !sum.full {
			say("%q: %d inputs, more than %d: their norms decide", w.name, a.n, mostPairs)
		}
		w.norms = w.factors(sum, c.Criterion)
	}
	return nil
}

// factors returns what the criterion multiplies every weight with.
func (w *prunedWeights) factors(x *moments, criterion Criterion) []float64 {
	a := w.products[0]
	out := make([]float64, len(w.values))
	for part := range a.parts {
		var inverse []float64
		if criterion == OBS && x.full {
			inverse, _ = linalg.Invert(damped(x.matrix(part, false), a.n, a.n), a.n)
		}
		for column := range a.n {
			factor := math.Sqrt(x.square(part, column))
			if inverse != nil {
				factor = 1 / math.Sqrt(inverse[column*a.n+column])
			}
			for row := range a.rows {
				out[a.at(part, row, column)] = factor
			}
		}
	}
	return out
}

// damped adds 1 % of the mean of the diagonal to it, as GPTQ does, in place and for the first elements only, without the bias: the
// inverse stays small, and weights stay where they are that the samples do not determine.
func damped(h []float64, n, weights int) []float64 {
	mean := 0.0
	for i := range weights {
		mean += h[i*n+i] / float64(weights)
	}
	damping := 0.01 * mean
	if damping == 0 {
		damping = 1
	}
	for i := range weights {
		h[i*n+i] += damping
	}
	return h
}
