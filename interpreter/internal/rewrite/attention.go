package rewrite

import (
	"math"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// matchAttention finds attention in parts,
//
//	BATCH_MATMUL(SOFTMAX(BATCH_MATMUL(q, k) * scale + mask), v)
//
// where scale (one or the other, a positive constant) and mask may be missing, and RESHAPE may stand anywhere as long as the
// last two dimensions stay. FULLY_CONNECTED without bias multiplies too, by one matrix. The shapes must be those that the model declares.
func matchAttention(g *Graph, i int) bool {
	n := g.Nodes[i]
	values, ok := g.product(i)
	if !ok || values.byRow {
		return false
	}
	weights := values.left
	shape := g.Tensors[weights].Shape
	if len(shape) < 2 {
		return false
	}
	m, s := shape[len(shape)-2], shape[len(shape)-1]
	if m*s < leastScores {
		return false
	}
	group := append([]int{i}, values.between...)
	step := func(k int, codes ...tflite.BuiltinOperator) int {
		for {
			t := g.Tensors[k].Shape
			if r := len(t); r < 2 || t[r-2] != m || t[r-1] != s || !g.float(k) {
				return -1
			}
			j := g.from(k, tflite.BuiltinOperatorRESHAPE)
			if j < 0 {
				break
			}
			group = append(group, j)
			k = g.Nodes[j].Inputs[0]
		}
		for _, code := range codes {
			if j := g.from(k, code); j >= 0 {
				group = append(group, j)
				return j
			}
		}
		return -1
	}
	softmax := step(weights, tflite.BuiltinOperatorSOFTMAX)
	if softmax < 0 {
		return false
	}
	o, ok := g.Nodes[softmax].Options.(*tflite.SoftmaxOptionsT)
	if !ok || o == nil {
		return false
	}
	beta := o.Beta
	scores := g.Nodes[softmax].Inputs[0]
	full, mask := g.Tensors[scores].Shape, -1
	before := len(group)
	if mul := step(scores, tflite.BuiltinOperatorMUL); mul >= 0 {
		value, constant, ok := g.operands(mul)
		scale, one := g.scalar(constant)
		if !ok || !one || !g.plain(mul) || !(scale > 0) || math.IsInf(float64(scale), 0) {
			return false
		}
		beta *= scale
		scores = value
	} else {
		group = group[:before]
		if add := step(scores, tflite.BuiltinOperatorADD); add >= 0 {
			full = g.Tensors[g.Nodes[add].Outputs[0]].Shape
			if !g.plain(add) {
				return false
			}
			mark := len(group)
			for side := range 2 {
				group = group[:mark]
				scores, mask = g.Nodes[add].Inputs[side], g.Nodes[add].Inputs[1-side]
				if g.Tensors[scores].Shape.Equal(full) && step(scores, products...) >= 0 {
					break
				}
			}
			group = group[:mark]
		} else {
			group = group[:before]
		}
	}
	first := step(scores, products...)
	if first < 0 || !(beta > 0) {
		return false
	}
	keys, ok := g.product(first)
	if !ok {
		return false
	}
	group = append(group, keys.between...)
	opts := &ops.AttentionOptions{Beta: beta, KeysByRow: keys.byRow, Scores: full.Clone(), Output: g.Tensors[n.Outputs[0]].Shape.Clone()}
	inputs := []int{keys.left, keys.right, values.right}
	if mask >= 0 {
		if !g.float(mask) || g.Tensors[mask].Sparsity != nil {
			return false
		}
		inputs = append(inputs, mask)
	}
	for _, k := range inputs {
		opts.Inputs = append(opts.Inputs, g.Tensors[k].Shape.Clone())
	}
	if !g.fitsAttention(opts, first, i) {
		return false
	}
	return g.replace(group, Node{Op: ops.Attention, Options: opts, Inputs: inputs, Outputs: n.Outputs})
}

// leastScores is the size of a matrix of scores below which the parts are as fast.
const leastScores = 1 << 10

// fitsAttention reports whether both products are of equal numbers of matrices in the same order, or of one second operand.
func (g *Graph) fitsAttention(o *ops.AttentionOptions, first, last int) bool {
	lead := func(s tensor.Shape) int { return s[:len(s)-2].Elements() }
	batch := lead(o.Inputs[0])
	if k := lead(o.Inputs[1]); k != batch && k != 1 {
		return false
	}
	if v := lead(o.Inputs[2]); v != batch && v != 1 {
		return false
	}
	q, v, out := o.Inputs[0], o.Inputs[2], o.Output
	return lead(g.Tensors[g.Nodes[first].Outputs[0]].Shape) == batch && lead(g.Tensors[g.Nodes[last].Inputs[0]].Shape) == batch &&
		lead(out) == batch && out[len(out)-2] == q[len(q)-2] && out[len(out)-1] == v[len(v)-1]
}
