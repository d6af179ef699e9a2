package compare

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/tensor"
)

// Layer is how far one tensor of a model is from its counterpart in the original.
type Layer struct {
	Tensor string           `json:"tensor"`
	Of     string           `json:"of,omitempty"`  // the original's tensor, where it has another name
	Op     string           `json:"op"`            // that computes it
	SQNR   compress.Decibel `json:"sqnr_db"`       // with the errors of all nodes before it
	Local  compress.Decibel `json:"local_sqnr_db"` // of this node alone, given the original's values; NaN where it cannot run alone
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

// Tensors compares tensors of the primary subgraphs of two models over all samples, in the execution order of the second.
// Tensors of one name are counterparts; float forms and quantized ones ("x", "x_quantized") count as the same, the later
// node wins. Between those, tensors that the same operator computes with as many elements are counterparts in their order.
func Tensors(ctx context.Context, a, b Model, set *dataset.Set) ([]Layer, error) {
	left, err := newTapped(a)
	if err != nil {
		return nil, err
	}
	left.side = "original "
	right, err := newTapped(b)
	if err != nil {
		return nil, err
	}
	if err := alike(left.it, right.it); err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	sums, local := map[string]*errorSums{}, map[string]*errorSums{}
	var pairs map[string]string
	var alone []*layerModel
	first := dataset.Inputs(left.it)
	for i := range set.Len {
		s, err := set.Sample(i)
		if err != nil {
			return nil, err
		}
		for _, t := range []*tapped{left, right} {
			if err := t.run(ctx, s, first); err != nil {
				return nil, fmt.Errorf("%s: sample %d: %w", t.name, i, err)
			}
		}
		if i == 0 {
			pairs = counterparts(left, right)
			alone = layerModels(right, pairs)
		}
		for _, name := range right.order {
			want, got := left.values[pairs[name]], right.values[name]
			if len(want) == 0 || len(want) != len(got) {
				continue
			}
			if err := addTo(sums, name, want, got); err != nil {
				return nil, err
			}
		}
		for _, l := range alone {
			want := left.values[pairs[l.tensor]]
			if got := l.run(ctx, left, pairs); len(want) > 0 && len(got) == len(want) {
				if err := addTo(local, l.tensor, want, got); err != nil {
					return nil, err
				}
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	var list []Layer
	for _, name := range right.order {
		if e := sums[name]; e != nil {
			q := e.quality(1, 0)
			l := Layer{Tensor: name, Op: right.ops[name], SQNR: q.SQNR, Local: compress.Decibel(math.NaN()), MaxAbs: q.MaxAbs}
			if pairs[name] != name {
				l.Of = pairs[name]
			}
			if e := local[name]; e != nil {
				l.Local = e.quality(1, 0).SQNR
			}
			list = append(list, l)
		}
	}
	return list, nil
}

func addTo(sums map[string]*errorSums, name string, want, got []float32) error {
	if sums[name] == nil {
		sums[name] = &errorSums{}
	}
	return sums[name].add([][]float32{want}, [][]float32{got}, nil, 0, dataset.NoLabel)
}

// counterparts returns for tensors of b the name of the tensor of a that they stand for.
func counterparts(a, b *tapped) map[string]string {
	position := make(map[string]int, len(a.order))
	for i, name := range a.order {
		position[name] = i
	}
	pairs := map[string]string{}
	next := 0 // the first tensor of a that may be taken
	for _, name := range b.order {
		if i, ok := position[name]; ok {
			pairs[name] = name
			next = max(next, i+1)
			continue
		}
		for i := next; i < len(a.order); i++ {
			other := a.order[i]
			if _, named := b.ops[other]; named {
				break // what follows belongs to tensors behind that one
			}
			if a.ops[other] == b.ops[name] && len(a.values[other]) == len(b.values[name]) {
				pairs[name] = other
				next = i + 1
				break
			}
		}
	}
	return pairs
}

// tapped is a model whose intermediate tensors are kept.
type tapped struct {
	name   string
	side   string // told apart: what nameless tensors are called
	model  *interpreter.Model
	it     *interpreter.Interpreter
	inputs [][]float32          // of the last run
	values map[string][]float32 // of the last run
	shapes map[string]tensor.Shape
	ops    map[string]string
	order  []string
}

func newTapped(m Model) (*tapped, error) {
	x, err := interpreter.Load(m.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	t := &tapped{name: m.Name, model: x, values: map[string][]float32{}, shapes: map[string]tensor.Shape{}, ops: map[string]string{}}
	if t.it, err = interpreter.New(x, interpreter.WithoutRewrites()); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	t.it.SetTap(func(n interpreter.Tapped) {
		if n.Subgraph != 0 {
			return
		}
		for i, o := range n.Outputs {
			if o != nil {
				t.take(t.nameOf(o.Name, n.Node, i), n.Op, o)
			}
		}
	})
	return t, nil
}

// run keeps the inputs and all tensors of one sample.
func (t *tapped) run(ctx context.Context, s dataset.Sample, first []dataset.Input) error {
	clear(t.values)
	if err := give(t.it, s, first); err != nil {
		return err
	}
	t.inputs = make([][]float32, t.it.Inputs())
	for i := range t.inputs {
		if in := t.it.Input(i); in != nil && in.Type != tensor.String {
			t.inputs[i], _ = tensor.DequantizeFloat32(in, nil) // nil for what is no number
		}
	}
	return t.it.Invoke(ctx)
}

// nameOf is what the output of a node is called.
func (t *tapped) nameOf(name string, node, output int) string {
	if name == "" {
		return fmt.Sprintf("%snode %d output %d", t.side, node, output)
	}
	return plainName(name)
}

// plainName is the name without what our quantizers add to it.
func plainName(name string) string {
	if plain := strings.TrimSuffix(name, quantizedSuffix); plain != "" {
		return plain
	}
	return name
}

// take keeps a copy of a tensor's real values.
func (t *tapped) take(name, op string, o *tensor.Tensor) {
	if o.Type == tensor.String || o.Type == tensor.Bool {
		return
	}
	v, err := tensor.DequantizeFloat32(o, nil)
	if err != nil {
		return // no numbers
	}
	if _, ok := t.ops[name]; !ok {
		t.ops[name] = op
		t.order = append(t.order, name)
	}
	t.values[name], t.shapes[name] = v, o.Shape.Clone()
}

// FirstBelow returns the first layer with less than least decibels, with elements that are no numbers in one of the models
// only, or with an error of more than most; false when there is none.
func FirstBelow(list []Layer, least, most float64) (Layer, bool) {
	for _, l := range list {
		if d := float64(l.SQNR); !(d >= least) || l.MaxAbs > most {
			return l, true
		}
	}
	return Layer{}, false
}

// Worst returns at most n layers with the largest errors of their own, by Local where it is known; exact ones are left out.
func Worst(list []Layer, n int) []Layer {
	own := func(l Layer) float64 {
		if d := float64(l.Local); !math.IsNaN(d) {
			return d
		}
		return float64(l.SQNR)
	}
	worst := slices.DeleteFunc(slices.Clone(list), func(l Layer) bool { return math.IsInf(own(l), 1) })
	slices.SortStableFunc(worst, func(a, b Layer) int { return cmp.Compare(own(a), own(b)) })
	return worst[:min(n, len(worst))]
}

// LayerText writes a layer on one line.
func LayerText(l Layer) string {
	text := fmt.Sprintf("%s %q: %s", l.Op, l.Tensor, decibels(l.SQNR))
	if !math.IsNaN(float64(l.Local)) {
		text += fmt.Sprintf(" (alone %s)", decibels(l.Local))
	}
	text += fmt.Sprintf(", largest error %.3g", l.MaxAbs)
	if l.Of != "" {
		text += fmt.Sprintf("; by order of %q", l.Of)
	}
	return text
}
