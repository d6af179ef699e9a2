//go:build amd64 && !noasm

package q

import (
	"math"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// leakyConstants are what the kernel needs for numbers that are not negative, and for those that are.
type leakyConstants struct {
	multiplier, left, right [2]int32
}

// leakyFast is leakyGeneric for int16; false where it leaves the work to it.
func leakyFast[T int8 | uint8 | int16](dst, x []T, p *LeakyParams) bool {
	if unsafe.Sizeof(T(0)) != 2 || !isa.AVX512 || len(x) == 0 || p.ZeroIn != 0 || p.ZeroOut != 0 || p.Min != math.MinInt16 || p.Max != math.MaxInt16 {
		return false
	}
	c := leakyConstants{multiplier: [2]int32{p.Multiplier, p.AlphaMultiplier}}
	for i, shift := range [2]int{p.Shift, p.AlphaShift} {
		if shift > 13 || shift < -28 { // twice the product and half a unit of the result fit 32 bits
			return false
		}
		c.left[i], c.right[i] = int32(max(shift, 0)), int32(max(-shift, 0))
	}
	dst = dst[:len(x)]
	for i := 0; i < len(x); i += bytesRun {
		leakyWordsAVX512(unsafe.Pointer(&dst[i]), unsafe.Pointer(&x[i]), min(len(x)-i, bytesRun), &c)
	}
	return true
}

// leakyWordsAVX512 maps n int16. Its generic twin is leakyGeneric.
//
//go:noescape
func leakyWordsAVX512(dst, x unsafe.Pointer, n int, c *leakyConstants)
