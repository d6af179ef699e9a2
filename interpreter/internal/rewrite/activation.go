package rewrite

import "github.com/litewren/litewren/schema/tflite"

// matchActivation fuses RELU, RELU6 and RELU_N1_TO_1 of FLOAT32 into the node before, as if the converter had: the result is
// the same but is written and read once less. Quantized ones stay, since they rescale.
func matchActivation(g *Graph, i int) bool {
	n := g.Nodes[i]
	var f tflite.ActivationFunctionType
	switch n.Op.Code {
	case tflite.BuiltinOperatorRELU:
		f = tflite.ActivationFunctionTypeRELU
	case tflite.BuiltinOperatorRELU6:
		f = tflite.ActivationFunctionTypeRELU6
	case tflite.BuiltinOperatorRELU_N1_TO_1:
		f = tflite.ActivationFunctionTypeRELU_N1_TO_1
	default:
		return false
	}
	if len(n.Inputs) != 1 || len(n.Outputs) != 1 || !g.float(n.Inputs[0]) || !g.float(n.Outputs[0]) {
		return false
	}
	k := n.Inputs[0]
	if g.writers[k] != 1 || g.Nodes[g.writer[k]] == nil {
		return false
	}
	p := g.writer[k]
	before := g.Nodes[p]
	if !before.own || len(before.Outputs) != 1 || len(before.Inputs) == 0 || !g.float(before.Inputs[0]) {
		return false
	}
	node := *before
	node.Nodes, node.Outputs = nil, n.Outputs
	if node.Options = fused(before, f); node.Options == nil {
		return false
	}
	return g.replace([]int{p, i}, node)
}

// fused returns the options of a node with an activation function, nil where it takes none or has one.
func fused(n *Node, f tflite.ActivationFunctionType) any {
	switch o := n.Options.(type) {
	case *tflite.Conv2DOptionsT:
		c := *o
		return set(&c, &c.FusedActivationFunction, f)
	case *tflite.DepthwiseConv2DOptionsT:
		c := *o
		return set(&c, &c.FusedActivationFunction, f)
	case *tflite.FullyConnectedOptionsT:
		c := *o
		return set(&c, &c.FusedActivationFunction, f)
	case *tflite.AddOptionsT:
		c := *o
		return set(&c, &c.FusedActivationFunction, f)
	case *tflite.SubOptionsT:
		c := *o
		return set(&c, &c.FusedActivationFunction, f)
	case *tflite.MulOptionsT:
		c := *o
		return set(&c, &c.FusedActivationFunction, f)
	case *tflite.DivOptionsT:
		c := *o
		return set(&c, &c.FusedActivationFunction, f)
	case nil:
		switch n.Op.Code {
		case tflite.BuiltinOperatorADD:
			return &tflite.AddOptionsT{FusedActivationFunction: f}
		case tflite.BuiltinOperatorSUB:
			return &tflite.SubOptionsT{FusedActivationFunction: f}
		case tflite.BuiltinOperatorMUL:
			return &tflite.MulOptionsT{FusedActivationFunction: f}
		case tflite.BuiltinOperatorDIV:
			return &tflite.DivOptionsT{FusedActivationFunction: f}
		}
	}
	return nil
}

func set[T any](options *T, field *tflite.ActivationFunctionType, f tflite.ActivationFunctionType) any {
	if *field != tflite.ActivationFunctionTypeNONE {
		return nil
	}
	*field = f
	return options
}
