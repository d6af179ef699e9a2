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
		indices += len(t.Sparsity.Levels[l].Indices)
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
	rows.segments, rows.columns = s.Levels[1].Segments, s.Levels[1].Indices
	if rows.size > 1 {
		rows.columns = make([]int32, len(s.Levels[1].Indices))
		for p, b := range s.Levels[1].Indices {
			rows.columns[p] = b * int32(rows.size)
		}
	}
	return rows
}

// integerProduct multiplies rows of stored values with a matrix of weights.
type integerProduct[A int32 | int64, X int8 | uint8 | int16] struct {
	multiply func(acc []A, x []X, rows int)
	wSums    func() []int32 // of the rows of the weights; nil where nobody asked for them
}

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

// packedProduct multiplies several rows with constant INT8 weights that are packed once; nil where there is no kernel for that.
func packedProduct(fc *fullyConnectedNode) (func(acc []int32, x []int8, rows int), error) {
	kernel, window := q.GemmFor(), &q.Window{Length: fc.depth, Segments: 1}
	if kernel == nil || fc.weights.Type != tensor.Int8 || fc.weights.Sparsity != nil || fc.in.Type == tensor.Int16 || !fc.IsConst(1) ||
		fc.batch < packedRows || fc.units < 1 || fc.depth < 1 || kernel.Overreads(window) {
		return nil, nil
	}
	if err := fc.Claim(1, kernel.Bytes(fc.units, window)); err != nil {
		return nil, err
	}
	packed := PackOnce(fc.Node, 1, "byte panels", func() *q.PackedBytes {
		return packRows(kernel, tensor.Data[int8](fc.weights), fc.units, window)
	})
	gemm, _ := q.NewGemm[int8, int8](packed, window, 1, make([]int32, fc.units), nil, 0, 0)
	units, depth := fc.units, fc.depth
	if !gemm.Flipped() {
		return func(acc []int32, x []int8, rows int) { q.Multiply(gemm, 0, acc, units, x, depth, rows, nil) }, nil
	}
	scratch, err := fc.Scratch(tensor.Int8, rowsAtOnce(fc.batch, units), depth)
	return func(acc []int32, x []int8, rows int) {
		flipped := tensor.Data[int8](scratch)
		q.Flip(flipped, x[:rows*depth])
		q.Multiply(gemm, 0, acc, units, flipped, depth, rows, nil)
	}, err
}

// int8Product multiplies with INT8 weights as they are stored, dense or sparse, or with INT4 and INT2 ones.
func int8Product[A int32 | int64, X int8 | int16](fc *fullyConnectedNode, sums bool) (p integerProduct[A, X], err error) {
	var sparse *sparseRows
	if fc.weights.Type == tensor.Int8 {
		if sparse, err = sparseRowsOf(fc.Node, 1, 1, 4, 16); err != nil {
			return p, err
		}
	}
	if sparse == nil {
		if p, err = denseProduct[A, X](int8Weights)(fc, sums); err != nil {
			return p, err
		}
		multiply, err := packedProduct(fc)
		if packed, ok := any(multiply).(func([]A, []X, int)); ok && multiply != nil {
			p.multiply = packed
		}
		return p, err
	}
	w, depth := fc.weights, fc.depth
	p.wSums = func() []int32 { return nil }
	if sums {
		if err := fc.Claim(int64(fc.units), 4); err != nil {
			return p, err
		}
		ready := PackOnce(fc.Node, 1, "sparse row sums", func() []int32 {
			dst := make([]int32, fc.units)
			q.SparseSumRows(dst, tensor.Data[int8](w), sparse.segments, sparse.size)
			return dst
		})
		p.wSums = func() []int32 { return ready }
	}
	p.multiply = func(acc []A, x []X, rows int) {
		q.SparseProducts(acc, x, tensor.Data[int8](w), sparse.segments, sparse.columns, sparse.size, rows, depth)
	}
	return p, nil
}
