// SQUARED_DIFFERENCE: y = (a - b)^2, broadcast.
//
//	FLOAT32, INT32  as written, integers wrap
//	INT8            clamp(zero_out + Mo*(Ma*((a-zero_a) << 7) - Mb*((b-zero_b) << 7))^2), with the M in double-rounding fixed
//	                point: Ma = scale_a/twice, Mb = scale_b/twice, Mo = twice^2/(2^14 * scale_out), twice the larger input
//	                scale doubled

package ops

import (
	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/elem"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var squaredDifference = Op{
	Code: tflite.BuiltinOperatorSQUARED_DIFFERENCE, Name: "SQUARED_DIFFERENCE", MaxVersion: 2,
	Inputs: Exactly(2), Outputs: Exactly(1), InPlace: []int{0, 1},
	Types: "FLOAT32; INT32; quantized INT8",
	Prepare: func(n *Node) (Eval, error) {
		if !sameTypes(n) {
			return nil, unsupportedTypes(n)
		}
		switch n.Input(0).Type {
		case tensor.Float32:
			return prepareFloatBinary(n, floatKernels{
				Run:  f32.SquaredDifference,
				OneA: func(dst []float32, a float32, b []float32) { f32.SquaredDifferenceOne(dst, b, a) },
				OneB: f32.SquaredDifferenceOne,
			})
		case tensor.Int32:
			return prepareBinary(n, nil, elem.SquaredDifference[int32])
		case tensor.Int8:
			return prepareSquaredDifference8(n)
		}
		return nil, unsupportedTypes(n)
	},
}

func prepareSquaredDifference8(n *Node) (Eval, error) {
	const left = 7
	scaleA, zeroA, err := perTensor(n.Input(0), "input 0")
	if err != nil {
		return nil, err
	}
	scaleB, zeroB, err := perTensor(n.Input(1), "input 1")
	if err != nil {
		return nil, err
	}
	scaleOut, zeroOut, err := perTensor(n.Output(0), "output")
	if err != nil {
		return nil, err
	}
	twice := 2 * float64(max(scaleA, scaleB))
	a, b := q.Operand{Zero: zeroA, Left: left}, q.Operand{Zero: zeroB, Left: left}
	a.Multiplier, a.Shift = fixedpoint.QuantizeMultiplier(float64(scaleA) / twice)
	b.Multiplier, b.Shift = fixedpoint.QuantizeMultiplier(float64(scaleB) / twice)
	p := q.OutParams{Zero: zeroOut, Min: -128, Max: 127}
	var ok bool
	real := float64(twice*twice) / float64(float32(1<<(2*left))*scaleOut)
	if p.Multiplier, p.Shift, ok = fixedpoint.QuantizeMultiplierSmallerThanOneExp(real); !ok {
		return nil, unsupportedf("scales %v and %v are too large for output scale %v", scaleA, scaleB, scaleOut)
	}
	return prepareBinary(n, nil, q.NewSquaredDifference8(&a, &b, &p).Run)
}
