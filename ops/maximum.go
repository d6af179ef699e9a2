// MAXIMUM, MINIMUM: y = a > b ? a : b, y = a < b ? a : b, broadcast; b where either is a NaN. Quantized values are compared
// as they are stored, as the reference does, so all three tensors should have one quantization.
//
//	FLOAT32, FLOAT16, BFLOAT16, INT8, UINT8, INT16, INT32, INT64

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/elem"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	maximum = extremumOp(tflite.BuiltinOperatorMAXIMUM, true)
	minimum = extremumOp(tflite.BuiltinOperatorMINIMUM, false)

	floatMaximum = floatKernels{Run: f32.Max, OneA: f32.OneMax, OneB: f32.MaxOne}
	floatMinimum = floatKernels{Run: f32.Min, OneA: f32.OneMin, OneB: f32.MinOne}
)

func extremumOp(code tflite.BuiltinOperator, largest bool) Op {
	return Op{
		Code: code, Name: code.String(), MaxVersion: 4,
		Inputs: Exactly(2), Outputs: Exactly(1), InPlace: []int{0, 1},
		Types: "FLOAT32; FLOAT16; BFLOAT16; INT8; UINT8; INT16; INT32; INT64",
		Prepare: func(n *Node) (Eval, error) {
			if !sameTypes(n) {
				return nil, unsupportedTypes(n)
			}
			switch t := n.Input(0).Type; t {
			case tensor.Float32:
				if largest {
					return prepareFloatBinary(n, floatMaximum)
				}
				return prepareFloatBinary(n, floatMinimum)
			case tensor.Float16, tensor.BFloat16:
				return prepareBinary(n, nil, halfBinary(t, extremum[float32](largest)))
			case tensor.Int8:
				return prepareBinary(n, nil, extremum[int8](largest))
			case tensor.Uint8:
				return prepareBinary(n, nil, extremum[uint8](largest))
			case tensor.Int16:
				return prepareBinary(n, nil, extremum[int16](largest))
			case tensor.Int32:
				return prepareBinary(n, nil, extremum[int32](largest))
			case tensor.Int64:
				return prepareBinary(n, nil, extremum[int64](largest))
			}
			return nil, unsupportedTypes(n)
		},
	}
}

func extremum[T elem.Number](largest bool) binaryKernel[T, T] {
	if largest {
		return elem.Max[T]
	}
	return elem.Min[T]
}
