package compare

import (
	"context"
	"slices"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// layerModel is a part of a model that computes one tensor from those that the original has too: mostly one node, with the
// QUANTIZE and DEQUANTIZE around it.
type layerModel struct {
	tensor string
	it     *interpreter.Interpreter
	from   []string // inputs: names of tensors, "" where they are inputs of the whole model
	input  []int    // then: which
}

// layerModels cuts a model at the tensors that have counterparts. Parts that cannot run alone (they read resources that other
// nodes write, for one) are left out.
func layerModels(t *tapped, pairs map[string]string) []*layerModel {
	f := t.model.File()
	for _, m := range f.Model.Metadata {
		if string(m.Name) == "COMPRESSION_METADATA" {
			return nil // it names tensors by index
		}
	}
	g := f.Model.Subgraphs[0]
	producer := map[int32]*tflite.OperatorT{}
	last, names := map[string]int32{}, map[int32]string{}
	for node, op := range g.Operators {
		for i, o := range op.Outputs {
			if o >= 0 {
				producer[o] = op
				names[o] = t.nameOf(g.Tensors[o].Name, node, i)
				last[names[o]] = o
			}
		}
	}
	var list []*layerModel
	for _, name := range t.order {
		target, ok := last[name]
		if _, paired := pairs[name]; !ok || !paired {
			continue
		}
		l := &layerModel{tensor: name}
		part := cut{f: f, g: g, producer: producer, names: names, pairs: pairs, name: name, layer: l, ops: map[*tflite.OperatorT]bool{}, seen: map[int32]bool{}}
		part.add(target)
		if m, err := part.load(target); err == nil {
			if l.it, err = interpreter.New(m, interpreter.WithoutRewrites()); err == nil {
				list = append(list, l)
			}
		}
	}
	return list
}

// cut collects the nodes of a part.
type cut struct {
	f        *schema.File
	g        *tflite.SubGraphT
	producer map[int32]*tflite.OperatorT
	names    map[int32]string
	pairs    map[string]string
	name     string
	layer    *layerModel
	ops      map[*tflite.OperatorT]bool
	inputs   []int32
	seen     map[int32]bool // tensors that the part touches
}

// add takes the node that computes tensor t, and what that needs.
func (c *cut) add(t int32) {
	if t < 0 || c.seen[t] {
		return
	}
	c.seen[t] = true
	op := c.producer[t]
	if op == nil {
		if i := slices.Index(c.g.Inputs, t); i >= 0 {
			c.inputs = append(c.inputs, t)
			c.layer.from, c.layer.input = append(c.layer.from, ""), append(c.layer.input, i)
		}
		return
	}
	if name := c.names[t]; name != c.name {
		if _, ok := c.pairs[name]; ok {
			c.inputs = append(c.inputs, t)
			c.layer.from, c.layer.input = append(c.layer.from, name), append(c.layer.input, -1)
			return
		}
	}
	if c.ops[op] {
		return
	}
	c.ops[op] = true
	for _, list := range [][]int32{op.Inputs, op.Intermediates} {
		for _, x := range list {
			c.add(x)
		}
	}
	for _, x := range op.Outputs {
		if x >= 0 {
			c.seen[x] = true
		}
	}
}

// load makes a model of the part. Tables are shared with the whole model: encoding only reads them.
func (c *cut) load(target int32) (*interpreter.Model, error) {
	f, model, g := *c.f, *c.f.Model, *c.g
	g.Inputs, g.Outputs = c.inputs, []int32{target}
	g.Operators = slices.DeleteFunc(slices.Clone(c.g.Operators), func(op *tflite.OperatorT) bool { return !c.ops[op] })
	g.Tensors = slices.Clone(c.g.Tensors)
	model.Subgraphs = append([]*tflite.SubGraphT{&g}, model.Subgraphs[1:]...)
	model.SignatureDefs, model.Metadata, model.MetadataBuffer = nil, nil, nil
	for i := range g.Tensors {
		if !c.seen[int32(i)] {
			g.Tensors[i] = &tflite.TensorT{Type: tflite.TensorTypeFLOAT32}
		}
	}
	used := map[uint32]bool{}
	for _, s := range model.Subgraphs {
		for _, x := range s.Tensors {
			used[x.Buffer] = true
		}
	}
	model.Buffers = slices.Clone(model.Buffers)
	for i := range model.Buffers {
		if !used[uint32(i)] {
			model.Buffers[i] = &tflite.BufferT{}
		}
	}
	f.Model = &model
	b, err := schema.Encode(&f, schema.WithUnknownDropped())
	if err != nil {
		return nil, err
	}
	return interpreter.Load(b)
}

// run gives the part the values that the original has there and returns what it computes; nil where it fails.
func (l *layerModel) run(ctx context.Context, original *tapped, pairs map[string]string) []float32 {
	l.it.ResetVariables()
	values, shapes := make([][]float32, len(l.from)), make([]tensor.Shape, len(l.from))
	resize := false
	for i, name := range l.from {
		in, shape := l.it.Input(i), original.shapes[pairs[name]]
		values[i] = original.values[pairs[name]]
		if name == "" {
			values[i], shape = original.inputs[l.input[i]], original.it.Input(l.input[i]).Shape
		}
		if in == nil || values[i] == nil {
			return nil
		}
		if in.Elements() != len(values[i]) { // its shape is known at run time only
			shapes[i], resize = shape, true
		}
	}
	if resize && l.it.ResizeInputs(shapes) != nil {
		return nil
	}
	for i, v := range values {
		if in := l.it.Input(i); in.Elements() != len(v) || tensor.QuantizeFloat32(in, v) != nil {
			return nil
		}
	}
	if l.it.Invoke(ctx) != nil {
		return nil
	}
	out := l.it.Output(0)
	if out == nil || out.Type == tensor.String {
		return nil
	}
	v, err := tensor.DequantizeFloat32(out, nil)
	if err != nil {
		return nil
	}
	return v
}
