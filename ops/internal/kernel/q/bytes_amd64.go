//go:build amd64 && !noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// bytesRun is the number of elements of one call of assembly, which is not interrupted.
const bytesRun = 1 << 16

// addBytes computes Add8 for the first elements of equally long runs and returns for how many.
func addBytes(dst, x, y []uint8, p *byteParams) int {
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
		n := min(count-i, bytesRun)
		if isa.AVX512 {
			addBytesAVX512(&dst[i], &x[i], &y[i], n, p)
		} else {
			addBytesAVX2(&dst[i], &x[i], &y[i], n, p)
		}
	}
	return count
}

// mulBytes computes Mul for the first elements of equally long runs and returns for how many.
func mulBytes(dst, x, y []uint8, p *byteParams) int {
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
		n := min(count-i, bytesRun)
		if isa.AVX512 {
			mulBytesAVX512(&dst[i], &x[i], &y[i], n, p)
		} else {
			mulBytesAVX2(&dst[i], &x[i], &y[i], n, p)
		}
	}
	return count
}

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

// mulBytesAVX2: see Mul. n elements, a positive multiple of 8.
//
//go:noescape
func mulBytesAVX2(dst, x, y *uint8, n int, p *byteParams)

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
