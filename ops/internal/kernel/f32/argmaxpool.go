package f32

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// ArgMaxPool is MaxPool of a flat image that also tells which element a maximum is: the first largest one's
//
//	at[y][x][c] = (row*columns + column)*channels + c + more    flat
//	at[y][x][c] = tapRow*tapColumns + tapColumn + more          else
//
// taps counting from the window's corner, in the padding or not. Windows without a number above the lowest float32 give the
// first position. best has an element for each channel.
//
// Only the output rows from first to last are computed.
func ArgMaxPool[I int32 | float32](dst []float32, at []I, x []float32, best []int32, g *window.Grid, flat bool, more I, first, last int, lo, hi float32) {
	if !argMaxVector(dst, at, x, g, len(best), flat, more, first, last, lo, hi) {
		argMaxPoolGeneric(dst, at, x, best, g, flat, more, first, last, lo, hi)
	}
}

func argMaxPoolGeneric[I int32 | float32](dst []float32, at []I, x []float32, best []int32, g *window.Grid, flat bool, more I, first, last int, lo, hi float32) {
	channels := len(best)
	rows, columns := &g.Rows, &g.Columns
	dst, at = dst[first*columns.Out*channels:], at[first*columns.Out*channels:]
	for oy := first; oy < last; oy++ {
		y0 := rows.Start(oy)
		ylo, yhi := rows.Taps(y0)
		for ox := range columns.Out {
			x0 := columns.Start(ox)
			xlo, xhi := columns.Taps(x0)
			d, a := dst[:channels], at[:channels]
			dst, at = dst[channels:], at[channels:]
			for c := range d {
				d[c], best[c] = -math.MaxFloat32, 0
				if flat {
					best[c] = int32(c)
				}
			}
			for ty := ylo; ty < yhi; ty++ {
				for tx := xlo; tx < xhi; tx++ {
					p := ((y0+ty)*columns.In + x0 + tx) * channels
					pixel, index, step := x[p:p+channels], int32(ty*columns.Kernel+tx), int32(0)
					if flat {
						index, step = int32(p), 1
					}
					for c, v := range pixel {
						if v > d[c] {
							d[c], best[c] = v, index
						}
						index += step
					}
				}
			}
			for c, v := range d {
				d[c], a[c] = clampTo(v, lo, hi), I(best[c])+more
			}
		}
	}
}

// UnpoolTaps scatters the pixels of an image into one of zeros, each to the tap of its window that at names, as ArgMaxPool
// has it where it is not flat. What falls outside is dropped. g describes the pooling that leads back.
func UnpoolTaps(dst, x, at []float32, g *window.Grid, channels int) {
	rows, columns := &g.Rows, &g.Columns
	clear(dst)
	for y := range rows.Out {
		for i := range columns.Out {
			for c := range channels {
				// Written so that a NaN is dropped too.
				if tap := at[c]; tap >= 0 && tap < float32(rows.Kernel)*float32(columns.Kernel) {
					t := int(tap)
					oy, ox := rows.Start(y)+t/columns.Kernel, columns.Start(i)+t%columns.Kernel
					if oy >= 0 && oy < rows.In && ox >= 0 && ox < columns.In {
						dst[(oy*columns.In+ox)*channels+c] = x[c]
					}
				}
			}
			x, at = x[channels:], at[channels:]
		}
	}
}
