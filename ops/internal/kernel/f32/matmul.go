package f32

// AddBiasClamp is
//
//	for i := range rows { for j, b := range bias { x[i*len(bias)+j] = min(max(x[i*len(bias)+j]+b, lo), hi) } }
//
// on the rows of x, whose number len(x)/len(bias) is.
func AddBiasClamp(x, bias []float32, lo, hi float32) {
	n := len(bias)
	for n > 0 && len(x) >= n {
		row := x[:n]
		for j, b := range bias {
			v := row[j] + b
			if v < lo {
				v = lo
			}
			if v > hi {
				v = hi
			}
			row[j] = v
		}
		x = x[n:]
	}
}

// MatMul is
//
//	for i := range m {
//		for j := range n {
//			sum := float32(0)
//			for p := range k { sum += x[i*k+p]*w[p*n+j] }
//			dst[i*n+j] = sum
//		}
//	}
//
// The sums of a row depend on the number of rows.
func MatMul(dst, x, w []float32, m, n, k int) {
	if m > 0 && n > 0 {
		matMul(dst, x, w, m, n, k)
	}
}

// matMulGeneric is the generic twin: it adds rows of w to two rows of dst, four at a time; each sum in the order written.
func matMulGeneric(dst, x, w []float32, m, n, k int) {
	clear(dst[:m*n])
	i := 0
	for ; i+2 <= m; i += 2 {
		d0, d1 := dst[i*n:(i+1)*n], dst[(i+1)*n:(i+2)*n]
		x0, x1 := x[i*k:(i+1)*k], x[(i+1)*k:(i+2)*k]
		p := 0
		for ; p+4 <= k; p += 4 {
			at := w[p*n : (p+4)*n]
			addRows2x4(d0, d1, (*[4]float32)(x0[p:]), (*[4]float32)(x1[p:]), at[:n], at[n:2*n], at[2*n:3*n], at[3*n:])
		}
		for ; p < k; p++ {
			addRow(d0, x0[p], w[p*n:(p+1)*n])
			addRow(d1, x1[p], w[p*n:(p+1)*n])
		}
	}
	if i < m {
		d, x := dst[i*n:(i+1)*n], x[i*k:(i+1)*k]
		p := 0
		for ; p+4 <= k; p += 4 {
			at := w[p*n : (p+4)*n]
			addRows4(d, (*[4]float32)(x[p:]), at[:n], at[n:2*n], at[2*n:3*n], at[3*n:])
		}
		for ; p < k; p++ {
			addRow(d, x[p], w[p*n:(p+1)*n])
		}
	}
}

func addRow(d []float32, x float32, w []float32) {
	w = w[:len(d)]
	for j := range d {
		d[j] += float32(x * w[j])
	}
}

func addRows4(d []float32, x *[4]float32, w0, w1, w2, w3 []float32) {
	w0, w1, w2, w3 = w0[:len(d)], w1[:len(d)], w2[:len(d)], w3[:len(d)]
	a, b, c, e := x[0], x[1], x[2], x[3]
	for j, s := range d {
		s += float32(a * w0[j])
		s += float32(b * w1[j])
		s += float32(c * w2[j])
		s += float32(e * w3[j])
		d[j] = s
	}
}

func addRows2x4(d, f []float32, x, y *[4]float32, w0, w1, w2, w3 []float32) {
	f, w0, w1, w2, w3 = f[:len(d)], w0[:len(d)], w1[:len(d)], w2[:len(d)], w3[:len(d)]
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	for j, s := range d {
		u := f[j]
		a, b, c, e := w0[j], w1[j], w2[j], w3[j]
		s += float32(x0 * a)
		u += float32(y0 * a)
		s += float32(x1 * b)
		u += float32(y1 * b)
		s += float32(x2 * c)
		u += float32(y2 * c)
		s += float32(x3 * e)
		u += float32(y3 * e)
		d[j], f[j] = s, u
	}
}
