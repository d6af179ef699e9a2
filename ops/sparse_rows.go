package ops

import (
	"fmt"
	"slices"

	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// sparseRows says where the stored elements of a sparse matrix belong whose rows are dense and whose columns are compressed,
// one by one or in blocks of columns: row r has the blocks segments[r] to segments[r+1]-1, block p starts at columns[p], and
// its elements are the stored ones from p*size on. Indices are 32 bits wide, however narrow those of the file are.
type sparseRows struct {
	segments, columns []int32
	size              int // of a block
}

// sparseRowsOf returns the rows of matrix i, nil where it is not sparse or stored in another order or in blocks of other
// sizes. All of the metadata is verified here, so that kernels may follow it blindly.
func sparseRowsOf(n *Node, i int, sizes ...int) (*sparseRows, error) {
	t := n.Input(i)
	if t.Sparsity == nil || len(t.Shape) != 2 {
		return nil, nil
	}
	if !n.IsConst(i) {
		return nil, invalidf("input %d: sparse but not constant", i)
	}
	indices := 0
	for l := range t.Sparsity.Levels {
		indices += t.Sparsity.Levels[l].Indices.Len()
	}
	if err := n.Claim(int64(indices), 4); err != nil {
		return nil, err
	}
	type result struct {
		rows *sparseRows
		err  error
	}
	r := PackOnce(n, i, "sparse rows", func() result {
		width := t.Type.Size()
		if width == 0 || len(t.Bytes())%width != 0 {
			return result{err: invalidf("input %d: %d bytes are no whole number of %s", i, len(t.Bytes()), t.Type)}
		}
		if err := t.Sparsity.Check(t.Shape, len(t.Bytes())/width); err != nil {
			return result{err: fmt.Errorf("input %d: %w: %w", i, err, ErrInvalidModel)}
		}
		return result{rows: compressedColumns(t.Sparsity)}
	})
	if r.err != nil || r.rows == nil || !slices.Contains(sizes, r.rows.size) {
		return nil, r.err
	}
	return r.rows, nil
}

// compressedColumns returns the rows of a matrix, nil where they are stored in another way.
func compressedColumns(s *tensor.Sparsity) *sparseRows {
	rows := &sparseRows{size: 1}
	switch {
	case slices.Equal(s.TraversalOrder, []int{0, 1}) && len(s.BlockMap) == 0:
	case slices.Equal(s.TraversalOrder, []int{0, 1, 2}) && slices.Equal(s.BlockMap, []int{1}):
		rows.size = s.Levels[2].DenseSize
	default:
		return nil
	}
	if s.Levels[0].Sparse || !s.Levels[1].Sparse {
		return nil
	}
	rows.segments, rows.columns = s.Levels[1].Segments.Wide(), s.Levels[1].Indices.Wide()
	if rows.size > 1 {
		columns := make([]int32, len(rows.columns))
		for p, b := range rows.columns {
			columns[p] = b * int32(rows.size)
		}
		rows.columns = columns
	}
	return rows
}

// integerProduct multiplies rows of stored values with a matrix of weights.
type integerProduct[A int32 | int64, X int8 | uint8 | int16] struct {
	multiply func(acc []A, x []X, rows int)
	wSums    func() []int32 // of the rows of the weights; nil where nobody asked for them
	rows     int            // that are best multiplied at a time, or 0
	// started returns multiply with sums that start from constant offsets; nil where there is no such product.
	started func(offsets []A) func(acc []A, x []X, rows int)
	// fused returns a product that makes stored values of the sums at once; nil where there is none, or none that rounds so.
	fused func(offsets []int32, c *q.Channels) func(dst, x []int8, rows int)
}

// chunk is how many rows are multiplied at a time, where without a preference it were those.
func (p *integerProduct[A, X]) chunk(rows, batch int) int { return min(batch, max(rows, p.rows)) }

// denseProduct multiplies with the weights that read returns.
func denseProduct[A int32 | int64, X, W int8 | uint8 | int16](read func(*Node, int) (func() []W, error)) func(*fullyConnectedNode, bool) (integerProduct[A, X], error) {
	return func(fc *fullyConnectedNode, sums bool) (p integerProduct[A, X], err error) {
		weights, err := read(fc.Node, 1)
		if err != nil {
			return p, err
		}
		p.wSums = func() []int32 { return nil }
		if sums {
			if p.wSums, err = rowSums(fc.Node, 1, fc.units, fc.depth, weights); err != nil {
				return p, err
			}
		}
		units, depth := fc.units, fc.depth
		p.multiply = func(acc []A, x []X, rows int) { q.MatMulTransposed(acc, x, weights(), rows, units, depth) }
		return p, nil
	}
}

// packedProduct multiplies several rows with constant INT8 weights that are packed once; a product without multiply where there is
// no kernel for that. small is how many weights are packed even for a few rows.
func packedProduct(fc *fullyConnectedNode, small int64) (p integerProduct[int32, int8], err error) {
	kernel, window := q.GemmFor(), &q.Window{Length: fc.depth, Segments: 1}
	if kernel == nil || fc.weights.Type != tensor.Int8 || fc.in.Type == tensor.Int16 || !fc.IsConst(1) || fc.units < 1 || fc.depth < 1 ||
		kernel.Overreads(window) || fc.batch < packedRows && int64(fc.units)*int64(fc.depth) > small {
		return p, nil
	}
	if err := fc.Claim(1, kernel.Bytes(fc.units, window)); err != nil {
		return p, err
	}
	if fc.weights.Sparsity != nil {
		if err := fc.Claim(int64(fc.units)*int64(fc.depth), 1); err != nil {
			return p, err
		}
	}
	packed, err := packDense(fc.Node, 1, "byte panels", func(w []int8) *q.PackedBytes { return packRows(kernel, w, fc.units, window) })
	if err != nil {
		return p, err
	}
	units, depth := fc.units, fc.depth
	var scratch *tensor.Tensor
	plain, _ := q.NewGemm[int8, int8](packed, window, 1, make([]int32, units), nil, 0, 0)
	if plain.Flipped() {
		if scratch, err = fc.Scratch(tensor.Int8, rowsAtOnce(fc.batch, units), depth); err != nil {
			return p, err
		}
	}
	flip := func(x []int8, rows int) []int8 {
		if scratch == nil {
			return x
		}
		flipped := tensor.Data[int8](scratch)
		q.Flip(flipped, x[:rows*depth])
		return flipped
	}
	product := func(gemm *q.Gemm) func(acc []int32, x []int8, rows int) {
		return func(acc []int32, x []int8, rows int) {
			q.Multiply(gemm, 0, acc, units, flip(x, rows), depth, rows, nil)
		}
	}
	p.multiply = product(plain)
	p.started = func(offsets []int32) func(acc []int32, x []int8, rows int) {
		gemm, _ := q.NewGemm[int8, int8](packed, window, 1, offsets, nil, 0, 0)
		return product(gemm)
	}
	p.fused = func(offsets []int32, c *q.Channels) func(dst, x []int8, rows int) {
		limit := int64(0)
		for _, b := range offsets {
			limit = max(limit, int64(b), -int64(b))
		}
		gemm, ok := q.NewGemm[int8, int8](packed, window, 1, offsets, c, 0, limit+int64(depth)*128*128)
		if !ok {
			return nil
		}
		return func(dst, x []int8, rows int) { q.Multiply(gemm, 0, dst, units, flip(x, rows), depth, rows, nil) }
	}
	return p, nil
}

// int8Product multiplies with INT8 weights, dense or sparse, or with INT4 and INT2 ones.
func int8Product[A int32 | int64, X int8 | int16](fc *fullyConnectedNode, sums bool) (p integerProduct[A, X], err error) {
	if fc.weights.Sparsity != nil && fc.weights.Type == tensor.Int8 {
		rows, err := sparseRowsOf(fc.Node, 1, 1, 4, 16)
		if err != nil {
			return p, err
		}
		if rows != nil {
			narrow, err := sparseProduct(fc, rows, sums)
			if p, ok := any(narrow).(integerProduct[A, X]); ok || err != nil {
				return p, err
			}
		}
	}
	if p, err = denseProduct[A, X](int8Weights)(fc, sums); err != nil {
		return p, err
	}
	packed, err := packedProduct(fc, 0)
	if err != nil || packed.multiply == nil {
		return p, err
	}
	if multiply, ok := any(packed.multiply).(func([]A, []X, int)); ok {
		p.multiply = multiply
		fc.Spare(1)
	}
	return p, nil
}
