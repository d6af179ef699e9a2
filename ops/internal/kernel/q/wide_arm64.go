//go:build arm64 && !noasm

package q

import (
	"math"
	"unsafe"
)

// wideDot4S16S8NEON adds the products of k elements, a multiple of 8 of at most wideBlock, to four sums.
//
//go:noescape
func wideDot4S16S8NEON(sums *int64, x *int16, w *int8, k, ldw int)

// wideBlock is how many products 32 bits hold the sums of, in four lanes.
const wideBlock = 2040

// productsWide is [Products] of int16 and int8 with sums of 64 bits, and [MatMulTransposed] where base is nil, for rows of at least
// 8 elements.
func productsWide(dst []int64, x []int16, ldx, rows int, w []int8, n, k int, base []int64) {
	dst, x, w = dst[:rows*n], x[:(rows-1)*ldx+k], w[:n*k]
	whole := k &^ 7
	for j := 0; j < n; j += 4 {
		j = min(j, n-4) // the last ones again some columns that are there already
		for p := range rows {
			var sums [4]int64
			if base != nil {
				copy(sums[:], base[j:j+4])
			}
			row := x[p*ldx:][:k]
			for i := 0; i < whole; i += wideBlock {
				wideDot4S16S8NEON(&sums[0], &row[i], &w[j*k+i], min(wideBlock, whole-i), k)
			}
			for c := range sums {
				for i, v := range row[whole:] {
					sums[c] += int64(v) * int64(w[(j+c)*k+whole+i])
				}
			}
			copy(dst[p*n+j:], sums[:])
		}
	}
}

// leakyConstants are what the kernel needs for numbers that are not negative, and for those that are.
type leakyConstants struct {
	multiplier, left, right [2]int32
}

// leakyFast is leakyGeneric for int16; false where it leaves the work to it.
func leakyFast[T int8 | uint8 | int16](dst, x []T, p *LeakyParams) bool {
	if unsafe.Sizeof(T(0)) != 2 || len(x) == 0 || p.ZeroIn != 0 || p.ZeroOut != 0 || p.Min != math.MinInt16 || p.Max != math.MaxInt16 {
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
		leakyWordsNEON(unsafe.Pointer(&dst[i]), unsafe.Pointer(&x[i]), min(len(x)-i, bytesRun), &c)
	}
	return true
}

// leakyWordsNEON maps n int16. Its generic twin is leakyGeneric.
//
//go:noescape
func leakyWordsNEON(dst, x unsafe.Pointer, n int, c *leakyConstants)
