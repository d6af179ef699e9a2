package calibrate

import (
	"maps"
	"math"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/tensor"
)

// extremes are the smallest and largest finite value of one sample; min > max when there was none.
type extremes struct{ min, max float32 }

func noExtremes() extremes {
	return extremes{float32(math.Inf(1)), float32(math.Inf(-1))}
}

func (e extremes) seen() bool { return e.min <= e.max }

func (e extremes) with(o extremes) extremes { return extremes{min(e.min, o.min), max(e.max, o.max)} }

// observer looks at the tensors of one interpreter.
type observer struct {
	plan       *plan
	it         *interpreter.Interpreter
	histograms []histogram // by slot, nil without
	bad        []int64     // NaN and infinities, by slot
	sample     []extremes  // of the sample under way, by slot
	kept       map[place]keptValue
	states     map[place]lstmState // of LSTM nodes
	missing    map[place]bool      // LSTM nodes whose input is not to be seen
	keepState  bool
}

// keptValue is a copy of a tensor.
type keptValue struct {
	values []float32
	shape  tensor.Shape
}

func newObserver(p *plan, it *interpreter.Interpreter, c Config) *observer {
	o := &observer{
		plan: p, it: it, bad: make([]int64, p.slots), kept: map[place]keptValue{}, states: map[place]lstmState{},
		missing: map[place]bool{}, keepState: c.KeepState,
	}
	if !c.RangesOnly {
		o.histograms = make([]histogram, p.slots)
	}
	return o
}

// begin starts a sample whose inputs are set.
func (o *observer) begin() {
	o.sample = make([]extremes, o.plan.slots)
	for i := range o.sample {
		o.sample[i] = noExtremes()
	}
	for i, t := range o.plan.graphs[0].Inputs {
		if t >= 0 {
			o.tensor(place{0, int(t)}, o.it.Input(i))
		}
	}
	if !o.keepState {
		clear(o.states)
	}
}

// end returns the extremes of the sample.
func (o *observer) end() []extremes {
	g := o.plan.graphs[0]
	for i, t := range g.Tensors {
		slot := o.plan.slot(0, int32(i))
		if t.IsVariable && !o.sample[slot].seen() && o.plan.sources[slot] == nil {
			o.tensor(place{0, i}, o.it.Tensor(i))
		}
	}
	return o.sample
}

// tap sees what a node has computed.
func (o *observer) tap(n interpreter.Tapped) {
	op := o.plan.graphs[n.Subgraph].Operators[n.Node]
	for i, t := range n.Outputs {
		if i < len(op.Outputs) && op.Outputs[i] >= 0 {
			o.tensor(place{n.Subgraph, int(op.Outputs[i])}, t)
		}
	}
	if cell := o.plan.cells[place{n.Subgraph, n.Node}]; cell != nil {
		o.lstm(place{n.Subgraph, n.Node}, cell)
	}
}

func (o *observer) tensor(at place, t *tensor.Tensor) {
	if t == nil || t.Type != tensor.Float32 || t.Bytes() == nil {
		return
	}
	values := tensor.Data[float32](t)
	o.see(o.plan.slot(at.graph, int32(at.index)), values)
	if o.plan.keep[at] {
		k := o.kept[at]
		o.kept[at] = keptValue{append(k.values[:0], values...), t.Shape.Clone()}
	}
}

// see takes values into account.
func (o *observer) see(slot int, values []float32) {
	e := noExtremes()
	bad := int64(0)
	for _, v := range values {
		if v-v != 0 { // NaN and infinities
			bad++
			continue
		}
		// min and max, which see to NaN and the sign of zero, would take three times as long.
		if v < e.min {
			e.min = v
		}
		if v > e.max {
			e.max = v
		}
	}
	o.bad[slot] += bad
	if !e.seen() {
		return
	}
	o.sample[slot] = o.sample[slot].with(e)
	if o.histograms != nil {
		o.histograms[slot].add(values, e.min, e.max)
	}
}

// merged is what all samples together have shown, by slot.
type merged struct {
	plan    *plan
	slots   []observed
	missing map[place]bool
}

// observed is what is known of one tensor.
type observed struct {
	extremes
	average    struct{ min, max float64 } // exponentially weighted
	sum        struct{ min, max float64 } // of the extremes of the samples
	samples    int                        // that had values
	bad        int64
	histogram  histogram
	histograms bool // were made
}

func newMerged(p *plan) *merged {
	m := &merged{plan: p, slots: make([]observed, p.slots), missing: map[place]bool{}}
	for i := range m.slots {
		m.slots[i].extremes = noExtremes()
	}
	return m
}

// smoothing is the weight of the past in a moving average of extremes, that of AI Edge Quantizer.
const smoothing = 0.95

// sample takes in the extremes of the next sample.
func (m *merged) sample(list []extremes) {
	for i, e := range list {
		if !e.seen() {
			continue
		}
		s := &m.slots[i]
		s.extremes = s.with(e)
		lo, hi := float64(e.min), float64(e.max)
		s.sum.min += lo
		s.sum.max += hi
		if s.samples == 0 {
			s.average.min, s.average.max = lo, hi
		} else {
			s.average.min = smoothing*s.average.min + (1-smoothing)*lo
			s.average.max = smoothing*s.average.max + (1-smoothing)*hi
		}
		s.samples++
	}
}

// add takes in what does not depend on the order of samples.
func (m *merged) add(o *observer) {
	maps.Copy(m.missing, o.missing)
	for i := range m.slots {
		s := &m.slots[i]
		s.bad += o.bad[i]
		if o.histograms != nil {
			s.histograms = true
			s.histogram.merge(&o.histograms[i])
		}
	}
}
