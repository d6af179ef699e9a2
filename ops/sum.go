// SUM: the sum over the axes.
//
//	FLOAT32         in index order
//	INT32, INT64    wrapping
//	UINT8           zero_out + M*(sum - count*zero_in), M = scale_in/scale_out in fixed point
//	INT8, INT16     zero_out + round(sum*scale - zero_in*scale*count) in float32, scale = scale_in/scale_out
//
// The two quantized forms are TFLite's: its reference kernel reads every type as UINT8, so that for the others only the
// default kernel gives a sum.

package ops

import (
	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/reduce"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var sum = reductionOp(tflite.BuiltinOperatorSUM, 2, "FLOAT32; INT32; INT64; INT8; UINT8; INT16", prepareSum)

func prepareSum(n *Node, r *reduction) (func(), error) {
	if r.in.Type != r.out.Type {
		return nil, unsupportedTypes(n)
	}
	switch r.in.Type {
	case tensor.Float32:
		return fold(r, 0, floatSum()), nil
	case tensor.Int32:
		return fold(r, 0, reduce.Sum[int32, int32]()), nil
	case tensor.Int64:
		return fold(r, 0, reduce.Sum[int64, int64]()), nil
	case tensor.Int8:
		return prepareSumScaled[int8](n, r)
	case tensor.Int16:
		return prepareSumScaled[int16](n, r)
	case tensor.Uint8:
		scaleIn, scaleOut, zeroIn, zeroOut, err := reductionScales(r)
		if err != nil {
			return nil, err
		}
		m, shift := fixedpoint.QuantizeMultiplier(float64(scaleIn) / float64(scaleOut))
		return foldWide(n, r, tensor.Int32, 0, reduce.Sum[int32, uint8](), func(dst []uint8, acc []int32) {
			bias := zeroIn * int32(r.count)
			for i, v := range acc {
				q := zeroOut + fixedpoint.MultiplyByQuantizedMultiplier(v-bias, m, shift)
				dst[i] = uint8(min(max(q, 0), 255))
			}
		})
	}
	return nil, unsupportedTypes(n)
}

func prepareSumScaled[T int8 | int16](n *Node, r *reduction) (func(), error) {
	scaleIn, scaleOut, zeroIn, zeroOut, err := reductionScales(r)
	if err != nil {
		return nil, err
	}
	lo, hi, _ := r.in.Type.Range()
	scale := scaleIn / scaleOut
	return foldWide(n, r, tensor.Int32, 0, reduce.Sum[int32, T](), func(dst []T, acc []int32) {
		bias := float32(float32(-zeroIn)*scale) * float32(r.count)
		for i, v := range acc {
			q := int64(fixedpoint.RoundToInt32(float32(float32(v)*scale)+bias)) + int64(zeroOut)
			dst[i] = T(min(max(q, lo), hi))
		}
	})
}
