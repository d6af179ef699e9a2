package move

// Spread repeats every element m times:
//
//	for i, v := range x { for j := range m { dst[i*m+j] = v } }
func Spread[T int8 | uint8 | int16 | float32](dst, x []T, m int) {
	dst = dst[:len(x)*m]
	if m%8 == 0 {
		for _, v := range x {
			e := [8]T{v, v, v, v, v, v, v, v}
			for j := 0; j < m; j += 8 {
				*(*[8]T)(dst[j:]) = e
			}
			dst = dst[m:]
		}
		return
	}
	for _, v := range x {
		d := dst[:m]
		dst = dst[m:]
		for j := range d {
			d[j] = v
		}
	}
}
