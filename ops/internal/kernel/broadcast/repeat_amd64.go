//go:build amd64 && !noasm

package broadcast

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// repeatFast writes every byte of src n times; false where it leaves that to the generic loop. A call is a block at most.
func repeatFast(dst, src []byte, n int) bool {
	if !isa.AVX2 || n < 16 || len(src) == 0 {
		return false
	}
	dst = dst[:len(src)*n]
	repeatBytesAVX2(&dst[0], &src[0], len(src), n)
	return true
}

// repeatBytesAVX2 is repeatFast for count bytes, at least 1.
//
//go:noescape
func repeatBytesAVX2(dst, src *uint8, count, n int)
