package q

import "github.com/litewren/litewren/ops/internal/fixedpoint"

// Operand maps the stored values of one operand to the shared scale of a sum or a comparison:
// M*((v - Zero) << Left), with the product M*() in double-rounding fixed point.
type Operand struct {
	Zero       int32
	Left       int
	Multiplier int32
	Shift      int
}

// At returns the operand's value where v is stored.
func (o *Operand) At(v int32) int32 {
	return fixedpoint.MultiplyByQuantizedMultiplier((v-o.Zero)<<uint(o.Left), o.Multiplier, o.Shift)
}

// Table8 returns At for each stored byte of an int8 or uint8, as the kernels of 8-bit types want it: what an operand
// contributes depends on nothing but its 256 possible values.
func (o *Operand) Table8(signed bool) *[256]int32 {
	t := new([256]int32)
	for b := range t {
		v := int32(b)
		if signed {
			v = int32(int8(b))
		}
		t[b] = o.At(v)
	}
	return t
}

// OutParams maps sums back to stored values: clamp(Zero + M*sum, Min, Max).
type OutParams struct {
	Zero       int32
	Multiplier int32
	Shift      int
	Min, Max   int32
}

// Add8 is
//
//	dst[i] = clamp(Zero + M*(ta[a[i]] + tb[b[i]]), Min, Max)
//
// over operands tabulated by Operand.Table8. A subtraction has the negated table.
func Add8[T int8 | uint8](dst, a, b []T, ta, tb *[256]int32, p *OutParams) {
	dst, b = dst[:len(a)], b[:len(a)]
	for i, v := range a {
		sum := ta[uint8(v)] + tb[uint8(b[i])]
		r := p.Zero + fixedpoint.MultiplyByQuantizedMultiplier(sum, p.Multiplier, p.Shift)
		dst[i] = T(min(max(r, p.Min), p.Max))
	}
}

// Add16 is
//
//	dst[i] = clamp(M*(A(a[i]) + sign*B(b[i])), Min, Max)
//
// with sign 1 or -1.
func Add16(dst, a, b []int16, pa, pb *Operand, sign int32, p *OutParams) {
	dst, b = dst[:len(a)], b[:len(a)]
	for i, v := range a {
		sum := pa.At(int32(v)) + sign*pb.At(int32(b[i]))
		r := p.Zero + fixedpoint.MultiplyByQuantizedMultiplier(sum, p.Multiplier, p.Shift)
		dst[i] = int16(min(max(r, p.Min), p.Max))
	}
}

// AddShift16 is
//
//	dst[i] = clamp(a[i]/2^shiftA + b[i]/2^shiftB, lo, hi)
//
// for scales that are powers of two; one of the shifts is 0. The quotients round half away from zero and the sum saturates.
func AddShift16(dst, a, b []int16, shiftA, shiftB int, lo, hi int16) {
	dst, b = dst[:len(a)], b[:len(a)]
	for i, v := range a {
		sum := fixedpoint.RoundingDivideByPOT(int32(v), shiftA) + fixedpoint.RoundingDivideByPOT(int32(b[i]), shiftB)
		dst[i] = min(max(fixedpoint.SaturateInt16(sum), lo), hi)
	}
}

// SubShift16 is
//
//	dst[i] = clamp(a[i]/2^shiftA - b[i]/2^shiftB, lo, hi)
//
// likewise.
func SubShift16(dst, a, b []int16, shiftA, shiftB int, lo, hi int16) {
	dst, b = dst[:len(a)], b[:len(a)]
	for i, v := range a {
		d := fixedpoint.RoundingDivideByPOT(int32(v), shiftA) - fixedpoint.RoundingDivideByPOT(int32(b[i]), shiftB)
		dst[i] = int16(min(max(d, int32(lo)), int32(hi)))
	}
}

// squaredDifference8 is
//
//	dst[i] = clamp(Zero + M*(ta[a[i]] - tb[b[i]])^2, Min, Max)
func squaredDifference8(dst, a, b []int8, ta, tb *[256]int32, p *OutParams) {
	dst, b = dst[:len(a)], b[:len(a)]
	for i, v := range a {
		d := ta[uint8(v)] - tb[uint8(b[i])]
		r := p.Zero + fixedpoint.MultiplyByQuantizedMultiplier(d*d, p.Multiplier, p.Shift)
		dst[i] = int8(min(max(r, p.Min), p.Max))
	}
}
