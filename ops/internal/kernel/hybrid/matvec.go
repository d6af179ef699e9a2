package hybrid

// MatVecAccumulate is
//
//	for r := range rows {
//		acc := int32(0)
//		for c := range cols { acc += w[r*cols+c]*x[c] }
//		out[r] += float32(acc - zero*rowSums[r]) * (scale*perChannel[r])
//	}
//
// x is a row that QuantizeSymmetric (zero is 0) or QuantizeAsymmetric made. Without perChannel (nil), scale is the product of
// the row's scale and the weights'. rowSums, see [RowSums], are not read where zero is 0.
func MatVecAccumulate(out []float32, w []int8, rows, cols int, x []int8, scale float32, perChannel []float32, zero int32, rowSums []int32) {
	x = x[:cols]
	r := 0
	for ; r+4 <= rows; r += 4 {
		at := w[r*cols : (r+4)*cols]
		var acc [4]int32
		acc[0], acc[1], acc[2], acc[3] = inner4(x, at[:cols], at[cols:2*cols], at[2*cols:3*cols], at[3*cols:])
		for i, a := range acc {
			out[r+i] += scaled(a, r+i, scale, perChannel, zero, rowSums)
		}
	}
	for ; r < rows; r++ {
		out[r] += scaled(inner(x, w[r*cols:(r+1)*cols]), r, scale, perChannel, zero, rowSums)
	}
}

// scaled takes the zero point out of a sum and converts it. The product is rounded before anything is added to it: no fused
// multiply-add.
func scaled(acc int32, r int, scale float32, perChannel []float32, zero int32, rowSums []int32) float32 {
	if perChannel != nil {
		scale = float32(scale * perChannel[r])
	}
	if zero != 0 {
		acc -= zero * rowSums[r]
	}
	return float32(float32(acc) * scale)
}

// RowSums is
//
//	for r := range rows { dst[r] = sum(w[r*cols:(r+1)*cols]) }
func RowSums(dst []int32, w []int8, rows, cols int) {
	for r := range rows {
		sum := int32(0)
		for _, v := range w[r*cols : (r+1)*cols] {
			sum += int32(v)
		}
		dst[r] = sum
	}
}

func inner(x, w []int8) (acc int32) {
	w = w[:len(x)]
	for i, v := range x {
		acc += int32(v) * int32(w[i])
	}
	return acc
}

// inner4 is four dot products with the same x.
func inner4(x, w0, w1, w2, w3 []int8) (a0, a1, a2, a3 int32) {
	w0, w1, w2, w3 = w0[:len(x)], w1[:len(x)], w2[:len(x)], w3[:len(x)]
	for i, v := range x {
		v := int32(v)
		a0 += v * int32(w0[i])
		a1 += v * int32(w1[i])
		a2 += v * int32(w2[i])
		a3 += v * int32(w3[i])
	}
	return a0, a1, a2, a3
}
