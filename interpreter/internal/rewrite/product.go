package rewrite

import "github.com/litewren/litewren/schema/tflite"

// products are the operators that [Graph.product] knows.
var products = []tflite.BuiltinOperator{tflite.BuiltinOperatorBATCH_MATMUL, tflite.BuiltinOperatorFULLY_CONNECTED}

// product is a node that multiplies matrices of FLOAT32: left, read row by row, with right, whose rows are columns of the product
// where byRow says so.
type product struct {
	left, right int
	byRow       bool
	between     []int // nodes that right goes through on its way to the node
}

// product returns what node i multiplies. A FULLY_CONNECTED must have no bias, and weights that are computed; where these
// are a matrix transposed on the way, right is that matrix.
func (g *Graph) product(i int) (p product, ok bool) {
	if !g.is(i, tflite.BuiltinOperatorBATCH_MATMUL) && !g.is(i, tflite.BuiltinOperatorFULLY_CONNECTED) {
		return p, false
	}
	n := g.Nodes[i]
	for _, k := range []int{n.Inputs[0], n.Inputs[1], n.Outputs[0]} {
		if !g.float(k) || g.Tensors[k].Sparsity != nil || len(g.Tensors[k].Shape) < 2 {
			return p, false
		}
	}
	p = product{left: n.Inputs[0], right: n.Inputs[1]}
	switch o := n.Options.(type) {
	case *tflite.BatchMatMulOptionsT:
		if o != nil {
			p.byRow = o.AdjY
			return p, !o.AdjX
		}
	case *tflite.FullyConnectedOptionsT:
		x, w := g.Tensors[p.left].Shape, g.Tensors[p.right]
		if o == nil || o.FusedActivationFunction != tflite.ActivationFunctionTypeNONE || len(n.Outputs) != 1 || w.Constant ||
			o.WeightsFormat != tflite.FullyConnectedOptionsWeightsFormatDEFAULT || len(n.Inputs) > 2 && n.Inputs[2] >= 0 || x[len(x)-1] != w.Shape[1] {
			return p, false
		}
		p.byRow = true
		for g.alone(p.right) {
			j, turns := g.turned(p.right)
			if j < 0 {
				break
			}
			p.between = append(p.between, j)
			p.right, p.byRow = g.Nodes[j].Inputs[0], p.byRow != turns
		}
		return p, true
	}
	return p, n.Options == nil && n.Op.Code == tflite.BuiltinOperatorBATCH_MATMUL
}

// turned returns the node that computes tensor k, which is one matrix, from a matrix with the same rows or, transposed, the same
// columns; -1 if there is no such node.
func (g *Graph) turned(k int) (node int, turns bool) {
	matrix := func(k int) (rows, columns int) {
		s := g.Tensors[k].Shape
		if r := len(s); r >= 2 && g.float(k) && s[:r-2].Elements() == 1 {
			return s[r-2], s[r-1]
		}
		return 0, 0
	}
	rows, columns := matrix(k)
	if rows < 2 || columns < 2 {
		return -1, false
	}
	if j := g.from(k, tflite.BuiltinOperatorRESHAPE); j >= 0 {
		if r, c := matrix(g.Nodes[j].Inputs[0]); r == rows && c == columns {
			return j, false
		}
		return -1, false
	}
	j := g.from(k, tflite.BuiltinOperatorTRANSPOSE)
	if j < 0 {
		return -1, false
	}
	in := g.Nodes[j].Inputs[0]
	rank := len(g.Tensors[in].Shape)
	order, ok := g.ints(g.Nodes[j].Inputs[1])
	if r, c := matrix(in); !ok || r < 2 || c < 2 || len(order) != rank || len(g.Tensors[k].Shape) != rank {
		return -1, false
	}
	switch last := [2]int{order[rank-2], order[rank-1]}; {
	case last == [2]int{rank - 2, rank - 1}:
		return j, false
	case last == [2]int{rank - 1, rank - 2}:
		return j, true
	}
	return -1, false
}
