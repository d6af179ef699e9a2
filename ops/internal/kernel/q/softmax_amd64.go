//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// softmaxBlock is the number of rows that are computed at a time: their parameters stand on the stack.
const softmaxBlock = 16

// softmaxParams is what the kernels know of the rows of a block.
type softmaxParams struct {
	top       [softmaxBlock]uint8  // the largest element, unsigned and inverted
	sum       [softmaxBlock]int32  // of the exponentials
	inverse   [softmaxBlock]uint64 // 1/sum in the lower 32 bits
	half      [softmaxBlock]uint64 // rounds the products
	even, odd [softmaxBlock]uint64 // shifts of the products of elements at even and odd places
}

// softmaxFast is softmaxGeneric for the first rows of bytes of one type. It returns their number, 0 where the first is left to that.
func softmaxFast[In int8 | uint8, Out int8 | uint8 | int16](dst []Out, x []In, depth int, t *SoftmaxTable, lo, hi int32, outBits int) int {
	const least, fewRows = 8, 4 // short rows pay where there are some
	if !isa.AVX512 || depth < least && (!isa.VBMI || len(x) < fewRows*depth) || unsafe.Sizeof(dst[0]) != 1 {
		return 0
	}
	flip := uint32(0)
	if minusOne := In(0) - 1; minusOne < 0 {
		flip = 0x80
	}
	flipOut, first := uint32(0), int32(0)
	if minusOne := Out(0) - 1; minusOne < 0 {
		flipOut, first = 0x80, -128
	}
	if isa.VBMI && lo == first && hi == first+255 && outBits == 8 {
		n := min(len(x)/depth, softmaxBlock)
		if depth >= 512 {
			// Sums may be too large, and what has been computed of the rows behind is lost.
			n = min(n, 4, max(1, bytesRun/depth))
		}
		return softmaxVBMI((*uint8)(unsafe.Pointer(&dst[:n*depth][0])), (*uint8)(unsafe.Pointer(&x[0])), n, depth, flip, flipOut, t)
	}
	if depth < least {
		return 0
	}
	from, to := (*uint8)(unsafe.Pointer(&x[0])), (*uint8)(unsafe.Pointer(&dst[:depth][0]))
	top, sum := softmaxSumAVX512(from, depth, flip, &t.Part)
	inverse, over := fixedpoint.GetReciprocal(sum, softmaxSumBits)
	right := over + 31 - outBits
	if right < 1 || right > 31 || inverse < 0 {
		return 0
	}
	softmaxRowAVX512(to, from, depth, flip, uint32(top), &t.Exp, inverse, int32(right), lo, hi)
	return 1
}

// softmaxVBMI is softmaxFast for n rows and all values of the type of the results.
//
// The generic kernel rounds twice, to 2^-31 and to the output. Both are floors of what half was added to, and a floor of a floor
// is one floor: ((p + 2^30)>>31 + 2^(right-1))>>right = (p + 2^30 + 2^(30+right))>>(31+right). Sums of at least 2^19 make right 23
// or more, and so results of at most 256, which saturate as they are narrowed.
func softmaxVBMI(dst, x *uint8, n, depth int, flip, flipOut uint32, t *SoftmaxTable) int {
	var rows softmaxParams
	softmaxSumsVBMI(x, n, depth, flip^0xff, &t.part, &rows)
	for i, sum := range rows.sum[:n] {
		// The largest element adds 2^19 to the sum. From 2^28 on right is more than 31, if not an overflow has come before.
		if sum < 1<<19 || sum >= 1<<28 {
			n = i
			break
		}
	}
	if n > 0 {
		softmaxReciprocalsVBMI(&rows)
		softmaxRowsVBMI(dst, x, n, depth, flip^0xff, flipOut, &t.exp, &rows)
	}
	return n
}

// softmaxSumsVBMI finds top and sum of n rows of depth bytes, which flip makes unsigned and inverts.
//
//go:noescape
func softmaxSumsVBMI(x *uint8, n, depth int, flip uint32, part *[3][256]uint8, rows *softmaxParams)

// softmaxReciprocalsVBMI finds what softmaxRowsVBMI takes for 16 rows, from sums in [2^19, 2^28).
//
//go:noescape
func softmaxReciprocalsVBMI(rows *softmaxParams)

// softmaxRowsVBMI is the second half of softmaxGeneric for n rows of depth bytes; flipOut makes the results signed.
//
//go:noescape
func softmaxRowsVBMI(dst, x *uint8, n, depth int, flip, flipOut uint32, exp *[4][256]uint8, rows *softmaxParams)

// softmaxSumAVX512 returns the largest of n bytes, as unsigned ones, and the sum of what part has for their distances from it.
//
//go:noescape
func softmaxSumAVX512(x *uint8, n int, flip uint32, part *[256]int32) (top, sum int32)

// softmaxRowAVX512 is the second half of softmaxGeneric, with exp for distances from top.
//
//go:noescape
func softmaxRowAVX512(dst, x *uint8, n int, flip, top uint32, exp *[256]int32, inverse, right, lo, hi int32)
