// Package broadcast runs elementwise kernels over operands of different shapes.
//
// A kernel sees only blocks: contiguous runs of as many elements of each operand as of the result. A [Plan] says how
// the result divides into blocks. Adjacent dimensions along which every operand either moves or repeats in the same way
// become one, so most nodes need a single block. An operand that repeats within a block is expanded into a small buffer
// first, once for as long as the next blocks see the same part of it; expanding costs a copy, and saves the kernels
// strides, index arithmetic and a variant for each kind of repetition.
package broadcast

import (
	"encoding/binary"
	"unsafe"
)

// BlockSize is the largest number of elements of a block in which an operand repeats, and the length that the buffers
// passed to Run2 and Run3 need.
const BlockSize = 1024

// minRow is the shortest innermost run of the operands that is worth a kernel call of its own.
const minRow = 128

// minSingle is the shortest run for which an operand that repeats along it stays a single number.
const minSingle = 16

// maxOperands is the number of operands of the widest kernel, that of SELECT_V2.
const maxOperands = 3

// dim is one dimension of the result after merging. stride is the distance between neighbours along it in each operand, in
// elements, 0 where the operand repeats.
type dim struct {
	size   int
	stride [maxOperands]int
}

// Plan divides an elementwise result into blocks.
type Plan struct {
	elements int
	// The outer dimensions, outermost first, are walked one index at a time; split is walked in groups, each of which
	// is, together with the inner dimensions, a block.
	outer []dim
	split dim
	inner []dim
	// group is the number of indices of split in a block; rows is the number of elements that one of them covers.
	group, rows int
	expand      [maxOperands]bool
	// single is 1 plus the operand of which every block, a run of the last dimension, sees one number; 0 if there is none.
	single int
	index  []int // of the outer dimensions, while running
}

// New plans for a result of shape out from operands whose shapes broadcast to it, 1 to 3 of them. A Plan is used by one
// goroutine at a time.
func New(out []int, operands ...[]int) *Plan { return newPlan(out, operands, false) }

// NewSingles is New for two operands and kernels that take a single number in place of either; see RunSingles.
func NewSingles(out []int, a, b []int) *Plan { return newPlan(out, [][]int{a, b}, true) }

func newPlan(out []int, operands [][]int, singles bool) *Plan {
	p := &Plan{elements: 1}
	for _, d := range out {
		p.elements *= d
	}
	if p.elements == 0 {
		return p // nothing runs
	}
	dims := merge(out, operands)
	full := func(d dim) bool {
		for i := range operands {
			if d.stride[i] == 0 {
				return false
			}
		}
		return true
	}
	k := len(dims) - 1
	p.rows = 1
	switch last := dims[k]; {
	case full(last) && (k == 0 || last.size >= minRow):
		p.group = last.size
	case singles && (last.stride[0] == 0) != (last.stride[1] == 0) && last.size >= minSingle:
		p.group, p.single = last.size, 1
		if last.stride[1] == 0 {
			p.single = 2
		}
	default:
		for k > 0 && p.rows*dims[k].size <= BlockSize {
			p.rows *= dims[k].size
			k--
		}
		p.group = max(1, min(dims[k].size, BlockSize/p.rows))
		for i := range operands {
			for _, d := range dims[k:] {
				p.expand[i] = p.expand[i] || d.stride[i] == 0
			}
		}
	}
	p.outer, p.split, p.inner = dims[:k], dims[k], dims[k+1:]
	p.index = make([]int, k)
	return p
}

// merge aligns the operands with the result from the last dimension backwards, drops dimensions of 1, and joins neighbours
// along which each operand moves in both or repeats in both. At least one dimension remains.
func merge(out []int, operands [][]int) []dim {
	var dims []dim // innermost first
	step := [maxOperands]int{1, 1, 1}
	for j := 1; j <= len(out); j++ {
		size := out[len(out)-j]
		if size == 1 {
			continue
		}
		d := dim{size: size}
		for i, shape := range operands {
			if j <= len(shape) && shape[len(shape)-j] != 1 {
				d.stride[i] = step[i]
				step[i] *= size
			}
		}
		if n := len(dims); n > 0 && d.joins(&dims[n-1], len(operands)) {
			dims[n-1].size *= size
			continue
		}
		dims = append(dims, d)
	}
	if len(dims) == 0 {
		dims = append(dims, dim{size: 1, stride: [maxOperands]int{1, 1, 1}})
	}
	for i, j := 0, len(dims)-1; i < j; i, j = i+1, j-1 {
		dims[i], dims[j] = dims[j], dims[i]
	}
	return dims
}

// Flat reports whether the result is one block whose operands are as long as it is or single numbers, so that any part of it
// can be computed by itself: single is then 1 plus the operand of one number, or 0.
func (p *Plan) Flat() (single int, ok bool) {
	return p.single, p.elements > 0 && len(p.outer) == 0 && p.group == p.split.size && p.rows == 1 && p.expand == [maxOperands]bool{}
}

func (d *dim) joins(inner *dim, operands int) bool {
	for i := range operands {
		if (d.stride[i] == 0) != (inner.stride[i] == 0) {
			return false
		}
	}
	return true
}

// Expands reports whether operand i needs a buffer of BlockSize elements.
func (p *Plan) Expands(i int) bool { return p.expand[i] }

// cursor walks one operand of a plan.
type cursor[T any] struct {
	data, buffer []T
	operand      int
	from, groups int // what the buffer holds: the offset expanded from and the number of groups; groups 0 for nothing
}

// at returns the n*p.rows elements of a block that starts at offset.
func (c *cursor[T]) at(p *Plan, offset, n int) []T {
	if !p.expand[c.operand] {
		return c.data[offset : offset+n*p.rows]
	}
	if c.groups < n || c.from != offset {
		expand(c.buffer[:n*p.rows], c.data[offset:], dim{size: n, stride: p.split.stride}, p.inner, c.operand)
		c.from, c.groups = offset, n
	}
	return c.buffer[:n*p.rows]
}

// expand writes d, and within it the inner dimensions, of an operand in full.
func expand[T any](dst, src []T, d dim, inner []dim, operand int) {
	stride := d.stride[operand]
	if len(inner) == 0 {
		if stride == 0 {
			fill(dst, src[0])
		} else {
			copy(dst, src)
		}
		return
	}
	row := len(dst) / d.size
	if len(inner) == 1 && stride == 1 && inner[0].stride[operand] == 0 {
		// The last dimension repeats; it is often short, channels say.
		if unsafe.Sizeof(src[0]) == 1 && repeatFast(asBytes(dst), asBytes(src[:d.size]), row) {
			return
		}
		for i, v := range src[:d.size] {
			fill(dst[i*row:(i+1)*row], v)
		}
		return
	}
	if stride == 0 {
		expand(dst[:row], src, inner[0], inner[1:], operand)
		for n := row; n < len(dst); n *= 2 {
			copy(dst[n:], dst[:n])
		}
		return
	}
	for i := range d.size {
		expand(dst[i*row:(i+1)*row], src[i*stride:], inner[0], inner[1:], operand)
	}
}

// fill writes a few elements, and then as many at once as there are.
func fill[T any](dst []T, v T) {
	if unsafe.Sizeof(v) == 1 && len(dst) >= 8 {
		fillBytes(asBytes(dst), *(*byte)(unsafe.Pointer(&v)))
		return
	}
	n := min(16, len(dst))
	for i := range dst[:n] {
		dst[i] = v
	}
	for ; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

// fillBytes is fill for 8 bytes or more, 8 at a time: rows are often too short for copies to pay.
func fillBytes(dst []byte, v byte) {
	word := uint64(v) * 0x0101010101010101
	last := dst[len(dst)-8:]
	for ; len(dst) >= 8; dst = dst[8:] {
		binary.NativeEndian.PutUint64(dst, word)
	}
	binary.NativeEndian.PutUint64(last, word)
}

// asBytes is the memory of elements of one byte.
func asBytes[T any](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// next moves the index of the outer dimensions and the operands' offsets on by one, and reports false past the end.
func (p *Plan) next(offsets *[maxOperands]int) bool {
	for k := len(p.outer) - 1; k >= 0; k-- {
		d := &p.outer[k]
		p.index[k]++
		if p.index[k] < d.size {
			for i := range offsets {
				offsets[i] += d.stride[i]
			}
			return true
		}
		p.index[k] = 0
		for i := range offsets {
			offsets[i] -= d.stride[i] * (d.size - 1)
		}
	}
	return false
}
