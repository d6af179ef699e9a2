package compress

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// ExportQAT makes an integer model of one that was trained for it: FoldFakeQuant, then Integer with the ranges that training
// found. The model needs no samples.
func ExportQAT(ctx context.Context, f *schema.File, c IntegerConfig) (*schema.File, *Report, error) {
	folded, first, err := FoldFakeQuant(f)
	if err != nil {
		return nil, nil, err
	}
	out, second, err := Integer(ctx, folded, nil, c)
	if err != nil {
		return nil, nil, err
	}
	return out, &Report{Transform: "quantization-aware training to " + second.Transform, Before: first.Before, After: second.After, Steps: []*Report{first, second}}, nil
}

// FoldFakeQuant removes FAKE_QUANT nodes, which stand for rounding while a model is trained: what they computed from then has
// their range written down (quantization min and max, nudged so that zero is a step, as the operator does), and constants behind
// them are rounded. Ranges pass through operators that only move values. Ranges of activations must be those of 8 bits.
func FoldFakeQuant(f *schema.File) (*schema.File, *Report, error) {
	return transform(f, "FAKE_QUANT folded", func(m *edit.Model, r *Report) error {
		for _, g := range m.Graphs() {
			for i, op := range slices.Clone(g.Operators) {
				if m.Code(op) != tflite.BuiltinOperatorFAKE_QUANT {
					continue
				}
				if err := foldFakeQuant(g, op, r); err != nil {
					return fmt.Errorf("subgraph %d: node %d FAKE_QUANT: %w", g.Index, i, err)
				}
			}
			passRanges(g)
		}
		return nil
	})
}

// fakeQuant is the grid of one FAKE_QUANT node: least + k*scale for k = 0 ... steps.
type fakeQuant struct{ least, scale, steps float64 }

// gridOf computes the grid as the operator does: scale = (max - min) / steps, the zero point rounded into the range.
func gridOf(o *tflite.FakeQuantOptionsT) (fakeQuant, error) {
	lo, hi := float64(o.Min), float64(o.Max)
	if o.NumBits < 2 || o.NumBits > 16 {
		return fakeQuant{}, fmt.Errorf("%d bits, want 2 to 16: %w", o.NumBits, ops.ErrInvalidModel)
	}
	if !(lo < hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return fakeQuant{}, fmt.Errorf("range %v to %v: %w", lo, hi, ops.ErrInvalidModel)
	}
	first, last := 0.0, math.Exp2(float64(o.NumBits))-1
	if o.NarrowRange {
		first = 1
	}
	g := fakeQuant{steps: last - first, scale: (hi - lo) / (last - first)}
	zero := math.Min(math.Max(math.Round(first-lo/g.scale), first), last)
	g.least = (first - zero) * g.scale
	return g, nil
}

func (g fakeQuant) round(v float32) float32 {
	k := math.Round((float64(v) - g.least) / g.scale)
	return float32(g.least + g.scale*math.Min(math.Max(k, 0), g.steps))
}

func foldFakeQuant(g *edit.Graph, op *tflite.OperatorT, r *Report) error {
	o, ok := schema.Options[tflite.FakeQuantOptionsT](op)
	if !ok || len(op.Inputs) != 1 || len(op.Outputs) != 1 {
		return fmt.Errorf("no options, or not one input and one output: %w", ops.ErrInvalidModel)
	}
	grid, err := gridOf(o)
	if err != nil {
		return err
	}
	in, out := op.Inputs[0], op.Outputs[0]
	x := g.Tensors[in]
	change := TensorChange{
		Subgraph: g.Index, Tensor: x.Name, Operator: "FAKE_QUANT", Elements: g.Elements(in), SQNR: Decibel(math.Inf(1)),
		Action: fmt.Sprintf("range %g to %g, %d bits", grid.least, grid.least+grid.steps*grid.scale, o.NumBits),
	}
	switch {
	case g.IsConstant(in):
		values, err := g.Floats(in)
		if err != nil {
			return err
		}
		rounded := make([]float32, len(values))
		for i, v := range values {
			rounded[i] = grid.round(v)
		}
		change.SQNR = SQNR(values, rounded)
		g.SetFloats(out, rounded)
	case g.IsOutput(out) && g.IsInput(in):
		r.skip(g.Index, x.Name, "FAKE_QUANT from an input to an output")
		return nil
	case o.NumBits != 8:
		return fmt.Errorf("%q: activations of %d bits, want 8: %w", x.Name, o.NumBits, ops.ErrUnsupported)
	default:
		x.Quantization = &tflite.QuantizationParametersT{Min: []float32{float32(grid.least)}, Max: []float32{float32(grid.least + grid.steps*grid.scale)}}
		if g.IsOutput(out) {
			x.Name = g.Tensors[out].Name
		}
		g.Redirect(out, in, 0)
	}
	g.Remove(op)
	r.Changes = append(r.Changes, change)
	return nil
}

// passRanges gives outputs of nodes that only move values the ranges of their inputs, and those that join values the union.
func passRanges(g *edit.Graph) {
	rules := integerRules()
	ranged := func(t int32) *tflite.QuantizationParametersT {
		if t < 0 || !g.IsFloat(t) {
			return nil
		}
		if q := g.Tensors[t].Quantization; q != nil && len(q.Min) == 1 && len(q.Max) == 1 {
			return q
		}
		return nil
	}
	for _, op := range g.Operators {
		rule, ok := rules[g.Model.Code(op)]
		if !ok || !rule.same && !rule.adopt {
			continue
		}
		lo, hi, known := float32(math.Inf(1)), float32(math.Inf(-1)), false
		for i, t := range op.Inputs {
			if q := ranged(t); q != nil && (rule.adopt || i == rule.first) {
				lo, hi, known = min(lo, q.Min[0]), max(hi, q.Max[0]), true
			}
		}
		for _, t := range op.Outputs {
			if known && g.IsFloat(t) && ranged(t) == nil {
				g.Tensors[t].Quantization = &tflite.QuantizationParametersT{Min: []float32{lo}, Max: []float32{hi}}
			}
		}
	}
}
