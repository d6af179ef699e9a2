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
