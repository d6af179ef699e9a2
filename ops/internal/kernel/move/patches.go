package move

import "github.com/litewren/litewren/ops/internal/kernel/window"

// Patches writes one row for each of count output positions of an image, from position first on: the elements under the
// window, tap by tap, pad where the window leaves the image. Of the channels that src has, each tap takes those from c0 on
// to c0+depth, so that a row has g.Taps()*depth elements:
//
//	for p := range count { for t := range taps { dst[p][t] = src[position(first+p, t)][c0 : c0+depth] } }
func Patches[T int8 | uint8 | int16 | float32](dst, src []T, g *window.Grid, channels, c0, depth, first, count int, pad T) {
	plane := g.Rows.Out * g.Columns.Out
	oz := first / plane
	oy := first % plane / g.Columns.Out
	ox := first % g.Columns.Out
	row := g.Taps() * depth
	for range count {
		patch(dst[:row], src, g, channels, c0, depth, oz, oy, ox, pad)
		dst = dst[row:]
		if ox++; ox == g.Columns.Out {
			ox = 0
			if oy++; oy == g.Rows.Out {
				oy = 0
				oz++
			}
		}
	}
}

func patch[T int8 | uint8 | int16 | float32](dst, src []T, g *window.Grid, channels, c0, depth, oz, oy, ox int, pad T) {
	z0, y0, x0 := g.Depth.Start(oz), g.Rows.Start(oy), g.Columns.Start(ox)
	xlo, xhi := g.Columns.Taps(x0)
	ylo, yhi := g.Rows.Taps(y0)
	zlo, zhi := g.Depth.Taps(z0)
	line := g.Columns.Kernel * depth
	plane := g.Rows.Kernel * line
	if xlo == xhi || ylo == yhi || zlo == zhi {
		fillPad(dst, pad)
		return
	}
	if xhi-xlo < g.Columns.Kernel || yhi-ylo < g.Rows.Kernel || zhi-zlo < g.Depth.Kernel {
		fillPad(dst, pad)
	}
	for z := zlo; z < zhi; z++ {
		from := (((z0+z*g.Depth.Dilation)*g.Rows.In+y0+ylo*g.Rows.Dilation)*g.Columns.In+x0+xlo*g.Columns.Dilation)*channels + c0
		to := z*plane + ylo*line + xlo*depth
		row := g.Rows.Dilation * g.Columns.In * channels
		if depth == channels && g.Columns.Dilation == 1 {
			copyRows(dst, src, to, from, yhi-ylo, (xhi-xlo)*depth, line, row)
			continue
		}
		for range yhi - ylo {
			copyRows(dst, src, to, from, xhi-xlo, depth, depth, g.Columns.Dilation*channels)
			to += line
			from += row
		}
	}
}

func fillPad[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// Padded copies count lines of width positions of an image, the first one y and the first position of each that of the first
// window; pad where they lie outside:
//
//	for i := range count { for j := range width { dst[i*width+j] = src[y+i][g.Columns.Start(0)+j] } }
func Padded[T int8 | uint8 | int16 | float32](dst, src []T, g *window.Grid, channels, y, count, width int, pad T) {
	line, in := width*channels, g.Columns.In*channels
	x := g.Columns.Start(0)
	lo := max(0, -x) * channels
	hi := max(min(line, (g.Columns.In-x)*channels), lo)
	for ; count > 0; count-- {
		to := dst[:line]
		dst = dst[line:]
		if y < 0 || y >= g.Rows.In {
			fillPad(to, pad)
		} else {
			fillPad(to[:lo], pad)
			copy(to[lo:hi], src[y*in+x*channels+lo:])
			fillPad(to[hi:], pad)
		}
		y++
	}
}
