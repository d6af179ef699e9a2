//go:build (amd64 || arm64) && !noasm

package move

import "unsafe"

// turnKernel is a kernel for elements of size bytes with tiles of rows x n.
type turnKernel struct {
	name          string
	size, rows, n int
	run           func(dst, src unsafe.Pointer, rows, dstRow, srcRow int)
}

func turn[T element](dst, src []T, d, s, rows, n, dstRow, srcRow int) {
	if hasTurns() {
		for i := range turnKernels {
			if k := &turnKernels[i]; k.size == int(unsafe.Sizeof(*new(T))) && k.rows <= rows && k.n <= n {
				turnStrips(k, dst, src, d, s, rows, n, dstRow, srcRow)
				return
			}
		}
	}
	turnGeneric(dst, src, d, s, rows, n, dstRow, srcRow)
}

// turnStrips turns strip by strip; the last one overlaps the one before. Rows are taken a few at a time, so that the lines of the
// destination are still in the cache when the next strip adds to them: a cache of 8 ways of 4096 bytes has room for few lines
// whose distance is a large power of two.
func turnStrips[T element](k *turnKernel, dst, src []T, d, s, rows, n, dstRow, srcRow int) {
	stride := dstRow * k.size
	block := min(max(8*4096/min(stride&-stride, 4096), 16), 256)
	span(dst, d, rows, dstRow, n, 1)
	span(src, s, n, srcRow, rows, 1)
	for r := 0; r < rows; {
		count := min(block, rows-r)
		if rest := rows - r - count; rest < k.rows {
			count += rest
		}
		for i := 0; i < n; i += k.n {
			at := min(i, n-k.n)
			k.run(unsafe.Pointer(&dst[d+r*dstRow+at]), unsafe.Pointer(&src[s+at*srcRow+r]), count, stride, srcRow*k.size)
		}
		r += count
	}
}
