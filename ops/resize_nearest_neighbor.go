// RESIZE_NEAREST_NEIGHBOR: each output position is a copy of the input pixel floor((o+h)*s), h being 0.5 with
// half_pixel_centers and else 0, and s as for RESIZE_BILINEAR; with align_corners the nearest pixel in place of the floor.
//
//	elements of 8, 16 and 32 bits

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var resizeNearestNeighbor = Op{
	Code: tflite.BuiltinOperatorRESIZE_NEAREST_NEIGHBOR, Name: "RESIZE_NEAREST_NEIGHBOR", MaxVersion: 4,
	Inputs: Exactly(2), Outputs: Exactly(1),
	Types:   "FLOAT32; INT32; UINT8; INT8; INT16",
	Prepare: prepareResizeNearestNeighbor,
}

func prepareResizeNearestNeighbor(n *Node) (Eval, error) {
	opts, err := options[tflite.ResizeNearestNeighborOptionsT](n)
	if err != nil {
		return nil, err
	}
	scaling, err := prepareResize(n, opts.AlignCorners, opts.HalfPixelCenters)
	if err != nil {
		return nil, err
	}
	switch n.Input(0).Type {
	case tensor.Uint8, tensor.Int8:
		return nearestEval(n, scaling, move.ResizeNearest[uint8]), nil
	case tensor.Int16:
		return nearestEval(n, scaling, move.ResizeNearest[uint16]), nil
	case tensor.Float32, tensor.Int32:
		return nearestEval(n, scaling, move.ResizeNearest[uint32]), nil
	}
	return nil, unsupportedTypes(n)
}

func nearestEval[T uint8 | uint16 | uint32](n *Node, scaling func() (*move.Scaling, error), kernel func(dst, src []T, s *move.Scaling, first, last int)) Eval {
	in, out := n.Input(0), n.Output(0)
	return resizeForked(n, scaling, func(s *move.Scaling, first, last int) {
		kernel(tensor.Raw[T](out), tensor.Raw[T](in), s, first, last)
	})
}
