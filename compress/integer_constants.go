package compress

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
)

// widenConstants replaces DEQUANTIZE of constants (float16 or weight-only models) by float constants.
func (q *integerizer) widenConstants() error {
	for _, op := range slices.Clone(q.g.Operators) {
		if q.m.Code(op) != tflite.BuiltinOperatorDEQUANTIZE || len(op.Inputs) != 1 || len(op.Outputs) != 1 {
			continue
		}
		in, out := op.Inputs[0], op.Outputs[0]
		if !q.g.IsConstant(in) || !q.g.IsFloat(out) || q.g.Tensors[in].Sparsity != nil || q.g.IsOutput(out) {
			continue
		}
		values, err := q.g.Floats(in)
		if err != nil {
			return err
		}
		q.g.SetFloats(out, values)
		q.g.Remove(op)
	}
	return nil
}

// weightsOf returns the int8 form of weights t of a node, per axis (-1: per tensor), and its scales. Nodes share it.
func (q *integerizer) weightsOf(op *tflite.OperatorT, t, axis int32, data affine, biased int32) (int32, []float32, error) {
	values, err := q.g.Floats(t)
	if err != nil {
		return 0, nil, err
	}
	floor, err := q.biasFloor(op, t, axis, data, biased)
	if err != nil {
		return 0, nil, err
	}
	x := q.g.Tensors[t]
	if axis >= int32(len(x.Shape)) {
		return 0, nil, fmt.Errorf("weights %q: rank %d, want more than %d: %w", x.Name, len(x.Shape), axis, ops.ErrInvalidModel)
	}
	w := quantizeWeights(values, x.Shape, axis, weightGrid{bits: 8, clip: q.config.Clip, floor: floor, fixed: q.config.Grids.of(q.g, t), entropy: q.config.Entropy})
	key := constKey{tensor: t, kind: fmt.Sprintf("weights %d %v", axis, floor != nil), scale: w.scale[0]}
	if done, ok := q.consts[key]; ok && slices.Equal(q.g.Tensors[done].Quantization.Scale, w.scale) {
		return done, w.scale, nil
	}
	out := q.constant(x, tflite.TensorTypeINT8, w.bytes(8), w.scale, make([]int64, len(w.scale)), max(axis, 0))
	q.consts[key] = out
	action := "int8 per tensor"
	if axis >= 0 {
		action = fmt.Sprintf("int8 per axis %d", axis)
	}
	q.change(t, op, action, int64(len(w.stored)), w.sqnr)
	return out, w.scale, nil
}

// biasFloor returns the least weight scales with which the bias fits 32 bits at half its range, nil when there is nothing to
// see to: TFLite's converter widens weights in the same way.
func (q *integerizer) biasFloor(op *tflite.OperatorT, t, axis int32, data affine, biased int32) ([]float64, error) {
	if biased < 0 || q.config.Activations == 16 || !q.g.IsConstant(biased) {
		return nil, nil
	}
	b, err := q.g.Floats(biased)
	if err != nil {
		return nil, err
	}
	channels := 1
	if axis >= 0 {
		channels = int(q.g.Tensors[t].Shape[axis])
	}
	floor := make([]float64, channels)
	for i, v := range b {
		c := 0
		if channels > 1 {
			c = i % channels
		}
		if x := math.Abs(float64(v)); !math.IsInf(x, 0) {
			floor[c] = math.Max(floor[c], 2*x/(math.MaxInt32*float64(data.scale)))
		}
	}
	return floor, nil
}

// biasOf returns the integer form of bias t: scale = data scale * weight scale, int32, or int64 with int16 activations.
func (q *integerizer) biasOf(op *tflite.OperatorT, t int32, data affine, w []float32) (int32, error) {
	values, err := q.g.Floats(t)
	if err != nil {
		return 0, err
	}
	x := q.g.Tensors[t]
	scale := make([]float32, len(w))
	for i := range scale {
		scale[i] = positive(float64(data.scale) * float64(w[i]))
	}
	if len(scale) != 1 && len(scale) != len(values) {
		return 0, fmt.Errorf("bias %q: %d values, want %d: %w", x.Name, len(values), len(scale), ops.ErrInvalidModel)
	}
	of := func(i int) float64 { return float64(scale[min(i, len(scale)-1)]) }
	got := make([]float32, len(values))
	var b []byte
	kind, action := tflite.TensorTypeINT32, "int32 bias"
	if q.config.Activations == 16 {
		kind, action = tflite.TensorTypeINT64, "int64 bias"
	}
	for i, v := range values {
		var n int64
		if kind == tflite.TensorTypeINT64 {
			const most = 1 << 39 // the sums of 16x8 kernels have 40 bits
			n = roundClamp(float64(v)/of(i), -most, most)
			b = binary.LittleEndian.AppendUint64(b, uint64(n))
		} else {
			n = roundClamp(float64(v)/of(i), -math.MaxInt32, math.MaxInt32)
			b = binary.LittleEndian.AppendUint32(b, uint32(int32(n)))
		}
		got[i] = float32(float64(n) * of(i))
	}
	out := q.constant(x, kind, b, scale, make([]int64, len(scale)), 0)
	q.change(t, op, action, int64(len(b)), SQNR(values, got))
	return out, nil
}

// constantOf returns constant t as an activation with the given parameters. Values outside saturate. Entropy counts for large ones, of
// positions say, as for weights.
func (q *integerizer) constantOf(op *tflite.OperatorT, t int32, p affine) (int32, error) {
	key := constKey{t, "activation", p.scale, p.zero}
	if done, ok := q.consts[key]; ok {
		return done, nil
	}
	values, err := q.g.Floats(t)
	if err != nil {
		return 0, err
	}
	var b []byte
	got := make([]float32, len(values))
	kind, action := tflite.TensorTypeINT8, "int8 constant"
	if q.config.Activations == 16 {
		kind, action = tflite.TensorTypeINT16, "int16 constant"
	}
	var short []int8
	if q.config.Entropy > 0 && kind == tflite.TensorTypeINT8 && len(values) >= entropyLeast {
		short = make([]int8, len(values))
		steps := make([]float32, len(values))
		for i, v := range values {
			if !math.IsNaN(float64(v)) {
				steps[i] = v / p.scale
			}
			steps[i] = min(max(steps[i]+float32(p.zero), math.MinInt8), math.MaxInt8)
		}
		shorten(short, steps, q.config.Entropy, math.MinInt8, math.MaxInt8)
	}
	for i, v := range values {
		x := float64(v) / float64(p.scale)
		var n int64
		if kind == tflite.TensorTypeINT16 {
			n = roundClamp(x, math.MinInt16, math.MaxInt16)
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(n)))
		} else if short != nil {
			n = int64(short[i])
			b = append(b, byte(n))
		} else {
			n = min(max(roundClamp(x, -512, 512)+p.zero, -128), 127)
			b = append(b, byte(int8(n)))
		}
		got[i] = float32(float64(n-p.zero) * float64(p.scale))
	}
	out := q.constant(q.g.Tensors[t], kind, b, []float32{p.scale}, []int64{p.zero}, 0)
	q.consts[key] = out
	q.change(t, op, action, int64(len(b)), SQNR(values, got))
	return out, nil
}

// constant adds a copy of tensor x with other contents.
func (q *integerizer) constant(x *tflite.TensorT, kind tflite.TensorType, data []byte, scale []float32, zero []int64, axis int32) int32 {
	c := *x
	c.Type, c.Buffer = kind, q.m.AddBuffer(data)
	c.Shape = slices.Clone(x.Shape)
	c.Quantization = &tflite.QuantizationParametersT{Scale: scale, ZeroPoint: zero, QuantizedDimension: axis}
	return q.g.AddTensor(&c)
}

func (q *integerizer) change(t int32, op *tflite.OperatorT, action string, bytes int64, sqnr Decibel) {
	q.r.Changes = append(q.r.Changes, TensorChange{
		Subgraph: q.g.Index, Tensor: q.g.Tensors[t].Name, Operator: q.m.Name(op), Action: action,
		Elements: q.g.Elements(t), BytesBefore: int64(len(q.g.Data(t))), BytesAfter: bytes, SQNR: sqnr,
	})
}
