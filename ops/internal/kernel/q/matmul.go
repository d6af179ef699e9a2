package q

// MatMulTransposed is
//
//	for i := range m {
//		for j := range n {
//			sum := A(0)
//			for p := range k { sum += x[i*k+p]*w[j*k+p] }
//			dst[i*n+j] = sum
//		}
//	}
//
// on stored values, without their zero points, four rows of w at a time, which stay in the cache for a block of rows of x.
// Sums wrap.
func MatMulTransposed[A int32 | int64, X, W int8 | uint8 | int16](dst []A, x []X, w []W, m, n, k int) {
	if productsFast(dst, x, k, m, w, n, k, nil) {
		return
	}
	matMulTransposedGeneric(dst, x, w, m, n, k)
}

func matMulTransposedGeneric[A int32 | int64, X, W int8 | uint8 | int16](dst []A, x []X, w []W, m, n, k int) {
	const block = 32
	for first := 0; first < m; first += block {
		last := min(first+block, m)
		j := 0
		for ; j+4 <= n; j += 4 {
			at := w[j*k : (j+4)*k]
			w0, w1, w2, w3 := at[:k], at[k:2*k], at[2*k:3*k], at[3*k:]
			for i := first; i < last; i++ {
				*(*[4]A)(dst[i*n+j:]) = inner4[A](x[i*k:(i+1)*k], w0, w1, w2, w3)
			}
		}
		for ; j < n; j++ {
			for i := first; i < last; i++ {
				dst[i*n+j] = inner[A](x[i*k:(i+1)*k], w[j*k:(j+1)*k])
			}
		}
	}
}

func inner[A int32 | int64, X, W int8 | uint8 | int16](x []X, w []W) (s A) {
	w = w[:len(x)]
	for i, v := range x {
		s += A(v) * A(w[i])
	}
	return s
}

// inner4 is four dot products with the same x.
func inner4[A int32 | int64, X, W int8 | uint8 | int16](x []X, w0, w1, w2, w3 []W) [4]A {
	w0, w1, w2, w3 = w0[:len(x)], w1[:len(x)], w2[:len(x)], w3[:len(x)]
	var s0, s1, s2, s3 A
	for i, v := range x {
		v := A(v)
		s0 += v * A(w0[i])
		s1 += v * A(w1[i])
		s2 += v * A(w2[i])
		s3 += v * A(w3[i])
	}
	return [4]A{s0, s1, s2, s3}
}

// SumRows is
//
//	for r := range dst { dst[r] = sum(x[r*cols:(r+1)*cols]) }
func SumRows[X int8 | uint8 | int16](dst []int32, x []X, cols int) {
	if w, ok := any(x).([]int8); ok && cols <= len(ones) && productsFast(dst, ones[:cols], cols, 1, w, len(dst), cols, nil) {
		return
	}
	for r := range dst {
		dst[r] = sumRow(x[r*cols : (r+1)*cols])
	}
}

// ones multiply rows to sum them.
var ones = func() (x [4096]int8) {
	for i := range x {
		x[i] = 1
	}
	return x
}()

func sumRow[X int8 | uint8 | int16](x []X) (s int32) {
	for _, v := range x {
		s += int32(v)
	}
	return s
}

// Offsets is what bias and zero points add to the columns of MatMulTransposed's result:
//
//	for j := range dst { dst[j] = bias[j] - zeroX*wSums[j] + depth*zeroX*zeroW }
//
// A nil bias is all 0. wSums, the [SumRows] of w, are not read where zeroX is 0. What is left, -zeroW times the sum of a row
// of x, belongs to the row.
func Offsets[A int32 | int64](dst, bias []A, wSums []int32, zeroX, zeroW int32, depth int) {
	x := A(zeroX)
	for j := range dst {
		v := x * A(zeroW) * A(depth)
		if x != 0 {
			v -= x * A(wSums[j])
		}
		if bias != nil {
			v += bias[j]
		}
		dst[j] = v
	}
}
