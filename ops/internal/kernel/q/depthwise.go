package q

import "github.com/litewren/litewren/ops/internal/kernel/window"

// DepthwiseRow sums one output row of one image, each channel on its own: with multiplier sums for each of the channels,
//
//	acc[x][c*multiplier+m] = base[c*multiplier+m] + sum(t, (x[position(oy, x, t)][c] - zero)*w[t][c*multiplier+m])
//
// over the taps t inside the image, wrapping around in A.
func DepthwiseRow[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](acc []A, x []X, w []W, g *window.Grid, oy, channels, multiplier int, zero A, base []A) {
	if multiplier == 1 && depthwiseRowFast(acc, x, w, g, oy, channels, zero, base) {
		return
	}
	depthwiseRowGeneric(acc, x, w, g, oy, channels, multiplier, zero, base)
}

func depthwiseRowGeneric[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](acc []A, x []X, w []W, g *window.Grid, oy, channels, multiplier int, zero A, base []A) {
	rows, columns := &g.Rows, &g.Columns
	n := channels * multiplier
	y0 := rows.Start(oy)
	ylo, yhi := rows.Taps(y0)
	for ox := range columns.Out {
		x0 := columns.Start(ox)
		xlo, xhi := columns.Taps(x0)
		d := acc[:n]
		acc = acc[n:]
		copy(d, base)
		for ky := ylo; ky < yhi; ky++ {
			from := ((y0+ky*rows.Dilation)*columns.In + x0 + xlo*columns.Dilation) * channels
			step := columns.Dilation * channels
			wk := w[(ky*columns.Kernel+xlo)*n:]
			kx := xlo
			if multiplier == 1 {
				for ; kx+3 <= xhi; kx += 3 {
					addTaps3(d, x[from:], step, wk, zero)
					from += 3 * step
					wk = wk[3*n:]
				}
			}
			for ; kx < xhi; kx++ {
				if multiplier == 1 {
					addTap(d, x[from:], wk, zero)
				} else {
					addTapMany(d, x[from:][:channels], wk, zero)
				}
				from += step
				wk = wk[n:]
			}
		}
	}
}

// addTaps3 adds three neighbouring taps.
func addTaps3[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](d []A, x []X, step int, w []W, zero A) {
	n := len(d)
	x0, x1, x2 := x[:n], x[step:][:n], x[2*step:][:n]
	w0, w1, w2 := w[:n], w[n:][:n], w[2*n:][:n]
	for c := range d {
		d[c] += (A(x0[c])-zero)*A(w0[c]) + (A(x1[c])-zero)*A(w1[c]) + (A(x2[c])-zero)*A(w2[c])
	}
}

func addTap[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](d []A, x []X, w []W, zero A) {
	x, w = x[:len(d)], w[:len(d)]
	for c := range d {
		d[c] += (A(x[c]) - zero) * A(w[c])
	}
}

// addTapMany adds one tap where each channel has several sums.
func addTapMany[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](d []A, x []X, w []W, zero A) {
	m := len(d) / len(x)
	for _, v := range x {
		to, by := d[:m], w[:m]
		d, w = d[m:], w[m:]
		v := A(v) - zero
		for i := range to {
			to[i] += v * A(by[i])
		}
	}
}
