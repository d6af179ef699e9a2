package f32

import "github.com/litewren/litewren/ops/internal/kernel/window"

// Depthwise computes the output rows from first to last of a convolution of one image in which each channel is on its own: with
// multiplier outputs for each of the channels,
//
//	dst[y][x][c*multiplier+m] = clamp(sum(t, x[position(y, x, t)][c]*w[t][c*multiplier+m]) + bias[c*multiplier+m], lo, hi)
//
// over the taps t inside the image. A nil bias adds nothing; the clamp leaves a NaN where it is. dst and x are whole images. It
// is fastest with a multiplier of 1.
func Depthwise(dst, x, w []float32, g *window.Grid, channels, multiplier, first, last int, bias []float32, lo, hi float32) {
	if multiplier == 1 && depthwiseVector(dst, x, w, g, channels, first, last, bias, lo, hi) {
		return
	}
	depthwiseGeneric(dst, x, w, g, channels, multiplier, first, last, bias, lo, hi)
}

func depthwiseGeneric(dst, x, w []float32, g *window.Grid, channels, multiplier, first, last int, bias []float32, lo, hi float32) {
	rows, columns := &g.Rows, &g.Columns
	n := channels * multiplier
	dst = dst[first*columns.Out*n:]
	for oy := first; oy < last; oy++ {
		y0 := rows.Start(oy)
		ylo, yhi := rows.Taps(y0)
		for ox := range columns.Out {
			x0 := columns.Start(ox)
			xlo, xhi := columns.Taps(x0)
			d := dst[:n]
			dst = dst[n:]
			clear(d)
			for ky := ylo; ky < yhi; ky++ {
				from := ((y0+ky*rows.Dilation)*columns.In + x0 + xlo*columns.Dilation) * channels
				step := columns.Dilation * channels
				wk := w[(ky*columns.Kernel+xlo)*n:]
				kx := xlo
				if multiplier == 1 {
					for ; kx+3 <= xhi; kx += 3 {
						addTaps3(d, x[from:], step, wk)
						from += 3 * step
						wk = wk[3*n:]
					}
				}
				for ; kx < xhi; kx++ {
					if multiplier == 1 {
						addTap(d, x[from:], wk)
					} else {
						addTapMany(d, x[from:][:channels], wk)
					}
					from += step
					wk = wk[n:]
				}
			}
			BiasClamp(d, bias, lo, hi)
		}
	}
}

// addTaps3 adds three neighbouring taps.
func addTaps3(d, x []float32, step int, w []float32) {
	n := len(d)
	x0, x1, x2 := x[:n], x[step:][:n], x[2*step:][:n]
	w0, w1, w2 := w[:n], w[n:][:n], w[2*n:][:n]
	for c, s := range d {
		s += float32(x0[c] * w0[c])
		s += float32(x1[c] * w1[c])
		s += float32(x2[c] * w2[c])
		d[c] = s
	}
}

func addTap(d, x, w []float32) {
	x, w = x[:len(d)], w[:len(d)]
	for c := range d {
		d[c] += float32(x[c] * w[c])
	}
}

// addTapMany adds one tap where each channel has several outputs.
func addTapMany(d, x, w []float32) {
	m := len(d) / len(x)
	for _, v := range x {
		to, by := d[:m], w[:m]
		d, w = d[m:], w[m:]
		for i := range to {
			to[i] += float32(v * by[i])
		}
	}
}
