package f32

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/convert"
)

// Products multiplies rows of x with rows of w: for each of the rows p and the n rows j of w, k elements each,
//
//	dst[p*ldd+j] = clamp(sum(i, x[p*ldx+i]*w[j*k+i]) + bias[j], lo, hi)
//
// A nil bias adds nothing, and one that is dst adds up. The clamp leaves a NaN where it is. A product depends on nothing but
// its two rows: not on how many there are, nor on how a caller divides them.
func Products(dst []float32, ldd int, x []float32, ldx, rows int, w []float32, n, k int, bias []float32, lo, hi float32) {
	if rows <= 0 || n <= 0 {
		return
	}
	checkProducts(len(dst), ldd, len(x), ldx, rows, len(w), n, k, bias)
	products(dst, ldd, x, ldx, rows, w, n, k, bias, lo, hi)
}

// ProductsHalf is [Products] with rows of float16.
func ProductsHalf(dst []float32, ldd int, x []float32, ldx, rows int, w []uint16, n, k int, bias []float32, lo, hi float32) {
	if rows <= 0 || n <= 0 {
		return
	}
	checkProducts(len(dst), ldd, len(x), ldx, rows, len(w), n, k, bias)
	productsHalf(dst, ldd, x, ldx, rows, w, n, k, bias, lo, hi)
}

// checkProducts panics where a slice is too short, before assembly gets its pointer.
func checkProducts(dst, ldd, x, ldx, rows, w, n, k int, bias []float32) {
	if k < 0 || ldd < 0 || ldx < 0 || (rows-1)*ldd+n > dst || (rows-1)*ldx+k > x || n*k > w || bias != nil && n > len(bias) {
		panic("f32: Products: a slice is too short")
	}
}

// MatMulTransposed is, for the m rows of x and the n rows of w, k elements each,
//
//	dst[i*n+j] = sum(p, x[i*k+p]*w[j*k+p])
//
// as [Products] computes it.
func MatMulTransposed(dst, x, w []float32, m, n, k int) {
	Products(dst, n, x, k, m, w, n, k, nil, negInf, posInf)
}

// MatVecAccumulate is, for the rows of w,
//
//	out[r] += sum(c, w[r*cols+c]*x[c])
//
// the sum as [Products] computes it.
func MatVecAccumulate(out, w []float32, rows, cols int, x []float32) {
	Products(out, 0, x, 0, 1, w, rows, cols, out, negInf, posInf)
}

var negInf, posInf = float32(math.Inf(-1)), float32(math.Inf(1))

// productsGeneric is the generic twin: each sum in the order of i.
func productsGeneric(dst []float32, ldd int, x []float32, ldx, rows int, w []float32, n, k int, bias []float32, lo, hi float32) {
	j := 0
	for ; j+4 <= n; j += 4 {
		w4 := w[j*k : (j+4)*k]
		var b [4]float32
		if bias != nil {
			b = [4]float32(bias[j:])
		}
		p := 0
		for ; p+2 <= rows; p += 2 {
			var s [8]float32
			dot4x2(&s, x[p*ldx:], ldx, w4, k)
			d := dst[p*ldd+j:][:4]
			d[0], d[1] = clampTo(s[0]+b[0], lo, hi), clampTo(s[1]+b[1], lo, hi)
			d[2], d[3] = clampTo(s[2]+b[2], lo, hi), clampTo(s[3]+b[3], lo, hi)
			d = dst[(p+1)*ldd+j:][:4]
			d[0], d[1] = clampTo(s[4]+b[0], lo, hi), clampTo(s[5]+b[1], lo, hi)
			d[2], d[3] = clampTo(s[6]+b[2], lo, hi), clampTo(s[7]+b[3], lo, hi)
		}
		if p < rows {
			var s [4]float32
			dot4(&s, x[p*ldx:], w4, k)
			d := dst[p*ldd+j:][:4]
			d[0], d[1] = clampTo(s[0]+b[0], lo, hi), clampTo(s[1]+b[1], lo, hi)
			d[2], d[3] = clampTo(s[2]+b[2], lo, hi), clampTo(s[3]+b[3], lo, hi)
		}
	}
	for ; j < n; j++ {
		var b float32
		if bias != nil {
			b = bias[j]
		}
		w1 := w[j*k : (j+1)*k]
		for p := range rows {
			dst[p*ldd+j] = clampTo(dot1(x[p*ldx:], w1)+b, lo, hi)
		}
	}
}

// productsHalfGeneric is the generic twin of ProductsHalf.
func productsHalfGeneric(dst []float32, ldd int, x []float32, ldx, rows int, w []uint16, n, k int, bias []float32, lo, hi float32) {
	var wide [64]float32
	for j := range n {
		var b float32
		if bias != nil {
			b = bias[j]
		}
		for p := range rows {
			s := float32(0)
			for i := 0; i < k; i += len(wide) {
				part := wide[:min(len(wide), k-i)]
				convert.FromFloat16(part, w[j*k+i:][:len(part)])
				for c, v := range x[p*ldx+i:][:len(part)] {
					s += float32(v * part[c])
				}
			}
			dst[p*ldd+j] = clampTo(s+b, lo, hi)
		}
	}
}

// dot4x2 sums the products of two rows of x with four consecutive rows of w.
func dot4x2(s *[8]float32, x []float32, ldx int, w []float32, k int) {
	x0, x1 := x[:k], x[ldx:][:k]
	w0, w1, w2, w3 := w[:k], w[k:][:k], w[2*k:][:k], w[3*k:][:k]
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for i, a := range x0 {
		b := x1[i]
		v := w0[i]
		s0 += float32(a * v)
		s4 += float32(b * v)
		v = w1[i]
		s1 += float32(a * v)
		s5 += float32(b * v)
		v = w2[i]
		s2 += float32(a * v)
		s6 += float32(b * v)
		v = w3[i]
		s3 += float32(a * v)
		s7 += float32(b * v)
	}
	*s = [8]float32{s0, s1, s2, s3, s4, s5, s6, s7}
}

// dot4 sums the products of one row of x with four consecutive rows of w.
func dot4(s *[4]float32, x, w []float32, k int) {
	x0 := x[:k]
	w0, w1, w2, w3 := w[:k], w[k:][:k], w[2*k:][:k], w[3*k:][:k]
	var s0, s1, s2, s3 float32
	for i, a := range x0 {
		s0 += float32(a * w0[i])
		s1 += float32(a * w1[i])
		s2 += float32(a * w2[i])
		s3 += float32(a * w3[i])
	}
	*s = [4]float32{s0, s1, s2, s3}
}

func dot1(x, w []float32) float32 {
	x = x[:len(w)]
	var s float32
	for i, v := range w {
		s += float32(x[i] * v)
	}
	return s
}

func clampTo(v, lo, hi float32) float32 {
	if v < lo {
		v = lo
	}
	if v > hi {
		v = hi
	}
	return v
}
