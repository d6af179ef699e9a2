package f32

// AddRows adds rows of len(dst) numbers to dst, in an order that depends on nothing but how many rows there are and how long
// they are:
//
//	for i, v := range x { dst[i%len(dst)] += v }
func AddRows(dst, x []float32) {
	// Long rows leave no time to win: the sums stay in the cache.
	const long = 256
	n := len(dst)
	if n == 0 {
		return
	}
	if n < long && addRowsVector(dst, x) {
		return
	}
	for ; len(x) >= n; x = x[n:] {
		Accumulate(dst, x[:n])
	}
}
