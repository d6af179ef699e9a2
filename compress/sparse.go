package compress

import (
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// SparseConfig changes what Sparse stores.
type SparseConfig struct {
	// Least is the share of zeros from which weights are stored sparsely; 0 for 0.7, about where kernels for sparse weights become
	// faster than dense ones.
	Least float64
}

// Sparse stores the weights of FULLY_CONNECTED that have many zeros in TFLite's sparse encoding, float32 as rows of single
// values or of blocks of 4 neighbours, int8 as rows of blocks of 16, which is what kernels multiply without expanding it.
// Weights stay dense where that takes no more bytes. Other operators have no kernels for sparse weights, so theirs stay dense.
func Sparse(f *schema.File, c SparseConfig) (*schema.File, *Report, error) {
	if c.Least == 0 {
		c.Least = 0.7
	}
	return transform(f, "sparse encoding", func(m *edit.Model, r *Report) error {
		for _, g := range m.Graphs() {
			for _, op := range g.Operators {
				if m.Code(op) == tflite.BuiltinOperatorFULLY_CONNECTED && len(op.Inputs) > 1 {
					sparseNode(g, op, c, r)
				}
			}
		}
		return nil
	})
}

// sparseNode encodes the weights of one node, if that pays.
func sparseNode(g *edit.Graph, op *tflite.OperatorT, c SparseConfig, r *Report) {
	t := op.Inputs[1]
	if !g.IsConstant(t) || g.Tensors[t].Sparsity != nil || g.IsOutput(t) {
		return
	}
	x, data := g.Tensors[t], g.Data(t)
	width := map[tflite.TensorType]int{tflite.TensorTypeFLOAT32: 4, tflite.TensorTypeINT8: 1}[x.Type]
	if width == 0 || len(x.Shape) != 2 || int64(len(data)) != g.Elements(t)*int64(width) {
		return
	}
	if x.Type == tflite.TensorTypeINT8 {
		q := x.Quantization
		if !g.IsFloat(op.Inputs[0]) && (q == nil || len(q.Scale) != 1) || q != nil && slices.ContainsFunc(q.ZeroPoint, func(z int64) bool { return z != 0 }) {
			r.skip(g.Index, x.Name, "per-channel or asymmetric int8 weights have no sparse kernel")
			return
		}
		if g.IsFloat(op.Inputs[0]) {
			r.skip(g.Index, x.Name, "hybrid sparse kernels limit the blocks of a row")
			return
		}
	}
	if len(g.UsesOf(t)) != 1 {
		r.skip(g.Index, x.Name, "read by several nodes")
		return
	}
	zero := 0
	for i := 0; i < len(data); i += width {
		if isZero(data[i : i+width]) {
			zero++
		}
	}
	if share := float64(zero) * float64(width) / float64(len(data)); share < c.Least {
		r.skip(g.Index, x.Name, "%.0f %% zeros, fewer than %.0f %%", 100*share, 100*c.Least)
		return
	}
	blocks := []int{1, 4}
	if x.Type == tflite.TensorTypeINT8 {
		blocks = []int{16}
	}
	var best *sparseMatrix
	for _, b := range blocks {
		if s := encodeSparse(data, int(x.Shape[0]), int(x.Shape[1]), width, b); s != nil && (best == nil || s.bytes() < best.bytes()) {
			best = s
		}
	}
	if best == nil || best.bytes() >= len(data) {
		r.skip(g.Index, x.Name, "sparse storage takes no fewer bytes, or rows are no multiple of a block")
		return
	}
	sparse := *x
	sparse.Shape = slices.Clone(x.Shape)
	sparse.Buffer, sparse.Sparsity = g.Model.AddBuffer(best.values), best.parameters()
	op.Inputs[1] = g.AddTensor(&sparse)
	g.Model.RaiseVersion(op, 8)
	r.Changes = append(r.Changes, TensorChange{
		Subgraph: g.Index, Tensor: x.Name, Operator: g.Model.Name(op), Action: fmt.Sprintf("sparse, blocks of %d", best.block),
		Elements: g.Elements(t), BytesBefore: int64(len(data)), BytesAfter: int64(best.bytes()), SQNR: Decibel(math.Inf(1)),
	})
}

// isZero reports whether the bytes of a value are those of 0 or -0.
func isZero(b []byte) bool {
	for _, x := range b[:len(b)-1] {
		if x != 0 {
			return false
		}
	}
	last := b[len(b)-1]
	return last == 0 || len(b) == 4 && last == 0x80
}

// sparseMatrix is a matrix in compressed sparse rows of blocks.
type sparseMatrix struct {
	rows, block int
	segments    []int32 // of row i: segments[i] to segments[i+1]
	indexes     []int32 // column of a block, in blocks
	values      []byte
}

// encodeSparse keeps the blocks that hold anything but zeros; nil where rows are no multiple of a block.
func encodeSparse(data []byte, rows, columns, width, block int) *sparseMatrix {
	if columns%block != 0 || columns == 0 {
		return nil
	}
	s := &sparseMatrix{rows: rows, block: block, segments: []int32{0}}
	for row := range rows {
		for b := 0; b < columns; b += block {
			run := data[(row*columns+b)*width : (row*columns+b+block)*width]
			empty := true
			for i := 0; i < len(run); i += width {
				empty = empty && isZero(run[i:i+width])
			}
			if !empty {
				s.indexes = append(s.indexes, int32(b/block))
				s.values = append(s.values, run...)
			}
		}
		s.segments = append(s.segments, int32(len(s.indexes)))
	}
	if len(s.values) == 0 { // a buffer without bytes means no constant at all
		return nil
	}
	return s
}

// bytes is about what the matrix takes in a file.
func (s *sparseMatrix) bytes() int {
	return len(s.values) + indexWidth(s.segments)*len(s.segments) + indexWidth(s.indexes)*len(s.indexes)
}

// parameters describes the matrix: rows dense, blocks of a row by index, and within blocks dense.
func (s *sparseMatrix) parameters() *tflite.SparsityParametersT {
	p := &tflite.SparsityParametersT{TraversalOrder: []int32{0, 1}, DimMetadata: []*tflite.DimensionMetadataT{
		{Format: tflite.DimensionTypeDENSE, DenseSize: int32(s.rows)},
		{Format: tflite.DimensionTypeSPARSE_CSR, ArraySegments: indexVector(s.segments), ArrayIndices: indexVector(s.indexes)},
	}}
	if s.block > 1 {
		p.TraversalOrder, p.BlockMap = []int32{0, 1, 2}, []int32{1}
		p.DimMetadata = append(p.DimMetadata, &tflite.DimensionMetadataT{Format: tflite.DimensionTypeDENSE, DenseSize: int32(s.block)})
	}
	return p
}

func indexWidth(list []int32) int {
	switch most := slices.Max(list); {
	case most <= math.MaxUint8:
		return 1
	case most <= math.MaxUint16:
		return 2
	}
	return 4
}

// indexVector stores numbers in the narrowest type that holds them.
func indexVector(list []int32) *tflite.SparseIndexVectorT {
	switch indexWidth(list) {
	case 1:
		v := make([]byte, len(list))
		for i, x := range list {
			v[i] = byte(x)
		}
		return &tflite.SparseIndexVectorT{Type: tflite.SparseIndexVectorUint8Vector, Value: &tflite.Uint8VectorT{Values: v}}
	case 2:
		v := make([]uint16, len(list))
		for i, x := range list {
			v[i] = uint16(x)
		}
		return &tflite.SparseIndexVectorT{Type: tflite.SparseIndexVectorUint16Vector, Value: &tflite.Uint16VectorT{Values: v}}
	}
	return &tflite.SparseIndexVectorT{Type: tflite.SparseIndexVectorInt32Vector, Value: &tflite.Int32VectorT{Values: list}}
}
