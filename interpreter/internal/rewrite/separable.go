package rewrite

import (
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
)

// matchSeparable joins a DEPTHWISE_CONV_2D and the pointwise CONV_2D behind it where what is between them is so large that it would
// leave the cache.
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
	case channels < leastOutputs || g.Tensors[filter].Shape[3] != channels || g.Tensors[between].Shape.Elements() < chainedOutput:
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
	return g.replace([]int{p, i}, Node{
		Op: ops.Separable, Options: &ops.SeparableOptions{Depthwise: o, Pointwise: flat, Padding: deep.Padding},
		Inputs: []int{x, filter, bias(deep), n.Inputs[1], bias(n)}, Outputs: n.Outputs,
	})
}

// leastOutputs is the number of channels below which convolutions have kernels of their own.
const leastOutputs = 9

// known reports whether a tensor is a constant, as it is or widened from FLOAT16.
func (g *Graph) known(k int) bool {
	if i := g.from(k, tflite.BuiltinOperatorDEQUANTIZE); i >= 0 {
		k = g.Nodes[i].Inputs[0]
	}
	return g.Tensors[k].Constant
}
