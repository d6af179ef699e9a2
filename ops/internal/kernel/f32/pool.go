package f32

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// AveragePool is, for the output rows from first to last of one image (those of all planes counted together),
//
//	dst[y][x][c] = clamp(sum(t, x[position(y, x, t)][c])/taps, lo, hi)
//
// over the taps inside the image, of which every window has at least one.
func AveragePool(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) {
	if poolVector(poolAverage, dst, x, g, channels, first, last, lo, hi) {
		return
	}
	averagePoolGeneric(dst, x, g, channels, first, last, lo, hi)
}

func averagePoolGeneric(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) {
	poolWindows(dst, x, g, channels, first, last, 0, addTo, func(d []float32, taps int) {
		count := float32(taps)
		for c, v := range d {
			d[c] = clampTo(v/count, lo, hi)
		}
	})
}

// MaxPool is, for the output rows from first to last of one image,
//
//	dst[y][x][c] = clamp(max(t, x[position(y, x, t)][c]), lo, hi)
//
// over the taps inside the image.
func MaxPool(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) {
	if poolVector(poolMax, dst, x, g, channels, first, last, lo, hi) {
		return
	}
	maxPoolGeneric(dst, x, g, channels, first, last, lo, hi)
}

func maxPoolGeneric(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) {
	poolWindows(dst, x, g, channels, first, last, -math.MaxFloat32, maxTo, func(d []float32, _ int) { Clamp(d, d, lo, hi) })
}

// L2Pool is, for the output rows from first to last of one image,
//
//	dst[y][x][c] = clamp(sqrt(sum(t, x[position(y, x, t)][c]^2)/taps), lo, hi)
//
// over the taps inside the image, of which every window has at least one.
func L2Pool(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) {
	if poolVector(poolSquare, dst, x, g, channels, first, last, lo, hi) {
		return
	}
	l2PoolGeneric(dst, x, g, channels, first, last, lo, hi)
}

func l2PoolGeneric(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32) {
	poolWindows(dst, x, g, channels, first, last, 0, addSquareTo, func(d []float32, taps int) {
		count := float32(taps)
		for c, v := range d {
			d[c] = clampTo(float32(math.Sqrt(float64(v/count))), lo, hi)
		}
	})
}

// poolKind is a way of pooling.
type poolKind int

const (
	poolMax poolKind = iota
	poolAverage
	poolSquare
)

// poolWindows starts each window from a value, adds its taps a pixel at a time, and finishes it.
func poolWindows(dst, x []float32, g *window.Grid, channels, first, last int, from float32, add func(d, x []float32), finish func(d []float32, taps int)) {
	planes, rows, columns := &g.Depth, &g.Rows, &g.Columns
	dst = dst[first*columns.Out*channels:]
	for line := first; line < last; line++ {
		oz, oy := line/rows.Out, line%rows.Out
		z0 := planes.Start(oz)
		zlo, zhi := planes.Taps(z0)
		y0 := rows.Start(oy)
		ylo, yhi := rows.Taps(y0)
		for ox := range columns.Out {
			x0 := columns.Start(ox)
			xlo, xhi := columns.Taps(x0)
			d := dst[:channels]
			dst = dst[channels:]
			for c := range d {
				d[c] = from
			}
			for z := z0 + zlo; z < z0+zhi; z++ {
				for y := y0 + ylo; y < y0+yhi; y++ {
					for i := x0 + xlo; i < x0+xhi; i++ {
						add(d, x[((z*rows.In+y)*columns.In+i)*channels:])
					}
				}
			}
			finish(d, (zhi-zlo)*(yhi-ylo)*(xhi-xlo))
		}
	}
}

func addTo(d, x []float32) {
	x = x[:len(d)]
	for c := range d {
		d[c] += x[c]
	}
}

func addSquareTo(d, x []float32) {
	x = x[:len(d)]
	for c := range d {
		d[c] += float32(x[c] * x[c])
	}
}

func maxTo(d, x []float32) {
	x = x[:len(d)]
	for c, v := range x {
		if v > d[c] {
			d[c] = v
		}
	}
}
