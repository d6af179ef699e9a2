package edit

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Floats returns the real values of constant t: those of a FLOAT32, FLOAT16 or BFLOAT16 tensor, or the dequantized ones of a
// quantized tensor. The slice is the caller's.
func (g *Graph) Floats(t int32) ([]float32, error) {
	x := g.Tensors[t]
	shape := make(tensor.Shape, len(x.Shape))
	for i, d := range x.Shape {
		shape[i] = int(d)
	}
	v := &tensor.Tensor{Name: x.Name, Type: tensor.Type(x.Type), Shape: shape}
	if x.Sparsity != nil || blockwise(x) != nil {
		return nil, fmt.Errorf("%q: values of sparse or blockwise tensors: %w", x.Name, ops.ErrUnsupported)
	}
	if q := x.Quantization; q != nil && len(q.Scale) > 0 {
		v.Quant = &tensor.Quantization{Scale: q.Scale, ZeroPoint: make([]int32, len(q.Scale)), Axis: int(q.QuantizedDimension)}
		for i := range v.Quant.ZeroPoint {
			if i < len(q.ZeroPoint) {
				v.Quant.ZeroPoint[i] = int32(q.ZeroPoint[i])
			} else if len(q.ZeroPoint) == 1 {
				v.Quant.ZeroPoint[i] = int32(q.ZeroPoint[0])
			}
		}
	}
	// Old writers rounded sizes up; what is behind the last element does not count.
	data := g.Data(t)
	n, err := v.ByteSize()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ops.ErrInvalidModel)
	}
	if int64(len(data)) < n {
		return nil, fmt.Errorf("%q: %d bytes, want %d: %w", x.Name, len(data), n, ops.ErrInvalidModel)
	}
	v.SetBytes(tensor.FromLittleEndian(v.Type, data[:n]))
	return tensor.DequantizeFloat32(v, nil)
}

// SetFloats gives tensor t, which must be FLOAT32, new values in a buffer of its own. Other tensors that shared the old
// buffer keep the old values.
func (g *Graph) SetFloats(t int32, values []float32) {
	g.Tensors[t].Buffer = g.Model.AddBuffer(FloatBytes(values))
}

// FloatBytes returns values as a FLOAT32 buffer holds them.
func FloatBytes(values []float32) []byte {
	b := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(v))
	}
	return b
}

// Elements returns the number of elements of tensor t's shape; free dimensions count as 1.
func (g *Graph) Elements(t int32) int64 {
	n := int64(1)
	for _, d := range g.Tensors[t].Shape {
		n *= int64(max(d, 0))
	}
	return n
}

// IsFloat reports whether t is a FLOAT32 tensor.
func (g *Graph) IsFloat(t int32) bool { return t >= 0 && g.Tensors[t].Type == tflite.TensorTypeFLOAT32 }
