package compress

import (
	"encoding/binary"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/compress/internal/linalg"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// cut leaves the kept channels, in ascending order.
func (x *channelGroup) cut(kept []int, c ChannelConfig, all map[momentKey]*moments, r *Report) error {
	g := x.g
	for _, p := range x.producers {
		for i := 1; i < len(p.Inputs); i++ { // weights and bias: the first dimension
			if p.Inputs[i] >= 0 {
				if err := x.replace(edit.Use{Op: p, Input: i}, 0, kept, nil); err != nil {
					return err
				}
			}
		}
	}
	for _, use := range x.columns {
		if err := x.replace(use, len(g.Tensors[use.Op.Inputs[use.Input]].Shape)-1, kept, nil); err != nil {
			return err
		}
	}
	for _, reader := range x.readers {
		values, err := x.refitted(reader, kept, c, all, r)
		if err != nil {
			return err
		}
		weights := g.Tensors[reader.op.Inputs[1]]
		var columns []int // of the last dimension, which flattened pixels lengthen
		for first := 0; first < int(weights.Shape[len(weights.Shape)-1]); first += x.channels {
			for _, k := range kept {
				columns = append(columns, first+k)
			}
		}
		if err := x.replace(edit.Use{Op: reader.op, Input: 1}, len(weights.Shape)-1, columns, values); err != nil {
			return err
		}
	}
	for _, t := range x.tensors {
		narrowLast(g.Tensors[t], len(kept))
	}
	for _, flat := range x.flat {
		x.reshape(flat, len(kept))
	}
	return nil
}

func narrowLast(t *tflite.TensorT, n int) {
	t.Shape = slices.Clone(t.Shape)
	t.Shape[len(t.Shape)-1] = int32(n)
	if len(t.ShapeSignature) == len(t.Shape) {
		t.ShapeSignature = slices.Clone(t.ShapeSignature)
		t.ShapeSignature[len(t.Shape)-1] = int32(n)
	}
}

// replace gives a node a constant with the listed places of one dimension, of the given values or its own. The old one stays for other
// nodes that read it.
func (x *channelGroup) replace(use edit.Use, axis int, places []int, values []float32) error {
	g := x.g
	old := g.Tensors[use.Op.Inputs[use.Input]]
	if values == nil {
		var err error
		if values, err = g.Floats(use.Op.Inputs[use.Input]); err != nil {
			return err
		}
	}
	inner := 1
	for _, d := range old.Shape[axis+1:] {
		inner *= int(d)
	}
	size := int(old.Shape[axis])
	out := make([]float32, 0, len(values)/size*len(places))
	for outer := 0; outer < len(values); outer += size * inner {
		for _, p := range places {
			out = append(out, values[outer+p*inner:][:inner]...)
		}
	}
	t := &tflite.TensorT{Name: old.Name, Shape: slices.Clone(old.Shape), Buffer: g.Model.AddBuffer(edit.FloatBytes(out))}
	t.Shape[axis] = int32(len(places))
	use.Op.Inputs[use.Input] = g.AddTensor(t)
	return nil
}

// refitted returns the weights of a reader such that the kept columns make up for the others, nil to leave them; the bias is replaced.
// The rows have their columns in common, so one factorization does for all: see prunedWeights.refit for the formula.
func (x *channelGroup) refitted(reader *channelReader, kept []int, c ChannelConfig, all map[momentKey]*moments, r *Report) ([]float32, error) {
	inputs := all[reader.key(c)]
	if !c.Refit || inputs == nil || inputs.count == 0 {
		return nil, nil
	}
	g, p, op := x.g, reader.product, reader.op
	name := g.Tensors[op.Inputs[1]].Name
	if !inputs.full {
		r.warn("%q: %d inputs, more than %d: not refitted", name, p.n, mostPairs)
		return nil, nil
	}
	values, err := g.Floats(op.Inputs[1])
	if err != nil {
		return nil, err
	}
	rows := len(values) / p.n // fewer than p.rows where this layer has lost channels itself
	n := p.n
	var bias []float32
	if t := inputOf(op, 2); t >= 0 && g.IsConstant(t) && g.IsFloat(t) && g.Elements(t) == int64(rows) {
		if bias, err = g.Floats(t); err != nil {
			return nil, err
		}
		n++
	}
	h := damped(slices.Clone(inputs.matrix(0, bias != nil)), n, p.n)
	isKept := make([]bool, x.channels)
	for _, k := range kept {
		isKept[k] = true
	}
	var columns []int
	for k := range n {
		if k == p.n || isKept[k%x.channels] {
			columns = append(columns, k)
		}
	}
	size := len(columns)
	a := make([]float64, size*size)
	for i, k := range columns {
		for j, l := range columns {
			a[i*size+j] = h[k*n+l]
		}
	}
	l, ok := linalg.Cholesky(a, size)
	if !ok {
		r.warn("%q: the moments of its inputs have no inverse: not refitted", name)
		return nil, nil
	}
	b := make([]float64, size)
	for row := range rows {
		w := values[row*p.n : (row+1)*p.n]
		for i, k := range columns {
			moments := h[k*n : (k+1)*n]
			b[i] = 0
			for j, v := range w {
				b[i] += moments[j] * float64(v)
			}
			if bias != nil {
				b[i] += moments[p.n] * float64(bias[row])
			}
		}
		solution := linalg.SolveFactored(l, b, size)
		for i, k := range columns {
			if k == p.n {
				bias[row] = float32(solution[i])
			} else {
				w[k] = float32(solution[i])
			}
		}
	}
	if bias != nil {
		t := *g.Tensors[op.Inputs[2]]
		t.Buffer = g.Model.AddBuffer(edit.FloatBytes(bias))
		op.Inputs[2] = g.AddTensor(&t)
	}
	return values, nil
}

// reshape gives a RESHAPE its new width.
func (x *channelGroup) reshape(flat flatShape, channels int) {
	g, op := x.g, flat.op
	out := g.Tensors[op.Outputs[0]]
	narrowLast(out, flat.pixels*channels)
	narrow := func(old int32) int32 {
		if old == int32(flat.pixels*x.channels) {
			return int32(flat.pixels * channels)
		}
		return old // -1
	}
	if o, ok := schema.Options[tflite.ReshapeOptionsT](op); ok && len(o.NewShape) == 2 {
		o.NewShape = []int32{o.NewShape[0], narrow(o.NewShape[1])}
	}
	if len(op.Inputs) > 1 {
		data := slices.Clone(g.Data(op.Inputs[1]))
		if len(data) == 8 {
			binary.LittleEndian.PutUint32(data[4:], uint32(narrow(int32(binary.LittleEndian.Uint32(data[4:])))))
		}
		t := *g.Tensors[op.Inputs[1]]
		t.Buffer = g.Model.AddBuffer(data)
		op.Inputs[1] = g.AddTensor(&t)
	}
}
