package calibrate

import (
	"fmt"

	"github.com/litewren/litewren/schema"
)

// Range is an interval of real numbers that a tensor is to be quantized for.
type Range struct{ Min, Max float32 }

// Stats says which values the tensors of a model took. It does not change and may be shared.
type Stats struct {
	file    *schema.File
	merged  *merged
	samples int
	fresh   bool // every sample began without state
}

func newStats(f *schema.File, m *merged, samples int) *Stats {
	return &Stats{file: f, merged: m, samples: samples}
}

// Declared returns the statistics of a file that was calibrated by another tool: the ranges that its tensors state themselves. It
// returns ErrNoSamples where no tensor does.
func Declared(f *schema.File) (*Stats, error) {
	p, err := newPlan(f)
	if err != nil {
		return nil, err
	}
	s := newStats(f, newMerged(p), 0)
	for _, g := range p.graphs {
		for i := range g.Tensors {
			if _, ok := s.Declared(g.Index, i); ok {
				return s, nil
			}
		}
	}
	return nil, fmt.Errorf("no tensor states a range: %w", ErrNoSamples)
}

// Samples returns how many samples were run.
func (s *Stats) Samples() int { return s.samples }

// Range returns the range of a tensor, given by its indexes in the file Run was called with. It is false for tensors without
// statistics: constants, those that are not FLOAT32, and those of subgraphs that were never run. The method must be valid, see
// Method.Check; those that look at histograms give all values seen where Config.RangesOnly left histograms out. A range need
// not contain zero.
//
// Where nothing was observed but the file itself states a range (quantization min and max, as calibrated files have), that is it.
func (s *Stats) Range(subgraph, tensor int, method Method) (Range, bool) {
	if !s.merged.plan.has(subgraph, tensor) {
		return Range{}, false
	}
	if o, ok := s.at(s.merged.plan.slot(subgraph, int32(tensor))); ok {
		return o.clip(method), true
	}
	return s.Declared(subgraph, tensor)
}

// Intermediates returns the ranges of what an LSTM or UNIDIRECTIONAL_SEQUENCE_LSTM node, given by its output tensor, holds
// inside: before their layer norm the sums of the input, forget, cell and output gate (the first is empty for coupled gates),
// and the hidden row before the projection. They are what the five intermediate tensors of the integer operator are scaled
// for. It is false for other tensors, and where nothing was observed. The range of the cell state is that of its tensor.
func (s *Stats) Intermediates(subgraph, output int, method Method) (list [5]Range, ok bool) {
	for at, l := range s.merged.plan.cells {
		if at.graph != subgraph || int(l.output) != output {
			continue
		}
		for k := range list {
			if o := &s.merged.slots[l.inside+k]; o.seen() {
				list[k], ok = o.clip(method), true
			} else if t := s.file.Model.Subgraphs[subgraph].Operators[at.index].Intermediates; k < len(t) && t[k] >= 0 {
				if r, declared := s.Declared(subgraph, int(t[k])); declared {
					list[k], ok = r, true
				}
			}
		}
	}
	return list, ok
}

// Declared returns the range that the file itself states for a tensor.
func (s *Stats) Declared(subgraph, tensor int) (Range, bool) {
	if !s.merged.plan.has(subgraph, tensor) {
		return Range{}, false
	}
	q := s.file.Model.Subgraphs[subgraph].Tensors[tensor].Quantization
	if q == nil || len(q.Min) != 1 || len(q.Max) != 1 || !(q.Min[0] <= q.Max[0]) {
		return Range{}, false
	}
	return Range{q.Min[0], q.Max[0]}, true
}

// at returns what was observed of a slot itself, or of the slots its values come from.
func (s *Stats) at(slot int) (*observed, bool) {
	if o := &s.merged.slots[slot]; o.seen() {
		return o, true
	}
	var all observed
	all.extremes = noExtremes()
	for _, source := range s.merged.plan.sources[slot] {
		o := &s.merged.slots[source]
		if !o.seen() {
			continue
		}
		if !all.seen() {
			all.average, all.sum, all.samples, all.histograms = o.average, o.sum, o.samples, o.histograms
		} else {
			all.average.min, all.average.max = min(all.average.min, o.average.min), max(all.average.max, o.average.max)
			// Means of extremes: the widest of both, brought to the larger count.
			lo := min(all.sum.min/float64(all.samples), o.sum.min/float64(o.samples))
			hi := max(all.sum.max/float64(all.samples), o.sum.max/float64(o.samples))
			all.samples = max(all.samples, o.samples)
			all.sum.min, all.sum.max = lo*float64(all.samples), hi*float64(all.samples)
		}
		all.extremes = all.with(o.extremes)
		all.bad += o.bad
		all.histogram.merge(&o.histogram)
	}
	return &all, all.seen()
}

// Warnings tells of tensors that held NaN or infinities, which the statistics leave out, and of what could not be observed.
func (s *Stats) Warnings() []string {
	var list []string
	for i := range s.merged.slots {
		if o := &s.merged.slots[i]; o.bad > 0 {
			list = append(list, fmt.Sprintf("%q: %d values are NaN or infinite and left out", s.merged.plan.names[i], o.bad))
		}
	}
	for _, g := range s.merged.plan.graphs {
		for i := range g.Operators {
			if at := (place{g.Index, i}); s.merged.missing[at] {
				list = append(list, fmt.Sprintf("subgraph %d node %d (%q): what the LSTM holds inside cannot be observed, since no node computes its input",
					g.Index, i, s.merged.plan.cells[at].name))
			}
		}
	}
	if at := s.merged.plan.streams(); s.fresh && len(at) > 0 {
		g := s.merged.plan.graphs[at[0].graph]
		list = append(list, fmt.Sprintf("subgraph %d node %d %s takes one step per invocation, and every sample began without state: "+
			"if samples follow each other, keep it (Config.KeepState)", at[0].graph, at[0].index, g.Model.Name(g.Operators[at[0].index])))
	}
	return list
}
