// MUL: y = activation(a * b), broadcast.
//
//	FLOAT32, FLOAT16                as written
//	INT32, UINT32, INT64            as written, wrapping
//	INT16 unquantized               likewise
//	COMPLEX64                       a * b, without activation
//	INT8, UINT8, INT16 quantized    clamp(zero_out + M*((a-zero_a) * (b-zero_b))), M = scale_a*scale_b/scale_out in double-rounding
//	                                fixed point; zero points of 0 for INT16
//	INT16, INT16 -> INT8 or UINT8   clamp(zero_out + (a*b/2^15)/2^8), scales ignored, no broadcast

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

var mulOp = Op{
	Code: tflite.BuiltinOperatorMUL, Name: "MUL", MaxVersion: 8,
	Inputs: Exactly(2), Outputs: Exactly(1), InPlace: []int{0, 1},
	Types:   "FLOAT32; FLOAT16; INT32; UINT32; INT64; INT16; COMPLEX64; quantized INT8, UINT8, INT16; INT16, INT16 -> INT8 | UINT8",
	Prepare: prepareMul,
}

func prepareMul(n *Node) (Eval, error) {
	o, err := options[tflite.MulOptionsT](n)
	if err != nil {
		return nil, err
	}
	act := o.FusedActivationFunction
	a, b, out := n.Input(0), n.Input(1), n.Output(0)
	if a.Type == tensor.Int16 && b.Type == tensor.Int16 && (out.Type == tensor.Int8 || out.Type == tensor.Uint8) {
		return prepareMulNarrow(n, act)
	}
	if !sameTypes(n) {
		return nil, unsupportedTypes(n)
	}
	switch t := a.Type; t {
	case tensor.Float32, tensor.Float16:
		kernel, err := floatProduct(act)
		if err != nil {
			return nil, err
		}
		if t == tensor.Float16 {
			return prepareBinary(n, nil, halfBinary(t, kernel.Run))
		}
		return prepareFloatBinary(n, kernel)
	case tensor.Int32:
		return prepareIntegerMul[int32](n, act, math.MinInt32, math.MaxInt32)
	case tensor.Uint32:
		return prepareIntegerMul[uint32](n, act, 0, math.MaxUint32)
	case tensor.Int64:
		return prepareIntegerMul[int64](n, act, math.MinInt64, math.MaxInt64)
	case tensor.Complex64:
		if act != tflite.ActivationFunctionTypeNONE {
			return nil, unsupportedf("fused activation %s of COMPLEX64", act)
		}
		return prepareBinary(n, nil, elem.MulComplex)
	case tensor.Int8:
		return prepareMul8[int8](n, act)
	case tensor.Uint8:
		return prepareMul8[uint8](n, act)
	case tensor.Int16:
		if !quantized(a) && !quantized(b) && !quantized(out) {
			return prepareIntegerMul[int16](n, act, math.MinInt16, math.MaxInt16)
		}
		for i, t := range []*tensor.Tensor{a, b, out} {
			if _, err := symmetric(t, []string{"input 0", "input 1", "output"}[i]); err != nil {
				return nil, err
			}
		}
		return prepareMul16(n, act)
	}
	return nil, unsupportedTypes(n)
}

func floatProduct(act tflite.ActivationFunctionType) (floatKernels, error) {
	lo, hi, err := activationRange(act)
	return floatKernels{
		Run:  func(dst, a, b []float32) { f32.Mul(dst, a, b, lo, hi) },
		OneA: func(dst []float32, a float32, b []float32) { f32.MulOne(dst, b, a, lo, hi) },
		OneB: func(dst, a []float32, b float32) { f32.MulOne(dst, a, b, lo, hi) },
	}, err
}

func prepareIntegerMul[T int16 | int32 | uint32 | int64](n *Node, act tflite.ActivationFunctionType, least, most int64) (Eval, error) {
	l, h, err := integerActivationRange(act, least, most)
	if err != nil {
		return nil, err
	}
	// RELU_N1_TO_1 of an unsigned type clamps below to 0.
	lo, hi := T(max(l, least)), T(h)
	return prepareBinary(n, nil, func(dst, a, b []T) { elem.Mul(dst, a, b, lo, hi) })
}

func prepareMul8[T int8 | uint8](n *Node, act tflite.ActivationFunctionType) (Eval, error) {
	p, err := productParams(n, act)
	if err != nil {
		return nil, err
	}
	return prepareBytes(n, q.NewProduct8[T](&p.MulParams).Run)
}

func prepareMul16(n *Node, act tflite.ActivationFunctionType) (Eval, error) {
	p, err := productParams(n, act)
	if err != nil {
		return nil, err
	}
	return prepareBinary(n, nil, func(dst, a, b []int16) { q.Mul(dst, a, b, &p.MulParams) })
}

// productParams reads the parameters of a product.
func productParams(n *Node, act tflite.ActivationFunctionType) (*quantizedProduct, error) {
	p, scales, err := mulParams(n, act)
	if err != nil {
		return nil, err
	}
	return p, p.setScale(float64(scales[0] * scales[1] / scales[2]))
}

type quantizedProduct struct{ q.MulParams }

// setScale sets the multiplier that takes products or quotients of stored values to stored results.
func (p *quantizedProduct) setScale(real float64) error {
	if !(real > 0 && real < math.MaxInt32) {
		return unsupportedf("ratio of scales %v", real)
	}
	p.Multiplier, p.Shift = fixedpoint.QuantizeMultiplier(real)
	return nil
}

// mulParams reads the zero points, the activation range and the scales of inputs 0 and 1 and the output.
func mulParams(n *Node, act tflite.ActivationFunctionType) (p *quantizedProduct, scales [3]float32, err error) {
	p = &quantizedProduct{}
	if scales[0], p.ZeroA, err = perTensor(n.Input(0), "input 0"); err != nil {
		return nil, scales, err
	}
	if scales[1], p.ZeroB, err = perTensor(n.Input(1), "input 1"); err != nil {
		return nil, scales, err
	}
	if scales[2], p.ZeroOut, err = perTensor(n.Output(0), "output"); err != nil {
		return nil, scales, err
	}
	p.Min, p.Max, err = quantizedActivationRange(act, n.Output(0))
	return p, scales, err
}

func prepareMulNarrow(n *Node, act tflite.ActivationFunctionType) (Eval, error) {
	if !n.Input(0).Shape.Equal(n.Input(1).Shape) {
		return nil, unsupportedf("INT16 to 8-bit product of shapes %v and %v", n.Input(0).Shape, n.Input(1).Shape)
	}
	p, _, err := mulParams(n, act)
	if err != nil {
		return nil, err
	}
	if p.ZeroA != 0 || p.ZeroB != 0 {
		return nil, invalidf("zero points %d and %d, want 0 for INT16", p.ZeroA, p.ZeroB)
	}
	if n.Output(0).Type == tensor.Int8 {
		return prepareBinary(n, nil, func(dst []int8, a, b []int16) { q.MulNarrow(dst, a, b, &p.MulParams) })
	}
	return prepareBinary(n, nil, func(dst []uint8, a, b []int16) { q.MulNarrow(dst, a, b, &p.MulParams) })
}
