//go:build arm64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// dotKernel computes the products of 1 or 4 rows of x with n rows of w, of k elements: a multiple of 4 of them, or any number with
// one row of x and columns 1.
type dotKernel func(rows, columns int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

// dotTypes are the element types of x and w.
type dotTypes int

const (
	dotS8S8 dotTypes = iota + 1
	dotU8U8
	dotU8S16
)

// dotVariant is a set of kernels for the products of unpacked rows: least is the fewest elements a row may have.
type dotVariant struct {
	name      string
	types     dotTypes
	least     int
	available bool
	run       dotKernel
}

// dotVariants are the sets, the better ones of the same element types first.
var dotVariants = []dotVariant{
	{"dot4x4S8S8DOT", dotS8S8, 16, isa.DotProduct, runS8S8DOT},
	{"dot4x4S8S8NEON", dotS8S8, 16, true, runS8S8NEON},
	{"dot4x4U8U8DOT", dotU8U8, 16, isa.DotProduct, runU8U8DOT},
	{"dot4x4U8U8NEON", dotU8U8, 16, true, runU8U8NEON},
	{"dot4x4U8S16NEON", dotU8S16, 8, true, runU8S16NEON},
}

// dotVariantFor returns the variant for rows of k elements, nil where the generic kernel has to do it.
func dotVariantFor[X, W int8 | uint8 | int16](k int) *dotVariant {
	var types dotTypes
	var w W
	switch any(X(0)).(type) {
	case int8:
		if _, ok := any(w).(int8); ok {
			types = dotS8S8
		}
	case uint8:
		switch any(w).(type) {
		case uint8:
			types = dotU8U8
		case int16:
			types = dotU8S16
		}
	}
	for i := range dotVariants {
		if v := &dotVariants[i]; v.available && v.types == types && k >= v.least {
			return v
		}
	}
	return nil
}

// productsFast is [Products], and [MatMulTransposed] where base is nil; false where it leaves the work to them.
func productsFast[X, W int8 | uint8 | int16, A int32 | int64](dst []A, x []X, ldx, rows int, w []W, n, k int, base []A) bool {
	if rows <= 0 || n < 1 {
		return false
	}
	if d, ok := any(dst).([]int64); ok {
		const least = 8
		a, isWord := any(x).([]int16)
		b, isByte := any(w).([]int8)
		if !isWord || !isByte || n < 4 || k < least {
			return false
		}
		var from []int64
		if base != nil {
			from = any(base).([]int64)[:n]
		}
		productsWide(d, a, ldx, rows, b, n, k, from)
		return true
	}
	v := dotVariantFor[X, W](k)
	d, ok := any(dst).([]int32)
	if v == nil || !ok {
		return false
	}
	d, x, w = d[:rows*n], x[:(rows-1)*ldx+k], w[:n*k]
	var init []int32
	if base != nil {
		init = any(base).([]int32)[:n]
	}
	v.products(d, unsafe.Pointer(&x[0]), ldx, rows, unsafe.Pointer(&w[0]), n, k, k*int(unsafe.Sizeof(w[0])), init)
	return true
}

// products computes rows by n sums of k products of bytes of x; rows of w are ldw bytes apart.
func (v *dotVariant) products(dst []int32, x unsafe.Pointer, ldx, rows int, w unsafe.Pointer, n, k, ldw int, init []int32) {
	const work = 1 << 20 // products in one call, so that it takes less than 100 us or so
	step := max(4, work/(4*k)&^3)
	for j := 0; j < n; {
		cols, columns := min(step, n-j), 4
		switch {
		case n < 4:
			columns = 1
		case cols < 4:
			j, cols = n-4, 4 // again some sums that are there already
		default:
			cols &^= 3
		}
		var from *int32
		if init != nil {
			from = &init[j]
		}
		for p := 0; p < rows; {
			count := 1
			if rows-p >= 4 && columns == 4 {
				count = 4
			}
			v.run(count, columns, &dst[p*n+j], n*4, unsafe.Add(x, p*ldx), ldx, unsafe.Add(w, j*ldw), cols, k, ldw, from)
			p += count
		}
		j += cols
	}
}

func runS8S8DOT(rows, columns int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	switch {
	case rows == 4:
		dot4x4S8S8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	case columns == 4:
		dot1x4S8S8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	default:
		dot1x1S8S8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	}
}

func runS8S8NEON(rows, columns int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	switch {
	case rows == 4:
		dot4x4S8S8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	case columns == 4:
		dot1x4S8S8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	default:
		dot1x1S8S8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	}
}

func runU8U8DOT(rows, columns int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	switch {
	case rows == 4:
		dot4x4U8U8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	case columns == 4:
		dot1x4U8U8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	default:
		dot1x1U8U8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	}
}

func runU8U8NEON(rows, columns int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	switch {
	case rows == 4:
		dot4x4U8U8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	case columns == 4:
		dot1x4U8U8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	default:
		dot1x1U8U8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	}
}

func runU8S16NEON(rows, columns int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	switch {
	case rows == 4:
		dot4x4U8S16NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	case columns == 4:
		dot1x4U8S16NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	default:
		dot1x1U8S16NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	}
}

// The kernels' generic twin is productsGeneric. ldd, ldx and ldw are in bytes.

//go:noescape
func dot1x4S8S8DOT(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot4x4S8S8DOT(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x4S8S8NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot4x4S8S8NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x4U8U8DOT(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot4x4U8U8DOT(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x4U8U8NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot4x4U8U8NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x4U8S16NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot4x4U8S16NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x1S8S8DOT(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x1S8S8NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x1U8U8DOT(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x1U8U8NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

//go:noescape
func dot1x1U8S16NEON(dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)
