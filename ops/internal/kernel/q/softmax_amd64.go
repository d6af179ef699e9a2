//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// softmaxFast is softmaxGeneric for a row of bytes of one type; false where it leaves the work to that.
func softmaxFast[In int8 | uint8, Out int8 | uint8 | int16](dst []Out, x []In, t *SoftmaxTable, lo, hi int32, outBits int) bool {
	const least = 8
	if !isa.AVX512 || len(x) < least || unsafe.Sizeof(dst[0]) != 1 {
		return false
	}
	flip := uint32(0)
	if minusOne := In(0) - 1; minusOne < 0 {
		flip = 0x80
	}
	from, to := (*uint8)(unsafe.Pointer(&x[0])), (*uint8)(unsafe.Pointer(&dst[:len(x)][0]))
	top, sum := softmaxSumAVX512(from, len(x), flip, &t.Part)
	inverse, over := fixedpoint.GetReciprocal(sum, softmaxSumBits)
	right := over + 31 - outBits
	if right < 1 || right > 31 || inverse < 0 {
		return false
	}
	softmaxRowAVX512(to, from, len(x), flip, uint32(top), &t.Exp, inverse, int32(right), lo, hi)
	return true
}

// softmaxSumAVX512 returns the largest of n bytes, as unsigned ones, and the sum of what part has for their distances from it.
//
//go:noescape
func softmaxSumAVX512(x *uint8, n int, flip uint32, part *[256]int32) (top, sum int32)

// softmaxRowAVX512 is the second half of softmaxGeneric, with exp for distances from top.
//
//go:noescape
func softmaxRowAVX512(dst, x *uint8, n int, flip, top uint32, exp *[256]int32, inverse, right, lo, hi int32)
