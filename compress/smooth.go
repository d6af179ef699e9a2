package compress

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// SmoothConfig changes what Smooth does.
type SmoothConfig struct {
	Alpha float64 // share of the range that goes from activations into weights, 0 to 1; 0 for 0.5
}

// Smooth moves ranges of activations into weights where a layer normalization ends in constants and only FULLY_CONNECTED
// layers read it: gamma and beta of channel j are divided by, and the weights that read it multiplied by
//
//	s_j = max|x_j|^a / max|w_j|^(1-a)
//
// with the largest activations on the samples (Xiao et al., SmoothQuant, 2022, equation 4). Outputs do not change but for
// rounding.
func Smooth(ctx context.Context, f *schema.File, set *dataset.Set, c SmoothConfig) (*schema.File, *Report, error) {
	if c.Alpha == 0 {
		c.Alpha = 0.5
	}
	switch {
	case !(c.Alpha > 0 && c.Alpha <= 1):
		return nil, nil, fmt.Errorf("smooth: alpha %v, want 0 to 1: %w", c.Alpha, ops.ErrValue)
	case set == nil || set.Len == 0:
		return nil, nil, fmt.Errorf("smooth: no samples: %w", ops.ErrValue)
	}
	return transform(f, fmt.Sprintf("smooth %g", c.Alpha), func(m *edit.Model, r *Report) error {
		g := m.Graph(0)
		places := smoothPlaces(g, r)
		if len(places) == 0 {
			r.warn("no normalization to smooth")
			return nil
		}
		if err := largestInputs(ctx, f, g, set, places); err != nil {
			return err
		}
		for _, p := range places {
			if err := p.fold(g, c.Alpha, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// smoothPlace is a tensor that constants scale by channel and FULLY_CONNECTED layers read.
type smoothPlace struct {
	at        int32
	channels  int
	constants []int32   // in front: vectors of the channels
	weights   []int32   // behind
	largest   []float64 // magnitudes by channel
}

func smoothPlaces(g *edit.Graph, r *Report) []*smoothPlace {
	uses := g.Uses()
	var list []*smoothPlace
	for _, op := range g.Operators {
		code := g.Model.Code(op)
		if code != tflite.BuiltinOperatorADD && code != tflite.BuiltinOperatorMUL && code != tflite.BuiltinOperatorSUB || len(op.Outputs) != 1 {
			continue
		}
		t := op.Outputs[0]
		p := &smoothPlace{at: t, channels: last(g, t)}
		if p.channels == 0 || !g.IsFloat(t) || g.IsOutput(t) || len(uses[t]) == 0 || slices.ContainsFunc(uses[t], func(u edit.Use) bool {
			return u.Input != 0 || g.Model.Code(u.Op) != tflite.BuiltinOperatorFULLY_CONNECTED
		}) {
			continue
		}
		cone := &smoothCone{g: g, uses: uses, channels: p.channels, nodes: map[*tflite.OperatorT]bool{}, constants: map[int32]bool{}}
		if !cone.follow(t) {
			continue
		}
		p.constants = slices.Sorted(maps.Keys(cone.constants))
		if reason := cone.leave(t); reason != "" {
			r.skip(g.Index, g.Tensors[t].Name, "%s", reason)
			continue
		}
		reason := ""
		for _, u := range uses[t] {
			w := u.Op.Inputs[1]
			o, ok := schema.Options[tflite.FullyConnectedOptionsT](u.Op)
			switch x := g.Tensors[w]; {
			case !g.IsConstant(w) || !g.IsFloat(w) || x.Sparsity != nil || len(x.Shape) != 2 || int(x.Shape[1]) != p.channels,
				ok && o.WeightsFormat != tflite.FullyConnectedOptionsWeightsFormatDEFAULT:
				reason = fmt.Sprintf("%q is no plain float matrix of its channels", x.Name)
			case len(uses[w]) != 1 || g.IsOutput(w):
				reason = fmt.Sprintf("%q is read elsewhere too", x.Name)
			case x.Quantization != nil && len(x.Quantization.Max) > 0:
				reason = fmt.Sprintf("the file states the range of %q", x.Name)
			}
			p.weights = append(p.weights, w)
		}
		if reason != "" {
			r.skip(g.Index, g.Tensors[t].Name, "%s", reason)
			continue
		}
		list = append(list, p)
	}
	return list
}

// smoothCone is the nodes between constants and a tensor whose channels these scale.
type smoothCone struct {
	g         *edit.Graph
	uses      [][]edit.Use
	channels  int
	nodes     map[*tflite.OperatorT]bool
	constants map[int32]bool
}

// follow finds constants that scale tensor t: every term of a sum, and one factor of a product.
func (c *smoothCone) follow(t int32) bool {
	g := c.g
	if g.IsConstant(t) {
		if !g.IsFloat(t) || g.Elements(t) != int64(c.channels) || last(g, t) != c.channels || g.Tensors[t].Sparsity != nil {
			return false
		}
		c.constants[t] = true
		return true
	}
	op := g.Producer(t)
	if op == nil || len(op.Inputs) != 2 || last(g, t) != c.channels || fusedActivation(op) != tflite.ActivationFunctionTypeNONE {
		return false
	}
	if c.nodes[op] {
		return true
	}
	c.nodes[op] = true
	switch g.Model.Code(op) {
	case tflite.BuiltinOperatorADD, tflite.BuiltinOperatorSUB:
		return c.follow(op.Inputs[0]) && c.follow(op.Inputs[1])
	case tflite.BuiltinOperatorMUL:
		for _, i := range op.Inputs {
			try := &smoothCone{g, c.uses, c.channels, maps.Clone(c.nodes), maps.Clone(c.constants)}
			if try.follow(i) {
				c.nodes, c.constants = try.nodes, try.constants
				return true
			}
		}
	}
	return false
}

// leave says why the constants cannot be scaled: something else sees them, or what they scale.
func (c *smoothCone) leave(end int32) string {
	inside := func(t int32) bool {
		return !c.g.IsOutput(t) && !slices.ContainsFunc(c.uses[t], func(u edit.Use) bool { return !c.nodes[u.Op] })
	}
	seen := slices.Sorted(maps.Keys(c.constants))
	for op := range c.nodes {
		if op.Outputs[0] != end {
			seen = append(seen, op.Outputs[0])
		}
	}
	slices.Sort(seen)
	for _, t := range append(seen, end) {
		x := c.g.Tensors[t]
		switch {
		case t != end && !inside(t), c.constants[t] && len(c.uses[t]) != 1:
			return fmt.Sprintf("%q is read elsewhere too", x.Name)
		case x.Quantization != nil && len(x.Quantization.Max) > 0:
			return fmt.Sprintf("the file states the range of %q", x.Name)
		}
	}
	return ""
}

// largestInputs runs the model on all samples and keeps the largest magnitude of every channel.
func largestInputs(ctx context.Context, f *schema.File, g *edit.Graph, set *dataset.Set, places []*smoothPlace) error {
	at := map[int32]*smoothPlace{}
	for _, p := range places {
		p.largest = make([]float64, p.channels)
		at[p.at] = p
	}
	it, err := newPlainInterpreter(f)
	if err != nil {
		return err
	}
	it.SetTap(func(n interpreter.Tapped) {
		if n.Subgraph != 0 || n.Node >= len(g.Operators) || len(n.Outputs) != 1 || len(g.Operators[n.Node].Outputs) != 1 {
			return
		}
		p, x := at[g.Operators[n.Node].Outputs[0]], n.Outputs[0]
		if p == nil || x == nil || x.Type != tensor.Float32 {
			return
		}
		for i, v := range tensor.Data[float32](x) {
			if a := math.Abs(float64(v)); a > p.largest[i%p.channels] && !math.IsInf(a, 0) {
				p.largest[i%p.channels] = a
			}
		}
	})
	return eachSample(ctx, it, set, nil)
}

// fold scales the constants in front and the weights behind.
func (p *smoothPlace) fold(g *edit.Graph, alpha float64, r *Report) error {
	values, most := map[int32][]float32{}, make([]float64, p.channels)
	for _, t := range slices.Concat(p.constants, p.weights) {
		v, err := g.Floats(t)
		if err != nil {
			return err
		}
		values[t] = v
	}
	for _, t := range p.weights {
		for i, v := range values[t] {
			most[i%p.channels] = max(most[i%p.channels], math.Abs(float64(v)))
		}
	}
	s := make([]float64, p.channels)
	for j := range s {
		s[j] = 1
		if p.largest[j] > 0 && most[j] > 0 && !math.IsInf(most[j], 0) {
			s[j] = min(max(math.Pow(p.largest[j], alpha)/math.Pow(most[j], 1-alpha), 1/mostEqualized), mostEqualized)
		}
	}
	for _, t := range p.constants {
		for i := range values[t] {
			values[t][i] = float32(float64(values[t][i]) / s[i])
		}
		g.SetFloats(t, values[t])
	}
	for _, t := range p.weights {
		for i := range values[t] {
			values[t][i] = float32(float64(values[t][i]) * s[i%p.channels])
		}
		g.SetFloats(t, values[t])
	}
	r.Changes = append(r.Changes, TensorChange{
		Subgraph: g.Index, Tensor: g.Tensors[p.at].Name, Operator: g.Model.Name(g.Producer(p.at)), Elements: int64(p.channels),
		Action: fmt.Sprintf("channels divided by %.3g to %.3g, for %d layers", slices.Min(s), slices.Max(s), len(p.weights)),
		SQNR:   Decibel(math.NaN()),
	})
	return nil
}
