//go:build arm64 && !noasm

package q

// bytesRun is the number of elements of one call of assembly, which is not interrupted.
const bytesRun = 1 << 16

// addBytes computes Add8 for the first elements of equally long runs and returns for how many.
func addBytes(dst, x, y []uint8, p *byteParams) int {
	count := len(x) &^ 15
	dst, y = dst[:len(x)], y[:len(x)]
	for i := 0; i < count; i += bytesRun {
		addBytesNEON(&dst[i], &x[i], &y[i], min(count-i, bytesRun), p)
	}
	return count
}

// mulBytes computes Mul for the first elements of equally long runs and returns for how many.
func mulBytes(dst, x, y []uint8, p *byteParams) int {
	count := len(x) &^ 15
	dst, y = dst[:len(x)], y[:len(x)]
	for i := 0; i < count; i += bytesRun {
		mulBytesNEON(&dst[i], &x[i], &y[i], min(count-i, bytesRun), p)
	}
	return count
}

// lookupVector is lookupGeneric in vectors. It leaves short runs, which loading the table would not pay for.
func lookupVector(dst, x []uint8, table *[256]uint8) bool {
	const least = 16
	if len(x) < least {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), bytesRun)
		lookupNEON(&dst[0], &x[0], n, table)
		dst, x = dst[n:], x[n:]
	}
	return true
}

// addBytesNEON: see Add8. n elements, a positive multiple of 16.
//
//go:noescape
func addBytesNEON(dst, x, y *uint8, n int, p *byteParams)

// mulBytesNEON: see Mul. n elements, a positive multiple of 16.
//
//go:noescape
func mulBytesNEON(dst, x, y *uint8, n int, p *byteParams)

// lookupNEON: see lookupGeneric. n elements, at least 1.
//
//go:noescape
func lookupNEON(dst, x *uint8, n int, table *[256]uint8)
