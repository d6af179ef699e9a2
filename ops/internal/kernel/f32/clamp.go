package f32

// Clamp is
//
//	for i, v := range x { dst[i] = min(max(v, lo), hi) }
//
// with comparisons as C's std::max and std::min make them (a NaN stays where it is). dst may be x.
func Clamp(dst, x []float32, lo, hi float32) {
	if dst = dst[:len(x)]; !clampVector(dst, x, lo, hi) {
		clampGeneric(dst, x, lo, hi)
	}
}

func clampGeneric(dst, x []float32, lo, hi float32) {
	for i, v := range x {
		if v < lo {
			v = lo
		}
		if v > hi {
			v = hi
		}
		dst[i] = v
	}
}
