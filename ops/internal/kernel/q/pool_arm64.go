//go:build arm64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// These pool windows; their generic twins are maxPoolGeneric and averagePoolGeneric.

//go:noescape
func poolMaxS8NEON(args *poolArgs)

//go:noescape
func poolAverageS8NEON(args *poolArgs)

//go:noescape
func poolMaxU8NEON(args *poolArgs)

//go:noescape
func poolAverageU8NEON(args *poolArgs)

// run calls a kernel: not through a table, which would make args escape. bits are those of the type, negative without a sign.
func (a *poolArgs) run(average bool, bits int, _ bool) {
	switch {
	case average && bits == 8:
		poolAverageS8NEON(a)
	case average:
		poolAverageU8NEON(a)
	case bits == 8:
		poolMaxS8NEON(a)
	default:
		poolMaxU8NEON(a)
	}
}

// poolVector is false where it leaves the work to the generic kernel: that of volumes, of words, of sums above 24 bits, and of few
// channels.
func poolVector[T int8 | uint8 | int16](average bool, dst, x []T, g *window.Grid, channels, first, last int, lowest, lo, hi int32) bool {
	fewest := 16
	if average {
		fewest = 8
	}
	if unsafe.Sizeof(T(0)) != 1 || g.Depth.Kernel > 1 || channels < fewest || average && g.Taps() >= 1<<16 {
		return false
	}
	poolRows(false, average, dst, x, g, channels, first, last, lowest, lo, hi)
	return true
}
