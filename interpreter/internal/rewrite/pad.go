package rewrite

import (
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// matchPad gives the zeros that a PAD puts around an image to the convolution behind it, which then reads the image itself
// and leaves out the taps outside. A convolution with padding of its own keeps both.
func matchPad(g *Graph, i int) bool {
	n := g.Nodes[i]
	if n.Padding != nil || len(n.Inputs) < 2 || len(n.Outputs) != 1 {
		return false
	}
	var h, w, strideH, strideW, dilationH, dilationW int
	filter := n.Inputs[1]
	if filter < 0 || len(g.Tensors[filter].Shape) != 4 {
		return false
	}
	s := g.Tensors[filter].Shape
	h, w = s[1], s[2]
	switch o := n.Options.(type) {
	case *tflite.Conv2DOptionsT:
		if n.Op.Code != tflite.BuiltinOperatorCONV_2D || o.Padding != tflite.PaddingVALID {
			return false
		}
		strideH, strideW, dilationH, dilationW = int(o.StrideH), int(o.StrideW), int(o.DilationHFactor), int(o.DilationWFactor)
	case *tflite.DepthwiseConv2DOptionsT:
		if n.Op.Code != tflite.BuiltinOperatorDEPTHWISE_CONV_2D || o.Padding != tflite.PaddingVALID {
			return false
		}
		strideH, strideW, dilationH, dilationW = int(o.StrideH), int(o.StrideW), int(o.DilationHFactor), int(o.DilationWFactor)
	default:
		return false
	}
	p := g.from(n.Inputs[0], tflite.BuiltinOperatorPAD)
	if p < 0 {
		p = g.from(n.Inputs[0], tflite.BuiltinOperatorPADV2)
	}
	if p < 0 {
		return false
	}
	pad := g.Nodes[p]
	x, y := pad.Inputs[0], pad.Outputs[0]
	amounts, ok := g.ints(pad.Inputs[1])
	if !ok || len(amounts) != 8 || !g.padsWithZero(pad, x, y) || len(g.Tensors[x].Shape) != 4 {
		return false
	}
	if amounts[0]|amounts[1]|amounts[6]|amounts[7] != 0 {
		return false // images or channels are added
	}
	padding := &ops.Padding{Top: amounts[2], Bottom: amounts[3], Left: amounts[4], Right: amounts[5]}
	in := g.Tensors[x].Shape
	if !padding.Fits(in[1], in[2], h, w, strideH, strideW, dilationH, dilationW) {
		return false
	}
	// Hybrid convolutions take the range of the padded image.
	if g.float(x) && !g.Tensors[filter].Type.Float() {
		return false
	}
	node := *n
	node.Nodes = nil
	node.Inputs = append([]int{x}, n.Inputs[1:]...)
	node.Padding = padding
	if g.readers[y] == 1 && !g.fixed[y] {
		return g.replace([]int{p, i}, node)
	}
	// Others read the padded image too, which pays only where all of them can do without it.
	if g.fixed[y] || g.writers[y] != 1 || g.Tensors[x].Variable || g.writers[x] > 1 || !g.onlyImageOf(y, p, i) {
		return false
	}
	node.Nodes = n.Nodes
	g.count(i, -1)
	g.Nodes[i] = &node
	g.count(i, 1)
	return true
}

// onlyImageOf reports whether all readers of what node p computes are convolutions that pad nothing, and no node up to node i
// keeps state.
func (g *Graph) onlyImageOf(k, p, i int) bool {
	found := 0
	for j := p + 1; j < min(p+reach, len(g.Nodes)); j++ {
		n := g.Nodes[j]
		if n == nil {
			continue
		}
		if j < i && (n.Op == nil || n.Op.Stateful) {
			return false
		}
		for slot, in := range n.Inputs {
			if in != k {
				continue
			}
			if slot != 0 || !n.own || (n.Op.Code != tflite.BuiltinOperatorCONV_2D && n.Op.Code != tflite.BuiltinOperatorDEPTHWISE_CONV_2D) {
				return false
			}
			found++
		}
	}
	return found == g.readers[k] && i-p < reach
}

// padsWithZero reports whether what a PAD puts around x stands for 0 and the rest keeps its meaning.
func (g *Graph) padsWithZero(pad *Node, x, y int) bool {
	a, b := g.Tensors[x], g.Tensors[y]
	if a.Type != b.Type {
		return false
	}
	float := a.Type == tensor.Float32
	if !float {
		if a.Type != tensor.Int8 && a.Type != tensor.Uint8 && a.Type != tensor.Int16 {
			return false
		}
		if a.Quant == nil || b.Quant == nil || !a.Quant.PerTensor() || !b.Quant.PerTensor() ||
			a.Quant.Scale[0] != b.Quant.Scale[0] || a.Quant.ZeroPoint[0] != b.Quant.ZeroPoint[0] {
			return false
		}
	}
	if pad.Op.Code == tflite.BuiltinOperatorPAD {
		return len(pad.Inputs) == 2
	}
	if len(pad.Inputs) != 3 || !float {
		return false
	}
	v, ok := g.scalar(pad.Inputs[2])
	return ok && v == 0
}
