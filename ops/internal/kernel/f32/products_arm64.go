//go:build arm64 && !noasm

package f32

var productsKernels = []productsKernel[float32]{{"NEON", true, []func(*float32, int, *float32, int, *float32, int, int, *float32, float32, float32){
	products1x4F32NEON, products2x4F32NEON, products3x4F32NEON, products4x4F32NEON,
}}}

var productsHalfKernels = []productsKernel[uint16]{{"NEON", true, []func(*float32, int, *float32, int, *uint16, int, int, *float32, float32, float32){
	products1x4F16NEON, products2x4F16NEON, products3x4F16NEON, products4x4F16NEON,
}}}

// products1x4F32NEON is productsGeneric with 1 row; bias may be nil.
//
//go:noescape
func products1x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products2x4F32NEON is productsGeneric with 2 rows; bias may be nil.
//
//go:noescape
func products2x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products3x4F32NEON is productsGeneric with 3 rows; bias may be nil.
//
//go:noescape
func products3x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products4x4F32NEON is productsGeneric with 4 rows; bias may be nil.
//
//go:noescape
func products4x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, n, k int, bias *float32, lo, hi float32)

// products1x4F16NEON is productsHalfGeneric with 1 row; bias may be nil.
//
//go:noescape
func products1x4F16NEON(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)

// products2x4F16NEON is productsHalfGeneric with 2 rows; bias may be nil.
//
//go:noescape
func products2x4F16NEON(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)

// products3x4F16NEON is productsHalfGeneric with 3 rows; bias may be nil.
//
//go:noescape
func products3x4F16NEON(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)

// products4x4F16NEON is productsHalfGeneric with 4 rows; bias may be nil.
//
//go:noescape
func products4x4F16NEON(dst *float32, ldd int, x *float32, ldx int, w *uint16, n, k int, bias *float32, lo, hi float32)
