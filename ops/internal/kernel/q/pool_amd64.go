//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// These pool windows; their generic twins are maxPoolGeneric and averagePoolGeneric.

//go:noescape
func poolMaxS8AVX512(args *poolArgs)

//go:noescape
func poolMaxS8AVX2(args *poolArgs)

//go:noescape
func poolAverageS8AVX512(args *poolArgs)

//go:noescape
func poolAverageS8AVX2(args *poolArgs)

//go:noescape
func poolMaxU8AVX512(args *poolArgs)

//go:noescape
func poolMaxU8AVX2(args *poolArgs)

//go:noescape
func poolAverageU8AVX512(args *poolArgs)

//go:noescape
func poolAverageU8AVX2(args *poolArgs)

//go:noescape
func poolMaxS16AVX512(args *poolArgs)

//go:noescape
func poolMaxS16AVX2(args *poolArgs)

//go:noescape
func poolAverageS16AVX512(args *poolArgs)

//go:noescape
func poolAverageS16AVX2(args *poolArgs)

// run calls a kernel: not through a table, which would make args escape. bits are those of the type, negative without a sign.
func (a *poolArgs) run(average bool, bits int, avx512 bool) {
	switch {
	case average && bits == 8 && avx512:
		poolAverageS8AVX512(a)
	case average && bits == 8 && !avx512:
		poolAverageS8AVX2(a)
	case average && bits == -8 && avx512:
		poolAverageU8AVX512(a)
	case average && bits == -8 && !avx512:
		poolAverageU8AVX2(a)
	case average && bits == 16 && avx512:
		poolAverageS16AVX512(a)
	case average && bits == 16 && !avx512:
		poolAverageS16AVX2(a)
	case !average && bits == 8 && avx512:
		poolMaxS8AVX512(a)
	case !average && bits == 8 && !avx512:
		poolMaxS8AVX2(a)
	case !average && bits == -8 && avx512:
		poolMaxU8AVX512(a)
	case !average && bits == -8 && !avx512:
		poolMaxU8AVX2(a)
	case !average && bits == 16 && avx512:
		poolMaxS16AVX512(a)
	case !average && bits == 16 && !avx512:
		poolMaxS16AVX2(a)
	}
}

// poolVector is false where it leaves the work to the generic kernel: that of volumes, of sums above 24 bits, and of few channels
// without AVX-512.
func poolVector[T int8 | uint8 | int16](average bool, dst, x []T, g *window.Grid, channels, first, last int, lowest, lo, hi int32) bool {
	size := int(unsafe.Sizeof(T(0)))
	lanes := 32 / size
	if average {
		lanes = 8
	}
	if !isa.AVX2 || channels == 0 || g.Depth.Kernel > 1 || !isa.AVX512 && channels < lanes {
		return false
	}
	// Half the taps are added before the division.
	if average && g.Taps() >= 1<<24/(1<<(8*size)) {
		return false
	}
	poolRows(isa.AVX512, average, dst, x, g, channels, first, last, lowest, lo, hi)
	return true
}
