package tensor

import (
	"fmt"
	"math"
)

// Quantization maps stored integers to real numbers: real = scale * (stored - zero point).
//
// One scale and zero point hold for the whole tensor (per-tensor), or one pair for each index of dimension Axis (per-axis).
// Blockwise tensors carry their scales in a tensor of their own.
type Quantization struct {
	Scale     []float32
	ZeroPoint []int32 // as long as Scale
	Axis      int
	Block     *Blockwise
}

// Blockwise gives one scale to each run of Size elements along the last dimension.
type Blockwise struct {
	Size       int
	Scales     *Tensor // FLOAT16 or FLOAT32 [rows, columns/Size]
	ZeroPoints *Tensor // nil for all zero
}

// PerTensor reports whether exactly one scale and zero point hold.
func (q *Quantization) PerTensor() bool {
	return q != nil && len(q.Scale) == 1 && len(q.ZeroPoint) == 1
}

// PerAxis reports whether there is more than one scale.
func (q *Quantization) PerAxis() bool { return q != nil && len(q.Scale) > 1 }

// Equal reports whether both describe the same per-tensor or per-axis mapping.
func (q *Quantization) Equal(o *Quantization) bool {
	if q == nil || o == nil {
		return q == o
	}
	if len(q.Scale) != len(o.Scale) || (len(q.Scale) > 1 && q.Axis != o.Axis) || q.Block != o.Block {
		return false
	}
	for i := range q.Scale {
		if q.Scale[i] != o.Scale[i] || q.ZeroPoint[i] != o.ZeroPoint[i] {
			return false
		}
	}
	return true
}

// Check verifies that scales are finite and not negative, zero points lie in the range of the type, and counts agree with
// each other and with the shape.
func (q *Quantization) Check(t Type, shape Shape) error {
	if q == nil {
		return nil
	}
	if len(q.Scale) != len(q.ZeroPoint) {
		return fmt.Errorf("tensor: quantization: got %d zero points, want %d as there are scales", len(q.ZeroPoint), len(q.Scale))
	}
	if len(q.Scale) > 1 {
		if q.Axis < 0 || q.Axis >= len(shape) {
			return fmt.Errorf("tensor: quantization: axis %d outside rank %d", q.Axis, len(shape))
		}
		if shape[q.Axis] != len(q.Scale) {
			return fmt.Errorf("tensor: quantization: got %d scales, want %d for dimension %d", len(q.Scale), shape[q.Axis], q.Axis)
		}
	}
	lo, hi, ranged := t.Range()
	for i, s := range q.Scale {
		if !(s >= 0 && s <= math.MaxFloat32) { // no NaN compares
			return fmt.Errorf("tensor: quantization: scale %d is %v, want a positive number", i, s)
		}
		if z := int64(q.ZeroPoint[i]); ranged && (z < lo || z > hi) {
			return fmt.Errorf("tensor: quantization: zero point %d is %d, outside %s", i, z, t)
		}
	}
	return nil
}
