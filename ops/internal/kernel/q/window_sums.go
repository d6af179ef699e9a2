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

// AddRows adds rows, one after the other, to their sums:
//
//	for i, v := range x { sums[i%len(sums)] += int32(v) }
func AddRows[X int8 | uint8](sums []int32, x []X) {
	if !addRowsFast(sums, x) {
		addRowsGeneric(sums, x)
	}
}

func addRowsGeneric[X int8 | uint8](sums []int32, x []X) {
	for n := len(sums); n > 0 && len(x) >= n; x = x[n:] {
		for i, v := range x[:n] {
			sums[i] += int32(v)
		}
	}
}
