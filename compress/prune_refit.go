package compress

import (
	"context"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/compress/internal/linalg"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// dampings are what a refit tries to add to the diagonal of the moments, as shares of its mean: the more, the closer weights stay to
// the original ones, and in the end the bias alone makes up for what is gone. Few samples need much of it.
func dampings() []float64 { return []float64{0.01, 0.1, 1, 10} }

// refitAll refits the pruned weights in the order of the nodes, each to the inputs that it gets from those before it.
func refitAll(ctx context.Context, m *edit.Model, beside *companion, list []*prunedWeights, progress func(done int), r *Report) error {
	for done := 0; len(list) > 0; {
		n := 1 // weights that read the same tensor do not depend on each other
		for n < len(list) && sameInput(m, list[0], list[n]) {
			n++
		}
		if err := refitBatch(ctx, m, beside, list[:n], r); err != nil {
			return err
		}
		list, done = list[n:], done+n
		progress(done)
	}
	return nil
}

// sameInput reports whether two tensors of weights are refitted together: those that read the same tensor, and all of a recurrent layer.
func sameInput(m *edit.Model, a, b *prunedWeights) bool {
	if !a.refits || !b.refits || len(a.products) != 1 || len(b.products) != 1 || a.products[0].op != b.products[0].op {
		return false
	}
	return a.products[0].input == b.products[0].input || m.Code(a.products[0].op) == tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM
}

// refitBatch refits weights that read one tensor.
func refitBatch(ctx context.Context, m *edit.Model, beside *companion, list []*prunedWeights, r *Report) error {
	list = slices.DeleteFunc(slices.Clone(list), func(w *prunedWeights) bool { return !w.refits })
	if len(list) == 0 {
		return nil
	}
	solve := func(changed *schema.File) error {
		var keys []momentKey
		for _, w := range list {
			for _, p := range w.products {
				keys = append(keys, p.key(true))
			}
		}
		all, err := beside.measure(ctx, changed, keys)
		if err != nil {
			return err
		}
		for _, w := range list {
			x := all[w.products[0].key(true)]
			for _, p := range w.products[1:] {
				x = x.plus(all[p.key(true)])
			}
			if w.refitted, err = w.refit(ctx, m, x, r); err != nil {
				return err
			}
			w.write(m)
		}
		return nil
	}
	op := list[0].products[0].op
	if m.Code(op) != tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM {
		return solve(m.Draft())
	}
	layer, err := newRecurrentLayer(m, list)
	if err != nil {
		return err
	}
	if layer != nil {
		solve = func(changed *schema.File) error {
			x, err := beside.measureRecurrent(ctx, changed, layer)
			if err != nil {
				return err
			}
			return layer.refit(ctx, m, x, r)
		}
	}
	return refitRecurrent(ctx, m, beside, list, layer, tensorPlace{list[0].products[0].graph, op.Outputs[0]}, solve)
}

// rowProblem is the least squares of one output: its squared error is w^T*own*w - 2*w^T*with*original, and what does not depend on w.
type rowProblem struct {
	own, with []float64 // n x n
	n         int
	original  []float64
	fixed     []float64 // n elements, those that are neither kept nor zero; nil for none
}

func (p rowProblem) loss(w []float64) float64 {
	sum := 0.0
	for i, v := range w {
		if v == 0 {
			continue
		}
		own, with := p.own[i*p.n:(i+1)*p.n], p.with[i*p.n:(i+1)*p.n]
		for j := range w {
			sum += v * (own[j]*w[j] - 2*with[j]*p.original[j])
		}
	}
	return sum
}

// solve returns the kept elements for which the loss plus damping times their squared distance from the original is least. The first
// weights elements are damped, a bias behind them is not.
func (p rowProblem) solve(kept []int, damping float64, weights int) ([]float64, bool) {
	size := len(kept)
	a, b := make([]float64, size*size), make([]float64, size)
	for i, k := range kept {
		own, with := p.own[k*p.n:(k+1)*p.n], p.with[k*p.n:(k+1)*p.n]
		for j, l := range kept {
			a[i*size+j] = own[l]
		}
		for j, v := range p.original {
			b[i] += with[j] * v
		}
		for j, v := range p.fixed {
			b[i] -= own[j] * v
		}
		if k < weights {
			a[i*size+i] += damping
			b[i] += damping * p.original[k]
		}
	}
	return linalg.Solve(a, b, size)
}

// meanSquare is the mean of the diagonal over the weights; 1 where that is nothing.
func meanSquare(h []float64, n, weights int) float64 {
	mean := 0.0
	for i := range weights {
		mean += h[i*n+i] / float64(weights)
	}
	if mean == 0 {
		return 1
	}
	return mean
}

// mostJudgedRows bounds the outputs on which dampings are compared.
const mostJudgedRows = 64

// refit chooses, for every output by itself, the weights that are not zero and the bias so that the squared error of what they make of
// the inputs of the model under change, against what the original made of its own, is least. How much the moments are damped is
// tried on samples held out; where these come out best with the weights as they are, it returns false.
func (w *prunedWeights) refit(ctx context.Context, m *edit.Model, x *split, r *Report) (bool, error) {
	if x.fit.own.count == 0 {
		r.warn("%q: no sample comes to it: not refitted", w.name)
		return false, nil
	}
	a := w.products[0]
	bias, err := w.ownBias(m)
	if err != nil {
		return false, err
	}
	n := a.n
	if bias != nil {
		n++
		if w.bias == nil {
			w.bias = slices.Clone(bias)
		}
	}
	best, err := w.damping(ctx, x, bias, n)
	if err != nil || best == 0 {
		return false, err
	}
	all := x.all()
	for part := range a.parts {
		own, with := all.matrices(part, bias != nil)
		damping := best * meanSquare(own, n, a.n)
		for row := range a.rows {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			original, _, kept := w.row(part, row, bias)
			solution, ok := rowProblem{own: own, with: with, n: n, original: original}.solve(kept, damping, a.n)
			if !ok {
				r.warn("%q: output %d: the moments of its inputs have no inverse: not refitted", w.name, part*a.rows+row)
				continue
			}
			for k, column := range kept {
				if column == a.n {
					bias[part*a.rows+row] = float32(solution[k])
				} else if v := float32(solution[k]); v != 0 {
					w.values[a.at(part, row, column)] = v
				}
			}
		}
	}
	if bias != nil {
		m.Graph(a.graph).SetFloats(a.bias, bias)
	}
	return true, nil
}

// row returns the weights of one output, with the bias behind them if there is one: the original ones, those of now, and which of
// them may change.
func (w *prunedWeights) row(part, row int, bias []float32) (original, now []float64, kept []int) {
	a := w.products[0]
	for column := range a.n {
		i := a.at(part, row, column)
		original, now = append(original, float64(w.before[i])), append(now, float64(w.values[i]))
		if w.values[i] != 0 {
			kept = append(kept, column)
		}
	}
	if bias != nil {
		i := part*a.rows + row
		original, now, kept = append(original, float64(w.bias[i])), append(now, float64(bias[i])), append(kept, a.n)
	}
	return original, now, kept
}

// damping returns the one with which the samples held out come out best; 0 where they do with no refit.
func (w *prunedWeights) damping(ctx context.Context, x *split, bias []float32, n int) (float64, error) {
	a := w.products[0]
	choices := dampings()
	losses, none := make([]float64, len(choices)), 0.0
	step := (a.parts*a.rows + mostJudgedRows - 1) / mostJudgedRows
	for part := range a.parts {
		own, with := x.fit.matrices(part, bias != nil)
		judgeOwn, judgeWith := x.judge.matrices(part, bias != nil)
		mean := meanSquare(own, n, a.n)
		for row := range a.rows {
			if (part*a.rows+row)%step != 0 {
				continue
			}
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			original, now, kept := w.row(part, row, bias)
			judge := rowProblem{own: judgeOwn, with: judgeWith, n: n, original: original}
			none += judge.loss(now)
			for i, d := range choices {
				solution, ok := rowProblem{own: own, with: with, n: n, original: original}.solve(kept, d*mean, a.n)
				if !ok {
					losses[i] = math.Inf(1)
					continue
				}
				full := make([]float64, n)
				for k, column := range kept {
					full[column] = solution[k]
				}
				losses[i] += judge.loss(full)
			}
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

// ownBias returns the bias of the one node that reads the weights, if no other reads it; nil without such a one.
func (w *prunedWeights) ownBias(m *edit.Model) ([]float32, error) {
	a := w.products[0]
	if len(w.products) != 1 || a.bias < 0 {
		return nil, nil
	}
	g := m.Graph(a.graph)
	if !g.IsFloat(a.bias) || !g.IsConstant(a.bias) || len(m.BufferUsers()[g.Tensors[a.bias].Buffer]) != 1 || len(g.UsesOf(a.bias)) != 1 ||
		g.Elements(a.bias) != int64(a.parts*a.rows) {
		return nil, nil
	}
	return g.Floats(a.bias)
}

// canRefit reports whether the weights can be refitted, and warns where a user would wonder.
func (w *prunedWeights) canRefit(r *Report) bool {
	switch {
	case !alike(w.products):
		r.warn("%q: what it is multiplied with is not known: not refitted", w.name)
		return false
	case w.products[0].n > mostPairs:
		r.warn("%q: %d inputs, more than %d: not refitted", w.name, w.products[0].n, mostPairs)
		return false
	case w.kind != tflite.TensorTypeFLOAT32 && w.kind != tflite.TensorTypeFLOAT16:
		r.warn("%q: weights of type %s are not refitted", w.name, w.kind)
		return false
	}
	return true
}
