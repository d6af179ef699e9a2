//go:build amd64 && !noasm

package sparse

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// kernels are those of single rows, the better ones of a kind first.
var kernels = []kernel{
	{permutedF32AVX512, "permuted16F32AVX512", isa.AVX512, 16, 32, false, false, 4.5},
	{permutedF32AVX2, "permuted8F32AVX2", isa.AVX2, 8, 8, false, false, 2.8},
	{permutedS8VNNI512, "permuted16S8VNNI512", isa.VNNI512, 16, 32, true, true, 4.5},
	{permutedS8VNNI256, "permuted8S8VNNI256", isa.VNNI256, 8, 8, true, true, 2.4},
	{blocksF32AVX512, "blocks16F32AVX512", isa.AVX512, 16, 0, false, false, 3.45},
	{blocksF32AVX2, "blocks8F32AVX2", isa.AVX2, 8, 0, false, false, 1.65},
	{blocksS8VNNI512, "blocks16S8VNNI512", isa.VNNI512, 16, 0, true, true, 2.8},
	{blocksS8VNNI256, "blocks8S8VNNI256", isa.VNNI256, 8, 0, true, true, 1.5},
	{blocksS8AVX2, "blocks8S8AVX2", isa.AVX2, 8, 0, true, false, 3.0},
}

func (p *Packed) run(dst, x unsafe.Pointer, first, last int) {
	k := p.kernel
	unit, n := int(p.from[first]), last-first
	if p.from[last] == p.from[first] { // nothing is stored
		p.empty(dst, first, last)
		return
	}
	data := unsafe.SliceData(p.data[unit*k.unitWords():])
	groups, size := k.groups()
	counts, order, start := &p.counts[first*groups], &p.order[first*k.lanes], &p.start[first*k.lanes]
	var places *int32
	var blocks *uint16
	var raw *byte
	if k.window > 0 {
		places = unsafe.SliceData(p.places[unit*4:])
	} else {
		blocks = unsafe.SliceData(p.blocks[unit*2*size:])
		raw = (*byte)(unsafe.Pointer(data))
	}
	switch k.kind {
	case permutedF32AVX512:
		permuted16F32AVX512((*float32)(dst), (*float32)(x), places, data, counts, order, start, n)
	case permutedF32AVX2:
		permuted8F32AVX2((*float32)(dst), (*float32)(x), places, data, counts, order, start, n)
	case permutedS8VNNI512:
		permuted16S8VNNI512((*int32)(dst), (*int8)(x), places, data, counts, order, start, n)
	case permutedS8VNNI256:
		permuted8S8VNNI256((*int32)(dst), (*int8)(x), places, data, counts, order, start, n)
	case blocksF32AVX512:
		blocks16F32AVX512((*float32)(dst), (*float32)(x), blocks, raw, counts, order, start, n)
	case blocksF32AVX2:
		blocks8F32AVX2((*float32)(dst), (*float32)(x), blocks, raw, counts, order, start, n)
	case blocksS8VNNI512:
		blocks16S8VNNI512((*int32)(dst), (*int8)(x), blocks, raw, counts, order, start, n)
	case blocksS8VNNI256:
		blocks8S8VNNI256((*int32)(dst), (*int8)(x), blocks, raw, counts, order, start, n)
	case blocksS8AVX2:
		blocks8S8AVX2((*int32)(dst), (*int8)(x), blocks, raw, counts, order, start, n)
	}
}

// Finite reports whether all of x are numbers but the infinite ones.
func Finite(x []float32) bool {
	if isa.AVX2 && len(x) >= 8 {
		return finiteAVX2(&x[0], len(x))
	}
	return finiteGeneric(x)
}

// permuted16F32AVX512 multiplies slices packed for it; its generic twins are the products of the words, row by row.
//
//go:noescape
func permuted16F32AVX512(dst *float32, x *float32, places *int32, data *uint32, counts, order, start *int32, slices int)

// permuted8F32AVX2 multiplies slices packed for it; its generic twins are the products of the words, row by row.
//
//go:noescape
func permuted8F32AVX2(dst *float32, x *float32, places *int32, data *uint32, counts, order, start *int32, slices int)

// permuted16S8VNNI512 multiplies slices packed for it; its generic twins are the products of the words, row by row.
//
//go:noescape
func permuted16S8VNNI512(dst *int32, x *int8, places *int32, data *uint32, counts, order, start *int32, slices int)

// permuted8S8VNNI256 multiplies slices packed for it; its generic twins are the products of the words, row by row.
//
//go:noescape
func permuted8S8VNNI256(dst *int32, x *int8, places *int32, data *uint32, counts, order, start *int32, slices int)

// blocks16F32AVX512 does so with blocks.
//
//go:noescape
func blocks16F32AVX512(dst *float32, x *float32, places *uint16, data *byte, counts, order, start *int32, slices int)

// blocks8F32AVX2 does so with blocks.
//
//go:noescape
func blocks8F32AVX2(dst *float32, x *float32, places *uint16, data *byte, counts, order, start *int32, slices int)

// blocks16S8VNNI512 does so with blocks.
//
//go:noescape
func blocks16S8VNNI512(dst *int32, x *int8, places *uint16, data *byte, counts, order, start *int32, slices int)

// blocks8S8VNNI256 does so with blocks.
//
//go:noescape
func blocks8S8VNNI256(dst *int32, x *int8, places *uint16, data *byte, counts, order, start *int32, slices int)

// blocks8S8AVX2 does so with blocks.
//
//go:noescape
func blocks8S8AVX2(dst *int32, x *int8, places *uint16, data *byte, counts, order, start *int32, slices int)

// turned16F32AVX512 multiplies rows with turned columns, see [Turned].
//
//go:noescape
func turned16F32AVX512(dst *float32, x *float32, elements *element, segments *int32, start *float32, rows int, lo, hi float32)

// turned32F32AVX512 multiplies rows with turned columns, see [Turned].
//
//go:noescape
func turned32F32AVX512(dst *float32, x *float32, elements *element, segments *int32, start *float32, rows int, lo, hi float32)

// turned16F32AVX2 multiplies rows with turned columns, see [Turned].
//
//go:noescape
func turned16F32AVX2(dst *float32, x *float32, elements *element, segments *int32, start *float32, rows int, lo, hi float32)

// turned32F32AVX2 multiplies rows with turned columns, see [Turned].
//
//go:noescape
func turned32F32AVX2(dst *float32, x *float32, elements *element, segments *int32, start *float32, rows int, lo, hi float32)

// turned16S8VNNI512 multiplies rows with turned columns, see [Turned].
//
//go:noescape
func turned16S8VNNI512(dst *int32, x *int8, elements *element, segments *int32, start *int32, rows int)

// turned32S8VNNI512 multiplies rows with turned columns, see [Turned].
//
//go:noescape
func turned32S8VNNI512(dst *int32, x *int8, elements *element, segments *int32, start *int32, rows int)

// turned16S8VNNI256 multiplies rows with turned columns, see [Turned].
//
//go:noescape
func turned16S8VNNI256(dst *int32, x *int8, elements *element, segments *int32, start *int32, rows int)

// turned32S8VNNI256 multiplies rows with turned columns, see [Turned].
//
//go:noescape
func turned32S8VNNI256(dst *int32, x *int8, elements *element, segments *int32, start *int32, rows int)

// finiteAVX2 is finiteGeneric for at least 8 elements.
//
//go:noescape
func finiteAVX2(x *float32, n int) bool

func turnedFloats(kind turnedKind, dst, x *float32, elements *element, segments *int32, start *float32, rows, at int, lo, hi float32) {
	switch {
	case kind == turnedF32AVX512 && at == 16:
		turned16F32AVX512(dst, x, elements, segments, start, rows, lo, hi)
	case kind == turnedF32AVX512:
		turned32F32AVX512(dst, x, elements, segments, start, rows, lo, hi)
	case at == 16:
		turned16F32AVX2(dst, x, elements, segments, start, rows, lo, hi)
	default:
		turned32F32AVX2(dst, x, elements, segments, start, rows, lo, hi)
	}
}

func turnedBytes(kind turnedKind, dst *int32, x *int8, elements *element, segments, start *int32, rows, at int) {
	switch {
	case kind == turnedS8VNNI512 && at == 16:
		turned16S8VNNI512(dst, x, elements, segments, start, rows)
	case kind == turnedS8VNNI512:
		turned32S8VNNI512(dst, x, elements, segments, start, rows)
	case at == 16:
		turned16S8VNNI256(dst, x, elements, segments, start, rows)
	default:
		turned32S8VNNI256(dst, x, elements, segments, start, rows)
	}
}

// storedCost is what portable products take for each stored element.
const storedCost = 1

// dense is what dense products take for each element.
func dense(bytes bool) denseCost {
	switch {
	case !bytes && isa.AVX512:
		return denseCost{0.033, 0.013}
	case !bytes && isa.AVX2:
		return denseCost{0.039, 0.024}
	case bytes && isa.VNNI512:
		return denseCost{0.0093, 0.003}
	case bytes && isa.VNNI256:
		return denseCost{0.013, 0.0061}
	case bytes && isa.AVX2:
		return denseCost{0.0285, 0.0224}
	}
	return denseCost{}
}

func turnedKernel(bytes bool) turnedKind {
	switch {
	case !bytes && isa.AVX512:
		return turnedF32AVX512
	case !bytes && isa.AVX2:
		return turnedF32AVX2
	case bytes && isa.VNNI512:
		return turnedS8VNNI512
	case bytes && isa.VNNI256:
		return turnedS8VNNI256
	}
	return noTurned
}
