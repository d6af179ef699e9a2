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
// last two dimensions stay. The shapes must be those that the model declares.
func matchAttention(g *Graph, i int) bool {
	n := g.Nodes[i]
	if !g.multiplies(i) || adjoint(n).AdjY {
		return false
	}
	weights := n.Inputs[0]
	shape := g.Tensors[weights].Shape
	if len(shape) < 2 {
		return false
	}
	m, s := shape[len(shape)-2], shape[len(shape)-1]
	if m*s < leastScores {
		return false
	}
	group := []int{i}
	step := func(k int, code tflite.BuiltinOperator) int {
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
		j := g.from(k, code)
		if j >= 0 {
			group = append(group, j)
		}
		return j
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
				if g.Tensors[scores].Shape.Equal(full) && step(scores, tflite.BuiltinOperatorBATCH_MATMUL) >= 0 {
					break
				}
			}
			group = group[:mark]
		} else {
			group = group[:before]
		}
	}
	first := step(scores, tflite.BuiltinOperatorBATCH_MATMUL)
	if first < 0 || !g.multiplies(first) || !(beta > 0) {
		return false
	}
	opts := &ops.AttentionOptions{Beta: beta, KeysByRow: adjoint(g.Nodes[first]).AdjY, Scores: full.Clone(), Output: g.Tensors[n.Outputs[0]].Shape.Clone()}
	inputs := []int{g.Nodes[first].Inputs[0], g.Nodes[first].Inputs[1], n.Inputs[1]}
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

// adjoint returns the options of a BATCH_MATMUL.
func adjoint(n *Node) tflite.BatchMatMulOptionsT {
	if o, ok := n.Options.(*tflite.BatchMatMulOptionsT); ok && o != nil {
		return *o
	}
	return tflite.BatchMatMulOptionsT{}
}

// multiplies reports whether node i is a BATCH_MATMUL of FLOAT32 that reads its first operand row by row.
func (g *Graph) multiplies(i int) bool {
	if !g.is(i, tflite.BuiltinOperatorBATCH_MATMUL) {
		return false
	}
	n := g.Nodes[i]
	for _, k := range []int{n.Inputs[0], n.Inputs[1], n.Outputs[0]} {
		if !g.float(k) || g.Tensors[k].Sparsity != nil || len(g.Tensors[k].Shape) < 2 {
			return false
		}
	}
	return !adjoint(n).AdjX
}

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
