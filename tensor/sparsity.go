package tensor

// Sparsity says how a sparse constant is stored: as a tree whose levels are the dimensions and block dimensions in
// TraversalOrder.
type Sparsity struct {
	TraversalOrder []int // a permutation of the dimensions 0..rank-1 and the block dimensions rank..rank+blocks-1
	BlockMap       []int // for each block dimension the dimension it divides
	Levels         []SparseLevel
}

// SparseLevel is the storage of one level: dense, or compressed (CSR) with segments and indices.
type SparseLevel struct {
	Sparse    bool
	DenseSize int         // of a dense level
	Segments  IndexVector // of a sparse level: children of node p stand at Indices[Segments[p]:Segments[p+1]]
	Indices   IndexVector
}

// IndexVector is a list of indices in 8, 16 or 32 bits, as files store them: there are about as many as stored elements.
type IndexVector struct {
	bytes []uint8
	words []uint16
	wide  []int32
}

// Indices returns the vector of the elements of v, which are used in place.
func Indices[T uint8 | uint16 | int32](v []T) IndexVector {
	switch v := any(v).(type) {
	case []uint8:
		return IndexVector{bytes: v}
	case []uint16:
		return IndexVector{words: v}
	default:
		return IndexVector{wide: v.([]int32)}
	}
}

// Len returns the number of indices.
func (v *IndexVector) Len() int { return len(v.bytes) + len(v.words) + len(v.wide) }

// At returns index i.
func (v *IndexVector) At(i int) int32 {
	switch {
	case v.bytes != nil:
		return int32(v.bytes[i])
	case v.words != nil:
		return int32(v.words[i])
	}
	return v.wide[i]
}

// Wide returns the indices in 32 bits: those of the vector itself where it has them so.
func (v *IndexVector) Wide() []int32 {
	if v.bytes == nil && v.words == nil {
		return v.wide
	}
	wide := make([]int32, v.Len())
	for i := range wide {
		wide[i] = v.At(i)
	}
	return wide
}
