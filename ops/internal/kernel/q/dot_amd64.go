//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// dotKind names a set of kernels for the products of unpacked rows.
type dotKind int

const (
	dotS8S8VNNI512 dotKind = iota + 1
	dotS8S8VNNI256
	dotS8S8AVX2
	dotU8U8VNNI512
	dotU8U8VNNI256
	dotU8U8AVX2
	dotU8S16VNNI512
	dotU8S16AVX2
	dotS16S8VNNI512
	dotS16S8AVX2
)

// dotVariant is such a set: rows is the most rows of x it takes at a time, least the fewest elements a row may have.
type dotVariant struct {
	kind      dotKind
	name      string
	rows      int
	least     int
	available bool
}

// dotVariants are the sets, the better ones of the same element types first.
var dotVariants = []dotVariant{
	{dotS8S8VNNI512, "dot4x4S8S8VNNI512", 4, 1, isa.VNNI512},
	{dotS8S8VNNI256, "dot2x4S8S8VNNI256", 2, 32, isa.VNNI256},
	{dotS8S8AVX2, "dot2x4S8S8AVX2", 2, 16, isa.AVX2},
	{dotU8U8VNNI512, "dot4x4U8U8VNNI512", 4, 1, isa.VNNI512},
	{dotU8U8VNNI256, "dot2x4U8U8VNNI256", 2, 32, isa.VNNI256},
	{dotU8U8AVX2, "dot2x4U8U8AVX2", 2, 16, isa.AVX2},
	{dotU8S16VNNI512, "dot4x4U8S16VNNI512", 4, 1, isa.VNNI512},
	{dotU8S16AVX2, "dot2x4U8S16AVX2", 2, 16, isa.AVX2},
	{dotS16S8VNNI512, "dot4x4S16S8VNNI512", 4, 1, isa.VNNI512},
	{dotS16S8AVX2, "dot2x4S16S8AVX2", 2, 16, isa.AVX2},
}

// dotVariantsOf are the sets for a pair of element types that this processor has.
func dotVariantsOf(first, last dotKind) (v []dotVariant) {
	for _, d := range dotVariants {
		if d.available && d.kind >= first && d.kind <= last {
			v = append(v, d)
		}
	}
	return v
}

var (
	dotS8S8  = dotVariantsOf(dotS8S8VNNI512, dotS8S8AVX2)
	dotU8U8  = dotVariantsOf(dotU8U8VNNI512, dotU8U8AVX2)
	dotU8S16 = dotVariantsOf(dotU8S16VNNI512, dotU8S16AVX2)
	dotS16S8 = dotVariantsOf(dotS16S8VNNI512, dotS16S8AVX2)
)

// dotVariantFor returns the variant for rows of k elements, nil where the generic kernel has to do it.
func dotVariantFor[X, W int8 | uint8 | int16](k int) *dotVariant {
	variants := dotS8S8
	var x X
	var w W
	switch any(x).(type) {
	case int8:
		if _, ok := any(w).(int8); !ok {
			return nil
		}
	case uint8:
		switch any(w).(type) {
		case uint8:
			variants = dotU8U8
		case int16:
			variants = dotU8S16
		default:
			return nil
		}
	default:
		if _, ok := any(w).(int8); !ok {
			return nil
		}
		variants = dotS16S8
	}
	for i := range variants {
		if k >= variants[i].least {
			return &variants[i]
		}
	}
	return nil
}

// productsFast is [Products], and [MatMulTransposed] where base is nil; false where it leaves the work to them.
func productsFast[X, W int8 | uint8 | int16, A int32 | int64](dst []A, x []X, ldx, rows int, w []W, n, k int, base []A) bool {
	if rows <= 0 || n <= 0 || k <= 0 {
		return false
	}
	v := dotVariantFor[X, W](k)
	if v == nil {
		return false
	}
	_ = dst[:rows*n]
	_ = x[:(rows-1)*ldx+k]
	_ = w[:n*k]
	if base != nil {
		_ = base[:n]
	}
	switch d := any(&dst[0]).(type) {
	case *int32:
		var init *int32
		if base != nil {
			init = any(&base[0]).(*int32)
		}
		v.products(d, n, unsafe.Pointer(&x[0]), ldx*int(unsafe.Sizeof(x[0])), rows, int(unsafe.Sizeof(x[0])), unsafe.Pointer(&w[0]), n, k, k*int(unsafe.Sizeof(w[0])), init)
		return true
	case *int64:
		if v.kind != dotS16S8VNNI512 && v.kind != dotS16S8AVX2 {
			return false
		}
		productsWide(v, unsafe.Slice(d, rows*n), unsafe.Pointer(&x[0]), ldx, rows, unsafe.Pointer(&w[0]), n, k, base)
		return true
	}
	return false
}

// dotWork is about how many products one call of a kernel computes at most, so that it takes less than 100 us.
const dotWork = 1 << 22

// products computes rows by n sums of k products, ldd sums from row to row of dst.
func (v *dotVariant) products(dst *int32, ldd int, x unsafe.Pointer, ldx, rows, sizeX int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	step := max(4, dotWork/(v.rows*k)&^3)
	for j := 0; j < n; {
		cols, width := min(step, n-j), 4
		switch {
		case n < 4:
			cols, width = n, 1
		case cols < 4:
			j, cols = n-4, 4 // again some sums that are there already
		default:
			cols &^= 3
		}
		from := init
		if init != nil {
			from = (*int32)(unsafe.Add(unsafe.Pointer(init), j*4))
		}
		wj := unsafe.Add(w, j*ldw)
		for p := 0; p < rows; {
			count := 1
			switch {
			case width == 1:
			case rows-p >= 4 && v.rows == 4:
				count = 4
			case rows-p >= 2:
				count = 2
			}
			d := (*int32)(unsafe.Add(unsafe.Pointer(dst), (p*ldd+j)*4))
			v.kind.run(count, width, d, ldd*4, unsafe.Add(x, p*ldx), ldx, wj, cols, k, ldw, from, 0)
			p += count
		}
		j += cols
	}
}

// wideBlock is how many products of an int16 and an int8 surely fit an int32, a multiple of the vectors' lengths.
const wideBlock = 480

// productsWide computes sums of 64 bits of products of int16 and int8.
func productsWide[A int32 | int64](v *dotVariant, dst []int64, x unsafe.Pointer, ldx, rows int, w unsafe.Pointer, n, k int, base []A) {
	var sums [4 * 64]int32
	for j := 0; j < n; j += 64 {
		cols := min(64, n-j)
		for p := 0; p < rows; p += 4 {
			count := min(4, rows-p)
			for r := range count {
				d := dst[(p+r)*n+j:][:cols]
				if base == nil {
					clear(d)
					continue
				}
				for i, b := range base[j:][:cols] {
					d[i] = int64(b)
				}
			}
			for from := 0; from < k; {
				size := min(wideBlock, k-from)
				if rest := k - from - size; rest > 0 && rest < v.least {
					size -= 32 // leave the last block enough
				}
				v.products(&sums[0], cols, unsafe.Add(x, (p*ldx+from)*2), ldx*2, count, 2, unsafe.Add(w, j*k+from), cols, size, k, nil)
				for r := range count {
					d := dst[(p+r)*n+j:][:cols]
					for i, s := range sums[r*cols:][:cols] {
						d[i] += int64(s)
					}
				}
				from += size
			}
		}
	}
}

// run calls a kernel of a set: the products of rows by n sums, cols of them at a time, for which see asmgen's dots. The generic
// twin is productsGeneric.
func (kind dotKind) run(rows, cols int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int) {
	switch kind {
	case dotS8S8VNNI512:
		switch {
		case cols == 1:
			dot1x1S8S8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4S8S8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 2:
			dot2x4S8S8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot4x4S8S8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotS8S8VNNI256:
		switch {
		case cols == 1:
			dot1x1S8S8VNNI256(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4S8S8VNNI256(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot2x4S8S8VNNI256(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotS8S8AVX2:
		switch {
		case cols == 1:
			dot1x1S8S8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4S8S8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot2x4S8S8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotU8U8VNNI512:
		switch {
		case cols == 1:
			dot1x1U8U8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4U8U8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 2:
			dot2x4U8U8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot4x4U8U8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotU8U8VNNI256:
		switch {
		case cols == 1:
			dot1x1U8U8VNNI256(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4U8U8VNNI256(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot2x4U8U8VNNI256(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotU8U8AVX2:
		switch {
		case cols == 1:
			dot1x1U8U8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4U8U8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot2x4U8U8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotU8S16VNNI512:
		switch {
		case cols == 1:
			dot1x1U8S16VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4U8S16VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 2:
			dot2x4U8S16VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot4x4U8S16VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotU8S16AVX2:
		switch {
		case cols == 1:
			dot1x1U8S16AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4U8S16AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot2x4U8S16AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotS16S8VNNI512:
		switch {
		case cols == 1:
			dot1x1S16S8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4S16S8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 2:
			dot2x4S16S8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot4x4S16S8VNNI512(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	case dotS16S8AVX2:
		switch {
		case cols == 1:
			dot1x1S16S8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		case rows == 1:
			dot1x4S16S8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		default:
			dot2x4S16S8AVX2(dst, ldd, x, ldx, w, n, k, ldw, init, ldi)
		}
	}
}

//go:noescape
func dot1x1S8S8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4S8S8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4S8S8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot4x4S8S8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1S8S8VNNI256(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4S8S8VNNI256(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4S8S8VNNI256(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1S8S8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4S8S8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4S8S8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1U8U8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4U8U8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4U8U8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot4x4U8U8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1U8U8VNNI256(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4U8U8VNNI256(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4U8U8VNNI256(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1U8U8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4U8U8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4U8U8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1U8S16VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4U8S16VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4U8S16VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot4x4U8S16VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1U8S16AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4U8S16AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4U8S16AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1S16S8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4S16S8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4S16S8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot4x4S16S8VNNI512(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x1S16S8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot1x4S16S8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)

//go:noescape
func dot2x4S16S8AVX2(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32, ldi int)
