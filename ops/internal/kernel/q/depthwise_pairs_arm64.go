//go:build arm64 && !noasm

package q

import "unsafe"

// depthwisePairsAvailable reports whether the processor has what the kernels need, NEON.
func depthwisePairsAvailable() bool { return true }

// depthwisePairsWide says that there are no kernels for 16 channels.
const depthwisePairsWide = false

// tile calls a kernel for a number of tiles of four outputs or one.
func (t *depthwisePairs) tile(_, four bool, acc, x, w, base unsafe.Pointer, tiles int) {
	switch {
	case t.signed && four:
		depthwise4x8S8S8NEON((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case t.signed:
		depthwise1x8S8S8NEON((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	case four:
		depthwise4x8U8S16NEON((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	default:
		depthwise1x8U8S16NEON((*int32)(acc), t.lda, x, t.pixel, w, t.ldw, (*int32)(base), t.step, t.row, t.roww, t.rows, t.columns, tiles, t.zero)
	}
}

// The kernels compute tiles of 4 or 1 outputs with 8 channels; their generic twin is [DepthwiseRow].

//go:noescape
func depthwise4x8S8S8NEON(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwise1x8S8S8NEON(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwise4x8U8S16NEON(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)

//go:noescape
func depthwise1x8U8S16NEON(acc *int32, lda int, x unsafe.Pointer, pixel int, w unsafe.Pointer, ldw int, base *int32, step, row, roww, rows, columns, tiles int, zero int32)
