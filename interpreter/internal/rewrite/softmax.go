package rewrite

import (
	"github.com/litewren/litewren/schema/tflite"
)

// matchSoftmax finds the softmax over the last dimension in parts,
//
//	e = EXP(x - REDUCE_MAX(x)), y = e / SUM(e)
func matchSoftmax(g *Graph, i int) bool {
	n := g.Nodes[i]
	if n.Op.Code != tflite.BuiltinOperatorDIV || len(n.Inputs) != 2 || !g.plain(i) || !g.float(n.Outputs[0]) {
		return false
	}
	e := n.Inputs[0]
	sum := g.from(n.Inputs[1], tflite.BuiltinOperatorSUM)
	exp := g.from(e, tflite.BuiltinOperatorEXP)
	if sum < 0 || exp < 0 || g.Nodes[sum].Inputs[0] != e || !g.overLast(sum) {
		return false
	}
	sub := g.from(g.Nodes[exp].Inputs[0], tflite.BuiltinOperatorSUB)
	if sub < 0 || !g.plain(sub) {
		return false
	}
	x := g.Nodes[sub].Inputs[0]
	top := g.from(g.Nodes[sub].Inputs[1], tflite.BuiltinOperatorREDUCE_MAX)
	if top < 0 || g.Nodes[top].Inputs[0] != x || !g.float(x) || !g.overLast(top) {
		return false
	}
	node := Node{
		Op: operator(tflite.BuiltinOperatorSOFTMAX), Options: &tflite.SoftmaxOptionsT{Beta: 1},
		Inputs: []int{x}, Outputs: n.Outputs,
	}
	return g.replace([]int{top, sub, exp, sum, i}, node)
}

// overLast reports whether a reduction is over the last dimension alone and keeps it.
func (g *Graph) overLast(i int) bool {
	n := g.Nodes[i]
	o, ok := n.Options.(*tflite.ReducerOptionsT)
	if !ok || !o.KeepDims || len(n.Inputs) != 2 {
		return false
	}
	axes, ok := g.ints(n.Inputs[1])
	rank := len(g.Tensors[n.Inputs[0]].Shape)
	return ok && len(axes) == 1 && rank > 0 && (axes[0] == -1 || axes[0] == rank-1)
}
