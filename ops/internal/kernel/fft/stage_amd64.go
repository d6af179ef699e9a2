//go:build amd64 && !noasm

package fft

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// stage4AVX2 is runGeneric for a quarter of the size and a stride that is a multiple of 4.
//
//go:noescape
func stage4AVX2(yRe, yIm, xRe, xIm, factors unsafe.Pointer, quarter, stride int)

// first4AVX2 is runGeneric for a quarter of the size that is a multiple of 4 and a stride of 1.
//
//go:noescape
func first4AVX2(yRe, yIm, xRe, xIm, factors unsafe.Pointer, quarter int)

// run is runGeneric.
func (s *stage) run(yRe, yIm, xRe, xIm []float64) {
	n := s.size * s.stride
	if isa.AVX2 && n >= 16 && s.size >= 4 && n <= min(len(yRe), len(yIm), len(xRe), len(xIm)) && 6*(s.size/4) == len(s.factors) {
		switch {
		case s.stride >= 4:
			stage4AVX2(unsafe.Pointer(&yRe[0]), unsafe.Pointer(&yIm[0]), unsafe.Pointer(&xRe[0]), unsafe.Pointer(&xIm[0]),
				unsafe.Pointer(&s.factors[0]), s.size/4, s.stride)
			return
		case s.stride == 1:
			first4AVX2(unsafe.Pointer(&yRe[0]), unsafe.Pointer(&yIm[0]), unsafe.Pointer(&xRe[0]), unsafe.Pointer(&xIm[0]),
				unsafe.Pointer(&s.factors[0]), s.size/4)
			return
		}
	}
	s.runGeneric(yRe, yIm, xRe, xIm)
}
