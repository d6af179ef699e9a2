//go:build amd64 && !noasm

package convert

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// truncateInt32AVX2 is Truncate to the whole range of int32 for n > 0 elements, a multiple of 8.
//
//go:noescape
func truncateInt32AVX2(dst *int32, x *float32, n int)

// TruncateInt32 is Truncate of float32 to the whole range of int32.
func TruncateInt32(dst []int32, x []float32) {
	const most = 1 << 16 // elements in a call
	dst = dst[:len(x)]
	for isa.AVX2 && len(x) >= 8 {
		n := min(len(x)&^7, most)
		truncateInt32AVX2(&dst[0], &x[0], n)
		dst, x = dst[n:], x[n:]
	}
	lo, hi := Limits[int32]()
	Truncate(dst, x, lo, hi)
}
