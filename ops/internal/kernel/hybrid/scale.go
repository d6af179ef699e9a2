package hybrid

// ScaleRows is, for rows of n sums and output rows ldd apart,
//
//	dst[p*ldd+j] = clamp(acc[p*n+j]*(scale[j]*input) + bias[j], lo, hi)
//
// A nil bias adds nothing. scale has one element for all channels or one for each; input is the scale of the image.
func ScaleRows(dst []float32, ldd int, acc []int32, rows, n int, scale []float32, input float32, bias []float32, lo, hi float32) {
	scaleRows(dst, ldd, acc, rows, n, scale, input, bias, lo, hi)
}

func scaleRowsGeneric(dst []float32, ldd int, acc []int32, rows, n int, scale []float32, input float32, bias []float32, lo, hi float32) {
	for p := range rows {
		a, d := acc[p*n:][:n], dst[p*ldd:][:n]
		for j, v := range a {
			s := scale[0]
			if len(scale) > 1 {
				s = scale[j]
			}
			r := float32(float32(v) * (s * input))
			if bias != nil {
				r += bias[j]
			}
			if r < lo {
				r = lo
			}
			if r > hi {
				r = hi
			}
			d[j] = r
		}
	}
}

// AccumulateScaled scales the sums of products with a row x that QuantizeSymmetric (zero is 0) or QuantizeAsymmetric made:
//
//	for r := range out { out[r] += float32(acc[r] - zero*rowSums[r]) * (scale*perChannel[r]) }
//
// Without perChannel (nil), scale is the product of the row's scale and the weights'. rowSums, the sums of the rows of the
// weights, are not read where zero is 0.
func AccumulateScaled(out []float32, acc []int32, scale float32, perChannel []float32, zero int32, rowSums []int32) {
	accumulateScaled(out, acc, scale, perChannel, zero, rowSums)
}

func accumulateScaledGeneric(out []float32, acc []int32, scale float32, perChannel []float32, zero int32, rowSums []int32) {
	acc = acc[:len(out)]
	for r := range out {
		out[r] += scaled(acc[r], r, scale, perChannel, zero, rowSums)
	}
}
