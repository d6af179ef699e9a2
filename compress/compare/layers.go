package compare

import (
	"context"
	"fmt"
	"math"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/tensor"
)

// Layer is how far one tensor of a model is from the tensor of the same name in the original, with the errors of all nodes
// before it.
type Layer struct {
	Tensor string           `json:"tensor"`
	Op     string           `json:"op"` // that computes it
	SQNR   compress.Decibel `json:"sqnr_db"`
	MaxAbs float64          `json:"max_abs"`
}

// mostLayerSamples bounds the samples on which tensors are compared one by one.
const mostLayerSamples = 16

// layers compares intermediate tensors by name.
func (r *Result) layers(ctx context.Context, models []Model, set *dataset.Set, c Config) error {
	set = set.Limit(mostLayerSamples)
	for k := 1; k < len(models); k++ {
		list, err := Tensors(ctx, models[0], models[k], set)
		if err != nil {
			return err
		}
		r.Models[k].Layers = list
		c.Progress("comparing layers", k, len(models)-1)
	}
	return nil
}

// quantizedSuffix is what our quantizers add to the name of a tensor whose float form stays.
const quantizedSuffix = "_quantized"

// Tensors compares the tensors that two models name alike, over all samples, in the execution order of the second. Float
// forms and quantized ones of the same name ("x", "x_quantized") count as the same; the later node wins.
func Tensors(ctx context.Context, a, b Model, set *dataset.Set) ([]Layer, error) {
	left, err := newTapped(a)
	if err != nil {
		return nil, err
	}
	right, err := newTapped(b)
	if err != nil {
		return nil, err
	}
	if err := alike(left.it, right.it); err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	sums := map[string]*errorSums{}
	first := dataset.Inputs(left.it)
	for i := range set.Len {
		s, err := set.Sample(i)
		if err != nil {
			return nil, err
		}
		for _, t := range []*tapped{left, right} {
			clear(t.values)
			if _, err := run(ctx, t.it, s, first); err != nil {
				return nil, fmt.Errorf("%s: sample %d: %w", t.name, i, err)
			}
		}
		for _, name := range right.order {
			want, ok := left.values[name]
			got := right.values[name]
			if !ok || len(want) != len(got) || len(want) == 0 {
				continue
			}
			if sums[name] == nil {
				sums[name] = &errorSums{}
			}
			if err := sums[name].add([][]float32{want}, [][]float32{got}, nil, 0, dataset.NoLabel); err != nil {
				return nil, err
			}
		}
	}
	var list []Layer
	for _, name := range right.order {
		if e := sums[name]; e != nil {
			q := e.quality(1, 0)
			list = append(list, Layer{Tensor: name, Op: right.ops[name], SQNR: q.SQNR, MaxAbs: q.MaxAbs})
		}
	}
	return list, nil
}

// tapped is a model whose intermediate tensors are kept.
type tapped struct {
	name   string
	it     *interpreter.Interpreter
	values map[string][]float32
	ops    map[string]string
	order  []string
}

func newTapped(m Model) (*tapped, error) {
	x, err := interpreter.Load(m.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	t := &tapped{name: m.Name, values: map[string][]float32{}, ops: map[string]string{}}
	if t.it, err = interpreter.New(x, interpreter.WithoutRewrites()); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	t.it.SetTap(func(n interpreter.Tapped) {
		if n.Subgraph != 0 {
			return
		}
		for _, o := range n.Outputs {
			t.take(n.Op, o)
		}
	})
	return t, nil
}

// take keeps a copy of a tensor's real values.
func (t *tapped) take(op string, o *tensor.Tensor) {
	if o == nil || o.Name == "" || o.Type == tensor.String || o.Type == tensor.Bool {
		return
	}
	v, err := tensor.DequantizeFloat32(o, nil)
	if err != nil {
		return // no numbers
	}
	name := o.Name
	if n := len(name) - len(quantizedSuffix); n > 0 && name[n:] == quantizedSuffix {
		name = name[:n]
	}
	if _, ok := t.ops[name]; !ok {
		t.ops[name] = op
		t.order = append(t.order, name)
	}
	t.values[name] = v
}

// FirstBelow returns the first layer with less than least decibels, and false when there is none.
func FirstBelow(list []Layer, least float64) (Layer, bool) {
	for _, l := range list {
		if d := float64(l.SQNR); d < least || math.IsNaN(d) && l.MaxAbs > 0 {
			return l, true
		}
	}
	return Layer{}, false
}

// LayerText writes a layer on one line.
func LayerText(l Layer) string {
	return fmt.Sprintf("%s %q: %s, largest error %.3g", l.Op, l.Tensor, decibels(l.SQNR), l.MaxAbs)
}
