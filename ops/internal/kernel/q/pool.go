package q

import "github.com/litewren/litewren/ops/internal/kernel/window"

// AveragePool is, for the output rows from first to last of one image (those of all planes counted together),
//
//	dst[z][y][x][c] = clamp(round(sum(t, x[position(z, y, x, t)][c])/taps), lo, hi)
//
// over the taps inside the image, of which every window has at least one, halves rounded away from zero. acc has one element
// for each channel.
func AveragePool[T int8 | uint8 | int16](dst, x []T, acc []int32, g *window.Grid, first, last int, lo, hi int32) {
	if poolVector(true, dst, x, g, len(acc), first, last, 0, lo, hi) {
		return
	}
	averagePoolGeneric(dst, x, acc, g, first, last, lo, hi)
}

func averagePoolGeneric[T int8 | uint8 | int16](dst, x []T, acc []int32, g *window.Grid, first, last int, lo, hi int32) {
	channels := len(acc)
	dst = dst[first*g.Columns.Out*channels:]
	poolWindows(g, first, last, func(w poolWindow) {
		clear(acc)
		for z := w.z0; z < w.z1; z++ {
			for y := w.y0; y < w.y1; y++ {
				row := x[(z*g.Rows.In+y)*g.Columns.In*channels:]
				for i := w.x0; i < w.x1; i++ {
					pixel := row[i*channels:][:channels]
					for c, v := range pixel {
						acc[c] += int32(v)
					}
				}
			}
		}
		taps := int32((w.z1 - w.z0) * (w.y1 - w.y0) * (w.x1 - w.x0))
		d := dst[:channels]
		dst = dst[channels:]
		for c, v := range acc {
			half := taps / 2
			if v <= 0 {
				half = -half
			}
			d[c] = T(min(max((v+half)/taps, lo), hi))
		}
	})
}

// MaxPool is, for the output rows from first to last of one image,
//
//	dst[z][y][x][c] = clamp(max(t, x[position(z, y, x, t)][c]), lo, hi)
//
// over the taps inside the image; lowest is the least value of the type.
func MaxPool[T int8 | uint8 | int16](dst, x []T, g *window.Grid, channels, first, last int, lowest, lo, hi T) {
	if poolVector(false, dst, x, g, channels, first, last, int32(lowest), int32(lo), int32(hi)) {
		return
	}
	maxPoolGeneric(dst, x, g, channels, first, last, lowest, lo, hi)
}

func maxPoolGeneric[T int8 | uint8 | int16](dst, x []T, g *window.Grid, channels, first, last int, lowest, lo, hi T) {
	dst = dst[first*g.Columns.Out*channels:]
	poolWindows(g, first, last, func(w poolWindow) {
		d := dst[:channels]
		dst = dst[channels:]
		for c := range d {
			d[c] = lowest
		}
		for z := w.z0; z < w.z1; z++ {
			for y := w.y0; y < w.y1; y++ {
				row := x[(z*g.Rows.In+y)*g.Columns.In*channels:]
				for i := w.x0; i < w.x1; i++ {
					pixel := row[i*channels:][:len(d)]
					for c, v := range pixel {
						d[c] = max(d[c], v)
					}
				}
			}
		}
		for c, v := range d {
			d[c] = min(max(v, lo), hi)
		}
	})
}

// poolWindow is the part of a window inside the image.
type poolWindow struct{ z0, z1, y0, y1, x0, x1 int }

// poolWindows visits the windows of some output rows in the order of the outputs.
func poolWindows(g *window.Grid, first, last int, visit func(poolWindow)) {
	var w poolWindow
	for line := first; line < last; line++ {
		w.z0, w.z1 = inside(&g.Depth, line/g.Rows.Out)
		w.y0, w.y1 = inside(&g.Rows, line%g.Rows.Out)
		for ox := range g.Columns.Out {
			w.x0, w.x1 = inside(&g.Columns, ox)
			visit(w)
		}
	}
}

// inside returns the inputs [from, to) of output o.
func inside(a *window.Axis, o int) (from, to int) {
	start := a.Start(o)
	lo, hi := a.Taps(start)
	return start + lo, start + hi
}
