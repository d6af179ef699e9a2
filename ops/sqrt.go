// SQRT, RSQRT: y = sqrt(x), y = 1/sqrt(x).
//
//	FLOAT32       as written
//	INT8, INT16   SQRT: clamp(zero_out + trunc(sqrt(scale_in*(x-zero_in))/scale_out)) in float32
//	INT8          RSQRT: clamp(zero_out + M/sqrt(x-zero_in)), M = 1/(sqrt(scale_in)*scale_out), in fixed point; 127 for 1/0
//	INT16         RSQRT: a table of 513 samples; the largest value for 1/0
//
// Zero points of INT16 are 0. A negative quantized value is an error.

package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	sqrtOp  = rootOp(tflite.BuiltinOperatorSQRT, 2, prepareSqrt)
	rsqrtOp = rootOp(tflite.BuiltinOperatorRSQRT, 3, prepareRsqrt)
)

func rootOp(code tflite.BuiltinOperator, maxVersion int, prepare func(n *Node) (Eval, error)) Op {
	return Op{
		Code: code, Name: code.String(), MaxVersion: maxVersion,
		Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
		Types: "FLOAT32; quantized INT8, INT16",
		Prepare: func(n *Node) (Eval, error) {
			if n.Input(0).Type != n.Output(0).Type {
				return nil, unsupportedTypes(n)
			}
			if n.Input(0).Type == tensor.Int16 {
				if err := symmetric16(n.Input(0), n.Output(0)); err != nil {
					return nil, err
				}
			}
			return prepare(n)
		},
	}
}

func prepareSqrt(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if in.Type == tensor.Float32 {
		return prepareUnary(n, f32.Sqrt)
	}
	if in.Type != tensor.Int8 && in.Type != tensor.Int16 {
		return nil, unsupportedTypes(n)
	}
	var p q.SqrtParams
	var err error
	if p.ScaleIn, p.ZeroIn, err = perTensor(in, "input"); err != nil {
		return nil, err
	}
	if p.ScaleOut, p.ZeroOut, err = perTensor(out, "output"); err != nil {
		return nil, err
	}
	lo, hi, _ := out.Type.Range()
	p.Min, p.Max = int32(lo), int32(hi)
	if in.Type == tensor.Int16 {
		eval, err := prepareUnary(n, func(dst, x []int16) { q.Sqrt16(dst, x, &p) })
		return noNegatives[int16](n, p.ZeroIn, eval, err)
	}
	eval, err := prepareTable8(n, storedTable(in.Type, p.At))
	return noNegatives[int8](n, p.ZeroIn, eval, err)
}

func prepareRsqrt(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	switch in.Type {
	case tensor.Float32:
		return prepareUnary(n, f32.Rsqrt)
	case tensor.Int8:
		scaleIn, zeroIn, err := perTensor(in, "input")
		if err != nil {
			return nil, err
		}
		scaleOut, zeroOut, err := perTensor(out, "output")
		if err != nil {
			return nil, err
		}
		p := q.RsqrtParams{RescaleParams: q.RescaleParams{ZeroIn: zeroIn, ZeroOut: zeroOut, Min: -128, Max: 127}}
		real := float32(1 / float64(float32(math.Sqrt(float64(scaleIn)))*scaleOut))
		if p.Multiplier, p.Shift = fixedpoint.QuantizeMultiplier(float64(real)); p.Multiplier == 0 || p.Shift > 31 {
			return nil, unsupportedf("input scale %v with output scale %v", scaleIn, scaleOut)
		}
		eval, err := prepareTable8(n, storedTable(in.Type, p.At))
		return noNegatives[int8](n, zeroIn, eval, err)
	case tensor.Int16:
		scaleOut, err := symmetric(out, "output")
		if err != nil {
			return nil, err
		}
		table, err := lut16(in, out, func(x float32) float32 {
			if x <= 0 {
				return math.MaxInt16 * scaleOut
			}
			return 1 / float32(math.Sqrt(float64(x)))
		})
		if err != nil {
			return nil, err
		}
		eval, err := prepareUnary(n, func(dst, x []int16) { q.Lookup16(dst, x, table) })
		return noNegatives[int16](n, 0, eval, err)
	}
	return nil, unsupportedTypes(n)
}

// noNegatives makes an evaluation that first rejects stored values below the zero point.
func noNegatives[T int8 | int16](n *Node, zero int32, eval Eval, err error) (Eval, error) {
	in := n.Input(0)
	return func() error {
		if q.Below(tensor.Data[T](in), T(zero)) {
			return valuef("square root of a negative number")
		}
		return eval()
	}, err
}
