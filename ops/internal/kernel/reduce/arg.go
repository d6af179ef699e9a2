package reduce

// ArgMax is
//
//	for o, i { dst[o][i] = the first k where x[o][k][i] is largest }
//
// with x [outer, axis, inner], axis > 0. NaNs are passed over; a row of nothing else gives 0.
func ArgMax[D int32 | int64, T Number](dst []D, x []T, outer, axis, inner int) {
	if inner == 1 {
		done := argBytes(dst, x, outer, axis, true)
		dst, x, outer = dst[done:], x[done*axis:], outer-done
	}
	argMaxGeneric(dst, x, outer, axis, inner)
}

func argMaxGeneric[D int32 | int64, T Number](dst []D, x []T, outer, axis, inner int) {
	if inner == 1 {
		for o := range outer {
			row := x[o*axis:][:axis]
			best, at := row[0], 0
			for k, v := range row {
				if !(v <= best) && v == v {
					best, at = v, k
				}
			}
			dst[o] = D(at)
		}
		return
	}
	for o := range outer {
		block, d := x[o*axis*inner:], dst[o*inner:][:inner]
		clear(d)
		for k := 1; k < axis; k++ {
			for i, v := range block[k*inner:][:inner] {
				if !(v <= block[int(d[i])*inner+i]) && v == v {
					d[i] = D(k)
				}
			}
		}
	}
}

// ArgMin is ArgMax for the smallest.
func ArgMin[D int32 | int64, T Number](dst []D, x []T, outer, axis, inner int) {
	if inner == 1 {
		done := argBytes(dst, x, outer, axis, false)
		dst, x, outer = dst[done:], x[done*axis:], outer-done
	}
	argMinGeneric(dst, x, outer, axis, inner)
}

func argMinGeneric[D int32 | int64, T Number](dst []D, x []T, outer, axis, inner int) {
	if inner == 1 {
		for o := range outer {
			row := x[o*axis:][:axis]
			best, at := row[0], 0
			for k, v := range row {
				if !(v >= best) && v == v {
					best, at = v, k
				}
			}
			dst[o] = D(at)
		}
		return
	}
	for o := range outer {
		block, d := x[o*axis*inner:], dst[o*inner:][:inner]
		clear(d)
		for k := 1; k < axis; k++ {
			for i, v := range block[k*inner:][:inner] {
				if !(v >= block[int(d[i])*inner+i]) && v == v {
					d[i] = D(k)
				}
			}
		}
	}
}
