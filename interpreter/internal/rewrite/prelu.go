package rewrite

import (
	"github.com/litewren/litewren/schema/tflite"
)

// matchPRelu finds PRELU in parts, max(x,0) + alpha*(-max(-x,0)), as Keras models are converted:
//
//	RELU(x) + alpha * NEG(RELU(NEG(x)))
func matchPRelu(g *Graph, i int) bool {
	n := g.Nodes[i]
	if n.Op.Code != tflite.BuiltinOperatorADD || len(n.Inputs) != 2 || !g.plain(i) || !g.float(n.Outputs[0]) {
		return false
	}
	for _, k := range n.Inputs {
		positive := g.from(k, tflite.BuiltinOperatorRELU)
		rest, ok := n.other(k)
		scaled := g.from(rest, tflite.BuiltinOperatorMUL)
		if positive < 0 || !ok || scaled < 0 || !g.plain(scaled) {
			continue
		}
		value, alpha, ok := g.operands(scaled)
		if !ok {
			continue
		}
		outer := g.from(value, tflite.BuiltinOperatorNEG)
		if outer < 0 {
			continue
		}
		negative := g.from(g.Nodes[outer].Inputs[0], tflite.BuiltinOperatorRELU)
		if negative < 0 {
			continue
		}
		inner := g.from(g.Nodes[negative].Inputs[0], tflite.BuiltinOperatorNEG)
		if inner < 0 {
			continue
		}
		x := g.Nodes[inner].Inputs[0]
		if g.Nodes[positive].Inputs[0] != x || !g.float(x) || !g.slopes(alpha, x) {
			continue
		}
		op := operator(tflite.BuiltinOperatorPRELU)
		return g.replace([]int{positive, inner, negative, outer, scaled, i}, Node{Op: op, Inputs: []int{x, alpha}, Outputs: n.Outputs})
	}
	return false
}

// slopes reports whether a constant broadcasts to x without making it larger, and is finite: the parts would make NaN of
// 0 times infinity where PRELU makes none.
func (g *Graph) slopes(alpha, x int) bool {
	a, s := g.Tensors[alpha].Shape, g.Tensors[x].Shape
	if len(a) > len(s) {
		return false
	}
	for d := range a {
		if size := a[len(a)-1-d]; size != 1 && size != s[len(s)-1-d] {
			return false
		}
	}
	values := g.floats(alpha)
	for _, v := range values {
		if v-v != 0 {
			return false
		}
	}
	return len(values) > 0
}
