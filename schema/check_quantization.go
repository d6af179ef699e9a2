package schema

import (
	"math"

	"github.com/litewren/litewren/schema/tflite"
)

// zeroPointRange is the range a zero point must lie in; ok is false for types that are not quantized by one.
func zeroPointRange(t tflite.TensorType) (lo, hi int64, ok bool) {
	switch t {
	case tflite.TensorTypeINT8:
		return math.MinInt8, math.MaxInt8, true
	case tflite.TensorTypeUINT8:
		return 0, math.MaxUint8, true
	case tflite.TensorTypeINT16:
		return math.MinInt16, math.MaxInt16, true
	case tflite.TensorTypeUINT16:
		return 0, math.MaxUint16, true
	case tflite.TensorTypeINT4:
		return -8, 7, true
	case tflite.TensorTypeUINT4:
		return 0, 15, true
	case tflite.TensorTypeINT2:
		return -2, 1, true
	case tflite.TensorTypeINT32, tflite.TensorTypeINT64:
		return math.MinInt32, math.MaxInt32, true
	}
	return 0, 0, false
}

// quantization checks counts and values. Only min and max (older writers) is no quantization and passes.
func (c *checker) quantization(p place, s int, t *tflite.TensorT) error {
	q := t.Quantization
	if q == nil {
		return nil
	}
	p = p.in("quantization")
	if q.Details != nil {
		if err := c.quantizationDetails(p.in("details"), s, t); err != nil {
			return err
		}
	}
	scales, zeros := len(q.Scale), len(q.ZeroPoint)
	if scales == 0 {
		return nil
	}
	if zeros != scales && zeros != 1 {
		return invalid(p, "%d zero points for %d scales", zeros, scales)
	}
	if scales > 1 {
		axis := int(q.QuantizedDimension)
		if len(t.Shape) == 1 {
			axis = 0 // biases written with the axis of their weights are common
		}
		if axis < 0 || axis >= len(t.Shape) {
			return invalid(p.in("quantized_dimension"), "got %d, rank %d", axis, len(t.Shape))
		}
		if int64(scales) != int64(t.Shape[axis]) {
			return invalid(p.in("scale"), "got %d, want 1 or %d (shape %v, axis %d)", scales, t.Shape[axis], t.Shape, axis)
		}
	}
	lo, hi, quantized := zeroPointRange(t.Type)
	if !quantized {
		return nil
	}
	for i, x := range q.Scale {
		// 0 stands for a channel of zeros. No NaN compares.
		if !(x >= 0 && x <= math.MaxFloat32) {
			return invalid(p.item("scale", i), "got %v, want a finite number, not negative", x)
		}
	}
	for i, z := range q.ZeroPoint {
		if z < lo || z > hi {
			return invalid(p.item("zero_point", i), "got %d, want %d..%d for %s", z, lo, hi, t.Type)
		}
	}
	return nil
}

// quantizationDetails checks the tensors that hold the scales of blocks.
func (c *checker) quantizationDetails(p place, s int, t *tflite.TensorT) error {
	n := len(c.m.Subgraphs[s].Tensors)
	switch d := t.Quantization.Details.Value.(type) {
	case *tflite.BlockwiseQuantizationT:
		if err := scaleTensors(p, d.Scales, d.ZeroPoints, n); err != nil {
			return err
		}
		if d.BlockSize <= 0 {
			return invalid(p.in("block_size"), "got %d, want more than 0", d.BlockSize)
		}
	case *tflite.MultiAxisQuantizationT:
		if err := scaleTensors(p, d.Scales, d.ZeroPoints, n); err != nil {
			return err
		}
		if d.BlockSize < 0 {
			return invalid(p.in("block_size"), "got %d, want at least 0", d.BlockSize)
		}
		if len(d.QuantizedDimensions) == 0 {
			return invalid(p.in("quantized_dimensions"), "got 0 axes, want at least 1")
		}
		for i, axis := range d.QuantizedDimensions {
			if axis < 0 || int(axis) >= len(t.Shape) {
				return invalid(p.item("quantized_dimensions", i), "got %d, rank %d", axis, len(t.Shape))
			}
		}
	}
	return nil
}

// scaleTensors accepts -1 for absent zero points.
func scaleTensors(p place, scales, zeroPoints int32, n int) error {
	if scales < 0 || int(scales) >= n {
		return invalid(p.in("scales"), "tensor %d of %d", scales, n)
	}
	if zeroPoints < -1 || int(zeroPoints) >= n {
		return invalid(p.in("zero_points"), "tensor %d of %d", zeroPoints, n)
	}
	return nil
}
