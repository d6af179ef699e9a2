//go:build amd64 && !noasm

package f32

import (
	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// These pool windows; their generic twins are maxPoolGeneric, averagePoolGeneric and l2PoolGeneric.

//go:noescape
func poolMaxF32AVX512(args *poolArgs)

//go:noescape
func poolAverageF32AVX512(args *poolArgs)

//go:noescape
func poolSquareF32AVX512(args *poolArgs)

//go:noescape
func poolMaxF32AVX2(args *poolArgs)

//go:noescape
func poolAverageF32AVX2(args *poolArgs)

//go:noescape
func poolSquareF32AVX2(args *poolArgs)

// run calls a kernel: not through a table, which would make args escape.
func (a *poolArgs) run(kind poolKind, avx512 bool) {
	switch {
	case kind == poolMax && avx512:
		poolMaxF32AVX512(a)
	case kind == poolAverage && avx512:
		poolAverageF32AVX512(a)
	case avx512:
		poolSquareF32AVX512(a)
	case kind == poolMax:
		poolMaxF32AVX2(a)
	case kind == poolAverage:
		poolAverageF32AVX2(a)
	default:
		poolSquareF32AVX2(a)
	}
}

// poolVector is false where it leaves the work to the generic kernel: that of volumes, and of few channels without AVX-512.
func poolVector(kind poolKind, dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) bool {
	if !isa.AVX2 || channels == 0 || g.Depth.Kernel > 1 || !isa.AVX512 && channels < 8 {
		return false
	}
	poolRows(isa.AVX512, kind, dst, x, g, channels, first, last, lo, hi)
	return true
}
