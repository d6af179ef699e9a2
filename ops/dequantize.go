// DEQUANTIZE: stored values to real ones, scale * (q - zero).
//
//	INT8, UINT8, INT4, UINT4, INT2   one scale (product in float64) or one per index of an axis (product in float32)
//	INT16                            one scale, zero point 0
//	FLOAT16                          exact

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var dequantize = Op{
	Code: tflite.BuiltinOperatorDEQUANTIZE, Name: "DEQUANTIZE", MaxVersion: 9,
	Inputs: Exactly(1), Outputs: Exactly(1),
	Types:   "INT2, INT4, UINT4, INT8, UINT8, INT16, FLOAT16 -> FLOAT32",
	Prepare: prepareDequantize,
}

func prepareDequantize(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if out.Type != tensor.Float32 {
		return nil, unsupportedTypes(n)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	switch in.Type {
	case tensor.Float16:
		return func() error {
			convert.FromFloat16(tensor.Data[float32](out), tensor.Data[uint16](in))
			return nil
		}, nil
	case tensor.Int16:
		scale, err := symmetric(in, "input")
		if err != nil {
			return nil, err
		}
		return func() error {
			q.DequantizeTensor(tensor.Data[float32](out), tensor.Data[int16](in), scale, 0)
			return nil
		}, nil
	case tensor.Int8:
		return prepareDequantizeBytes(in, out, func() []int8 { return tensor.Data[int8](in) })
	case tensor.Uint8:
		return prepareDequantizeBytes(in, out, func() []uint8 { return tensor.Data[uint8](in) })
	case tensor.Int4, tensor.Int2:
		scratch, err := n.Scratch(tensor.Int8, in.Elements())
		if err != nil {
			return nil, err
		}
		unpack := tensor.UnpackInt4
		if in.Type == tensor.Int2 {
			unpack = tensor.UnpackInt2
		}
		return prepareDequantizeBytes(in, out, func() []int8 {
			wide := tensor.Data[int8](scratch)
			unpack(wide, tensor.Data[uint8](in))
			return wide
		})
	case tensor.Uint4:
		scratch, err := n.Scratch(tensor.Uint8, in.Elements())
		if err != nil {
			return nil, err
		}
		return prepareDequantizeBytes(in, out, func() []uint8 {
			wide := tensor.Data[uint8](scratch)
			tensor.UnpackUint4(wide, tensor.Data[uint8](in))
			return wide
		})
	}
	return nil, unsupportedTypes(n)
}

// prepareDequantizeBytes serves the types of up to 8 bits; data returns the stored values, one to a byte.
func prepareDequantizeBytes[T int8 | uint8](in, out *tensor.Tensor, data func() []T) (Eval, error) {
	if in.Quant != nil && in.Quant.Block != nil {
		return nil, unsupportedf("input: blockwise quantization")
	}
	layout, err := axisLayout(in, "input")
	if err != nil {
		return nil, err
	}
	if in.Quant.PerAxis() {
		return func() error {
			q.Dequantize(tensor.Data[float32](out), data(), layout, in.Quant.Scale, in.Quant.ZeroPoint)
			return nil
		}, nil
	}
	scale, zero := in.Quant.Scale[0], in.Quant.ZeroPoint[0]
	return func() error {
		q.DequantizeTensor(tensor.Data[float32](out), data(), scale, zero)
		return nil
	}, nil
}
