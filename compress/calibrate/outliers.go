package calibrate

import (
	"cmp"
	"math"
	"slices"
)

// Outlier says how well a tensor takes 8 bits.
type Outlier struct {
	Subgraph, Tensor int
	Name             string
	Range            Range   // of all values
	Mean, Deviation  float64 // and standard deviation
	Kurtosis         float64 // fourth moment over the squared variance: 3 for a normal distribution, more with outliers
	SQNR             float64 // dB: power of the values over that of the errors of int8 with all values in range
	Clipped          float64 // dB: the same with the range of MSE
}

// Outliers lists all tensors with a histogram, those that 8 bits hurt most first: candidates for int16, or for staying float.
// The figures come from histograms and are exact but for the width of a bin.
func (s *Stats) Outliers() []Outlier {
	var list []Outlier
	for _, g := range s.merged.plan.graphs {
		for i, t := range g.Tensors {
			o, ok := s.at(s.merged.plan.slot(g.Index, int32(i)))
			if !ok || o.histogram.total == 0 {
				continue
			}
			h := &o.histogram
			x := Outlier{Subgraph: g.Index, Tensor: i, Name: t.Name, Range: Range{o.min, o.max}}
			x.Mean, x.Deviation, x.Kurtosis = h.shape()
			x.SQNR, x.Clipped = h.sqnr(x.Range, 8), h.sqnr(h.leastSquares(8), 8)
			list = append(list, x)
		}
	}
	slices.SortStableFunc(list, func(a, b Outlier) int { return cmp.Compare(a.SQNR, b.SQNR) })
	return list
}

// shape returns mean, standard deviation and kurtosis, which is 0 where all values are equal.
func (h *histogram) shape() (mean, deviation, kurtosis float64) {
	n := float64(h.total)
	for i, c := range h.counts {
		mean += float64(c) * h.centre(i) / n
	}
	var second, fourth float64
	for i, c := range h.counts {
		d := h.centre(i) - mean
		second += float64(c) * d * d / n
		fourth += float64(c) * d * d * d * d / n
	}
	if second == 0 {
		return mean, 0, 0
	}
	return mean, math.Sqrt(second), fourth / (second * second)
}

// sqnr returns signal to noise in dB when r, with zero, is divided into 2^bits levels; +Inf where there are no errors.
func (h *histogram) sqnr(r Range, bits int) float64 {
	m := h.moments()
	lo, hi := math.Min(float64(r.Min), 0), math.Max(float64(r.Max), 0)
	below, above := m.below(lo), m.above(hi)
	step := (hi - lo) / (math.Ldexp(1, bits) - 1)
	return 10 * math.Log10(m.s2[len(m.s2)-1]/m.error(below, above, step))
}
