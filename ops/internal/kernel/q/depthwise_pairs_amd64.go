//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// depthwisePairsAvailable reports whether the processor has what the kernels need.
func depthwisePairsAvailable() bool { return isa.AVX2 }

// depthwisePairsWide says that there are kernels for 16 channels.
const depthwisePairsWide = true

// tile calls a kernel for a number of tiles of four outputs or one.
func (t *depthwisePairs) tile(wide, four bool, acc, x, w, base unsafe.Pointer, tiles int) {
	switch {
	case t.signed && wide && four:
		depthwisePairs4x16S8S8AVX2((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case t.signed && wide && !four:
		depthwisePairs1x16S8S8AVX2((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case t.signed && !wide && four:
		depthwisePairs4x8S8S8AVX2((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case t.signed && !wide && !four:
		depthwisePairs1x8S8S8AVX2((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case !t.signed && wide && four:
		depthwisePairs4x16U8S16AVX2((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case !t.signed && wide && !four:
		depthwisePairs1x16U8S16AVX2((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case !t.signed && !wide && four:
		depthwisePairs4x8U8S16AVX2((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case !t.signed && !wide && !four:
		depthwisePairs1x8U8S16AVX2((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	}
}

// The kernels compute tiles of 4 or 1 outputs with 16 or 8 channels; their generic twin is [DepthwiseRow].

//go:noescape
func depthwisePairs4x16S8S8AVX2(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwisePairs1x16S8S8AVX2(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwisePairs4x8S8S8AVX2(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwisePairs1x8S8S8AVX2(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwisePairs4x16U8S16AVX2(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwisePairs1x16U8S16AVX2(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwisePairs4x8U8S16AVX2(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwisePairs1x8U8S16AVX2(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)
