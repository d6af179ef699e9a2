//go:build arm64 && !noasm

package f32

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// poolVector adds the taps a pixel at a time, in vectors. It is false where it leaves the work to the generic kernel: that of few
// channels, and of roots.
func poolVector(kind poolKind, dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) bool {
	const fewest = 4
	if channels < fewest {
		return false
	}
	switch kind {
	case poolMax:
		poolWindows(dst, x, g, channels, first, last, -math.MaxFloat32, func(d, x []float32) {
			Max(d, x[:len(d)], d)
		}, func(d []float32, _ int) { Clamp(d, d, lo, hi) })
	case poolAverage:
		poolWindows(dst, x, g, channels, first, last, 0, func(d, x []float32) {
			Add(d, d, x, negInf, posInf)
		}, func(d []float32, taps int) { DivOne(d, d, float32(taps), lo, hi) })
	default:
		return false
	}
	return true
}
