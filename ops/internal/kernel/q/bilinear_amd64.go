//go:build amd64 && !noasm

package q

import (
	"math"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/litewren/litewren/ops/internal/kernel/move"
)

// bilinearArgs are neighbouring outputs of one row. The assembly knows the layout.
type bilinearArgs struct {
	top, bottom, dst unsafe.Pointer // input rows, output image
	table            *bilinearColumn
	dstOffset        int // bytes from dst to the first output
	channels         int
	outputs          int
	wTop, wBottom    uint32 // weights of the rows: float32 for uint8, 10 fractional bits for int8
	half             uint32 // that rounds
	_                uint32
}

// bilinearColumn tells of an output column which pixels it lies between, in bytes from the start of a row, and their weights.
type bilinearColumn struct {
	left, right   int32
	wLeft, wRight uint32
}

// bilinearColumns is how many output columns are worked out at a time.
const bilinearColumns = 64

// These interpolate; their generic twins are resizeBilinearUint8Generic and resizeBilinearGeneric.

//go:noescape
func bilinearU8AVX512(args *bilinearArgs)

//go:noescape
func bilinearU8AVX2(args *bilinearArgs)

//go:noescape
func bilinearS8AVX512(args *bilinearArgs)

//go:noescape
func bilinearS8AVX2(args *bilinearArgs)

// These are for up to 16 and 32 channels.

//go:noescape
func bilinear16U8AVX512(args *bilinearArgs)

//go:noescape
func bilinear32U8AVX512(args *bilinearArgs)

//go:noescape
func bilinear16S8AVX512(args *bilinearArgs)

//go:noescape
func bilinear32S8AVX512(args *bilinearArgs)

// bilinearVector is false where it leaves the work to the generic kernel: that of int16, and of sizes with which weights in
// fixed point may not lie near [0, 1].
func bilinearVector[T int8 | uint8 | int16](dst, src []T, s *move.Scaling, first, last int) bool {
	var signed bool
	switch any(dst).(type) {
	case []int8:
		signed = true
	case []uint8:
	default:
		return false
	}
	const large = 1 << 10
	if !isa.AVX2 || s.Channels == 0 || first >= last || !isa.AVX512 && s.Channels < 8 || s.Columns.In*s.Channels > math.MaxInt32 ||
		signed && max(s.Rows.Out, s.Columns.Out) > large {
		return false
	}
	bilinearRows(isa.AVX512, signed, dst, src, s, first, last)
	return true
}

func bilinearRows[T int8 | uint8 | int16](avx512, signed bool, dst, src []T, s *move.Scaling, first, last int) {
	const one = 1 << 10
	scaleY, scaleX := s.Rows.FixedScale(), s.Columns.FixedScale()
	n := s.Channels
	row := s.Columns.In * n
	var a bilinearArgs
	a.channels = n
	var table [bilinearColumns]bilinearColumn
	a.table = &table[0]
	a.dst = unsafe.Pointer(&dst[:last*s.Columns.Out*n][0])
	a.half = math.Float32bits(0.5)
	if signed {
		a.half = one * one / 2
	}
	for x := 0; x < s.Columns.Out; x += bilinearColumns {
		a.outputs = min(bilinearColumns, s.Columns.Out-x)
		for i := range a.outputs {
			if signed {
				x0, x1, dx := s.Columns.BetweenFixed(x+i, scaleX)
				table[i] = bilinearColumn{int32(x0 * n), int32(x1 * n), uint32(one - dx), uint32(dx)}
			} else {
				x0, x1, dx := s.Columns.Between(x + i)
				table[i] = bilinearColumn{int32(x0 * n), int32(x1 * n), math.Float32bits(1 - dx), math.Float32bits(dx)}
			}
		}
		for line := first; line < last; line++ {
			y := line % s.Rows.Out
			y0, y1, dy := s.Rows.Between(y)
			a.wTop, a.wBottom = math.Float32bits(1-dy), math.Float32bits(dy)
			if signed {
				var fixed int64
				y0, y1, fixed = s.Rows.BetweenFixed(y, scaleY)
				a.wTop, a.wBottom = uint32(one-fixed), uint32(fixed)
			}
			image := src[line/s.Rows.Out*s.Rows.In*row:]
			a.top, a.bottom = unsafe.Pointer(&image[y0*row:][:row][0]), unsafe.Pointer(&image[y1*row:][:row][0])
			a.dstOffset = (line*s.Columns.Out + x) * n
			switch {
			case signed && avx512 && n <= 16:
				bilinear16S8AVX512(&a)
			case signed && avx512 && n <= 32:
				bilinear32S8AVX512(&a)
			case avx512 && n <= 16 && !signed:
				bilinear16U8AVX512(&a)
			case avx512 && n <= 32 && !signed:
				bilinear32U8AVX512(&a)
			case signed && avx512:
				bilinearS8AVX512(&a)
			case signed:
				bilinearS8AVX2(&a)
			case avx512:
				bilinearU8AVX512(&a)
			default:
				bilinearU8AVX2(&a)
			}
		}
	}
}
