// MEAN: the sum over the axes, divided by the number of elements.
//
//	FLOAT32             sum / count; NaN for no elements
//	INT32, INT64        64-bit sum / count, truncated; 0 for no elements
//	INT8, UINT8, INT16  zero_out + M*(sum - count*zero_in), M = scale_in/scale_out/count in fixed point

package ops

import (
	"math"
	"math/bits"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/nest"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/ops/internal/kernel/reduce"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var mean = reductionOp(tflite.BuiltinOperatorMEAN, 3, "FLOAT32; INT32; INT64; INT8; UINT8; INT16", prepareMean)

func prepareMean(n *Node, r *reduction) (func(), error) {
	if r.in.Type != r.out.Type {
		return nil, unsupportedTypes(n)
	}
	switch r.in.Type {
	case tensor.Float32:
		rows := floatSum()
		return func() {
			dst := tensor.Data[float32](r.out)
			clear(dst)
			nest.Each(dst, tensor.Data[float32](r.in), r.nest, &rows)
			count := float32(r.count)
			for i, v := range dst {
				if r.count == 0 {
					dst[i] = float32(math.NaN())
					continue
				}
				dst[i] = v / count
			}
		}, nil
	case tensor.Int32:
		return foldWide(n, r, tensor.Int64, 0, reduce.Sum[int64, int32](), func(dst []int32, acc []int64) {
			for i, v := range acc {
				dst[i] = int32(v / int64(max(r.count, 1)))
			}
		})
	case tensor.Int64:
		rows := reduce.Sum[int64, int64]()
		return func() {
			dst := tensor.Data[int64](r.out)
			clear(dst)
			nest.Each(dst, tensor.Data[int64](r.in), r.nest, &rows)
			for i, v := range dst {
				dst[i] = v / int64(max(r.count, 1))
			}
		}, nil
	case tensor.Int8:
		return prepareMeanQuantized[int8](n, r)
	case tensor.Uint8:
		return prepareMeanQuantized[uint8](n, r)
	case tensor.Int16:
		return prepareMeanQuantized[int16](n, r)
	}
	return nil, unsupportedTypes(n)
}

// floatSum adds FLOAT32.
func floatSum() nest.Rows[float32, float32] {
	return nest.Rows[float32, float32]{
		Along:  f32.Accumulate,
		Across: func(dst, x []float32) { dst[0] += f32.Sum(x) },
		Down:   f32.AddRows,
	}
}

func prepareMeanQuantized[T int8 | uint8 | int16](n *Node, r *reduction) (func(), error) {
	scaleIn, scaleOut, zeroIn, zeroOut, err := reductionScales(r)
	if err != nil {
		return nil, err
	}
	lo, hi, _ := r.in.Type.Range()
	return foldWide(n, r, tensor.Int32, 0, sumRows[T](), func(dst []T, acc []int32) {
		if r.count == 0 {
			clear(dst)
			return
		}
		m, shift := meanMultiplier(float64(scaleIn)/float64(scaleOut), r.count)
		bias := zeroIn * int32(r.count)
		for i, v := range acc {
			r := zeroOut + fixedpoint.MultiplyByQuantizedMultiplier(v-bias, m, shift)
			dst[i] = T(min(max(r, int32(lo)), int32(hi)))
		}
	})
}

// sumRows adds stored values.
func sumRows[T int8 | uint8 | int16]() nest.Rows[int32, T] {
	rows := reduce.Sum[int32, T]()
	switch any(T(0)).(type) {
	case int8:
		return any(byteRows[int8]()).(nest.Rows[int32, T])
	case uint8:
		return any(byteRows[uint8]()).(nest.Rows[int32, T])
	}
	return rows
}

func byteRows[T int8 | uint8]() nest.Rows[int32, T] {
	return nest.Rows[int32, T]{
		Along: func(dst []int32, x []T) { q.AddRows(dst[:len(x)], x) },
		Across: func(dst []int32, x []T) {
			var sum [1]int32
			q.WindowSums(sum[:], x, 0, &q.Window{Length: len(x), Segments: 1}, 1)
			dst[0] += sum[0]
		},
		All: func(dst []int32, x []T) {
			var sums [64]int32
			win := q.Window{Length: len(x) / len(dst), Segments: 1}
			for len(dst) > 0 {
				some := sums[:min(len(sums), len(dst))]
				q.WindowSums(some, x, win.Length, &win, 1)
				for i, s := range some {
					dst[i] += s
				}
				dst, x = dst[len(some):], x[len(some)*win.Length:]
			}
		},
		Down: q.AddRows[T],
	}
}

// meanMultiplier divides a multiplier by count, keeping as many bits as fit. Source: QuantizedMeanOrSum in TFLite's reference
// reduce kernels.
func meanMultiplier(scale float64, count int) (multiplier int32, shift int) {
	multiplier, shift = fixedpoint.QuantizeMultiplier(scale)
	k := min(bits.Len64(uint64(count))-1, 32, 31+shift)
	return int32(int64(multiplier) << k / int64(count)), shift - k
}
