package compress

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// GPTQConfig changes how GPTQ rounds.
type GPTQConfig struct {
	Bits        int            // of the weights: 8, 4 (the default) or 2
	Clip        Clip           // how scales are chosen; by default ClipMSE
	BlockSize   int            // 32, 64, 128 or 256: a scale for so many neighbours of a row of 4-bit FULLY_CONNECTED weights, for Dynamic told the same
	MinElements int            // leaves smaller weights alone; 0 for 1024, as Dynamic does
	Match       *regexp.Regexp // selects weights by name; nil for all

	// Adaptive rounds every weight either up or down (as AdaRound does) instead of moving those that follow to make up for errors.
	Adaptive bool

	// Entropy chooses, with 8 bits, among the integers that DynamicConfig.Entropy would; what that costs is made up for as well.
	Entropy float64

	// Progress is told how many of how many tensors are rounded.
	Progress func(done, total int)

	// PerChannelFC gives 8-bit weights of FULLY_CONNECTED a scale for each row, for a quantizer that is told the same.
	PerChannelFC bool
}

// GPTQ rounds the weights of FULLY_CONNECTED, CONV_2D and DEPTHWISE_CONV_2D layers of the primary subgraph, with 8 bits also of
// BATCH_MATMUL and UNIDIRECTIONAL_SEQUENCE_LSTM, so that the layers' outputs, not the weights themselves, change least on the
// samples: what one weight loses is made up for by those after it (Frantar et al., GPTQ, 2022). Layers are rounded in the order of the
// nodes, to the inputs that they get of those before them, and towards the outputs that they had in the original, where samples held
// out (a quarter, if there are 8 or more) say that this is better. It returns a float model whose
// weights lie on grids, and the grids: Dynamic, WeightOnly or Integer with these and the same Bits stores exactly the integers
// that were chosen. Layers of more than 1152 inputs (those of a window count together), and weights that several nodes read, stay.
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
	if err := (DynamicConfig{Bits: c.Bits, BlockSize: c.BlockSize, Clip: c.Clip, Entropy: c.Entropy}).check(); err != nil {
		return nil, nil, nil, fmt.Errorf("gptq: %w", err)
	}
	if c.Entropy != 0 && (c.Bits != 8 || c.Adaptive) {
		return nil, nil, nil, fmt.Errorf("gptq: entropy with weights of %d bits, adaptive %t: want 8 and false: %w", c.Bits, c.Adaptive, ops.ErrValue)
	}
	grids := Grids{}
	name := fmt.Sprintf("gptq int%d", c.Bits)
	if c.Adaptive {
		name = fmt.Sprintf("adaround int%d", c.Bits)
	}
	if c.BlockSize > 0 {
		name += fmt.Sprintf(" in blocks of %d", c.BlockSize)
	}
	out, report, err := transform(f, name, func(m *edit.Model, r *Report) error {
		g := m.Graph(0)
		layers := gptqLayers(g, c, r)
		if len(layers) == 0 {
			r.warn("no weights to round")
			return nil
		}
		beside, err := newCompanion(f, set)
		if err != nil {
			return err
		}
		for total := len(layers); len(layers) > 0; {
			n := 1 // layers that read the same tensor do not depend on each other
			for n < len(layers) && layers[n].product.input == layers[0].product.input && layers[n].op == layers[0].op {
				n++
			}
			var keys []momentKey
			for _, l := range layers[:n] {
				keys = append(keys, l.product.key(true))
			}
			all, err := beside.measure(ctx, m.Draft(), keys)
			if err != nil {
				return err
			}
			for _, l := range layers[:n] {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := l.round(g, c, all[l.product.key(true)], grids, r); err != nil {
					return err
				}
			}
			layers = layers[n:]
			if c.Progress != nil {
				c.Progress(total-len(layers), total)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	return out, grids, report, nil
}

// gptqLayer is a constant that a node multiplies its input with.
type gptqLayer struct {
	op      *tflite.OperatorT
	weights int32
	product *product
}

// inputs lists the inputs of an operator that GPTQ rounds: Dynamic stores them with that many bits.
func (c GPTQConfig) inputs(code tflite.BuiltinOperator) []int {
	switch code {
	case tflite.BuiltinOperatorFULLY_CONNECTED, tflite.BuiltinOperatorCONV_2D:
		return []int{1}
	case tflite.BuiltinOperatorDEPTHWISE_CONV_2D, tflite.BuiltinOperatorBATCH_MATMUL:
		if c.Bits == 8 {
			return []int{1}
		}
	case tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM:
		if c.Bits == 8 {
			return []int{1, 2, 3, 4, 5, 6, 7, 8}
		}
	}
	return nil
}

// axis is that of the scales, as Dynamic and Integer store such weights: -1 for one scale.
func (c GPTQConfig) axis(code tflite.BuiltinOperator) int32 {
	switch code {
	case tflite.BuiltinOperatorCONV_2D:
		return 0
	case tflite.BuiltinOperatorDEPTHWISE_CONV_2D:
		return 3
	case tflite.BuiltinOperatorFULLY_CONNECTED:
		if c.Bits < 8 || c.PerChannelFC {
			return 0
		}
	}
	return -1
}

// gptqLayers lists the weights to round.
func gptqLayers(g *edit.Graph, c GPTQConfig, r *Report) []*gptqLayer {
	var list []*gptqLayer
	for _, op := range g.Operators {
		for _, i := range c.inputs(g.Model.Code(op)) {
			if i >= len(op.Inputs) {
				break
			}
			t := op.Inputs[i]
			if !g.IsFloat(t) || !g.IsConstant(t) || !g.IsFloat(op.Inputs[0]) {
				continue
			}
			x, p := g.Tensors[t], productOf(g, op, i, t)
			reason := ""
			switch {
			case c.Match != nil && !c.Match.MatchString(x.Name):
				reason = "not selected"
			case p == nil || x.Sparsity != nil:
				reason = "no dense matrix"
			case g.Elements(t) < int64(c.MinElements):
				reason = fmt.Sprintf("%d elements, fewer than %d", g.Elements(t), c.MinElements)
			case p.n > mostPairs:
				reason = fmt.Sprintf("%d inputs, more than %d", p.n, mostPairs)
			case len(g.UsesOf(t)) != 1 || x.Name == "" || sameName(g, x.Name) > 1:
				reason = "read by several nodes, or without a name of its own"
			case g.IsConstant(p.input):
				reason = "its input is constant"
			}
			if reason != "" {
				r.skip(g.Index, x.Name, "%s", reason)
				continue
			}
			list = append(list, &gptqLayer{op: op, weights: t, product: p})
		}
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

// round puts the layer's weights onto a grid.
func (l *gptqLayer) round(g *edit.Graph, c GPTQConfig, inputs *split, grids Grids, r *Report) error {
	x, p := g.Tensors[l.weights], l.product
	values, err := g.Floats(l.weights)
	if err != nil {
		return err
	}
	grid := weightGrid{bits: c.Bits, clip: c.Clip, entropy: c.Entropy}
	chosen := Grid{Axis: int(c.axis(g.Model.Code(l.op)))}
	if inBlocks(g.Model.Code(l.op), x, c.BlockSize) {
		chosen = Grid{Scale: blockScales(values, c.BlockSize, grid), Block: c.BlockSize}
	} else {
		q := quantizeWeights(values, x.Shape, int32(chosen.Axis), grid)
		chosen.Scale, grid.book = q.scale, q.book
	}
	rounded := slices.Clone(values)
	part := make([]float32, p.rows*p.n)
	for i := range p.parts {
		for row := range p.rows {
			for column := range p.n {
				part[row*p.n+column] = values[p.at(i, row, column)]
			}
		}
		part := layerPart{w: part, n: p.n, scale: chosen.of(i, p.rows, len(values)/(p.parts*p.rows)), grid: grid, adaptive: c.Adaptive}
		got := part.round(inputs, i)
		if got == nil {
			r.skip(g.Index, x.Name, "the moments of its inputs have no inverse")
			return nil
		}
		for row := range p.rows {
			for column := range p.n {
				rounded[p.at(i, row, column)] = got[row*p.n+column]
			}
		}
	}
	grids[TensorID{g.Index, x.Name}] = chosen
	g.SetFloats(l.weights, rounded)
	action := fmt.Sprintf("on a grid of %d bits", c.Bits)
	if chosen.Block > 0 {
		action += fmt.Sprintf(" in blocks of %d", chosen.Block)
	}
	r.Changes = append(r.Changes, TensorChange{
		Subgraph: g.Index, Tensor: x.Name, Operator: g.Model.Name(l.op), Action: action,
		Elements: int64(len(values)), BytesBefore: int64(4 * len(values)), BytesAfter: int64(4 * len(values)), SQNR: SQNR(values, rounded),
	})
	return nil
}

// of returns the scales of the rows of a part: one each, or one for every block of them.
func (g Grid) of(part, rows, n int) []float32 {
	if g.Block > 0 {
		return g.Scale[part*rows*n/g.Block:][:rows*n/g.Block]
	}
	scale := make([]float32, rows)
	for row := range scale {
		scale[row] = g.Scale[min(part*rows+row, len(g.Scale)-1)]
	}
	return scale
}
