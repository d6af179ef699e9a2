//go:build amd64 && !noasm

package f32

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
	wTop, wBottom    float32 // weights of the rows
	_                [8]byte
}

// bilinearColumn tells of an output column which pixels it lies between, in bytes from the start of a row, and their weights.
type bilinearColumn struct {
	left, right   int32
	wLeft, wRight float32
}

// bilinearColumns is how many output columns are worked out at a time.
const bilinearColumns = 64

// These interpolate as resizeBilinearGeneric does, with weights multiplied first.

//go:noescape
func bilinearF32AVX512(args *bilinearArgs)

//go:noescape
func bilinearF32AVX2(args *bilinearArgs)

// bilinearVector is false where it leaves the work to the generic kernel.
func bilinearVector(dst, src []float32, s *move.Scaling, first, last int) bool {
	if !isa.AVX2 || s.Channels == 0 || first >= last || !isa.AVX512 && s.Channels < 8 || s.Columns.In*s.Channels > math.MaxInt32/4 {
		return false
	}
	bilinearRows(isa.AVX512, dst, src, s, first, last)
	return true
}

func bilinearRows(avx512 bool, dst, src []float32, s *move.Scaling, first, last int) {
	n := s.Channels
	row := s.Columns.In * n
	var a bilinearArgs
	a.channels = n
	var table [bilinearColumns]bilinearColumn
	a.table = &table[0]
	a.dst = unsafe.Pointer(&dst[:last*s.Columns.Out*n][0])
	for x := 0; x < s.Columns.Out; x += bilinearColumns {
		a.outputs = min(bilinearColumns, s.Columns.Out-x)
		for i := range a.outputs {
			x0, x1, dx := s.Columns.Between(x + i)
			table[i] = bilinearColumn{int32(4 * x0 * n), int32(4 * x1 * n), 1 - dx, dx}
		}
		for line := first; line < last; line++ {
			y0, y1, dy := s.Rows.Between(line % s.Rows.Out)
			image := src[line/s.Rows.Out*s.Rows.In*row:]
			a.top, a.bottom = unsafe.Pointer(&image[y0*row:][:row][0]), unsafe.Pointer(&image[y1*row:][:row][0])
			a.wTop, a.wBottom = 1-dy, dy
			a.dstOffset = 4 * (line*s.Columns.Out + x) * n
			if avx512 {
				bilinearF32AVX512(&a)
			} else {
				bilinearF32AVX2(&a)
			}
		}
	}
}
