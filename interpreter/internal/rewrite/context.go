package rewrite

import (
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
)

// matchContext joins a pixel that is resized to an image, the CONCATENATION of its channels with those of an image, and the pointwise
// CONV_2D behind that, as image pooling in DeepLab has them: the pixel is multiplied once, not once for each pixel of the image.
func matchContext(g *Graph, i int) bool {
	n := g.Nodes[i]
	flat, ok := n.Options.(*tflite.Conv2DOptionsT)
	if n.Op.Code != tflite.BuiltinOperatorCONV_2D || !ok || flat == nil || n.Padding != nil || len(n.Inputs) < 2 || !ops.Separates() ||
		flat.StrideH != 1 || flat.StrideW != 1 || flat.DilationHFactor != 1 || flat.DilationWFactor != 1 {
		return false
	}
	c := g.from(n.Inputs[0], tflite.BuiltinOperatorCONCATENATION)
	if c < 0 || len(g.Nodes[c].Inputs) != 2 {
		return false
	}
	join := g.Nodes[c]
	o, ok := join.Options.(*tflite.ConcatenationOptionsT)
	if !ok || o == nil || o.FusedActivationFunction != tflite.ActivationFunctionTypeNONE || o.Axis != 3 && o.Axis != -1 {
		return false
	}
	for side, k := range join.Inputs {
		r, size := g.spreads(k)
		x := join.Inputs[1-side]
		if r < 0 {
			continue
		}
		p := g.Nodes[r].Inputs[0]
		for _, k := range []int{x, p, k, n.Inputs[0], n.Inputs[1], n.Outputs[0]} {
			if !g.float(k) || len(g.Tensors[k].Shape) != 4 || g.Tensors[k].Sparsity != nil {
				return false
			}
		}
		w := g.Tensors[n.Inputs[1]].Shape
		channels, more := g.Tensors[x].Shape[3], g.Tensors[p].Shape[3]
		if w[0] < leastOutputs || w[1] != 1 || w[2] != 1 || w[3] != channels+more || !g.known(n.Inputs[1]) || size[0]*size[1] < spreadPixels {
			return false
		}
		inputs := append([]int{x, p}, n.Inputs[1:]...)
		opts := &ops.ContextOptions{Conv: flat, First: side == 0, Height: size[0], Width: size[1]}
		if g.replace([]int{r, c, i}, Node{Op: ops.Context, Options: opts, Inputs: inputs, Outputs: n.Outputs}) {
			return true
		}
	}
	return false
}

// spreadPixels is the size of an image from which on it pays to multiply the pixel apart.
const spreadPixels = 16

// spreads returns the node that resizes an image of one pixel to tensor k, and the size; -1 where there is none.
func (g *Graph) spreads(k int) (int, []int) {
	for _, code := range []tflite.BuiltinOperator{tflite.BuiltinOperatorRESIZE_BILINEAR, tflite.BuiltinOperatorRESIZE_NEAREST_NEIGHBOR} {
		r := g.from(k, code)
		if r < 0 {
			continue
		}
		n := g.Nodes[r]
		size, ok := g.ints(n.Inputs[1])
		if shape := g.Tensors[n.Inputs[0]].Shape; ok && len(size) == 2 && len(shape) == 4 && shape[1] == 1 && shape[2] == 1 && resizes(n) {
			return r, size
		}
	}
	return -1, nil
}

// resizes reports whether the options of a resize are those of one that runs.
func resizes(n *Node) bool {
	switch o := n.Options.(type) {
	case *tflite.ResizeBilinearOptionsT:
		return o != nil && !(o.AlignCorners && o.HalfPixelCenters)
	case *tflite.ResizeNearestNeighborOptionsT:
		return o != nil && !(o.AlignCorners && o.HalfPixelCenters)
	}
	return false
}
