//go:build arm64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// dotKernel computes the products of 1 or 4 rows of x with n rows of w, a multiple of 4, of k elements, at least 16.
type dotKernel func(rows int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32)

// dotVariant is a set of kernels for the products of unpacked rows of bytes.
type dotVariant struct {
	name      string
	unsigned  bool
	available bool
	run       dotKernel
}

// dotLeast is the fewest elements a row may have.
const dotLeast = 16

// dotVariants are the sets, the better ones of the same element types first.
var dotVariants = []dotVariant{
	{"dot4x4S8S8DOT", false, isa.DotProduct, runS8S8DOT},
	{"dot4x4S8S8NEON", false, true, runS8S8NEON},
	{"dot4x4U8U8DOT", true, isa.DotProduct, runU8U8DOT},
	{"dot4x4U8U8NEON", true, true, runU8U8NEON},
}

// dotVariantFor returns the variant for such rows, nil where the generic kernel has to do it.
func dotVariantFor(unsigned bool) *dotVariant {
	for i := range dotVariants {
		if v := &dotVariants[i]; v.available && v.unsigned == unsigned {
			return v
		}
	}
	return nil
}

// productsFast is [Products], and [MatMulTransposed] where base is nil; false where it leaves the work to them.
func productsFast[X, W int8 | uint8 | int16, A int32 | int64](dst []A, x []X, ldx, rows int, w []W, n, k int, base []A) bool {
	if rows <= 0 || n < 4 || k < dotLeast {
		return false
	}
	unsigned := false
	switch any(x).(type) {
	case []int8:
		if _, ok := any(w).([]int8); !ok {
			return false
		}
	case []uint8:
		if _, ok := any(w).([]uint8); !ok {
			return false
		}
		unsigned = true
	default:
		return false
	}
	d, ok := any(dst).([]int32)
	if !ok {
		return false
	}
	d, x, w = d[:rows*n], x[:(rows-1)*ldx+k], w[:n*k]
	var init []int32
	if base != nil {
		init = any(base).([]int32)[:n]
	}
	v := dotVariantFor(unsigned)
	v.products(d, unsafe.Pointer(&x[0]), ldx, rows, unsafe.Pointer(&w[0]), n, k, init)
	return true
}

// products computes rows by n sums of k products.
func (v *dotVariant) products(dst []int32, x unsafe.Pointer, ldx, rows int, w unsafe.Pointer, n, k int, init []int32) {
	const work = 1 << 20 // products in one call, so that it takes less than 100 us or so
	step := max(4, work/(4*k)&^3)
	for j := 0; j < n; {
		cols := min(step, n-j)
		if cols < 4 {
			j, cols = n-4, 4 // again some sums that are there already
		}
		cols &^= 3
		var from *int32
		if init != nil {
			from = &init[j]
		}
		for p := 0; p < rows; {
			count := 1
			if rows-p >= 4 {
				count = 4
			}
			v.run(count, &dst[p*n+j], n*4, unsafe.Add(x, p*ldx), ldx, unsafe.Add(w, j*k), cols, k, k, from)
			p += count
		}
		j += cols
	}
}

func runS8S8DOT(rows int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	if rows == 4 {
		dot4x4S8S8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	} else {
		dot1x4S8S8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	}
}

func runS8S8NEON(rows int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	if rows == 4 {
		dot4x4S8S8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	} else {
		dot1x4S8S8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	}
}

func runU8U8DOT(rows int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	if rows == 4 {
		dot4x4U8U8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	} else {
		dot1x4U8U8DOT(dst, ldd, x, ldx, w, n, k, ldw, init)
	}
}

func runU8U8NEON(rows int, dst *int32, ldd int, x unsafe.Pointer, ldx int, w unsafe.Pointer, n, k, ldw int, init *int32) {
	if rows == 4 {
		dot4x4U8U8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
	} else {
		dot1x4U8U8NEON(dst, ldd, x, ldx, w, n, k, ldw, init)
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
