//go:build amd64 && !noasm

package search

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// peaksAVX2 is peaksGeneric for count > 0 rows of n >= 16.
//
//go:noescape
func peaksAVX2(dst, src *uint8, count, n, stride int)

func peaks(dst, src []uint8, n, stride int) {
	if !isa.AVX2 || n < 16 {
		peaksGeneric(dst, src, n, stride)
		return
	}
	const work = 1 << 20 // elements for one call
	for len(dst) > 0 {
		count := min(len(dst), work/n+1)
		peaksAVX2(&dst[0], &src[0], count, n, stride)
		if dst = dst[count:]; len(dst) > 0 {
			src = src[count*stride:]
		}
	}
}
