package compress

import (
	"context"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// recurrentLayer is an LSTM node whose weights are refitted together: what a gate adds up comes from the input, from the output of the
// step before, and from the bias, so that each can make up for what the others have lost.
type recurrentLayer struct {
	graph         int
	input, output int32
	timeMajor     bool
	sizes         [2]int // of the input and of the output of the step before
	gates         []gate
}

// gate is one of the sums of an LSTM.
type gate struct {
	rows    int
	pruned  [2]*prunedWeights // of the input and of the output of the step before; nil for weights that stay
	weights [2][]float32      // those that stay
	bias    int32             // -1 where it stays
	before  []float32         // the original bias
}

// newRecurrentLayer returns the layer that pruned weights belong to, nil if some of them belong to other nodes as well.
func newRecurrentLayer(m *edit.Model, list []*prunedWeights) (*recurrentLayer, error) {
	op, g := list[0].products[0].op, m.Graph(list[0].products[0].graph)
	o, ok := schema.Options[tflite.UnidirectionalSequenceLSTMOptionsT](op)
	if !ok || len(op.Inputs) < 16 {
		return nil, nil
	}
	l := &recurrentLayer{graph: g.Index, input: op.Inputs[0], output: op.Outputs[0], timeMajor: o.TimeMajor}
	for k := range 4 {
		w := gate{bias: -1}
		for i, at := range [2]int{1 + k, 5 + k} {
			t := sourceOf(g, op.Inputs[at])
			if !g.IsConstant(t) {
				continue // the gate is not there
			}
			for _, p := range list {
				if len(p.products) != 1 {
					return nil, nil
				}
				if p.tensor == int(t) {
					w.pruned[i] = p
				}
			}
			x := g.Tensors[t]
			if len(x.Shape) != 2 || w.rows != 0 && w.rows != int(x.Shape[0]) || l.sizes[i] != 0 && l.sizes[i] != int(x.Shape[1]) {
				return nil, nil
			}
			w.rows, l.sizes[i] = int(x.Shape[0]), int(x.Shape[1])
			if w.pruned[i] == nil {
				if len(m.BufferUsers()[x.Buffer]) != 1 { // others may have changed it
					return nil, nil
				}
				var err error
				if w.weights[i], err = g.Floats(t); err != nil {
					return nil, err
				}
			}
		}
		if w.pruned[0] == nil && w.pruned[1] == nil {
			continue
		}
		if w.pruned[0] == nil && w.weights[0] == nil || w.pruned[1] == nil && w.weights[1] == nil {
			return nil, nil
		}
		// Layer normalization stands between the sum and the bias.
		if t := op.Inputs[12+k]; inputOf(op, 20+k) < 0 && g.IsFloat(t) && g.IsConstant(t) && len(g.UsesOf(t)) == 1 && g.Elements(t) == int64(w.rows) {
			w.bias = t
			for _, p := range w.pruned { // of the original, whatever steps before have made of it
				if p != nil && p.bias != nil {
					w.before = p.bias
				}
			}
			if w.before == nil {
				var err error
				if w.before, err = g.Floats(t); err != nil {
					return nil, err
				}
			}
			for _, p := range w.pruned {
				if p != nil {
					p.bias = w.before
				}
			}
		}
		l.gates = append(l.gates, w)
	}
	return l, nil
}

// refitRecurrent tries what solve makes of the inputs that a recurrent layer has now, and of those that it had in the original: the
// former hold what the layer itself has lost, which a refit changes in turn, so that what it comes to is refitted once more. Only
// running the layer tells which is better, or whether none is.
func refitRecurrent(ctx context.Context, m *edit.Model, beside *companion, list []*prunedWeights, layer *recurrentLayer, output tensorPlace, solve func(*schema.File) error) error {
	type state struct {
		values   [][]float32
		biases   [][]float32
		refitted bool
	}
	save := func(refitted bool) (s state, err error) {
		s.refitted = refitted
		for _, w := range list {
			s.values = append(s.values, slices.Clone(w.values))
		}
		s.biases, err = layer.biases(m)
		return s, err
	}
	load := func(s state) {
		for i, w := range list {
			w.values, w.refitted = slices.Clone(s.values[i]), s.refitted
			w.write(m)
		}
		layer.setBiases(m, s.biases)
	}
	least, err := beside.deviation(ctx, m.Draft(), output)
	if err != nil {
		return err
	}
	start, err := save(list[0].refitted)
	if err != nil {
		return err
	}
	best := start
	try := func(from state, changed func() *schema.File) (better bool, err error) {
		load(from)
		if err := solve(changed()); err != nil {
			return false, err
		}
		got, err := beside.deviation(ctx, m.Draft(), output)
		if err != nil || !(got < least) {
			return false, err
		}
		least = got
		best, err = save(true)
		return true, err
	}
	for _, changed := range []func() *schema.File{m.Draft, func() *schema.File { return beside.original }} {
		if _, err := try(start, changed); err != nil {
			return err
		}
	}
	for range mostRounds {
		if better, err := try(best, m.Draft); err != nil {
			return err
		} else if !better {
			break
		}
	}
	load(best)
	return nil
}

// mostRounds bounds how often what a layer gets of its own is measured anew.
const mostRounds = 4

func (l *recurrentLayer) biases(m *edit.Model) (list [][]float32, err error) {
	if l == nil {
		return nil, nil
	}
	for _, w := range l.gates {
		var values []float32
		if w.bias >= 0 {
			if values, err = m.Graph(l.graph).Floats(w.bias); err != nil {
				return nil, err
			}
		}
		list = append(list, values)
	}
	return list, nil
}

func (l *recurrentLayer) setBiases(m *edit.Model, list [][]float32) {
	for i, values := range list {
		if values != nil {
			m.Graph(l.graph).SetFloats(l.gates[i].bias, values)
		}
	}
}

// measureRecurrent sums over what a gate sees in every step, the input and behind it the output of the step before.
func (c *companion) measureRecurrent(ctx context.Context, changed *schema.File, l *recurrentLayer) (*split, error) {
	v := vectors{n: l.sizes[0] + l.sizes[1], parts: 1}
	x := &split{fit: newCrossMoments(v)}
	if x.judge = x.fit; c.set.Len >= fewestJudged {
		x.judge = newCrossMoments(v)
	}
	input, output := tensorPlace{l.graph, l.input}, tensorPlace{l.graph, l.output}
	y0, x0 := make([]float32, v.n), make([]float32, v.n)
	err := c.together(ctx, changed, map[tensorPlace]bool{input: true, output: true}, func(i int, original, now map[tensorPlace][]seenTensor) {
		to := x.fit
		if held(i, c.set.Len) {
			to = x.judge
		}
		for j := range min(len(original[input]), len(original[output]), len(now[input]), len(now[output])) {
			a, b := steps{original[input][j], original[output][j], l}, steps{now[input][j], now[output][j], l}
			n := a.count()
			if n != b.count() {
				continue
			}
			for r := range n {
				a.read(r, x0)
				b.read(r, y0)
				to.add(0, y0, x0)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	x.fit.finish()
	if x.judge != x.fit {
		x.judge.finish()
	}
	return x, nil
}

// steps are the input and the output of a recurrent layer.
type steps struct {
	input, output seenTensor
	layer         *recurrentLayer
}

// count is the number of steps of all sequences, 0 for other shapes than those of the layer.
func (s steps) count() int {
	x, y := s.input.tensor.Shape, s.output.tensor.Shape
	if len(x) != 3 || len(y) != 3 || x[0] != y[0] || x[1] != y[1] || x[2] != s.layer.sizes[0] || y[2] != s.layer.sizes[1] {
		return 0
	}
	return x[0] * x[1]
}

// read writes what a gate sees in step r.
func (s steps) read(r int, to []float32) {
	nx, nh := s.layer.sizes[0], s.layer.sizes[1]
	shape := s.input.tensor.Shape
	copy(to, s.input.values[r*nx:(r+1)*nx])
	before := r - 1
	first := r%shape[1] == 0
	if s.layer.timeMajor {
		before, first = r-shape[1], r < shape[1]
	}
	if first { // of a sequence: the state is zero
		clear(to[nx:])
		return
	}
	copy(to[nx:], s.output.values[before*nh:(before+1)*nh])
}

// refit solves for the weights of all gates that are not zero, and the biases, as prunedWeights.refit does.
func (l *recurrentLayer) refit(ctx context.Context, m *edit.Model, x *split, r *Report) error {
	if x.fit.own.count == 0 {
		r.warn("%q: no sample comes to it: not refitted", m.Graph(l.graph).Tensors[l.output].Name)
		return nil
	}
	for k := range l.gates {
		w := &l.gates[k]
		var bias []float32
		if w.bias >= 0 {
			var err error
			if bias, err = m.Graph(l.graph).Floats(w.bias); err != nil {
				return err
			}
		}
		damping, err := l.damping(ctx, w, x, bias)
		if err != nil {
			return err
		}
		if damping == 0 {
			continue
		}
		own, with := x.all().matrices(0, bias != nil)
		for row := range w.rows {
			p, _, kept := l.row(w, row, bias)
			p.own, p.with = own, with
			solution, ok := p.solve(kept, damping*meanSquare(own, p.n, l.sizes[0]+l.sizes[1]), l.sizes[0]+l.sizes[1])
			if !ok {
				r.warn("%q: output %d of a gate: the moments of its inputs have no inverse: not refitted", m.Graph(l.graph).Tensors[l.output].Name, row)
				continue
			}
			for i, column := range kept {
				v := float32(solution[i])
				switch part, at := l.place(column); {
				case part == 2:
					bias[row] = v
				case v != 0:
					w.pruned[part].values[row*l.sizes[part]+at] = v
				}
			}
		}
		for _, p := range w.pruned {
			if p != nil {
				p.write(m)
				p.refitted = true
			}
		}
		if bias != nil {
			m.Graph(l.graph).SetFloats(w.bias, bias)
		}
	}
	return nil
}

// place says where a column of a gate's problem stands: in the weights of the input (0), in those of the output of the step before (1)
// or in the bias (2).
func (l *recurrentLayer) place(column int) (part, at int) {
	switch {
	case column < l.sizes[0]:
		return 0, column
	case column < l.sizes[0]+l.sizes[1]:
		return 1, column - l.sizes[0]
	}
	return 2, 0
}

// row returns the problem of one output of a gate, the weights of now, and which of them may change.
func (l *recurrentLayer) row(w *gate, row int, bias []float32) (p rowProblem, now []float64, kept []int) {
	for part, size := range l.sizes {
		for column := range size {
			i := row*size + column
			at := len(now)
			if q := w.pruned[part]; q != nil {
				p.original, now, p.fixed = append(p.original, float64(q.before[i])), append(now, float64(q.values[i])), append(p.fixed, 0)
				if q.values[i] != 0 {
					kept = append(kept, at)
				}
				continue
			}
			v := float64(w.weights[part][i])
			p.original, now, p.fixed = append(p.original, v), append(now, v), append(p.fixed, v)
		}
	}
	if bias != nil {
		kept = append(kept, len(now))
		p.original, now, p.fixed = append(p.original, float64(w.before[row])), append(now, float64(bias[row])), append(p.fixed, 0)
	}
	p.n = len(now)
	return p, now, kept
}

// damping returns the one with which the samples held out come out best; 0 where they do with no refit.
func (l *recurrentLayer) damping(ctx context.Context, w *gate, x *split, bias []float32) (float64, error) {
	choices := dampings()
	const most = mostJudgedRows / 4 // of each of four gates
	losses, none := make([]float64, len(choices)), 0.0
	own, with := x.fit.matrices(0, bias != nil)
	judgeOwn, judgeWith := x.judge.matrices(0, bias != nil)
	for row := 0; row < w.rows; row += (w.rows + most - 1) / most {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		p, now, kept := l.row(w, row, bias)
		judge := p
		judge.own, judge.with = judgeOwn, judgeWith
		p.own, p.with = own, with
		none += judge.loss(now)
		for i, d := range choices {
			solution, ok := p.solve(kept, d*meanSquare(own, p.n, l.sizes[0]+l.sizes[1]), l.sizes[0]+l.sizes[1])
			if !ok {
				losses[i] = math.Inf(1)
				continue
			}
			full := slices.Clone(p.fixed)
			for k, column := range kept {
				full[column] = solution[k]
			}
			losses[i] += judge.loss(full)
		}
	}
	best := 0.0
	for i, d := range choices {
		if losses[i] < none {
			best, none = d, losses[i]
		}
	}
	return best, nil
}
