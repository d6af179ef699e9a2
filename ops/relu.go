// RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1: y = min(max(x, lo), hi).
//
//	FLOAT32            as written
//	INT8, UINT8        q = zero_out + M*(x - zero_in), M = scale_in/scale_out in fixed point, clamped to the stored bounds
//	INT16              likewise with zero points of 0 (RELU and RELU6)

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
	relu      = reluOp(tflite.BuiltinOperatorRELU, 3, 0, math.Inf(1))
	relu6     = reluOp(tflite.BuiltinOperatorRELU6, 3, 0, 6)
	reluN1To1 = reluOp(tflite.BuiltinOperatorRELU_N1_TO_1, 1, -1, 1)
	relu0To1  = reluOp(tflite.BuiltinOperatorRELU_0_TO_1, 1, 0, 1)
)

func reluOp(code tflite.BuiltinOperator, maxVersion int, lo, hi float64) Op {
	return Op{
		Code: code, Name: code.String(), MaxVersion: maxVersion,
		Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
		Types:   "FLOAT32; INT8; UINT8; INT16",
		Prepare: func(n *Node) (Eval, error) { return prepareRelu(n, lo, hi) },
	}
}

func prepareRelu(n *Node, lo, hi float64) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	switch in.Type {
	case tensor.Float32:
		lo, hi := float32(lo), float32(hi)
		return activationFloats(n, 120, func(dst, x []float32) { f32.Clamp(dst, x, lo, hi) }), nil
	case tensor.Int8:
		return prepareReluQuantized[int8](in, out, lo, hi)
	case tensor.Uint8:
		return prepareReluQuantized[uint8](in, out, lo, hi)
	case tensor.Int16:
		return prepareReluQuantized[int16](in, out, lo, hi)
	}
	return nil, unsupportedTypes(n)
}

func prepareReluQuantized[T int8 | uint8 | int16](in, out *tensor.Tensor, lo, hi float64) (Eval, error) {
	scaleIn, zeroIn, err := perTensor(in, "input")
	if err != nil {
		return nil, err
	}
	scaleOut, zeroOut, err := perTensor(out, "output")
	if err != nil {
		return nil, err
	}
	if in.Type == tensor.Int16 && (zeroIn != 0 || zeroOut != 0) {
		return nil, invalidf("zero points %d and %d, want 0 for INT16", zeroIn, zeroOut)
	}
	qlo, qhi, _ := in.Type.Range()
	p := q.RescaleParams{ZeroIn: zeroIn, ZeroOut: zeroOut}
	p.Multiplier, p.Shift = fixedpoint.QuantizeMultiplier(float64(scaleIn / scaleOut))
	p.Min = int32(max(qlo, int64(zeroOut)+stored(lo, scaleOut)))
	p.Max = int32(qhi)
	if !math.IsInf(hi, 1) {
		p.Max = int32(min(qhi, int64(zeroOut)+stored(hi, scaleOut)))
	}
	if in.Type.Size() == 1 { // of 256 values a table is faster than arithmetic
		table := storedTable(in.Type, func(v int32) int32 {
			r := [1]T{T(v)}
			q.Rescale(r[:], r[:], &p)
			return int32(r[0])
		})
		return func() error {
			q.Lookup8(out.Bytes(), in.Bytes(), table)
			return nil
		}, nil
	}
	words := q.NewRescale16(&p)
	return func() error {
		words.Run(tensor.Data[int16](out), tensor.Data[int16](in))
		return nil
	}, nil
}

// stored returns round(real/scale) in float32 arithmetic, the distance of a real value from the zero point.
func stored(real float64, scale float32) int64 {
	return int64(math.Round(float64(float32(real) / scale)))
}
