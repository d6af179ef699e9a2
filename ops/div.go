// DIV: y = activation(a / b), broadcast.
//
//	FLOAT32             as written
//	INT32               rounded toward zero; a divisor of 0 is an error
//	INT8, UINT8, INT16  clamp(zero_out + M*((a-zero_a) / (b-zero_b))), M = scale_a/(scale_b*scale_out), quotient and product in
//	                    fixed point; a divisor at its zero point is an error

package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/elem"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var divOp = Op{
	Code: tflite.BuiltinOperatorDIV, Name: "DIV", MaxVersion: 2,
	Inputs: Exactly(2), Outputs: Exactly(1), InPlace: []int{0, 1},
	Types:   "FLOAT32; INT32; quantized INT8, UINT8, INT16",
	Prepare: prepareDiv,
}

func prepareDiv(n *Node) (Eval, error) {
	o, err := options[tflite.DivOptionsT](n)
	if err != nil {
		return nil, err
	}
	act := o.FusedActivationFunction
	if !sameTypes(n) {
		return nil, unsupportedTypes(n)
	}
	switch n.Input(0).Type {
	case tensor.Float32:
		kernel, err := floatQuotient(act)
		if err != nil {
			return nil, err
		}
		return prepareFloatBinary(n, kernel)
	case tensor.Int32:
		l, h, err := integerActivationRange(act, math.MinInt32, math.MaxInt32)
		if err != nil {
			return nil, err
		}
		lo, hi := int32(l), int32(h)
		return prepareBinary(n, nonZeroDivisors[int32], func(dst, a, b []int32) { elem.Div(dst, a, b, lo, hi) })
	case tensor.Int8:
		return prepareQuantizedDiv[int8](n, act)
	case tensor.Uint8:
		return prepareQuantizedDiv[uint8](n, act)
	case tensor.Int16:
		return prepareQuantizedDiv[int16](n, act)
	}
	return nil, unsupportedTypes(n)
}

func floatQuotient(act tflite.ActivationFunctionType) (floatKernels, error) {
	lo, hi, err := activationRange(act)
	return floatKernels{
		Run:  func(dst, a, b []float32) { f32.Div(dst, a, b, lo, hi) },
		OneA: func(dst []float32, a float32, b []float32) { f32.OneDiv(dst, a, b, lo, hi) },
		OneB: func(dst, a []float32, b float32) { f32.DivOne(dst, a, b, lo, hi) },
	}, err
}

func nonZeroDivisors[T elem.Number](_, b []T) error {
	if elem.HasZero(b) {
		return valuef("division by 0")
	}
	return nil
}

func prepareQuantizedDiv[T int8 | uint8 | int16](n *Node, act tflite.ActivationFunctionType) (Eval, error) {
	p, scales, err := mulParams(n, act)
	if err != nil {
		return nil, err
	}
	if err := p.setScale(float64(scales[0] / float32(scales[1]*scales[2]))); err != nil {
		return nil, err
	}
	zero := T(p.ZeroB)
	check := func(_, b []T) error {
		if q.Contains(b, zero) {
			return valuef("division by 0, stored as %d", zero)
		}
		return nil
	}
	return prepareBinary(n, check, func(dst, a, b []T) { q.Div(dst, a, b, &p.MulParams) })
}
