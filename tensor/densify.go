package tensor

import (
	"errors"
	"fmt"
)

// blockOf returns for each dimension of a tensor of that rank the level that holds the positions within its blocks, -1 where
// the dimension is not divided.
func (s *Sparsity) blockOf(rank int) []int {
	block := make([]int, rank)
	for d := range block {
		block[d] = -1
	}
	for l, d := range s.TraversalOrder[rank:] {
		block[s.BlockMap[d-rank]] = rank + l
	}
	return block
}

// Check verifies that the metadata describes a tensor of that shape, which Shape.Check has accepted, with that many stored
// elements. [Densify] relies on it.
func (s *Sparsity) Check(shape Shape, stored int) error {
	rank := len(shape)
	if err := s.checkOrder(rank); err != nil {
		return fmt.Errorf("tensor: sparsity: %w", err)
	}
	block := s.blockOf(rank)
	nodes := int64(1) // of the level above: at most the elements of the shape, as every level stays within its extent
	for l, d := range s.TraversalOrder {
		level := &s.Levels[l]
		extent := level.DenseSize
		if d < rank {
			extent = shape[d]
			if b := block[d]; b >= 0 {
				size := s.Levels[b].DenseSize
				if size <= 0 || shape[d]%size != 0 {
					return fmt.Errorf("tensor: sparsity: blocks of %d do not divide dimension %d of %v", size, d, shape)
				}
				extent /= size
			}
		}
		var err error
		if nodes, err = level.check(nodes, extent); err != nil {
			return fmt.Errorf("tensor: sparsity: level %d: %w", l, err)
		}
	}
	if nodes != int64(stored) {
		return fmt.Errorf("tensor: sparsity: got %d stored elements, want %d", stored, nodes)
	}
	return nil
}

// checkOrder verifies everything that does not depend on sizes: the traversal order visits the dimensions, then the block
// dimensions, and each of these divides a dimension of its own and is dense.
func (s *Sparsity) checkOrder(rank int) error {
	blocks := len(s.BlockMap)
	if len(s.TraversalOrder) != rank+blocks || len(s.Levels) != rank+blocks {
		return fmt.Errorf("traversal order has %d entries, dimension metadata %d, want rank %d + %d blocks",
			len(s.TraversalOrder), len(s.Levels), rank, blocks)
	}
	seen := make([]bool, rank+blocks)
	for l, d := range s.TraversalOrder {
		lo, hi := 0, rank
		if l >= rank {
			lo, hi = rank, rank+blocks
		}
		if d < lo || d >= hi || seen[d] {
			return fmt.Errorf("traversal order %v is no permutation of %d dimensions followed by %d blocks", s.TraversalOrder, rank, blocks)
		}
		seen[d] = true
		if l >= rank && s.Levels[l].Sparse {
			return fmt.Errorf("level %d: a block dimension is stored sparse", l)
		}
	}
	divided := make([]bool, rank)
	for _, d := range s.BlockMap {
		if d < 0 || d >= rank || divided[d] {
			return fmt.Errorf("block map %v does not name different dimensions of rank %d", s.BlockMap, rank)
		}
		divided[d] = true
	}
	return nil
}

// check verifies one level below that many nodes and returns the number of its own.
func (l *SparseLevel) check(parents int64, extent int) (nodes int64, err error) {
	if !l.Sparse {
		if l.DenseSize != extent {
			return 0, fmt.Errorf("dense size %d, want %d", l.DenseSize, extent)
		}
		return parents * int64(extent), nil
	}
	segments, indices := l.Segments.Len(), l.Indices.Len()
	if int64(segments) != parents+1 {
		return 0, fmt.Errorf("got %d segments, want %d", segments, parents+1)
	}
	from, last := l.Segments.At(0), l.Segments.At(int(parents))
	if from != 0 || int64(last) != int64(indices) {
		return 0, fmt.Errorf("segments run from %d to %d, want 0 to %d", from, last, indices)
	}
	for p := range int(parents) {
		to := l.Segments.At(p + 1)
		if from > to || int(to) > indices {
			return 0, fmt.Errorf("segment %d runs from %d to %d of %d", p, from, to, indices)
		}
		last := int32(-1)
		for at := from; at < to; at++ {
			i := l.Indices.At(int(at))
			if i <= last || int64(i) >= int64(extent) {
				return 0, fmt.Errorf("segment %d: index %d after %d, want ascending below %d", p, i, last, extent)
			}
			last = i
		}
		from = to
	}
	return int64(indices), nil
}

// Densify returns the elements of a sparse tensor stored densely, zeros where nothing is stored. It checks all of the
// metadata. Packed and variable-size types have no sparse form.
func Densify(t *Tensor) ([]byte, error) {
	d, err := NewDensifier(t)
	if err != nil {
		return nil, err
	}
	dst := AlignedBytes(d.total)
	d.write(dst)
	return dst, nil
}

// A Densifier writes the elements of a sparse tensor densely.
type Densifier struct {
	levels []SparseLevel
	steps  []int
	size   int // of an element
	total  int // bytes of the dense form
	src    []byte
}

// NewDensifier checks all of the metadata of a sparse tensor, which must not change afterwards. Packed and variable-size types have
// no sparse form.
func NewDensifier(t *Tensor) (*Densifier, error) {
	if t.Sparsity == nil {
		return nil, errors.New("tensor: not sparse")
	}
	size := t.Type.Size()
	if size == 0 {
		return nil, fmt.Errorf("tensor: %s has no sparse form", t.Type)
	}
	if err := t.Shape.Check(); err != nil {
		return nil, err
	}
	if len(t.data)%size != 0 {
		return nil, fmt.Errorf("tensor: sparsity: %d bytes are no whole number of %s", len(t.data), t.Type)
	}
	if err := t.Sparsity.Check(t.Shape, len(t.data)/size); err != nil {
		return nil, err
	}
	total, err := t.Type.Bytes(int64(t.Elements()))
	if err != nil {
		return nil, err
	}
	if int64(int(total)) != total {
		return nil, fmt.Errorf("tensor: %d bytes of dense elements are too many", total)
	}
	return &Densifier{levels: t.Sparsity.Levels, steps: t.Sparsity.steps(t.Shape, size), size: size, total: int(total), src: t.data}, nil
}

// Write makes dst, which must have the bytes of the dense form, the elements, zeros where nothing is stored.
func (d *Densifier) Write(dst []byte) {
	dst = dst[:d.total]
	clear(dst)
	d.write(dst)
}

// write is Write over zeros.
func (d *Densifier) write(dst []byte) {
	if len(d.levels) == 0 { // a scalar
		copy(dst, d.src)
		return
	}
	d.level(dst, 0, 0, 0)
}

// steps returns for each level how many bytes apart its neighbours lie in the dense form.
func (s *Sparsity) steps(shape Shape, size int) []int {
	rank, strides, block := len(shape), shape.Strides(), s.blockOf(len(shape))
	steps := make([]int, len(s.Levels))
	for l, d := range s.TraversalOrder {
		switch {
		case d >= rank:
			steps[l] = strides[s.BlockMap[d-rank]] * size
		case block[d] >= 0:
			steps[l] = strides[d] * size * s.Levels[block[d]].DenseSize
		default:
			steps[l] = strides[d] * size
		}
	}
	return steps
}

// level writes what lies below node parent of the level above, the dense form of which starts at byte at.
func (d *Densifier) level(dst []byte, l, parent, at int) {
	level, step := &d.levels[l], d.steps[l]
	first, count := parent*level.DenseSize, level.DenseSize
	if level.Sparse {
		first = int(level.Segments.At(parent))
		count = int(level.Segments.At(parent+1)) - first
	}
	for i := range count {
		to := at + i*step
		if level.Sparse {
			to = at + int(level.Indices.At(first+i))*step
		}
		if l+1 < len(d.levels) {
			d.level(dst, l+1, first+i, to)
		} else {
			from := (first + i) * d.size
			copy(dst[to:to+d.size], d.src[from:from+d.size])
		}
	}
}
