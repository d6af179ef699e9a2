// RESIZE_BILINEAR: each output position lies between four input pixels, which are weighted by nearness. Output o lies at
// o*s, or (o+0.5)*s - 0.5 with half_pixel_centers, where s = in/out, or (in-1)/(out-1) with align_corners.
//
//	FLOAT32            as written
//	UINT8              in float32, rounded
//	INT8, INT16        positions and weights in fixed point of 10 fractional bits

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var resizeBilinear = Op{
	Code: tflite.BuiltinOperatorRESIZE_BILINEAR, Name: "RESIZE_BILINEAR", MaxVersion: 4,
	Inputs: Exactly(2), Outputs: Exactly(1),
	Types:   "FLOAT32; UINT8; INT8; INT16",
	Prepare: prepareResizeBilinear,
}

func prepareResizeBilinear(n *Node) (Eval, error) {
	opts, err := options[tflite.ResizeBilinearOptionsT](n)
	if err != nil {
		return nil, err
	}
	scaling, err := prepareResize(n, opts.AlignCorners, opts.HalfPixelCenters)
	if err != nil {
		return nil, err
	}
	switch n.Input(0).Type {
	case tensor.Float32:
		return resizeEval(n, scaling, f32.ResizeBilinear), nil
	case tensor.Uint8:
		return resizeEval(n, scaling, q.ResizeBilinearUint8), nil
	case tensor.Int8:
		return resizeEval(n, scaling, q.ResizeBilinear[int8]), nil
	case tensor.Int16:
		return resizeEval(n, scaling, q.ResizeBilinear[int16]), nil
	}
	return nil, unsupportedTypes(n)
}

func resizeEval[T tensor.Element](n *Node, scaling func() (*move.Scaling, error), kernel func(dst, src []T, s *move.Scaling, first, last int)) Eval {
	in, out := n.Input(0), n.Output(0)
	return resizeForked(n, scaling, func(s *move.Scaling, first, last int) {
		kernel(tensor.Data[T](out), tensor.Data[T](in), s, first, last)
	})
}
