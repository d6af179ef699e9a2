package compress

import (
	"context"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
)

// OutputEnergy is the sum of squares that the first node's weights make of the vectors measured for them: tr(W*H*W^T).
func OutputEnergy(f *schema.File, set *dataset.Set) (float64, error) {
	m, err := edit.Open(f)
	if err != nil {
		return 0, err
	}
	g := m.Graph(0)
	op := g.Operators[0]
	p := productOf(g, op, 1, op.Inputs[1])
	all, err := measureMoments(context.Background(), f, m, set, []momentKey{p.key(true)})
	if err != nil {
		return 0, err
	}
	w, err := g.Floats(op.Inputs[1])
	if err != nil {
		return 0, err
	}
	energy := 0.0
	for part := range p.parts {
		h := all[p.key(true)].matrix(part, false)
		for row := range p.rows {
			for i := range p.n {
				for j := range p.n {
					energy += float64(w[p.at(part, row, i)]) * h[i*p.n+j] * float64(w[p.at(part, row, j)])
				}
			}
		}
	}
	return energy, nil
}

// RefitRow solves for the kept weights of one row, for inputs now in place of before, and returns the loss of any row up to a constant.
func RefitRow(now, before [][]float32, original []float64, kept []int, damping float64) (solution []float64, loss func([]float64) float64, ok bool) {
	n := len(original)
	c := newCrossMoments(vectors{n: n, parts: 1})
	for i := range now {
		c.add(0, now[i], before[i])
	}
	c.finish()
	own, with := c.matrices(0, false)
	p := rowProblem{own, with, n, original}
	solution, ok = p.solve(kept, damping, n)
	return solution, p.loss, ok
}
