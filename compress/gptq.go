package compress

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// GPTQConfig changes how GPTQ rounds.
type GPTQConfig struct {
	Bits        int            // of the weights: 8, 4 (the default) or 2
	Clip        Clip           // how scales are chosen; by default ClipMSE
	MinElements int            // leaves smaller weights alone; 0 for 1024, as Dynamic does
	Match       *regexp.Regexp // selects weights by name; nil for all
}

// mostMoments bounds the inputs of a layer whose second moments are kept: 8 MiB for 1024.
const mostMoments = 1024

// GPTQ rounds the weights of FULLY_CONNECTED layers of the primary subgraph so that the layers' outputs, not the weights
// themselves, change least on the samples: what one weight loses is made up for by those after it (Frantar et al., GPTQ,
// 2022). It returns a float model whose weights lie on grids, and the grids: Dynamic or WeightOnly with these and the same
// Bits stores exactly the integers that were chosen. Layers of more than 1024 inputs, and weights that several nodes read, stay.
func GPTQ(ctx context.Context, f *schema.File, set *dataset.Set, c GPTQConfig) (*schema.File, Grids, *Report, error) {
	if c.Bits == 0 {
		c.Bits = 4
	}
	if c.Clip == "" {
		c.Clip = ClipMSE
	}
	if c.MinElements == 0 {
		c.MinElements = 1024
	}
	switch {
	case !slices.Contains([]int{2, 4, 8}, c.Bits):
		return nil, nil, nil, fmt.Errorf("gptq: weights of %d bits, want 8, 4 or 2: %w", c.Bits, ops.ErrValue)
	case set == nil || set.Len == 0:
		return nil, nil, nil, fmt.Errorf("gptq: no samples: %w", ops.ErrValue)
	}
	grids := Grids{}
	out, report, err := transform(f, fmt.Sprintf("gptq int%d", c.Bits), func(m *edit.Model, r *Report) error {
		g := m.Graph(0)
		layers := gptqLayers(g, c, r)
		if len(layers) == 0 {
			r.warn("no weights to round")
			return nil
		}
		if err := secondMoments(ctx, f, g, set, layers); err != nil {
			return err
		}
		for _, l := range layers {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := l.round(g, c, grids, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	return out, grids, report, nil
}

// gptqLayer is a FULLY_CONNECTED node and the second moments of its input.
type gptqLayer struct {
	op      *tflite.OperatorT
	input   int32
	n       int
	moments []float64 // n x n, sum of x*x^T; layers with one input share it
}

// gptqLayers lists the nodes to round.
func gptqLayers(g *edit.Graph, c GPTQConfig, r *Report) []*gptqLayer {
	var list []*gptqLayer
	for _, op := range g.Operators {
		if g.Model.Code(op) != tflite.BuiltinOperatorFULLY_CONNECTED || len(op.Inputs) < 2 {
			continue
		}
		t := op.Inputs[1]
		if !g.IsFloat(t) || !g.IsConstant(t) || !g.IsFloat(op.Inputs[0]) {
			continue
		}
		x := g.Tensors[t]
		reason := ""
		switch {
		case c.Match != nil && !c.Match.MatchString(x.Name):
			reason = "not selected"
		case len(x.Shape) != 2 || x.Sparsity != nil:
			reason = "no dense matrix"
		case g.Elements(t) < int64(c.MinElements):
			reason = fmt.Sprintf("%d elements, fewer than %d", g.Elements(t), c.MinElements)
		case x.Shape[1] > mostMoments:
			reason = fmt.Sprintf("%d inputs, more than %d", x.Shape[1], mostMoments)
		case len(g.UsesOf(t)) != 1 || x.Name == "" || sameName(g, x.Name) > 1:
			reason = "read by several nodes, or without a name of its own"
		case g.IsConstant(op.Inputs[0]):
			reason = "its input is constant"
		}
		if reason != "" {
			r.skip(g.Index, x.Name, "%s", reason)
			continue
		}
		list = append(list, &gptqLayer{op: op, input: op.Inputs[0], n: int(x.Shape[1])})
	}
	return list
}

func sameName(g *edit.Graph, name string) int {
	n := 0
	for _, t := range g.Tensors {
		if t.Name == name {
			n++
		}
	}
	return n
}

// secondMoments runs the model on all samples and adds up x*x^T over the rows of every layer's input.
func secondMoments(ctx context.Context, f *schema.File, g *edit.Graph, set *dataset.Set, layers []*gptqLayer) error {
	type key struct {
		input int32
		n     int
	}
	sums := map[key][]float64{}
	for _, l := range layers {
		k := key{l.input, l.n}
		if sums[k] == nil {
			sums[k] = make([]float64, l.n*l.n)
		}
		l.moments = sums[k]
	}
	add := func(t int32, x *tensor.Tensor) {
		if x == nil || x.Type != tensor.Float32 {
			return
		}
		values := tensor.Data[float32](x)
		for k, h := range sums {
			if k.input != t || len(values)%k.n != 0 {
				continue
			}
			for row := 0; row < len(values); row += k.n {
				addOuter(h, values[row:row+k.n])
			}
		}
	}
	it, err := newPlainInterpreter(f)
	if err != nil {
		return err
	}
	it.SetTap(func(n interpreter.Tapped) {
		if n.Subgraph != 0 || n.Node >= len(g.Operators) {
			return
		}
		for i, t := range g.Operators[n.Node].Outputs {
			if i < len(n.Outputs) {
				add(t, n.Outputs[i])
			}
		}
	})
	return eachSample(ctx, it, set, func() error {
		for i, t := range g.Inputs {
			if i < it.Inputs() {
				add(t, it.Input(i))
			}
		}
		return nil
	})
}

// addOuter adds x*x^T to h. Rows with NaN or infinities are left out.
func addOuter(h []float64, x []float32) {
	for _, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return
		}
	}
	n := len(x)
	for i, a := range x {
		if a == 0 {
			continue
		}
		row := h[i*n : (i+1)*n]
		for j, b := range x {
			row[j] += float64(a) * float64(b)
		}
	}
}

// round puts the layer's weights onto a grid: one scale for each row, or, as Dynamic stores 8 bits, one for all.
func (l *gptqLayer) round(g *edit.Graph, c GPTQConfig, grids Grids, r *Report) error {
	t := l.op.Inputs[1]
	x := g.Tensors[t]
	values, err := g.Floats(t)
	if err != nil {
		return err
	}
	grid, axis := weightGrid{bits: c.Bits, clip: c.Clip}, int32(0)
	if c.Bits == 8 {
		axis = -1
	}
	nearest := quantizeWeights(values, x.Shape, axis, grid)
	rounded := slices.Clone(values)
	if !roundRows(rounded, l.n, l.moments, nearest.scale, grid) {
		r.skip(g.Index, x.Name, "the moments of its inputs have no inverse")
		return nil
	}
	grids[TensorID{g.Index, x.Name}] = Grid{Scale: nearest.scale, Axis: int(axis)}
	g.SetFloats(t, rounded)
	r.Changes = append(r.Changes, TensorChange{
		Subgraph: g.Index, Tensor: x.Name, Operator: g.Model.Name(l.op), Action: fmt.Sprintf("on a grid of %d bits", c.Bits),
		Elements: int64(len(values)), BytesBefore: int64(4 * len(values)), BytesAfter: int64(4 * len(values)), SQNR: SQNR(values, rounded),
	})
	return nil
}
