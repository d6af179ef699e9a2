//go:build arm64 && !noasm

package sparse

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// kernels are those of single rows, the better ones of a kind first.
var kernels = []kernel{
	{blocksF32NEON, "blocks4F32NEON", true, 4, 0, false, false, 3.2},
	{blocksS8DOT, "blocks4S8DOT", isa.DotProduct, 4, 0, true, false, 3.2},
	{blocksS8NEON, "blocks4S8NEON", true, 4, 0, true, false, 6},
}

func (p *Packed) run(dst, x unsafe.Pointer, first, last int) {
	k := p.kernel
	unit, n := int(p.from[first]), last-first
	if p.from[last] == p.from[first] { // nothing is stored
		p.empty(dst, first, last)
		return
	}
	data := (*byte)(unsafe.Pointer(unsafe.SliceData(p.data[unit*k.unitWords():])))
	blocks := unsafe.SliceData(p.blocks[unit*2:])
	counts, order, start := &p.counts[first*4], &p.order[first*4], &p.start[first*4]
	switch k.kind {
	case blocksF32NEON:
		blocks4F32NEON((*float32)(dst), (*float32)(x), blocks, data, counts, order, start, n)
	case blocksS8DOT:
		blocks4S8DOT((*int32)(dst), (*int8)(x), blocks, data, counts, order, start, n)
	case blocksS8NEON:
		blocks4S8NEON((*int32)(dst), (*int8)(x), blocks, data, counts, order, start, n)
	}
}

// Finite reports whether all of x are numbers but the infinite ones.
func Finite(x []float32) bool { return finiteGeneric(x) }

// storedCost is what portable products take for each stored element: the latency of a sum.
const storedCost = 4

// dense is what dense products take for each element.
func dense(bytes bool) denseCost {
	switch {
	case !bytes:
		return denseCost{0.3, 0.13}
	case isa.DotProduct:
		return denseCost{0.06, 0.033}
	}
	return denseCost{0.14, 0.13}
}

func turnedKernel(bytes bool) turnedKind {
	if bytes {
		return noTurned
	}
	return turnedF32NEON
}

func turnedFloats(kind turnedKind, dst, x *float32, elements *element, segments *int32, start *float32, rows, at int, lo, hi float32) {
	if at == 16 {
		turned16F32NEON(dst, x, elements, segments, start, rows, lo, hi)
		return
	}
	turned32F32NEON(dst, x, elements, segments, start, rows, lo, hi)
}

func turnedBytes(kind turnedKind, dst *int32, x *int8, elements *element, segments, start *int32, rows, at int) {
}

// blocks4F32NEON: see sparse_amd64.s and asmgen; its generic twins are the products of the elements, row by row.
//
//go:noescape
func blocks4F32NEON(dst *float32, x *float32, places *uint16, data *byte, counts, order, start *int32, slices int)

// blocks4S8DOT: see sparse_amd64.s and asmgen; its generic twins are the products of the elements, row by row.
//
//go:noescape
func blocks4S8DOT(dst *int32, x *int8, places *uint16, data *byte, counts, order, start *int32, slices int)

// blocks4S8NEON: see sparse_amd64.s and asmgen; its generic twins are the products of the elements, row by row.
//
//go:noescape
func blocks4S8NEON(dst *int32, x *int8, places *uint16, data *byte, counts, order, start *int32, slices int)

// turned16F32NEON: see sparse_amd64.s and asmgen; its generic twins are the products of the elements, row by row.
//
//go:noescape
func turned16F32NEON(dst *float32, x *float32, elements *element, segments *int32, start *float32, rows int, lo, hi float32)

// turned32F32NEON: see sparse_amd64.s and asmgen; its generic twins are the products of the elements, row by row.
//
//go:noescape
func turned32F32NEON(dst *float32, x *float32, elements *element, segments *int32, start *float32, rows int, lo, hi float32)
