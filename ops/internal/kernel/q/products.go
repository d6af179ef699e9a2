package q

// Products multiplies rows of x with rows of w: for each of the rows p and the n rows j of w, k elements each,
//
//	dst[p*n+j] = base[j] + sum(i, x[p*ldx+i]*w[j*k+i])
//
// wrapping around in A. base carries what does not depend on the position: bias and zero points.
func Products[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](dst []A, x []X, ldx, rows int, w []W, n, k int, base []A) {
	if productsFast(dst, x, ldx, rows, w, n, k, base) {
		return
	}
	productsGeneric(dst, x, ldx, rows, w, n, k, base)
}

func productsGeneric[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](dst []A, x []X, ldx, rows int, w []W, n, k int, base []A) {
	j := 0
	for ; j+4 <= n; j += 4 {
		w4 := w[j*k : (j+4)*k]
		b := [4]A(base[j:])
		p := 0
		for ; p+2 <= rows; p += 2 {
			var s [8]A
			dot4x2(&s, x[p*ldx:], ldx, w4, k)
			d := dst[p*n+j:][:4]
			d[0], d[1], d[2], d[3] = s[0]+b[0], s[1]+b[1], s[2]+b[2], s[3]+b[3]
			d = dst[(p+1)*n+j:][:4]
			d[0], d[1], d[2], d[3] = s[4]+b[0], s[5]+b[1], s[6]+b[2], s[7]+b[3]
		}
		if p < rows {
			for i := range 4 {
				dst[p*n+j+i] = b[i] + dot1[X, W, A](x[p*ldx:], w4[i*k:][:k])
			}
		}
	}
	for ; j < n; j++ {
		w1 := w[j*k : (j+1)*k]
		for p := range rows {
			dst[p*n+j] = base[j] + dot1[X, W, A](x[p*ldx:], w1)
		}
	}
}

// dot4x2 sums the products of two rows of x with four consecutive rows of w.
func dot4x2[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](s *[8]A, x []X, ldx int, w []W, k int) {
	x0, x1 := x[:k], x[ldx:][:k]
	w0, w1, w2, w3 := w[:k], w[k:][:k], w[2*k:][:k], w[3*k:][:k]
	var s0, s1, s2, s3, s4, s5, s6, s7 A
	for i, v := range x0 {
		a, b := A(v), A(x1[i])
		v := A(w0[i])
		s0 += a * v
		s4 += b * v
		v = A(w1[i])
		s1 += a * v
		s5 += b * v
		v = A(w2[i])
		s2 += a * v
		s6 += b * v
		v = A(w3[i])
		s3 += a * v
		s7 += b * v
	}
	*s = [8]A{s0, s1, s2, s3, s4, s5, s6, s7}
}

func dot1[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](x []X, w []W) A {
	x = x[:len(w)]
	var s A
	for i, v := range w {
		s += A(x[i]) * A(v)
	}
	return s
}

// RowSums is
//
//	for j := range dst { dst[j] = sum(i, w[j*k+i]) }
//
// for rows of k elements.
func RowSums[W int8 | int16](dst []int32, w []W, k int) {
	for j := range dst {
		var s int32
		for _, v := range w[j*k:][:k] {
			s += int32(v)
		}
		dst[j] = s
	}
}
