package schema

import (
	"math"

	"github.com/litewren/litewren/schema/tflite"
)

// sparseLevel is one level of the trie that stores a sparse constant.
type sparseLevel struct {
	size int64 // how many children a dense node would have
	meta *tflite.DimensionMetadataT
}

// checkSparsity checks the description of a sparse constant against its shape, and the number of stored values
// against its data. Time is linear in the index arrays.
func checkSparsity(p place, t *tflite.TensorT, data []byte) error {
	levels, err := sparseLevels(p, t)
	if err != nil {
		return err
	}
	nodes := int64(1)
	for l, level := range levels {
		q := p.item("dim_metadata", l)
		if level.meta.Format == tflite.DimensionTypeDENSE {
			if int64(level.meta.DenseSize) != level.size {
				return invalid(q.in("dense_size"), "got %d, want %d", level.meta.DenseSize, level.size)
			}
			if level.size > 0 && nodes > math.MaxInt32/level.size {
				return invalid(q, "more than %d values", math.MaxInt32)
			}
			nodes *= level.size
			continue
		}
		if nodes, err = checkSegments(q, level, nodes); err != nil {
			return err
		}
	}
	bits := elementBits[t.Type]
	if bits == 0 {
		return invalid(p, "sparse tensor of type %s", t.Type)
	}
	if want := (nodes*bits + 7) / 8; len(data) > 0 && int64(len(data)) < want {
		return invalid(p, "%d bytes for %d stored values of %s, want %d", len(data), nodes, t.Type, want)
	}
	return nil
}

// sparseLevels checks traversal order and blocks, and returns the levels from the outermost in.
func sparseLevels(p place, t *tflite.TensorT) ([]sparseLevel, error) {
	s := t.Sparsity
	rank, blocks := len(t.Shape), len(s.BlockMap)
	total := rank + blocks
	if len(s.TraversalOrder) != total || len(s.DimMetadata) != total {
		return nil, invalid(p, "%d levels in traversal order, %d described, want %d (rank %d, %d blocks)",
			len(s.TraversalOrder), len(s.DimMetadata), total, rank, blocks)
	}
	levelOf := make([]int, total)
	for i := range levelOf {
		levelOf[i] = -1
	}
	for l, d := range s.TraversalOrder {
		if d < 0 || int(d) >= total || levelOf[d] >= 0 || (l < rank) != (int(d) < rank) {
			return nil, invalid(p.item("traversal_order", l), "got %d, want each of 0..%d, then each of %d..%d", d, rank-1, rank, total-1)
		}
		levelOf[d] = l
	}
	levels := make([]sparseLevel, total)
	for l, meta := range s.DimMetadata {
		if meta.Format != tflite.DimensionTypeDENSE && meta.Format != tflite.DimensionTypeSPARSE_CSR {
			return nil, invalid(p.item("dim_metadata", l), "format %d", meta.Format)
		}
		levels[l].meta = meta
	}
	outer := make([]int64, rank)
	for d, n := range t.Shape {
		outer[d] = int64(n)
	}
	for i, d := range s.BlockMap {
		if d < 0 || int(d) >= rank {
			return nil, invalid(p.item("block_map", i), "got %d, rank %d", d, rank)
		}
		l := levelOf[rank+i]
		size := int64(levels[l].meta.DenseSize)
		if levels[l].meta.Format != tflite.DimensionTypeDENSE || size <= 0 || outer[d]%size != 0 {
			return nil, invalid(p.item("dim_metadata", l), "block of %d in a dimension of %d", size, outer[d])
		}
		outer[d] /= size
		levels[l].size = size
	}
	for d, n := range outer {
		levels[levelOf[d]].size = n
	}
	return levels, nil
}

// checkSegments checks one compressed level under a number of parents and returns the number of its nodes.
func checkSegments(p place, level sparseLevel, parents int64) (int64, error) {
	segments, indices := indexVector(level.meta.ArraySegments), indexVector(level.meta.ArrayIndices)
	if int64(segments.n) != parents+1 {
		return 0, invalid(p.in("array_segments"), "got %d entries, want %d", segments.n, parents+1)
	}
	if first, last := segments.at(0), segments.at(segments.n-1); first != 0 || last != int64(indices.n) {
		return 0, invalid(p.in("array_segments"), "run from %d to %d, want 0 to %d", first, last, indices.n)
	}
	for i := 1; i < segments.n; i++ {
		from, to := segments.at(i-1), segments.at(i)
		if to < from || to > int64(indices.n) {
			return 0, invalid(p.in("array_segments"), "entry %d is %d after %d, of %d indices", i, to, from, indices.n)
		}
		if k := indices.disorder(from, to, level.size); k < to {
			previous := int64(-1)
			if k > from {
				previous = indices.at(int(k - 1))
			}
			return 0, invalid(p.in("array_indices"), "entry %d is %d after %d, dimension %d", k, indices.at(int(k)), previous, level.size)
		}
	}
	return int64(indices.n), nil
}

// indexArray reads any member of the union SparseIndexVector.
type indexArray struct {
	n  int
	at func(i int) int64
	// disorder returns the first of the elements [from, to) that is not greater than the one before it, or not below size; to
	// where there is none.
	disorder func(from, to, size int64) int64
}

func indexVector(v *tflite.SparseIndexVectorT) indexArray {
	if v != nil {
		switch x := v.Value.(type) {
		case *tflite.Int32VectorT:
			return indexArrayOf(x.Values)
		case *tflite.Uint16VectorT:
			return indexArrayOf(x.Values)
		case *tflite.Uint8VectorT:
			return indexArrayOf(x.Values)
		}
	}
	return indexArray{}
}

func indexArrayOf[T int32 | uint16 | uint8](values []T) indexArray {
	return indexArray{
		n:  len(values),
		at: func(i int) int64 { return int64(values[i]) },
		disorder: func(from, to, size int64) int64 {
			previous := int64(-1)
			for k, x := range values[from:to] {
				if x := int64(x); x <= previous || x >= size {
					return from + int64(k)
				} else {
					previous = x
				}
			}
			return to
		},
	}
}
