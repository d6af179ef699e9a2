//go:build amd64 && !noasm

package move

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// gatherRowsAVX2 is gatherRowsGeneric for count > 0 rows of 16 to 128 bytes.
//
//go:noescape
func gatherRowsAVX2(dst, src unsafe.Pointer, index *int32, count, n int)

// gatherRows reads many rows at once, which a call of memmove for each does not.
func gatherRows[T Word](dst, src []T, picks []int32, n int) {
	size := n * int(unsafe.Sizeof(*new(T)))
	if !isa.AVX2 || size < 16 || size > 128 || len(picks) == 0 {
		gatherRowsGeneric(dst, src, picks, n)
		return
	}
	const most = 1 << 12 // rows in a call, which takes less than 100 us for them
	_ = dst[:len(picks)*n]
	rows := uint32(len(src) / n)
	for len(picks) > 0 {
		some := picks[:min(most, len(picks))]
		top := uint32(0)
		for _, i := range some {
			top = max(top, uint32(i))
		}
		if top >= rows {
			gatherRowsGeneric(dst, src, some, n) // it panics
			return
		}
		gatherRowsAVX2(unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), &some[0], len(some), size)
		picks, dst = picks[len(some):], dst[len(some)*n:]
	}
}
