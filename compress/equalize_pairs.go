package compress

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// equalizedPairs lists the pairs of layers of a graph in execution order, and the values of their constants.
func equalizedPairs(g *edit.Graph, c EqualizeConfig, r *Report) ([]*equalizedPair, map[int32][]float64, error) {
	uses := g.Uses()
	var pairs []*equalizedPair
	values := map[int32][]float64{}
	for _, op := range g.Operators {
		if !isEqualized(g, op) {
			continue
		}
		next := behind(g, uses, op)
		if next == nil {
			continue
		}
		p, reason := newEqualizedPair(g, uses, op, next)
		if reason == "" && c.Match != nil && !c.Match.MatchString(g.Tensors[op.Inputs[1]].Name) {
			reason = "not selected"
		}
		if reason == "" {
			var err error
			if reason, err = p.load(g, values); err != nil {
				return nil, nil, err
			}
		}
		if reason != "" {
			second := g.Tensors[next.Inputs[1]].Name
			r.skip(g.Index, g.Tensors[op.Inputs[1]].Name, "%s -> %s %q: %s", g.Model.Name(op), g.Model.Name(next), second, reason)
			continue
		}
		pairs = append(pairs, p)
	}
	return pairs, values, nil
}

// isEqualized reports whether a node is a float layer of a kind that has channels to equalize.
func isEqualized(g *edit.Graph, op *tflite.OperatorT) bool {
	switch g.Model.Code(op) {
	case tflite.BuiltinOperatorCONV_2D, tflite.BuiltinOperatorDEPTHWISE_CONV_2D, tflite.BuiltinOperatorFULLY_CONNECTED:
		return len(op.Inputs) >= 2 && len(op.Outputs) == 1 && g.IsFloat(op.Inputs[0]) && g.IsFloat(op.Inputs[1]) && g.IsFloat(op.Outputs[0])
	}
	return false
}

// behind follows the output of a layer to the only layer that reads it, nil if there is no such.
func behind(g *edit.Graph, uses [][]edit.Use, op *tflite.OperatorT) *tflite.OperatorT {
	channels := last(g, op.Outputs[0])
	for t := op.Outputs[0]; !g.IsOutput(t) && !g.Tensors[t].IsVariable && len(uses[t]) == 1 && channels > 0; t = op.Outputs[0] {
		use := uses[t][0]
		if op = use.Op; use.Input != 0 {
			return nil
		}
		if isEqualized(g, op) {
			return op
		}
		if !passesFactors(g, op, channels) {
			return nil
		}
	}
	return nil
}

// last is the size of a tensor's last dimension, 0 where it is not known.
func last(g *edit.Graph, t int32) int {
	n := len(g.Tensors[t].Shape)
	if s := g.Tensors[t].ShapeSignature; n == 0 || len(s) == n && s[n-1] < 0 {
		return 0
	}
	return int(g.Tensors[t].Shape[n-1])
}

// passesFactors reports whether positive factors by channel of a node's input are the same factors of its output. Element k
// along the last dimension is of channel k modulo channels: flattening joins pixels.
func passesFactors(g *edit.Graph, op *tflite.OperatorT, channels int) bool {
	if len(op.Outputs) != 1 || !g.IsFloat(op.Outputs[0]) {
		return false
	}
	in, out := last(g, op.Inputs[0]), last(g, op.Outputs[0])
	switch g.Model.Code(op) {
	case tflite.BuiltinOperatorRELU, tflite.BuiltinOperatorLEAKY_RELU:
		return true
	case tflite.BuiltinOperatorMAX_POOL_2D, tflite.BuiltinOperatorAVERAGE_POOL_2D:
		return homogeneous(fusedActivation(op))
	case tflite.BuiltinOperatorRESHAPE:
		return in%channels == 0 && out > 0 && out%channels == 0
	case tflite.BuiltinOperatorPAD:
		return len(op.Inputs) == 2 && in == out && keepsLast(g, op.Inputs[1])
	case tflite.BuiltinOperatorMEAN:
		return in == out && leavesLast(g, op)
	}
	return false
}

// keepsLast reports whether constant paddings, two for each dimension, are zero for the last.
func keepsLast(g *edit.Graph, t int32) bool {
	p, err := constantInts(g, t)
	return err == nil && len(p) >= 2 && p[len(p)-1] == 0 && p[len(p)-2] == 0
}

// leavesLast reports whether the constant axes of a reduction leave out the last dimension.
func leavesLast(g *edit.Graph, op *tflite.OperatorT) bool {
	if len(op.Inputs) != 2 {
		return false
	}
	axes, err := constantInts(g, op.Inputs[1])
	rank := int64(len(g.Tensors[op.Inputs[0]].Shape))
	for _, a := range axes {
		if a == -1 || a == rank-1 {
			return false
		}
	}
	return err == nil && len(axes) > 0
}

// constantInts reads the INT32 or INT64 constant t.
func constantInts(g *edit.Graph, t int32) ([]int64, error) {
	data, n := g.Data(t), int(g.Elements(t))
	width := map[tflite.TensorType]int{tflite.TensorTypeINT32: 4, tflite.TensorTypeINT64: 8}[g.Tensors[t].Type]
	if !g.IsConstant(t) || width == 0 || len(data) < n*width {
		return nil, fmt.Errorf("%q is no constant of integers: %w", g.Tensors[t].Name, ops.ErrUnsupported)
	}
	out := make([]int64, n)
	for i := range out {
		if width == 4 {
			out[i] = int64(int32(binary.LittleEndian.Uint32(data[4*i:])))
		} else {
			out[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
		}
	}
	return out, nil
}

// fusedActivation is the activation that a layer, a pool, a sum or a product ends with.
func fusedActivation(op *tflite.OperatorT) tflite.ActivationFunctionType {
	if op.BuiltinOptions != nil {
		switch o := op.BuiltinOptions.Value.(type) {
		case *tflite.Conv2DOptionsT:
			return o.FusedActivationFunction
		case *tflite.DepthwiseConv2DOptionsT:
			return o.FusedActivationFunction
		case *tflite.FullyConnectedOptionsT:
			return o.FusedActivationFunction
		case *tflite.Pool2DOptionsT:
			return o.FusedActivationFunction
		case *tflite.AddOptionsT:
			return o.FusedActivationFunction
		case *tflite.SubOptionsT:
			return o.FusedActivationFunction
		case *tflite.MulOptionsT:
			return o.FusedActivationFunction
		}
	}
	return tflite.ActivationFunctionTypeNONE
}

// homogeneous reports whether f(s*x) = s*f(x) for positive s.
func homogeneous(a tflite.ActivationFunctionType) bool {
	return a == tflite.ActivationFunctionTypeNONE || a == tflite.ActivationFunctionTypeRELU
}

// newEqualizedPair says how two layers share channels, or why they are left alone.
func newEqualizedPair(g *edit.Graph, uses [][]edit.Use, a, b *tflite.OperatorT) (*equalizedPair, string) {
	p := &equalizedPair{first: a.Inputs[1], bias: -1, second: b.Inputs[1], operators: g.Model.Name(a) + " -> " + g.Model.Name(b)}
	if len(a.Inputs) > 2 {
		p.bias = a.Inputs[2]
	}
	if f := fusedActivation(a); !homogeneous(f) {
		return nil, fmt.Sprintf("%s between them does not pass factors", f)
	}
	for _, t := range []int32{p.first, p.bias, p.second} {
		if t < 0 {
			continue
		}
		switch x := g.Tensors[t]; {
		case !g.IsConstant(t) || x.Sparsity != nil || !g.IsFloat(t):
			return nil, fmt.Sprintf("%q is no plain float constant", x.Name)
		case len(uses[t]) != 1 || g.IsOutput(t):
			return nil, fmt.Sprintf("%q is read elsewhere too", x.Name)
		case x.Quantization != nil && len(x.Quantization.Max) > 0:
			return nil, fmt.Sprintf("the file states the range of %q", x.Name)
		}
	}
	if q := g.Tensors[a.Outputs[0]].Quantization; q != nil && len(q.Max) > 0 {
		return nil, fmt.Sprintf("the file states the range of %q", g.Tensors[a.Outputs[0]].Name)
	}
	for _, op := range []*tflite.OperatorT{a, b} {
		if o, ok := schema.Options[tflite.FullyConnectedOptionsT](op); ok && o.WeightsFormat != tflite.FullyConnectedOptionsWeightsFormatDEFAULT {
			return nil, "weights in another order"
		}
	}
	first, second := g.Tensors[p.first].Shape, g.Tensors[p.second].Shape
	rank := map[bool]int{true: 2, false: 4}
	if len(first) != rank[isDense(g, a)] || len(second) != rank[isDense(g, b)] || g.Elements(p.first) == 0 || g.Elements(p.second) == 0 {
		return nil, "weights of an odd shape"
	}
	p.channels = int(first[0])
	run := int(g.Elements(p.first)) / p.channels
	p.outputOf = func(i int) int { return i / run }
	if g.Model.Code(a) == tflite.BuiltinOperatorDEPTHWISE_CONV_2D {
		p.channels = int(first[3])
		p.outputOf = func(i int) int { return i % p.channels }
	}
	depth := last(g, b.Inputs[0])
	columns, wide := int(second[len(second)-1]), 1
	switch {
	case g.Model.Code(b) == tflite.BuiltinOperatorDEPTHWISE_CONV_2D:
		if depth == 0 || columns%depth != 0 {
			return nil, "channels do not match"
		}
		columns, wide = depth, columns/depth
	case g.Model.Code(b) == tflite.BuiltinOperatorCONV_2D && columns != depth:
		return nil, "convolution in groups"
	}
	if columns%p.channels != 0 || p.bias >= 0 && g.Elements(p.bias) != int64(p.channels) || last(g, a.Outputs[0]) != p.channels {
		return nil, "channels do not match"
	}
	p.inputOf = func(i int) int { return i / wide % columns % p.channels }
	for range p.channels {
		p.scale = append(p.scale, 1)
	}
	return p, ""
}

func isDense(g *edit.Graph, op *tflite.OperatorT) bool {
	return g.Model.Code(op) == tflite.BuiltinOperatorFULLY_CONNECTED
}

// load reads the constants of the pair, or says why they cannot be scaled.
func (p *equalizedPair) load(g *edit.Graph, values map[int32][]float64) (string, error) {
	for _, t := range []int32{p.first, p.bias, p.second} {
		if t < 0 || values[t] != nil {
			continue
		}
		v, err := g.Floats(t)
		if err != nil {
			return "", err
		}
		wide := make([]float64, len(v))
		for i, x := range v {
			if wide[i] = float64(x); math.IsNaN(wide[i]) || math.IsInf(wide[i], 0) {
				return fmt.Sprintf("%q has values that are no numbers", g.Tensors[t].Name), nil
			}
		}
		values[t] = wide
	}
	return "", nil
}
