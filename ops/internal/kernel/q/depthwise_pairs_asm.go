//go:build (amd64 || arm64) && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// depthwiseRowFast is [DepthwiseRow] with a multiplier of 1; false where it leaves the work to the generic kernel.
func depthwiseRowFast[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](acc []A, x []X, w []W, g *window.Grid, oy, channels int, zero A, base []A) bool {
	const far = 1 << 14 // differences from a zero point this near fit in 16 bits
	rows, columns := &g.Rows, &g.Columns
	if !depthwisePairsAvailable() || channels < 8 || columns.Out == 0 || zero < -far || zero > far {
		return false
	}
	var input X
	var weight W
	signed := false
	switch any(weight).(type) {
	case int8:
		if _, ok := any(input).(int8); !ok {
			return false
		}
		signed = true
	case int16:
		if _, ok := any(input).(uint8); !ok {
			return false
		}
	}
	sums, ok := any(&acc[0]).(*int32)
	if !ok {
		return false
	}
	from := any(&base[0]).(*int32)
	_, _, _, _ = acc[:columns.Out*channels], base[:channels], x[:rows.In*columns.In*channels], w[:rows.Kernel*columns.Kernel*channels]
	y0 := rows.Start(oy)
	ylo, yhi := rows.Taps(y0)
	size := int(unsafe.Sizeof(weight))
	t := depthwisePairs{
		signed: signed, lda: 4 * channels, pixel: columns.Stride * channels, ldw: channels * size, step: columns.Dilation * channels,
		row: rows.Dilation * columns.In * channels, roww: columns.Kernel * channels * size, rows: yhi - ylo, zero: int32(zero),
	}
	for ox := 0; ox < columns.Out; {
		x0 := columns.Start(ox)
		xlo, xhi := columns.Taps(x0)
		if xlo == xhi || ylo == yhi {
			copy(acc[ox*channels:][:channels], base)
			ox++
			continue
		}
		same := 1 // outputs with these taps
		for ox+same < columns.Out {
			lo, hi := columns.Taps(columns.Start(ox + same))
			if lo != xlo || hi != xhi {
				break
			}
			same++
		}
		t.columns = xhi - xlo
		first := ((y0+ylo*rows.Dilation)*columns.In + x0 + xlo*columns.Dilation) * channels
		weights := (ylo*columns.Kernel + xlo) * channels
		wide, block := depthwisePairsWide && channels >= 16, 16
		if !wide {
			block = 8
		}
		for c := 0; c < channels; c += block {
			c = min(c, channels-block) // again some sums that are there already
			t.run(wide, same, unsafe.Add(unsafe.Pointer(sums), (ox*channels+c)*4), unsafe.Pointer(&x[first+c]), unsafe.Pointer(&w[weights+c]), unsafe.Add(unsafe.Pointer(from), 4*c))
		}
		ox += same
	}
	return true
}

// depthwisePairs is the geometry of outputs with the same taps. Distances are in bytes, see asmgen's depthwisePairs.
type depthwisePairs struct {
	signed                           bool // S8 by S8, else U8 by S16
	lda, pixel, ldw, step, row, roww int
	rows, columns                    int
	zero                             int32
}

// run computes 16 channels (wide) or 8 of a number of outputs.
func (t *depthwisePairs) run(wide bool, outputs int, acc, x, w, base unsafe.Pointer) {
	tiles, rest := outputs/4, outputs%4
	if tiles > 0 {
		t.tile(wide, true, acc, x, w, base, tiles)
	}
	if rest > 0 {
		t.tile(wide, false, unsafe.Add(acc, 4*tiles*t.lda), unsafe.Add(x, 4*tiles*t.pixel), w, base, rest)
	}
}
