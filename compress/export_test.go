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
	p := rowProblem{own: own, with: with, n: n, original: original}
	solution, ok = p.solve(kept, damping, n)
	return solution, p.loss, ok
}

// TuckerRanks are the ranks of the outputs and the inputs that keep a share of the energy of a kernel [m, hw, n].
func TuckerRanks(kernel []float32, m, hw, n int, share float64) [2]int {
	o, i := newTucker(widen(kernel), m, hw, n).ranks(share)
	return [2]int{o, i}
}

// TuckerEnergy is the share of the energy that the form keeps: of the bases found one by one, or of those that factors finds.
func TuckerEnergy(kernel []float32, m, hw, n, outputs, inputs int, again bool) float64 {
	t := newTucker(widen(kernel), m, hw, n)
	total, kept := 0.0, 0.0
	for _, v := range t.kernel {
		total += v * v
	}
	var core []float64
	if !again {
		core = projectOutputs(t.kernel, t.outputBasis(t.kernel, n), outputs, m, hw*n)
		core = projectInputs(core, t.inputBasis(t.kernel, m), outputs*hw, inputs, n)
	} else {
		core, _, _ = t.factors(outputs, inputs)
	}
	for _, v := range core {
		kept += v * v
	}
	return kept / total
}
