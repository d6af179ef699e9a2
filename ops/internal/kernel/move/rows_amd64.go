//go:build amd64 && !noasm

package move

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// copyRowsAVX2 is copyRowsGeneric for n > 0 bytes and rows > 0; the strides count bytes.
//
//go:noescape
func copyRowsAVX2(dst, src unsafe.Pointer, rows, n, dstRow, srcRow int)

const (
	longRow  = 1024    // bytes; what memmove takes at full speed
	callSize = 1 << 18 // bytes; about what one call of assembly moves in 50 us from memory
)

func copyRows[T element](dst, src []T, d, s, rows, n, dstRow, srcRow int) {
	size := int(unsafe.Sizeof(*new(T)))
	if !isa.AVX2 || n*size >= longRow || rows < 2 || n < 1 {
		copyRowsGeneric(dst, src, d, s, rows, n, dstRow, srcRow)
		return
	}
	span(dst, d, rows, dstRow, n, 1)
	span(src, s, rows, srcRow, n, 1)
	most := callSize / (n*size + 16)
	for rows > 0 {
		count := min(rows, most)
		copyRowsAVX2(unsafe.Pointer(&dst[d]), unsafe.Pointer(&src[s]), count, n*size, dstRow*size, srcRow*size)
		rows -= count
		d += count * dstRow
		s += count * srcRow
	}
}
