package interpreter

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// blocks are what the many small lists of a graph are cut from: shapes, operands of nodes. An allocation apiece takes
// longer than filling them.
type blocks struct {
	ints          []int
	quantizations []tensor.Quantization
	zeroPoints    []int32 // of tensors with one scale
	zeros         []int32 // as many as the most scales of a tensor; they stay zeros
}

// newBlocks makes room for all that newGraph takes of a subgraph.
func newBlocks(s *tflite.SubGraphT) *blocks {
	ints, quantizations, singles, zeros := len(s.Inputs)+len(s.Outputs), 0, 0, 0
	for _, t := range s.Tensors {
		ints += len(t.Shape) + len(t.ShapeSignature)
		if t.Quantization != nil && len(t.Quantization.Scale) > 0 {
			quantizations++
			zeros = max(zeros, len(t.Quantization.Scale))
			if len(t.Quantization.Scale) == 1 {
				singles++
			}
		}
	}
	for _, o := range s.Operators {
		ints += len(o.Inputs) + len(o.Outputs) + len(o.Intermediates)
	}
	points := make([]int32, singles+zeros)
	return &blocks{make([]int, ints), make([]tensor.Quantization, quantizations), points[:singles:singles], points[singles:]}
}

func (b *blocks) toInts(v []int32) []int {
	out := cut(&b.ints, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}

// cut takes the next n elements off a block, without spare capacity.
func cut[T any](block *[]T, n int) []T {
	part := (*block)[:n:n]
	*block = (*block)[n:]
	return part
}
