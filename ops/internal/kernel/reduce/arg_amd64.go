//go:build amd64 && !noasm

package reduce

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// argWork is about how many bytes one call of a kernel takes at most.
const argWork = 1 << 20

// argBytes is ArgMax or ArgMin of the first rows of bytes, with inner 1; it returns for how many.
func argBytes[D int32 | int64, T Number](dst []D, x []T, rows, n int, largest bool) int {
	var v T
	if !isa.AVX2 || unsafe.Sizeof(v) != 1 || rows <= 0 || n < 2 {
		return 0
	}
	flip := uint32(0)
	if v--; v < 0 {
		flip = 0x80
	}
	if largest {
		flip ^= 0xff
	}
	x, dst = x[:rows*n], dst[:rows]
	if n < 32 { // the last rows may lie before the end of memory
		rows = max(0, (len(x)-32+n)/n)
	}
	for at, step := 0, max(1, argWork/n); at < rows; at += step {
		count := min(step, rows-at)
		from := (*uint8)(unsafe.Pointer(&x[at*n]))
		switch d := any(&dst[at]).(type) {
		case *int32:
			if n < 32 {
				argRows32AVX2(d, from, count, n, flip)
			} else {
				argLongRows32AVX2(d, from, count, n, flip)
			}
		case *int64:
			if n < 32 {
				argRows64AVX2(d, from, count, n, flip)
			} else {
				argLongRows64AVX2(d, from, count, n, flip)
			}
		}
	}
	return rows
}

// These find the first of the smallest of rows of n bytes, flipped: argRows of rows of less than 32, all of which are followed by
// so many bytes that there are 32, argLongRows of 32 or more.

//go:noescape
func argRows32AVX2(dst *int32, x *uint8, rows, n int, flip uint32)

//go:noescape
func argRows64AVX2(dst *int64, x *uint8, rows, n int, flip uint32)

//go:noescape
func argLongRows32AVX2(dst *int32, x *uint8, rows, n int, flip uint32)

//go:noescape
func argLongRows64AVX2(dst *int64, x *uint8, rows, n int, flip uint32)
