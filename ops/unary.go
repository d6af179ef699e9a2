// FLOOR, CEIL, ROUND, SIN, COS, SQUARE, NEG, SIGN, ZEROS_LIKE: y = f(x) of plain numbers. ROUND rounds halves to even; the
// SIGN of a NaN is NaN; NEG of quantized values negates what is stored.
//
//	FLOAT32                        all
//	FLOAT16                        FLOOR, ROUND, SIN, COS, NEG, in float32
//	BFLOAT16                       FLOOR, ROUND, NEG, in float32
//	FLOAT64                        SIGN
//	INT32                          NEG, SIGN, ZEROS_LIKE
//	INT64                          NEG, ZEROS_LIKE
//	INT8, INT16                    NEG

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/elem"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	floorOp  = floatFunction(tflite.BuiltinOperatorFLOOR, 1, elem.Floor, tensor.Float16, tensor.BFloat16)
	ceilOp   = floatFunction(tflite.BuiltinOperatorCEIL, 1, elem.Ceil)
	roundOp  = floatFunction(tflite.BuiltinOperatorROUND, 1, elem.Round, tensor.Float16, tensor.BFloat16)
	sinOp    = floatFunction(tflite.BuiltinOperatorSIN, 2, f32.Sin, tensor.Float16)
	cosOp    = floatFunction(tflite.BuiltinOperatorCOS, 2, f32.Cos, tensor.Float16)
	squareOp = floatFunction(tflite.BuiltinOperatorSQUARE, 1, f32.Square)
	negOp    = Op{
		Code: tflite.BuiltinOperatorNEG, Name: "NEG",
		Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
		Types: "FLOAT32; FLOAT16; BFLOAT16; INT8; INT16; INT32; INT64",
		Prepare: func(n *Node) (Eval, error) {
			if n.Input(0).Type != n.Output(0).Type {
				return nil, unsupportedTypes(n)
			}
			switch t := n.Input(0).Type; t {
			case tensor.Float32:
				return prepareUnary(n, f32.Neg)
			case tensor.Float16, tensor.BFloat16:
				return prepareUnary(n, halfUnary(t, f32.Neg))
			case tensor.Int8:
				return prepareUnary(n, elem.Neg[int8])
			case tensor.Int16:
				return prepareUnary(n, elem.Neg[int16])
			case tensor.Int32:
				return prepareUnary(n, elem.Neg[int32])
			case tensor.Int64:
				return prepareUnary(n, elem.Neg[int64])
			}
			return nil, unsupportedTypes(n)
		},
	}
	signOp     = newSign(tflite.BuiltinOperatorSIGN, "SIGN", 2)
	signCustom = newSign(tflite.BuiltinOperatorCUSTOM, "Sign", 0)
	zerosLike  = Op{
		Code: tflite.BuiltinOperatorZEROS_LIKE, Name: "ZEROS_LIKE",
		Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
		ShapeOnly: true,
		Types:     "FLOAT32; INT32; INT64",
		Prepare: func(n *Node) (Eval, error) {
			in, out := n.Input(0), n.Output(0)
			if in.Type != out.Type {
				return nil, unsupportedTypes(n)
			}
			switch in.Type {
			case tensor.Float32, tensor.Int32, tensor.Int64:
			default:
				return nil, unsupportedTypes(n)
			}
			if err := n.SetOutput(0, in.Shape); err != nil {
				return nil, err
			}
			return func() error {
				clear(out.Bytes())
				return nil
			}, nil
		},
	}
)

// floatFunction describes a function of FLOAT32 that some 16-bit types share.
func floatFunction(code tflite.BuiltinOperator, maxVersion int, kernel func(dst, x []float32), halves ...tensor.Type) Op {
	types := "FLOAT32"
	for _, t := range halves {
		types += "; " + t.String()
	}
	return Op{
		Code: code, Name: code.String(), MaxVersion: maxVersion,
		Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
		Types: types,
		Prepare: func(n *Node) (Eval, error) {
			in, out := n.Input(0), n.Output(0)
			if in.Type != out.Type {
				return nil, unsupportedTypes(n)
			}
			if in.Type == tensor.Float32 {
				return prepareUnary(n, kernel)
			}
			for _, t := range halves {
				if in.Type == t {
					return prepareUnary(n, halfUnary(t, kernel))
				}
			}
			return nil, unsupportedTypes(n)
		},
	}
}

func newSign(code tflite.BuiltinOperator, name string, maxVersion int) Op {
	return Op{
		Code: code, Name: name, MaxVersion: maxVersion,
		Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
		Types: "FLOAT32; FLOAT64; INT32",
		Prepare: func(n *Node) (Eval, error) {
			if n.Input(0).Type != n.Output(0).Type {
				return nil, unsupportedTypes(n)
			}
			switch n.Input(0).Type {
			case tensor.Float32:
				return prepareUnary(n, elem.Sign[float32])
			case tensor.Float64:
				return prepareUnary(n, elem.Sign[float64])
			case tensor.Int32:
				return prepareUnary(n, elem.Sign[int32])
			}
			return nil, unsupportedTypes(n)
		},
	}
}
