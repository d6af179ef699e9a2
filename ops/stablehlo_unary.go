// STABLEHLO_LOGISTIC, _TANH, _EXPONENTIAL, _LOG, _FLOOR, _RSQRT, _COSINE, _CBRT, _NEGATE, _ABS: y = f(x) of plain numbers.
//
//	FLOAT32, FLOAT16, BFLOAT16          all; 16-bit floats in float32, rounded
//	INT8, INT16, INT32, INT64           NEGATE and ABS, wrapping: the smallest integer stays what it is
//	FLOAT64, UINT8 to UINT64            NEGATE
//
// Quantized tensors are not supported. Specification of these and the other STABLEHLO operators: https://openxla.org/stablehlo/spec

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/elem"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	stablehloLogistic    = stablehloFunction(tflite.BuiltinOperatorSTABLEHLO_LOGISTIC, f32.Logistic)
	stablehloAbs         = stablehloUnary(tflite.BuiltinOperatorSTABLEHLO_ABS, "FLOAT32; FLOAT16; BFLOAT16; INT8; INT16; INT32; INT64", prepareStablehloAbs)
	stablehloCosine      = stablehloFunction(tflite.BuiltinOperatorSTABLEHLO_COSINE, f32.Cos)
	stablehloExponential = stablehloFunction(tflite.BuiltinOperatorSTABLEHLO_EXPONENTIAL, f32.Exp)
	stablehloFloor       = stablehloFunction(tflite.BuiltinOperatorSTABLEHLO_FLOOR, elem.Floor)
	stablehloLog         = stablehloFunction(tflite.BuiltinOperatorSTABLEHLO_LOG, f32.Log)
	stablehloNegate      = stablehloUnary(tflite.BuiltinOperatorSTABLEHLO_NEGATE,
		"FLOAT16; BFLOAT16; FLOAT32; FLOAT64; INT8; INT16; INT32; INT64; UINT8; UINT16; UINT32; UINT64", prepareStablehloNegate)
	stablehloRsqrt = stablehloFunction(tflite.BuiltinOperatorSTABLEHLO_RSQRT, f32.Rsqrt)
	stablehloTanh  = stablehloFunction(tflite.BuiltinOperatorSTABLEHLO_TANH, f32.Tanh)
	stablehloCbrt  = stablehloFunction(tflite.BuiltinOperatorSTABLEHLO_CBRT, elem.Cbrt)
)

func stablehloUnary(code tflite.BuiltinOperator, types string, prepare func(n *Node) (Eval, error)) Op {
	return Op{
		Code: code, Name: code.String(),
		Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
		Types: types,
		Prepare: func(n *Node) (Eval, error) {
			if n.Input(0).Type != n.Output(0).Type {
				return nil, unsupportedTypes(n)
			}
			if err := notQuantized(n); err != nil {
				return nil, err
			}
			return prepare(n)
		},
	}
}

// stablehloFunction describes a function of real numbers.
func stablehloFunction(code tflite.BuiltinOperator, kernel func(dst, x []float32)) Op {
	return stablehloUnary(code, "FLOAT32; FLOAT16; BFLOAT16", func(n *Node) (Eval, error) { return prepareFloats(n, kernel) })
}

// prepareFloats prepares a function of FLOAT32 that 16-bit floats are widened for.
func prepareFloats(n *Node, kernel func(dst, x []float32)) (Eval, error) {
	switch t := n.Input(0).Type; t {
	case tensor.Float32:
		return prepareUnary(n, kernel)
	case tensor.Float16, tensor.BFloat16:
		return prepareUnary(n, halfUnary(t, kernel))
	}
	return nil, unsupportedTypes(n)
}

func prepareStablehloAbs(n *Node) (Eval, error) {
	switch n.Input(0).Type {
	case tensor.Int8:
		return prepareUnary(n, elem.Abs[int8])
	case tensor.Int16:
		return prepareUnary(n, elem.Abs[int16])
	case tensor.Int32:
		return prepareUnary(n, elem.Abs[int32])
	case tensor.Int64:
		return prepareUnary(n, elem.Abs[int64])
	}
	return prepareFloats(n, f32.Abs)
}

func prepareStablehloNegate(n *Node) (Eval, error) {
	switch n.Input(0).Type {
	case tensor.Float64:
		return prepareUnary(n, elem.Neg[float64])
	case tensor.Int8:
		return prepareUnary(n, elem.Neg[int8])
	case tensor.Int16:
		return prepareUnary(n, elem.Neg[int16])
	case tensor.Int32:
		return prepareUnary(n, elem.Neg[int32])
	case tensor.Int64:
		return prepareUnary(n, elem.Neg[int64])
	case tensor.Uint8:
		return prepareUnary(n, elem.Neg[uint8])
	case tensor.Uint16:
		return prepareUnary(n, elem.Neg[uint16])
	case tensor.Uint32:
		return prepareUnary(n, elem.Neg[uint32])
	case tensor.Uint64:
		return prepareUnary(n, elem.Neg[uint64])
	}
	return prepareFloats(n, f32.Neg)
}

// notQuantized refuses quantized integers where an operator computes with stored values.
func notQuantized(n *Node) error {
	for _, list := range [][]*tensor.Tensor{n.Inputs, n.Outputs} {
		for _, t := range list {
			if t != nil && t.Type.Integer() && quantized(t) {
				return unsupportedf("quantized %s", t.Type)
			}
		}
	}
	return nil
}
