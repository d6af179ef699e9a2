//go:build amd64 && !noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// bytesRun is the number of elements of one call of assembly, which is not interrupted.
const bytesRun = 1 << 16

// pairBytes computes an operation for the first elements of equally long runs and returns for how many.
func pairBytes(kind bytesKind, dst, x, y []uint8, p *byteParams) int {
	if !isa.AVX2 {
		return 0
	}
	lanes := 8
	if isa.AVX512 {
		lanes = 16
	}
	count := len(x) &^ (lanes - 1)
	dst, y = dst[:len(x)], y[:len(x)]
	for i := 0; i < count; i += bytesRun {
		d, a, b, n := &dst[i], &x[i], &y[i], min(count-i, bytesRun)
		switch {
		case kind == bytesAdd && isa.AVX512:
			addBytesAVX512(d, a, b, n, p)
		case kind == bytesAdd:
			addBytesAVX2(d, a, b, n, p)
		case kind == bytesSub && isa.AVX512:
			subBytesAVX512(d, a, b, n, p)
		case kind == bytesSub:
			subBytesAVX2(d, a, b, n, p)
		case kind == bytesSquare && isa.AVX512:
			squareBytesAVX512(d, a, b, n, p)
		case kind == bytesSquare:
			squareBytesAVX2(d, a, b, n, p)
		case isa.AVX512:
			mulBytesAVX512(d, a, b, n, p)
		default:
			mulBytesAVX2(d, a, b, n, p)
		}
	}
	return count
}

// pairWords is pairBytes for words.
func pairWords(kind bytesKind, dst, x, y []int16, p *byteParams) int {
	if !isa.AVX512 {
		return 0
	}
	count := len(x) &^ 15
	dst, y = dst[:len(x)], y[:len(x)]
	for i := 0; i < count; i += bytesRun {
		d, a, b, n := &dst[i], &x[i], &y[i], min(count-i, bytesRun)
		switch kind {
		case bytesAdd:
			addWordsAVX512(d, a, b, n, p)
		case bytesSub:
			subWordsAVX512(d, a, b, n, p)
		default:
			scaleWordsAVX512(d, a, b, n, p)
		}
	}
	return count
}

// addWordsAVX512: see Add16. n elements, a positive multiple of 16.
//
//go:noescape
func addWordsAVX512(dst, x, y *int16, n int, p *byteParams)

// subWordsAVX512: see Add16. n elements, a positive multiple of 16.
//
//go:noescape
func subWordsAVX512(dst, x, y *int16, n int, p *byteParams)

// scaleWordsAVX512: see Rescale. n elements, a positive multiple of 16.
//
//go:noescape
func scaleWordsAVX512(dst, x, y *int16, n int, p *byteParams)

// lookupVector is lookupGeneric in vectors. It returns false, having done nothing, where the processor has none.
func lookupVector(dst, x []uint8, table *[256]uint8) bool {
	if !isa.AVX2 {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), bytesRun)
		if isa.VBMI {
			lookupVBMI(&dst[0], &x[0], n, table)
		} else {
			lookupAVX2(&dst[0], &x[0], n, table)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

// addBytesAVX2: see Add8. n elements, a positive multiple of 8.
//
//go:noescape
func addBytesAVX2(dst, x, y *uint8, n int, p *byteParams)

// addBytesAVX512: see Add8. n elements, a positive multiple of 16.
//
//go:noescape
func addBytesAVX512(dst, x, y *uint8, n int, p *byteParams)

// subBytesAVX2: see Add8, with a difference. n elements, a positive multiple of 8.
//
//go:noescape
func subBytesAVX2(dst, x, y *uint8, n int, p *byteParams)

// squareBytesAVX2: see squaredDifference8. n elements, a positive multiple of 8.
//
//go:noescape
func squareBytesAVX2(dst, x, y *uint8, n int, p *byteParams)

// mulBytesAVX2: see Mul. n elements, a positive multiple of 8.
//
//go:noescape
func mulBytesAVX2(dst, x, y *uint8, n int, p *byteParams)

// subBytesAVX512: see Add8, with a difference. n elements, a positive multiple of 16.
//
//go:noescape
func subBytesAVX512(dst, x, y *uint8, n int, p *byteParams)

// squareBytesAVX512: see squaredDifference8. n elements, a positive multiple of 16.
//
//go:noescape
func squareBytesAVX512(dst, x, y *uint8, n int, p *byteParams)

// mulBytesAVX512: see Mul. n elements, a positive multiple of 16.
//
//go:noescape
func mulBytesAVX512(dst, x, y *uint8, n int, p *byteParams)

// lookupAVX2: see lookupGeneric. n elements, at least 1.
//
//go:noescape
func lookupAVX2(dst, x *uint8, n int, table *[256]uint8)

// lookupVBMI: see lookupGeneric. n elements, at least 1.
//
//go:noescape
func lookupVBMI(dst, x *uint8, n int, table *[256]uint8)
