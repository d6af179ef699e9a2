package compress

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/compress/internal/linalg"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// FactorizeConfig changes how Factorize chooses ranks.
type FactorizeConfig struct {
	Energy float64        // share of the sum of squared singular values to keep, 0 to 1; 0 for 0.95
	Rank   int            // the same rank for all layers in place of Energy; 0 for none
	Match  *regexp.Regexp // selects weights by name; nil for all
}

// mostFactorized bounds a side of the matrices: the time of the decomposition grows with the cube.
const mostFactorized = 2048

// Factorize replaces FULLY_CONNECTED and 1x1 CONV_2D of m outputs and n inputs by two layers of low rank r: the first, of r
// outputs, has neither bias nor activation; the second has those of the original. Both hold r*(m+n) weights instead of m*n,
// from the singular value decomposition W = U*S*V^T cut at r, with sqrt(S) on either side. Layers where that saves nothing
// stay.
func Factorize(ctx context.Context, f *schema.File, c FactorizeConfig) (*schema.File, *Report, error) {
	if c.Energy == 0 {
		c.Energy = 0.95
	}
	switch {
	case math.IsNaN(c.Energy) || c.Energy < 0 || c.Energy > 1:
		return nil, nil, fmt.Errorf("factorize: energy %v, want 0 to 1: %w", c.Energy, ops.ErrValue)
	case c.Rank < 0:
		return nil, nil, fmt.Errorf("factorize: rank %d, want 1 or more: %w", c.Rank, ops.ErrValue)
	}
	name := fmt.Sprintf("low rank, %g of the energy", c.Energy)
	if c.Rank > 0 {
		name = fmt.Sprintf("rank %d", c.Rank)
	}
	return transform(f, name, func(m *edit.Model, r *Report) error {
		for _, g := range m.Graphs() {
			for _, op := range slices.Clone(g.Operators) {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := factorizeNode(g, op, c, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// factorizeNode splits one node, if that pays.
func factorizeNode(g *edit.Graph, op *tflite.OperatorT, c FactorizeConfig, r *Report) error {
	code := g.Model.Code(op)
	if code != tflite.BuiltinOperatorFULLY_CONNECTED && code != tflite.BuiltinOperatorCONV_2D || len(op.Inputs) < 2 || len(op.Outputs) != 1 {
		return nil
	}
	t := op.Inputs[1]
	if !g.IsFloat(t) || !g.IsConstant(t) {
		return nil
	}
	x := g.Tensors[t]
	if c.Match != nil && !c.Match.MatchString(x.Name) {
		return nil
	}
	if why := refuseFactors(g, op, code); why != "" {
		r.skip(g.Index, x.Name, "%s", why)
		return nil
	}
	m, n := int(x.Shape[0]), int(x.Shape[len(x.Shape)-1])
	values, err := g.Floats(t)
	if err != nil {
		return err
	}
	if len(values) != m*n {
		return fmt.Errorf("weights %q: %d values, want %d x %d: %w", x.Name, len(values), m, n, ops.ErrInvalidModel)
	}
	if !slices.ContainsFunc(values, func(v float32) bool { return v != 0 }) || slices.ContainsFunc(values, func(v float32) bool {
		return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0)
	}) {
		r.skip(g.Index, x.Name, "all zero or not finite")
		return nil
	}
	a := make([]float64, len(values))
	for i, v := range values {
		a[i] = float64(v)
	}
	u, s, vT := linalg.SVD(a, m, n)
	rank := c.Rank
	if rank == 0 {
		rank = rankFor(s, c.Energy)
	}
	if rank >= len(s) || rank*(m+n) >= m*n {
		r.skip(g.Index, x.Name, "rank %d of %d x %d saves nothing", rank, m, n)
		return nil
	}
	first, second, got := factors(u, s, vT, m, n, rank)
	splitNode(g, op, rank, first, second)
	r.Changes = append(r.Changes, TensorChange{
		Subgraph: g.Index, Tensor: x.Name, Operator: g.Model.Name(op), Action: fmt.Sprintf("rank %d of %d", rank, len(s)),
		Elements: int64(len(values)), BytesBefore: int64(4 * m * n), BytesAfter: int64(4 * rank * (m + n)), SQNR: SQNR(values, got),
	})
	return nil
}

// refuseFactors says why a node stays whole, "" if it need not.
func refuseFactors(g *edit.Graph, op *tflite.OperatorT, code tflite.BuiltinOperator) string {
	x := g.Tensors[op.Inputs[1]]
	switch {
	case x.Sparsity != nil:
		return "stored sparsely"
	case len(op.Inputs) > 2 && op.Inputs[2] >= 0 && !g.IsFloat(op.Inputs[2]) || !g.IsFloat(op.Inputs[0]) || !g.IsFloat(op.Outputs[0]):
		return "not float all through"
	case code == tflite.BuiltinOperatorFULLY_CONNECTED && len(x.Shape) != 2, code == tflite.BuiltinOperatorCONV_2D && len(x.Shape) != 4:
		return fmt.Sprintf("weights of shape %v", x.Shape)
	case code == tflite.BuiltinOperatorCONV_2D && (x.Shape[1] != 1 || x.Shape[2] != 1):
		return fmt.Sprintf("a window of %d x %d", x.Shape[1], x.Shape[2])
	case max(x.Shape[0], x.Shape[len(x.Shape)-1]) > mostFactorized:
		return fmt.Sprintf("%v is larger than %d", x.Shape, mostFactorized)
	}
	if code == tflite.BuiltinOperatorCONV_2D {
		in := g.Tensors[op.Inputs[0]].Shape
		if len(in) != 4 || in[3] != x.Shape[3] {
			return "a grouped convolution"
		}
		if _, ok := schema.Options[tflite.Conv2DOptionsT](op); !ok {
			return "no options"
		}
		return ""
	}
	o, ok := schema.Options[tflite.FullyConnectedOptionsT](op)
	if !ok || o.WeightsFormat != tflite.FullyConnectedOptionsWeightsFormatDEFAULT {
		return "shuffled weights or no options"
	}
	return ""
}

// rankFor is the smallest rank that keeps the share of energy.
func rankFor(s []float64, share float64) int {
	total := 0.0
	for _, v := range s {
		total += v * v
	}
	sum := 0.0
	for i, v := range s {
		if sum += v * v; sum >= share*total {
			return i + 1
		}
	}
	return len(s)
}

// factors returns the weights of both layers, [rank, n] and [m, rank], and their product.
func factors(u, s, vT []float64, m, n, rank int) (first, second, product []float32) {
	k := len(s)
	first, second, product = make([]float32, rank*n), make([]float32, m*rank), make([]float32, m*n)
	for i := range rank {
		root := math.Sqrt(s[i])
		for j := range n {
			first[i*n+j] = float32(root * vT[i*n+j])
		}
		for j := range m {
			second[j*rank+i] = float32(root * u[j*k+i])
		}
	}
	for i := range m {
		for j := range n {
			sum := 0.0
			for x := range rank {
				sum += float64(second[i*rank+x]) * float64(first[x*n+j])
			}
			product[i*n+j] = float32(sum)
		}
	}
	return first, second, product
}

// splitNode puts the first layer in front of op, which becomes the second.
func splitNode(g *edit.Graph, op *tflite.OperatorT, rank int, first, second []float32) {
	w, out := g.Tensors[op.Inputs[1]], g.Tensors[op.Outputs[0]]
	constant := func(suffix string, outputs, inputs int, values []float32) int32 {
		shape := []int32{int32(outputs), int32(inputs)}
		if len(w.Shape) == 4 {
			shape = []int32{int32(outputs), 1, 1, int32(inputs)}
		}
		return g.AddTensor(&tflite.TensorT{Name: w.Name + suffix, Shape: shape, Buffer: g.Model.AddBuffer(edit.FloatBytes(values))})
	}
	m, n := int(w.Shape[0]), int(w.Shape[len(w.Shape)-1])
	node := &tflite.OperatorT{OpcodeIndex: op.OpcodeIndex, DebugMetadataIndex: -1}
	middle := &tflite.TensorT{Name: out.Name + "_low_rank"}
	narrow := func(shape []int32) []int32 {
		if shape = slices.Clone(shape); len(shape) > 0 {
			shape[len(shape)-1] = int32(rank)
		}
		return shape
	}
	if conv, ok := schema.Options[tflite.Conv2DOptionsT](op); ok {
		// The stride is taken first: what it skips need not be computed.
		o := *conv
		o.FusedActivationFunction = tflite.ActivationFunctionTypeNONE
		node.BuiltinOptions = &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConv2DOptions, Value: &o}
		conv.StrideW, conv.StrideH = 1, 1
		conv.DilationWFactor, conv.DilationHFactor = 1, 1
		middle.Shape, middle.ShapeSignature = narrow(out.Shape), narrow(out.ShapeSignature)
	} else if dense, ok := schema.Options[tflite.FullyConnectedOptionsT](op); ok {
		o := *dense
		o.FusedActivationFunction = tflite.ActivationFunctionTypeNONE
		node.BuiltinOptions = &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &o}
		middle.Shape, middle.ShapeSignature = narrow(out.Shape), narrow(out.ShapeSignature)
	}
	v := g.AddTensor(middle)
	node.Inputs, node.Outputs = []int32{op.Inputs[0], constant("_v", rank, n, first), -1}, []int32{v}
	op.Inputs[0], op.Inputs[1] = v, constant("_u", m, rank, second)
	g.InsertBefore(op, node)
}
