package rewrite

import (
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
)

// matchSeparable joins a DEPTHWISE_CONV_2D and the pointwise CONV_2D behind it where what is between them is so large that it would
// leave the cache, with the pointwise CONV_2D before it where that holds for what is between these too.
func matchSeparable(g *Graph, i int) bool {
	n := g.Nodes[i]
	flat, ok := n.Options.(*tflite.Conv2DOptionsT)
	if n.Op.Code != tflite.BuiltinOperatorCONV_2D || !ok || flat == nil || n.Padding != nil || len(n.Inputs) < 2 || !ops.Separates() {
		return false
	}
	p := g.from(n.Inputs[0], tflite.BuiltinOperatorDEPTHWISE_CONV_2D)
	if p < 0 {
		return false
	}
	deep := g.Nodes[p]
	o, ok := deep.Options.(*tflite.DepthwiseConv2DOptionsT)
	if !ok || o == nil || len(deep.Inputs) < 2 {
		return false
	}
	x, between, filter := deep.Inputs[0], deep.Outputs[0], deep.Inputs[1]
	for _, k := range []int{x, between, filter, n.Inputs[1], n.Outputs[0]} {
		if !g.float(k) || len(g.Tensors[k].Shape) != 4 || g.Tensors[k].Sparsity != nil {
			return false
		}
	}
	channels := g.Tensors[x].Shape[3]
	w := g.Tensors[n.Inputs[1]].Shape
	switch {
	case flat.StrideH != 1 || flat.StrideW != 1 || w[1] != 1 || w[2] != 1 || w[3] != channels || w[0] < leastOutputs:
		return false
	case channels < leastOutputs || g.Tensors[filter].Shape[3] != channels:
		return false
	case !g.known(n.Inputs[1]):
		return false
	}
	bias := func(n *Node) int {
		if len(n.Inputs) > 2 {
			return n.Inputs[2]
		}
		return -1
	}
	opts := &ops.SeparableOptions{Depthwise: o, Pointwise: flat, Padding: deep.Padding}
	inputs := []int{x, filter, bias(deep), n.Inputs[1], bias(n)}
	if e := g.expansion(x, int(o.DilationHFactor)*(g.Tensors[filter].Shape[1]-1)+1); e >= 0 {
		wide := g.Nodes[e]
		with := *opts
		with.Expand = wide.Options.(*tflite.Conv2DOptionsT)
		if g.replace([]int{e, p, i}, Node{
			Op: ops.Separable, Options: &with, Inputs: append([]int{wide.Inputs[0]}, append(inputs[1:5:5], wide.Inputs[1], bias(wide))...), Outputs: n.Outputs,
		}) {
			return true
		}
	}
	if g.Tensors[between].Shape.Elements() < chainedOutput {
		return false
	}
	return g.replace([]int{p, i}, Node{Op: ops.Separable, Options: opts, Inputs: inputs, Outputs: n.Outputs})
}

// expansion returns the pointwise CONV_2D that computes image x, -1 where there is none, where as many rows as a window sees fill the
// cache, or where they are too short to be multiplied one by one.
func (g *Graph) expansion(x, rows int) int {
	e := g.from(x, tflite.BuiltinOperatorCONV_2D)
	if e < 0 {
		return -1
	}
	n := g.Nodes[e]
	o, ok := n.Options.(*tflite.Conv2DOptionsT)
	shape := g.Tensors[x].Shape
	if !ok || o == nil || n.Padding != nil || len(n.Inputs) < 2 || o.StrideH != 1 || o.StrideW != 1 || shape.Elements() < chainedOutput ||
		rows*shape[2]*shape[3] > expandedRows || shape[2] < expandedColumns {
		return -1
	}
	w := g.Tensors[n.Inputs[1]].Shape
	if !g.float(n.Inputs[0]) || !g.float(n.Inputs[1]) || len(w) != 4 || w[1] != 1 || w[2] != 1 || w[3] < leastOutputs || !g.known(n.Inputs[1]) ||
		len(g.Tensors[n.Inputs[0]].Shape) != 4 || g.Tensors[n.Inputs[0]].Shape[3] != w[3] {
		return -1
	}
	return e
}

const (
	// expandedRows is how many elements of expanded rows leave room for the rest in a second-level cache.
	expandedRows = 1 << 16
	// expandedColumns is how many columns fill tiles of products well: 33 of them lose what the cache gains.
	expandedColumns = 48
)

// leastOutputs is the number of channels below which convolutions have kernels of their own.
const leastOutputs = 9

// known reports whether a tensor is a constant, as it is or widened from FLOAT16.
func (g *Graph) known(k int) bool {
	if i := g.from(k, tflite.BuiltinOperatorDEQUANTIZE); i >= 0 {
		k = g.Nodes[i].Inputs[0]
	}
	return g.Tensors[k].Constant
}
