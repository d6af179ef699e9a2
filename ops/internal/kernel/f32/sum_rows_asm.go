//go:build (amd64 || arm64) && !noasm

package f32

// addRowsVector is [AddRows]; false, having done nothing, where the processor has no kernel for it.
func addRowsVector(dst, x []float32) bool {
	const (
		columns = 32   // of a kernel
		most    = 1024 // rows it adds up before the next sum begins
	)
	if !hasSumRows() || len(dst) == 0 {
		return false
	}
	n := len(dst)
	rows := len(x) / n
	// Several short rows make a long one.
	each := (columns + n - 1) / n
	wide := each * n
	var sums [columns]float32
	for rows >= each {
		count := min(most, rows/each)
		for j := 0; j < wide; j += columns {
			from := min(j, wide-columns)
			sumRows32(&sums[0], &x[:count*wide][from], count, 4*wide)
			at := j % n
			for _, v := range sums[j-from:] {
				dst[at] += v
				if at++; at == n {
					at = 0
				}
			}
		}
		x = x[count*wide:]
		rows -= count * each
	}
	for ; rows > 0; rows-- {
		Accumulate(dst, x[:n])
		x = x[n:]
	}
	return true
}
