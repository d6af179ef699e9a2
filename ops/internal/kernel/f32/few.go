package f32

// fewGeneric is the generic twin of the kernels for few columns: rows times all columns of w, which is packed for vectors of lanes
// elements as [PackFew] does. Distances are in elements.
func fewGeneric(dst []float32, ldd int, x []float32, ldx int, w []float32, lanes int, runs []int, run int, bias []float32, rows, columns int, lo, hi float32) {
	vectors := (run + lanes - 1) / lanes
	for p := range rows {
		for j := range columns {
			var s float32
			for r, at := range runs {
				for i, v := range x[p*ldx+at:][:run] {
					s += float32(v * w[((r*vectors+i/lanes)*columns+j)*lanes+i%lanes])
				}
			}
			if bias != nil {
				s += bias[j]
			}
			dst[p*ldd+j] = clampTo(s, lo, hi)
		}
	}
}

// fewElements returns how many elements packFew writes.
func fewElements(lanes, n, runs, run int) int { return n * runs * ((run + lanes - 1) / lanes) * lanes }

// packFew is [PackFew] for vectors of lanes elements.
func packFew(dst, w []float32, lanes, n, runs, run int) {
	clear(dst)
	for r := range runs {
		for at := 0; at < run; at += lanes {
			for j := range n {
				copy(dst[:lanes], w[(j*runs+r)*run+at:][:min(lanes, run-at)])
				dst = dst[lanes:]
			}
		}
	}
}
