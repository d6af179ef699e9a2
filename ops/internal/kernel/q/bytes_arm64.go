//go:build arm64 && !noasm

package q

// bytesRun is the number of elements of one call of assembly, which is not interrupted.
const bytesRun = 1 << 16

// pairBytes computes an operation for the first elements of equally long runs and returns for how many.
func pairBytes(kind bytesKind, dst, x, y []uint8, p *byteParams) int {
	count := len(x) &^ 15
	dst, y = dst[:len(x)], y[:len(x)]
	for i := 0; i < count; i += bytesRun {
		d, a, b, n := &dst[i], &x[i], &y[i], min(count-i, bytesRun)
		switch kind {
		case bytesAdd:
			addBytesNEON(d, a, b, n, p)
		case bytesSub:
			subBytesNEON(d, a, b, n, p)
		case bytesSquare:
			squareBytesNEON(d, a, b, n, p)
		case bytesMul:
			mulBytesNEON(d, a, b, n, p)
		}
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

// subBytesNEON: see Add8, with a difference. n elements, a positive multiple of 16.
//
//go:noescape
func subBytesNEON(dst, x, y *uint8, n int, p *byteParams)

// squareBytesNEON: see squaredDifference8. n elements, a positive multiple of 16.
//
//go:noescape
func squareBytesNEON(dst, x, y *uint8, n int, p *byteParams)

// mulBytesNEON: see Mul. n elements, a positive multiple of 16.
//
//go:noescape
func mulBytesNEON(dst, x, y *uint8, n int, p *byteParams)

// lookupNEON: see lookupGeneric. n elements, at least 1.
//
//go:noescape
func lookupNEON(dst, x *uint8, n int, table *[256]uint8)

// pairWords computes nothing.
func pairWords(kind bytesKind, dst, x, y []int16, p *byteParams) int { return 0 }
