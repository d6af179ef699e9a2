package q

// WindowSums is
//
//	for p := range dst { dst[p] = factor * sum(i, x[p*ldx+window[i]]) }
func WindowSums[X int8 | uint8](dst []int32, x []X, ldx int, win *Window, factor int32) {
	if !windowSumsFast(dst, x, ldx, win, factor) {
		windowSumsGeneric(dst, x, ldx, win, factor)
	}
}

func windowSumsGeneric[X int8 | uint8](dst []int32, x []X, ldx int, win *Window, factor int32) {
	for p := range dst {
		at, s := p*ldx, int32(0)
		for i := range win.Segments {
			if i > 0 {
				at += win.Steps[i-1]
			}
			s += sumRow(x[at : at+win.Length])
		}
		dst[p] = s * factor
	}
}
