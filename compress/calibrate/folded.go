package calibrate

import (
	"context"

	"github.com/litewren/litewren/schema"
)

// observeFolded takes in the tensors that were computed once while preparing, which no tap sees.
func observeFolded(_ context.Context, _ *schema.File, m *merged, o *observer) error {
	g := m.plan.graphs[0]
	o.begin()
	before := o.bad
	o.bad = make([]int64, len(before))
	var found []int
	for _, op := range g.Operators {
		for _, t := range op.Outputs {
			if t >= 0 && !m.slots[m.plan.slot(0, t)].seen() {
				o.tensor(place{0, int(t)}, o.it.Tensor(int(t)))
				found = append(found, m.plan.slot(0, t))
			}
		}
	}
	fresh := make([]extremes, len(o.sample))
	for i := range fresh {
		fresh[i] = noExtremes()
	}
	for _, slot := range found {
		fresh[slot] = o.sample[slot]
		s := &m.slots[slot]
		s.bad += o.bad[slot]
		if o.histograms != nil {
			s.histograms = true
			s.histogram = o.histograms[slot]
		}
	}
	m.sample(fresh)
	return nil
}
