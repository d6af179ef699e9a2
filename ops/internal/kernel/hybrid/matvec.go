package hybrid

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

func inner(x, w []int8) (acc int32) {
	w = w[:len(x)]
	for i, v := range x {
		acc += int32(v) * int32(w[i])
	}
	return acc
}
