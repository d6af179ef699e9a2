//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

var productsKernels = []productsKernel[float32]{
	{"AVX512", isa.AVX512, []func(*float32, int, *float32, int, *float32, int, int, *float32, float32, float32){
		products1x4F32AVX512, products2x4F32AVX512, products3x4F32AVX512, products4x4F32AVX512,
	}},
	{"AVX2", isa.AVX2, []func(*float32, int, *float32, int, *float32, int, int, *float32, float32, float32){
		products1x4F32AVX2, products2x4F32AVX2,
	}},
}

var productsHalfKernels = []productsKernel[uint16]{
	{"AVX512", isa.AVX512, []func(*float32, int, *float32, int, *uint16, int, int, *float32, float32, float32){
		products1x4F16AVX512, products2x4F16AVX512, products3x4F16AVX512, products4x4F16AVX512,
	}},
	{"AVX2", isa.AVX2, []func(*float32, int, *float32, int, *uint16, int, int, *float32, float32, float32){
		products1x4F16AVX2, products2x4F16AVX2,
	}},
}

// products1x4F32AVX512 is productsGeneric with 1 row; bias may be nil.
//
//go:noescape
func products1x4F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products2x4F32AVX512 is productsGeneric with 2 rows; bias may be nil.
//
//go:noescape
func products2x4F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products3x4F32AVX512 is productsGeneric with 3 rows; bias may be nil.
//
//go:noescape
func products3x4F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products4x4F32AVX512 is productsGeneric with 4 rows; bias may be nil.
//
//go:noescape
func products4x4F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products1x4F16AVX512 is productsHalfGeneric with 1 row; bias may be nil.
//
//go:noescape
func products1x4F16AVX512(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)

// products2x4F16AVX512 is productsHalfGeneric with 2 rows; bias may be nil.
//
//go:noescape
func products2x4F16AVX512(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)

// products3x4F16AVX512 is productsHalfGeneric with 3 rows; bias may be nil.
//
//go:noescape
func products3x4F16AVX512(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)

// products4x4F16AVX512 is productsHalfGeneric with 4 rows; bias may be nil.
//
//go:noescape
func products4x4F16AVX512(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)

// products1x4F32AVX2 is productsGeneric with 1 row; bias may be nil.
//
//go:noescape
func products1x4F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products2x4F32AVX2 is productsGeneric with 2 rows; bias may be nil.
//
//go:noescape
func products2x4F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products1x4F16AVX2 is productsHalfGeneric with 1 row; bias may be nil.
//
//go:noescape
func products1x4F16AVX2(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)

// products2x4F16AVX2 is productsHalfGeneric with 2 rows; bias may be nil.
//
//go:noescape
func products2x4F16AVX2(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)
