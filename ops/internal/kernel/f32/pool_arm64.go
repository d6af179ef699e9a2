//go:build arm64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/window"

// These pool windows; their generic twins are maxPoolGeneric and averagePoolGeneric.

//go:noescape
func poolMaxF32NEON(args *poolArgs)

//go:noescape
func poolAverageF32NEON(args *poolArgs)

// run calls a kernel: not through a table, which would make args escape.
func (a *poolArgs) run(kind poolKind, _ bool) {
	if kind == poolMax {
		poolMaxF32NEON(a)
	} else {
		poolAverageF32NEON(a)
	}
}

// poolVector is false where it leaves the work to the generic kernel: that of volumes, of few channels, and of roots.
func poolVector(kind poolKind, dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) bool {
	const fewest = 4
	if channels < fewest || g.Depth.Kernel > 1 || kind == poolSquare {
		return false
	}
	poolRows(false, kind, dst, x, g, channels, first, last, lo, hi)
	return true
}
