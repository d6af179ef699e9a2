package q

import "github.com/litewren/litewren/ops/internal/fixedpoint"

// LeakyParams holds the two multipliers of a rectifier with a slope on its negative side.
type LeakyParams struct {
	ZeroIn, ZeroOut             int32
	Multiplier, AlphaMultiplier int32 // scale_in/scale_out, and the same times alpha
	Shift, AlphaShift           int
	Min, Max                    int32
	ZeroAlpha                   int32 // PRELU: zero point of the slopes
}

// LeakyRelu is
//
//	for i, v := range x { v -= ZeroIn; dst[i] = clamp(ZeroOut + (v >= 0 ? M*v : A*v)) }
//
// with the products in double-rounding fixed point. dst may be x.
func LeakyRelu[T int8 | uint8 | int16](dst, x []T, p *LeakyParams) {
	if !leakyFast(dst, x, p) {
		leakyGeneric(dst, x, p)
	}
}

func leakyGeneric[T int8 | uint8 | int16](dst, x []T, p *LeakyParams) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = T(p.leaky(int32(v)-p.ZeroIn, 1))
	}
}

// PRelu is
//
//	for i, v := range x { v -= ZeroIn; dst[i] = clamp(ZeroOut + (v >= 0 ? M*v : A*(v*(alpha[i] - ZeroAlpha)))) }
//
// dst may be x.
func PRelu[A int8 | uint8, T int8 | uint8 | int16](dst []T, alpha []A, x []T, p *LeakyParams) {
	dst, alpha = dst[:len(x)], alpha[:len(x)]
	for i, v := range x {
		dst[i] = T(p.leaky(int32(v)-p.ZeroIn, int32(alpha[i])-p.ZeroAlpha))
	}
}

func (p *LeakyParams) leaky(v, alpha int32) int32 {
	m, shift := p.Multiplier, p.Shift
	if v < 0 {
		m, shift = p.AlphaMultiplier, p.AlphaShift
		v *= alpha
	}
	return min(max(p.ZeroOut+fixedpoint.MultiplyByQuantizedMultiplier(v, m, shift), p.Min), p.Max)
}

// PReluOne is PRelu with one slope. dst may be x.
func PReluOne[A int8 | uint8, T int8 | uint8 | int16](dst, x []T, alpha A, p *LeakyParams) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = T(p.leaky(int32(v)-p.ZeroIn, int32(alpha)-p.ZeroAlpha))
	}
}
