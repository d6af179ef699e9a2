package compress

import (
	"context"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/tensor"
)

// crossMoments are sums over what a product's weights see of the same samples in two models: y in one under change, x in the
// original. With them the squared error of w*y against the original's w0*x is known for any w.
type crossMoments struct {
	own     *moments    // of y*y^T
	with    []float64   // of y*x^T, parts times (n+1) x (n+1)
	pending [][][]batch // of each part, pairs y, x
}

func newCrossMoments(v vectors) *crossMoments {
	size := (v.n + 1) * (v.n + 1) * v.parts
	return &crossMoments{
		own:     &moments{parts: v.parts, n: v.n, full: true, sums: make([]float64, size), pending: make([][]batch, v.parts)},
		with:    make([]float64, size),
		pending: make([][][]batch, v.parts),
	}
}

// add takes one pair of vectors. Those with NaN or infinities are left out.
func (c *crossMoments) add(part int, y, x []float32) {
	a, b := withOne(y), withOne(x)
	if a == nil || b == nil {
		return
	}
	c.own.add(part, y)
	c.pending[part] = append(c.pending[part], []batch{a, b})
	if len(c.pending[part]) == 4 {
		c.flush(part)
	}
}

// withOne widens a vector and puts a 1 behind its end; nil for one that is not finite.
func withOne(x []float32) batch {
	b := make(batch, len(x)+1)
	for i, v := range x {
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		b[i] = f
	}
	b[len(x)] = 1
	return b
}

// flush adds the pending y*x^T, four at a time as moments does.
func (c *crossMoments) flush(part int) {
	list := c.pending[part]
	n := c.own.n + 1
	for len(list) > 0 && len(list) < 4 {
		list = append(list, []batch{make(batch, n), make(batch, n)})
	}
	if len(list) == 0 {
		return
	}
	sums := c.with[part*n*n:]
	for i := range n {
		s, t, u, v := list[0][0][i], list[1][0][i], list[2][0][i], list[3][0][i]
		if s == 0 && t == 0 && u == 0 && v == 0 {
			continue
		}
		row := sums[i*n : (i+1)*n]
		a, b, c, d := list[0][1][:len(row)], list[1][1][:len(row)], list[2][1][:len(row)], list[3][1][:len(row)]
		for j := range row {
			row[j] += s*a[j] + t*b[j] + u*c[j] + v*d[j]
		}
	}
	c.pending[part] = c.pending[part][:0]
}

func (c *crossMoments) finish() {
	c.own.finish()
	for part := range c.own.parts {
		c.flush(part)
	}
}

// plus returns the sums of both.
func (c *crossMoments) plus(o *crossMoments) *crossMoments {
	own := *c.own
	own.sums = slices.Clone(own.sums)
	sum := &crossMoments{own: &own, with: slices.Clone(c.with)}
	for i, v := range o.own.sums {
		own.sums[i] += v
	}
	for i, v := range o.with {
		sum.with[i] += v
	}
	own.count += o.own.count
	return sum
}

// matrices returns the moments of one part, with the column of ones or without it: of y*y^T and of y*x^T.
func (c *crossMoments) matrices(part int, ones bool) (own, with []float64) {
	other := moments{parts: c.own.parts, n: c.own.n, full: true, sums: c.with}
	return c.own.matrix(part, ones), other.matrix(part, ones)
}

// split are cross moments of the samples to solve on, and of those held out to judge by.
type split struct{ fit, judge *crossMoments }

// plus returns the sums of two splits.
func (s *split) plus(o *split) *split {
	sum := &split{fit: s.fit.plus(o.fit)}
	if sum.judge = sum.fit; s.judge != s.fit {
		sum.judge = s.judge.plus(o.judge)
	}
	return sum
}

// all returns those of all samples.
func (s *split) all() *crossMoments {
	if s.judge == s.fit {
		return s.fit
	}
	return s.fit.plus(s.judge)
}

const (
	judgeEvery   = 4 // samples: the last of so many is held out
	fewestJudged = 8 // of fewer samples all do for both
)

// held reports whether a sample is one to judge by.
func held(i, of int) bool { return of >= fewestJudged && i%judgeEvery == judgeEvery-1 }

// companion runs the original on samples beside models under change.
type companion struct {
	original *schema.File
	it       *interpreter.Interpreter
	set      *dataset.Set
}

func newCompanion(f *schema.File, set *dataset.Set) (*companion, error) {
	it, err := newPlainInterpreter(f)
	if err != nil {
		return nil, err
	}
	return &companion{f, it, set}, nil
}

// seenTensor is a copy of a tensor.
type seenTensor struct {
	tensor *tensor.Tensor
	values []float32
}

// tensorPlace is a tensor of a subgraph.
type tensorPlace struct {
	graph  int
	tensor int32
}

// watch lets it append what it computes for the wanted tensors to the returned map, and returns a function to be called when inputs
// are set, which empties the map.
func watch(it *interpreter.Interpreter, f *schema.File, wanted map[tensorPlace]bool) (map[tensorPlace][]seenTensor, func()) {
	seen := map[tensorPlace][]seenTensor{}
	see := func(at tensorPlace, x *tensor.Tensor) {
		if x == nil || !wanted[at] {
			return
		}
		if values, err := tensor.DequantizeFloat32(x, nil); err == nil {
			shape := *x // its shape may change with the next round of a loop
			shape.Shape = x.Shape.Clone()
			seen[at] = append(seen[at], seenTensor{&shape, slices.Clone(values)})
		}
	}
	subgraphs := f.Model.Subgraphs
	it.SetTap(func(n interpreter.Tapped) {
		if n.Subgraph >= len(subgraphs) || n.Node >= len(subgraphs[n.Subgraph].Operators) {
			return
		}
		for i, t := range subgraphs[n.Subgraph].Operators[n.Node].Outputs {
			if i < len(n.Outputs) {
				see(tensorPlace{n.Subgraph, t}, n.Outputs[i])
			}
		}
	})
	return seen, func() {
		clear(seen)
		for i, t := range subgraphs[0].Inputs {
			if i < it.Inputs() {
				see(tensorPlace{0, t}, it.Input(i))
			}
		}
	}
}

// together runs the original and a model with the same tensors and nodes on every sample, and hands over what both computed for
// the wanted tensors.
func (c *companion) together(ctx context.Context, changed *schema.File, wanted map[tensorPlace]bool, visit func(i int, original, now map[tensorPlace][]seenTensor)) error {
	it, err := newPlainInterpreter(changed)
	if err != nil {
		return err
	}
	original, begin := watch(c.it, c.original, wanted)
	now, beginNow := watch(it, changed, wanted)
	defer c.it.SetTap(nil)
	for i := range c.set.Len {
		s, err := c.set.Sample(i)
		if err != nil {
			return err
		}
		for _, run := range []struct {
			it    *interpreter.Interpreter
			begin func()
		}{{c.it, begin}, {it, beginNow}} {
			run.it.ResetVariables()
			if err := s.Apply(run.it); err != nil {
				return err
			}
			run.begin()
			if err := run.it.Invoke(ctx); err != nil {
				return err
			}
		}
		visit(i, original, now)
	}
	return nil
}

// measure sums over the vectors with the given keys. A tensor that the two models compute a different number of times (a loop that ends
// earlier) counts as often as both have it.
func (c *companion) measure(ctx context.Context, changed *schema.File, keys []momentKey) (map[momentKey]*split, error) {
	all, wanted := map[momentKey]*split{}, map[tensorPlace]bool{}
	var order []momentKey
	for _, k := range keys {
		if all[k] != nil {
			continue
		}
		order = append(order, k)
		x := &split{fit: newCrossMoments(k.vectors)}
		if x.judge = x.fit; c.set.Len >= fewestJudged {
			x.judge = newCrossMoments(k.vectors)
		}
		all[k] = x
		wanted[tensorPlace{k.graph, k.input}] = true
	}
	var flat []float32
	err := c.together(ctx, changed, wanted, func(i int, original, now map[tensorPlace][]seenTensor) {
		for _, k := range order {
			to := all[k].fit
			if held(i, c.set.Len) {
				to = all[k].judge
			}
			a, b := original[tensorPlace{k.graph, k.input}], now[tensorPlace{k.graph, k.input}]
			for j := range min(len(a), len(b)) {
				if !a[j].tensor.Shape.Equal(b[j].tensor.Shape) {
					continue
				}
				flat = flat[:0]
				k.vectors.each(a[j].tensor, a[j].values, func(_ int, x []float32) { flat = append(flat, x...) })
				at := 0
				k.vectors.each(b[j].tensor, b[j].values, func(part int, y []float32) {
					to.add(part, y, flat[at:at+len(y)])
					at += len(y)
				})
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		x.fit.finish()
		if x.judge != x.fit {
			x.judge.finish()
		}
	}
	return all, nil
}

// deviation is the squared error of a tensor on the samples held out (all, if there are few).
func (c *companion) deviation(ctx context.Context, changed *schema.File, at tensorPlace) (float64, error) {
	sum := 0.0
	err := c.together(ctx, changed, map[tensorPlace]bool{at: true}, func(i int, original, now map[tensorPlace][]seenTensor) {
		if c.set.Len >= fewestJudged && !held(i, c.set.Len) {
			return
		}
		a, b := original[at], now[at]
		for j := range min(len(a), len(b)) {
			for k := range min(len(a[j].values), len(b[j].values)) {
				d := float64(a[j].values[k]) - float64(b[j].values[k])
				sum += d * d
			}
		}
	})
	return sum, err
}
