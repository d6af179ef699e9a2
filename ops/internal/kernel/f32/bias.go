package f32

// BiasClamp is, for each row of len(bias) elements of x,
//
//	x[j] = clamp(x[j] + bias[j], lo, hi)
//
// A nil bias adds nothing. The clamp leaves a NaN where it is.
func BiasClamp(x, bias []float32, lo, hi float32) {
	if len(bias) == 0 {
		Clamp(x, x, lo, hi)
		return
	}
	for ; len(x) > 0; x = x[len(bias):] {
		Add(x[:len(bias)], x[:len(bias)], bias, lo, hi)
	}
}
