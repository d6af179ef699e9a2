package compress

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// cut removes the channels that go.
func (x *channelGroup) cut() error {
	g := x.g
	for _, p := range x.producers {
		rows := x.stay(x.rows(p))
		for i := 1; i < len(p.Inputs); i++ { // weights and bias: the first dimension
			if p.Inputs[i] >= 0 && len(rows) < len(x.rows(p)) {
				if err := x.replace(edit.Use{Op: p, Input: i}, 0, rows); err != nil {
					return err
				}
			}
		}
	}
	for _, use := range x.columns {
		if places := x.stay(use.channels); len(places) < len(use.channels) {
			if err := x.replace(use.Use, len(g.Tensors[use.Op.Inputs[use.Input]].Shape)-1, places); err != nil {
				return err
			}
		}
	}
	for _, reader := range x.readers {
		places := x.stay(reader.channels)
		if len(places) == len(reader.channels) {
			continue
		}
		weights := g.Tensors[reader.op.Inputs[1]]
		var columns []int // of the last dimension, which flattened pixels lengthen
		for first := 0; first < int(weights.Shape[len(weights.Shape)-1]); first += len(reader.channels) {
			for _, k := range places {
				columns = append(columns, first+k)
			}
		}
		if err := x.replace(edit.Use{Op: reader.op, Input: 1}, len(weights.Shape)-1, columns); err != nil {
			return err
		}
	}
	for _, t := range x.tensors {
		if n := len(x.stay(x.layout[t])); n < len(x.layout[t]) {
			narrowLast(g.Tensors[t], n)
		}
	}
	for _, flat := range x.flat {
		if n := len(x.stay(flat.channels)); n < len(flat.channels) {
			x.reshape(flat, n)
		}
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

// replace gives a node a constant with the listed places of one dimension of its own. The old one stays for other nodes that read it.
func (x *channelGroup) replace(use edit.Use, axis int, places []int) error {
	g := x.g
	old := g.Tensors[use.Op.Inputs[use.Input]]
	values, err := g.Floats(use.Op.Inputs[use.Input])
	if err != nil {
		return err
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

// refitReaders sets the columns of channels that go to zero, and refits the weights that read the others.
func refitReaders(ctx context.Context, f *schema.File, m *edit.Model, set *dataset.Set, groups []*channelGroup, c ChannelConfig, r *Report) error {
	users := m.BufferUsers()
	readers := map[*tflite.OperatorT]*prunedWeights{}
	g := m.Graph(0)
	for _, x := range groups {
		for _, reader := range x.readers {
			if len(x.stay(reader.channels)) == len(reader.channels) {
				continue
			}
			t := reader.op.Inputs[1]
			tensor := g.Tensors[t]
			if len(users[tensor.Buffer]) != 1 || len(g.UsesOf(t)) != 1 {
				r.warn("%q: several nodes read it: not refitted", tensor.Name)
				continue
			}
			w := &prunedWeights{
				tensor: int(t), name: tensor.Name, op: m.Name(reader.op), shape: tensor.Shape, kind: tensor.Type, users: users[tensor.Buffer],
				products: []*product{reader.product},
			}
			if err := w.load(g, t); err != nil {
				return err
			}
			for i := range w.values {
				if c := reader.channels[i%len(reader.channels)]; x.gone[x.set.root(c)] {
					w.values[i] = 0
				}
			}
			w.write(m)
			w.refits = w.canRefit(r)
			readers[reader.op] = w
		}
	}
	var list []*prunedWeights
	for _, op := range g.Operators {
		if w := readers[op]; w != nil {
			list = append(list, w)
		}
	}
	beside, err := newCompanion(f, set)
	if err != nil {
		return err
	}
	return refitAll(ctx, m, beside, list, func(done int) {
		if c.Progress != nil {
			c.Progress(done, len(list))
		}
	}, r)
}

// reshape gives a RESHAPE its new width.
func (x *channelGroup) reshape(flat flatShape, channels int) {
	g, op := x.g, flat.op
	out := g.Tensors[op.Outputs[0]]
	narrowLast(out, flat.pixels*channels)
	narrow := func(old int32) int32 {
		if old == int32(flat.pixels*len(flat.channels)) {
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
