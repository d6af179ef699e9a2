// ADD, SUB: y = activation(a + b), y = activation(a - b), broadcast.
//
//	FLOAT32, INT32, INT64   as written, integers wrap
//	FLOAT16, INT16          likewise; ADD only, INT16 where nothing is quantized
//	INT8, UINT8             clamp(zero_out + Mo*(Ma*((a-zero_a) << 20) +- Mb*((b-zero_b) << 20))), with the M in double-rounding
//	                        fixed point: Ma = scale_a/twice, Mb = scale_b/twice, Mo = twice/(2^20 * scale_out), twice the larger
//	                        input scale doubled
//	INT16 quantized         likewise with << 15 and zero points of 0; or, where pot_scale_int16 says so and all scales are powers
//	                        of two, a sum of rounding right shifts

package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/elem"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	addOp = Op{
		Code: tflite.BuiltinOperatorADD, Name: "ADD", MaxVersion: 6,
		Inputs: Exactly(2), Outputs: Exactly(1), InPlace: []int{0, 1},
		Types: "FLOAT32; FLOAT16; INT32; INT64; INT16; quantized INT8, UINT8, INT16",
		Prepare: func(n *Node) (Eval, error) {
			o, err := options[tflite.AddOptionsT](n)
			if err != nil {
				return nil, err
			}
			return prepareAddition(n, o.FusedActivationFunction, o.PotScaleInt16, 1)
		},
	}
	subOp = Op{
		Code: tflite.BuiltinOperatorSUB, Name: "SUB", MaxVersion: 5,
		Inputs: Exactly(2), Outputs: Exactly(1), InPlace: []int{0, 1},
		Types: "FLOAT32; INT32; INT64; quantized INT8, UINT8, INT16",
		Prepare: func(n *Node) (Eval, error) {
			o, err := options[tflite.SubOptionsT](n)
			if err != nil {
				return nil, err
			}
			return prepareAddition(n, o.FusedActivationFunction, o.PotScaleInt16, -1)
		},
	}
)

// sameTypes reports whether both inputs and the output have one element type.
func sameTypes(n *Node) bool {
	return n.Input(0).Type == n.Input(1).Type && n.Input(0).Type == n.Output(0).Type
}

// prepareAddition prepares an ADD (sign 1) or SUB (sign -1).
func prepareAddition(n *Node, act tflite.ActivationFunctionType, powersOfTwo bool, sign int32) (Eval, error) {
	if !sameTypes(n) {
		return nil, unsupportedTypes(n)
	}
	switch t := n.Input(0).Type; {
	case t == tensor.Float32:
		kernel, err := floatAddition(act, sign)
		if err != nil {
			return nil, err
		}
		return prepareFloatBinary(n, kernel)
	case t == tensor.Float16 && sign > 0:
		kernel, err := floatAddition(act, sign)
		if err != nil {
			return nil, err
		}
		return prepareBinary(n, nil, halfBinary(t, kernel.Run))
	case t == tensor.Int32:
		return prepareIntegerAddition[int32](n, act, math.MinInt32, math.MaxInt32, sign)
	case t == tensor.Int64:
		return prepareIntegerAddition[int64](n, act, math.MinInt64, math.MaxInt64, sign)
	case t == tensor.Int16 && sign > 0 && !quantized(n.Input(0)) && !quantized(n.Input(1)) && !quantized(n.Output(0)):
		return prepareIntegerAddition[int16](n, act, math.MinInt16, math.MaxInt16, sign)
	case t == tensor.Int8:
		return prepareAddition8[int8](n, act, sign)
	case t == tensor.Uint8:
		return prepareAddition8[uint8](n, act, sign)
	case t == tensor.Int16:
		return prepareAddition16(n, act, powersOfTwo, sign)
	}
	return nil, unsupportedTypes(n)
}

func floatAddition(act tflite.ActivationFunctionType, sign int32) (floatKernels, error) {
	lo, hi, err := activationRange(act)
	if sign < 0 {
		return floatKernels{
			Run:  func(dst, a, b []float32) { f32.Sub(dst, a, b, lo, hi) },
			OneA: func(dst []float32, a float32, b []float32) { f32.OneSub(dst, a, b, lo, hi) },
			OneB: func(dst, a []float32, b float32) { f32.SubOne(dst, a, b, lo, hi) },
		}, err
	}
	return floatKernels{
		Run:  func(dst, a, b []float32) { f32.Add(dst, a, b, lo, hi) },
		OneA: func(dst []float32, a float32, b []float32) { f32.AddOne(dst, b, a, lo, hi) },
		OneB: func(dst, a []float32, b float32) { f32.AddOne(dst, a, b, lo, hi) },
	}, err
}

func prepareIntegerAddition[T int16 | int32 | int64](n *Node, act tflite.ActivationFunctionType, least, most int64, sign int32) (Eval, error) {
	l, h, err := integerActivationRange(act, least, most)
	if err != nil {
		return nil, err
	}
	lo, hi := T(l), T(h)
	if sign < 0 {
		return prepareBinary(n, nil, func(dst, a, b []T) { elem.Sub(dst, a, b, lo, hi) })
	}
	return prepareBinary(n, nil, func(dst, a, b []T) { elem.Add(dst, a, b, lo, hi) })
}

// additionParams computes the parameters of a quantized sum whose operands are shifted left by left bits.
func additionParams(n *Node, act tflite.ActivationFunctionType, left int, sign int32) (a, b q.Operand, out q.OutParams, err error) {
	scaleA, zeroA, err := perTensor(n.Input(0), "input 0")
	if err != nil {
		return
	}
	scaleB, zeroB, err := perTensor(n.Input(1), "input 1")
	if err != nil {
		return
	}
	scaleOut, zeroOut, err := perTensor(n.Output(0), "output")
	if err != nil {
		return
	}
	twice := 2 * float64(max(scaleA, scaleB))
	a, b = q.Operand{Zero: zeroA, Left: left}, q.Operand{Zero: zeroB, Left: left}
	a.Multiplier, a.Shift = fixedpoint.QuantizeMultiplier(float64(scaleA) / twice)
	b.Multiplier, b.Shift = fixedpoint.QuantizeMultiplier(float64(scaleB) / twice)
	out.Zero = zeroOut
	real := twice / float64(float32(int32(1)<<uint(left))*scaleOut)
	out.Multiplier, out.Shift = fixedpoint.QuantizeMultiplier(real)
	if out.Shift > 0 && sign > 0 || out.Shift > 31 || real > math.MaxInt32 {
		err = unsupportedf("scales %v and %v are too large for output scale %v", scaleA, scaleB, scaleOut)
		return
	}
	out.Min, out.Max, err = quantizedActivationRange(act, n.Output(0))
	return
}

func prepareAddition8[T int8 | uint8](n *Node, act tflite.ActivationFunctionType, sign int32) (Eval, error) {
	a, b, p, err := additionParams(n, act, 20, sign)
	if err != nil {
		return nil, err
	}
	sum := q.NewAddition8[T](&a, &b, sign, &p)
	return prepareBytes(n, sum.Run)
}

func prepareAddition16(n *Node, act tflite.ActivationFunctionType, powersOfTwo bool, sign int32) (Eval, error) {
	var exponents [3]int
	for i, t := range []*tensor.Tensor{n.Input(0), n.Input(1), n.Output(0)} {
		scale, err := symmetric(t, []string{"input 0", "input 1", "output"}[i])
		if err != nil {
			return nil, err
		}
		e, exact := fixedpoint.Log2(scale)
		exponents[i] = e
		powersOfTwo = powersOfTwo && exact
	}
	if !powersOfTwo {
		a, b, p, err := additionParams(n, act, 15, sign)
		if err != nil {
			return nil, err
		}
		return prepareBinary(n, nil, q.NewAddition16(&a, &b, sign, &p).Run)
	}
	shiftA, shiftB := exponents[2]-exponents[0], exponents[2]-exponents[1]
	if min(shiftA, shiftB) != 0 {
		return nil, unsupportedf("scales 2^%d and 2^%d with output scale 2^%d: the larger one must be the output's",
			exponents[0], exponents[1], exponents[2])
	}
	l, h, err := quantizedActivationRange(act, n.Output(0))
	if err != nil {
		return nil, err
	}
	// A shift past the width of the value leaves nothing, as one by 31 does.
	shiftA, shiftB = min(shiftA, 31), min(shiftB, 31)
	lo, hi := int16(l), int16(h)
	if sign < 0 {
		return prepareBinary(n, nil, func(dst, x, y []int16) { q.SubShift16(dst, x, y, shiftA, shiftB, lo, hi) })
	}
	return prepareBinary(n, nil, func(dst, x, y []int16) { q.AddShift16(dst, x, y, shiftA, shiftB, lo, hi) })
}
