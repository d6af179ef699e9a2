// PRELU: y = x >= 0 ? x : alpha*x with slopes that broadcast to the input's shape.
//
//	FLOAT32              as written
//	INT8, UINT8, INT16   zero_out + M*(x - zero_in), M = scale_in/scale_out, or zero_out + A*(x - zero_in)*(alpha - zero_alpha),
//	                     A = M*scale_alpha; alpha has the input's type, for INT16 it is INT8

package ops

import (
	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/nest"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var prelu = Op{
	Code: tflite.BuiltinOperatorPRELU, Name: "PRELU",
	Inputs: Exactly(2), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32; INT8; UINT8; INT16 with INT8 slopes",
	Prepare: preparePrelu,
}

// floatSlopes has no OneA: x, which is as large as the result, is never the single one.
var floatSlopes = floatKernels{
	Run:  func(dst, x, alpha []float32) { f32.PRelu(dst, alpha, x) },
	OneB: f32.PReluOne,
}

func preparePrelu(n *Node) (Eval, error) {
	in, alpha, out := n.Input(0), n.Input(1), n.Output(0)
	slopes := in.Type
	if in.Type == tensor.Int16 {
		slopes = tensor.Int8
	}
	if in.Type != out.Type || alpha.Type != slopes {
		return nil, unsupportedTypes(n)
	}
	shape, err := broadcastShape(in.Shape, alpha.Shape)
	if err != nil {
		return nil, err
	}
	if !shape.Equal(in.Shape) {
		return nil, invalidf("alpha: shape %v does not broadcast to %v", alpha.Shape, in.Shape)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	kept := make([]bool, len(in.Shape))
	for i, d := range alpha.Shape {
		at := len(in.Shape) - len(alpha.Shape) + i
		kept[at] = d == in.Shape[at]
	}
	loops := nest.New(len(in.Shape))
	loops.Set(in.Shape, kept)
	switch in.Type {
	case tensor.Float32:
		return prepareFloatBinary(n, floatSlopes)
	case tensor.Int8, tensor.Uint8, tensor.Int16:
	default:
		return nil, unsupportedTypes(n)
	}
	p, scaleIn, scaleOut, err := leakyParams(in, out)
	if err != nil {
		return nil, err
	}
	scaleAlpha, zeroAlpha, err := perTensor(alpha, "alpha")
	if err != nil {
		return nil, err
	}
	p.ZeroAlpha = zeroAlpha
	p.AlphaMultiplier, p.AlphaShift = fixedpoint.QuantizeMultiplier(float64(scaleIn * scaleAlpha / scaleOut))
	switch in.Type {
	case tensor.Int8:
		return evalPrelu(in, alpha, out, loops, preluRows[int8, int8](p)), nil
	case tensor.Uint8:
		return evalPrelu(in, alpha, out, loops, preluRows[uint8, uint8](p)), nil
	}
	return evalPrelu(in, alpha, out, loops, preluRows[int8, int16](p)), nil
}

func preluRows[A int8 | uint8, T int8 | uint8 | int16](p *q.LeakyParams) nest.MapRows[T, A, T] {
	return nest.MapRows[T, A, T]{
		Along:  func(dst []T, alpha []A, x []T) { q.PRelu(dst, alpha, x, p) },
		Across: func(dst []T, alpha []A, x []T) { q.PReluOne(dst, x, alpha[0], p) },
	}
}

func evalPrelu[A, T tensor.Element](in, alpha, out *tensor.Tensor, loops *nest.Nest, rows nest.MapRows[T, A, T]) Eval {
	return func() error {
		nest.Map(tensor.Data[T](out), tensor.Data[A](alpha), tensor.Data[T](in), loops, &rows)
		return nil
	}
}
