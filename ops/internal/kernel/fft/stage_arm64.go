//go:build arm64 && !noasm

package fft

import "unsafe"

// stage2NEON is runGeneric for a quarter of the size and a stride that is a multiple of 2.
//
//go:noescape
func stage2NEON(yRe, yIm, xRe, xIm, factors unsafe.Pointer, quarter, stride int)

// first2NEON is runGeneric for a quarter of the size that is a multiple of 2 and a stride of 1.
//
//go:noescape
func first2NEON(yRe, yIm, xRe, xIm, factors unsafe.Pointer, quarter int)

// run is runGeneric.
func (s *stage) run(yRe, yIm, xRe, xIm []float64) {
	n, quarter := s.size*s.stride, s.size/4
	if s.size >= 4 && n <= min(len(yRe), len(yIm), len(xRe), len(xIm)) && 6*quarter == len(s.factors) {
		switch {
		case s.stride%2 == 0:
			stage2NEON(unsafe.Pointer(&yRe[0]), unsafe.Pointer(&yIm[0]), unsafe.Pointer(&xRe[0]), unsafe.Pointer(&xIm[0]),
				unsafe.Pointer(&s.factors[0]), quarter, s.stride)
			return
		case s.stride == 1 && quarter%2 == 0:
			first2NEON(unsafe.Pointer(&yRe[0]), unsafe.Pointer(&yIm[0]), unsafe.Pointer(&xRe[0]), unsafe.Pointer(&xIm[0]),
				unsafe.Pointer(&s.factors[0]), quarter)
			return
		}
	}
	s.runGeneric(yRe, yIm, xRe, xIm)
}
