package compress

import (
	"context"
	"math"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/tensor"
)

// moments are sums over the vectors that a product's weights see: with every vector a 1 behind its end, for the bias.
type moments struct {
	parts, n int
	full     bool      // products of all pairs, or squares alone
	sums     []float64 // of x*x^T, parts times (n+1) x (n+1), or of squares, parts times n+1
	pending  [][]batch // of each part
	count    float64   // vectors of part 0
}

type batch []float64

// momentKey names moments that several products share.
type momentKey struct {
	graph   int
	input   int32
	vectors vectors
	full    bool
}

func (p *product) key(full bool) momentKey { return momentKey{p.graph, p.input, p.vectors, full} }

// measureMoments runs the model f, of which m is a copy that may have more tensors and nodes, and sums over the vectors of
// the products with the given keys.
func measureMoments(ctx context.Context, f *schema.File, m *edit.Model, set *dataset.Set, keys []momentKey) (map[momentKey]*moments, error) {
	all := map[momentKey]*moments{}
	type place struct {
		graph int
		input int32
	}
	readers := map[place][]momentKey{}
	for _, k := range keys {
		if all[k] != nil {
			continue
		}
		size := k.vectors.n + 1
		if k.full {
			size *= size
		}
		all[k] = &moments{parts: k.vectors.parts, n: k.vectors.n, full: k.full, sums: make([]float64, size*k.vectors.parts), pending: make([][]batch, k.vectors.parts)}
		at := place{k.graph, k.input}
		readers[at] = append(readers[at], k)
	}
	add := func(at place, x *tensor.Tensor) {
		list := readers[at]
		if len(list) == 0 || x == nil {
			return
		}
		values, err := tensor.DequantizeFloat32(x, nil)
		if err != nil {
			return
		}
		for _, k := range list {
			k.vectors.each(x, values, all[k].add)
		}
	}
	it, err := newPlainInterpreter(f)
	if err != nil {
		return nil, err
	}
	subgraphs := f.Model.Subgraphs
	it.SetTap(func(n interpreter.Tapped) {
		if n.Subgraph >= len(subgraphs) || n.Node >= len(subgraphs[n.Subgraph].Operators) {
			return
		}
		for i, t := range subgraphs[n.Subgraph].Operators[n.Node].Outputs {
			if i < len(n.Outputs) {
				add(place{n.Subgraph, t}, n.Outputs[i])
			}
		}
	})
	err = eachSample(ctx, it, set, func() error {
		for i, t := range m.Graph(0).Inputs {
			if i < it.Inputs() {
				add(place{0, t}, it.Input(i))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		x.finish()
	}
	return all, nil
}

// add takes one vector. Those with NaN or infinities are left out.
func (m *moments) add(part int, x []float32) {
	b := make(batch, len(x)+1)
	for i, v := range x {
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return
		}
		b[i] = f
	}
	b[len(x)] = 1
	if part == 0 {
		m.count++
	}
	if !m.full {
		sums := m.sums[part*len(b):]
		for i, v := range b {
			sums[i] += v * v
		}
		return
	}
	m.pending[part] = append(m.pending[part], b)
	if len(m.pending[part]) == 4 {
		m.flush(part)
	}
}

// flush adds the lower triangles of the pending x*x^T, four at a time to read the sums once for all.
func (m *moments) flush(part int) {
	list := m.pending[part]
	if len(list) == 0 {
		return
	}
	n := m.n + 1
	for len(list) < 4 {
		list = append(list, make(batch, n))
	}
	a, b, c, d := list[0], list[1], list[2], list[3]
	sums := m.sums[part*n*n:]
	for i := range n {
		ai, bi, ci, di := a[i], b[i], c[i], d[i]
		if ai == 0 && bi == 0 && ci == 0 && di == 0 {
			continue
		}
		row := sums[i*n : i*n+i+1]
		a, b, c, d := a[:len(row)], b[:len(row)], c[:len(row)], d[:len(row)]
		for j := range row {
			row[j] += ai*a[j] + bi*b[j] + ci*c[j] + di*d[j]
		}
	}
	m.pending[part] = m.pending[part][:0]
}

// finish completes the sums.
func (m *moments) finish() {
	if !m.full {
		return
	}
	n := m.n + 1
	for part := range m.parts {
		m.flush(part)
		sums := m.sums[part*n*n:]
		for i := range n {
			for j := range i {
				sums[j*n+i] = sums[i*n+j]
			}
		}
	}
}

// square is the sum of squares of one column.
func (m *moments) square(part, column int) float64 {
	if m.full {
		n := m.n + 1
		return m.sums[part*n*n+column*n+column]
	}
	return m.sums[part*(m.n+1)+column]
}

// matrix returns the moments of one part, with the column of ones or without it: size n+1 or n.
func (m *moments) matrix(part int, ones bool) []float64 {
	n := m.n + 1
	all := m.sums[part*n*n : (part+1)*n*n]
	if ones {
		return all
	}
	out := make([]float64, 0, m.n*m.n)
	for i := range m.n {
		out = append(out, all[i*n:i*n+m.n]...)
	}
	return out
}
