package f32

import "github.com/litewren/litewren/ops/internal/kernel/elem"

// The kernels below combine equally long runs, or a run and one number. dst may be an operand. Results are limited to [lo, hi]
// as by Clamp where bounds are given. NaNs and signs of zeros come out as from the kernels of package elem.

// Add is
//
//	dst[i] = clamp(a[i] + b[i], lo, hi)
func Add(dst, a, b []float32, lo, hi float32) {
	dst, b = dst[:len(a)], b[:len(a)]
	if !addVector(dst, a, b, lo, hi) {
		elem.Add(dst, a, b, lo, hi)
	}
}

// AddOne is
//
//	dst[i] = clamp(a[i] + b, lo, hi)
func AddOne(dst, a []float32, b float32, lo, hi float32) {
	dst = dst[:len(a)]
	if !addOneVector(dst, a, b, lo, hi) {
		addOneGeneric(dst, a, b, lo, hi)
	}
}

func addOneGeneric(dst, a []float32, b float32, lo, hi float32) {
	many := repeated(b)
	for i := 0; i < len(a); i += len(many) {
		part := a[i:min(i+len(many), len(a))]
		elem.Add(dst[i:], part, many[:], lo, hi)
	}
}

// Sub is
//
//	dst[i] = clamp(a[i] - b[i], lo, hi)
func Sub(dst, a, b []float32, lo, hi float32) {
	dst, b = dst[:len(a)], b[:len(a)]
	if !subVector(dst, a, b, lo, hi) {
		elem.Sub(dst, a, b, lo, hi)
	}
}

// OneSub is
//
//	dst[i] = clamp(a - b[i], lo, hi)
func OneSub(dst []float32, a float32, b []float32, lo, hi float32) {
	dst = dst[:len(b)]
	if !oneSubVector(dst, a, b, lo, hi) {
		oneSubGeneric(dst, a, b, lo, hi)
	}
}

func oneSubGeneric(dst []float32, a float32, b []float32, lo, hi float32) {
	many := repeated(a)
	for i := 0; i < len(b); i += len(many) {
		part := b[i:min(i+len(many), len(b))]
		elem.Sub(dst[i:], many[:len(part)], part, lo, hi)
	}
}

// SubOne is
//
//	dst[i] = clamp(a[i] - b, lo, hi)
func SubOne(dst, a []float32, b float32, lo, hi float32) {
	dst = dst[:len(a)]
	if !subOneVector(dst, a, b, lo, hi) {
		subOneGeneric(dst, a, b, lo, hi)
	}
}

func subOneGeneric(dst, a []float32, b float32, lo, hi float32) {
	many := repeated(b)
	for i := 0; i < len(a); i += len(many) {
		part := a[i:min(i+len(many), len(a))]
		elem.Sub(dst[i:], part, many[:], lo, hi)
	}
}

// Mul is
//
//	dst[i] = clamp(a[i] * b[i], lo, hi)
func Mul(dst, a, b []float32, lo, hi float32) {
	dst, b = dst[:len(a)], b[:len(a)]
	if !mulVector(dst, a, b, lo, hi) {
		elem.Mul(dst, a, b, lo, hi)
	}
}

// MulOne is
//
//	dst[i] = clamp(a[i] * b, lo, hi)
func MulOne(dst, a []float32, b float32, lo, hi float32) {
	dst = dst[:len(a)]
	if !mulOneVector(dst, a, b, lo, hi) {
		mulOneGeneric(dst, a, b, lo, hi)
	}
}

func mulOneGeneric(dst, a []float32, b float32, lo, hi float32) {
	many := repeated(b)
	for i := 0; i < len(a); i += len(many) {
		part := a[i:min(i+len(many), len(a))]
		elem.Mul(dst[i:], part, many[:], lo, hi)
	}
}

// Div is
//
//	dst[i] = clamp(a[i] / b[i], lo, hi)
func Div(dst, a, b []float32, lo, hi float32) {
	dst, b = dst[:len(a)], b[:len(a)]
	if !divVector(dst, a, b, lo, hi) {
		elem.Div(dst, a, b, lo, hi)
	}
}

// OneDiv is
//
//	dst[i] = clamp(a / b[i], lo, hi)
func OneDiv(dst []float32, a float32, b []float32, lo, hi float32) {
	dst = dst[:len(b)]
	if !oneDivVector(dst, a, b, lo, hi) {
		oneDivGeneric(dst, a, b, lo, hi)
	}
}

func oneDivGeneric(dst []float32, a float32, b []float32, lo, hi float32) {
	many := repeated(a)
	for i := 0; i < len(b); i += len(many) {
		part := b[i:min(i+len(many), len(b))]
		elem.Div(dst[i:], many[:len(part)], part, lo, hi)
	}
}

// DivOne is
//
//	dst[i] = clamp(a[i] / b, lo, hi)
func DivOne(dst, a []float32, b float32, lo, hi float32) {
	dst = dst[:len(a)]
	if !divOneVector(dst, a, b, lo, hi) {
		divOneGeneric(dst, a, b, lo, hi)
	}
}

func divOneGeneric(dst, a []float32, b float32, lo, hi float32) {
	many := repeated(b)
	for i := 0; i < len(a); i += len(many) {
		part := a[i:min(i+len(many), len(a))]
		elem.Div(dst[i:], part, many[:], lo, hi)
	}
}

// Max is
//
//	dst[i] = a[i] > b[i] ? a[i] : b[i]
func Max(dst, a, b []float32) {
	dst, b = dst[:len(a)], b[:len(a)]
	if !maxVector(dst, a, b) {
		elem.Max(dst, a, b)
	}
}

// OneMax is
//
//	dst[i] = a > b[i] ? a : b[i]
func OneMax(dst []float32, a float32, b []float32) {
	dst = dst[:len(b)]
	if !oneMaxVector(dst, a, b) {
		oneMaxGeneric(dst, a, b)
	}
}

func oneMaxGeneric(dst []float32, a float32, b []float32) {
	many := repeated(a)
	for i := 0; i < len(b); i += len(many) {
		part := b[i:min(i+len(many), len(b))]
		elem.Max(dst[i:], many[:len(part)], part)
	}
}

// MaxOne is
//
//	dst[i] = a[i] > b ? a[i] : b
func MaxOne(dst, a []float32, b float32) {
	dst = dst[:len(a)]
	if !maxOneVector(dst, a, b) {
		maxOneGeneric(dst, a, b)
	}
}

func maxOneGeneric(dst, a []float32, b float32) {
	many := repeated(b)
	for i := 0; i < len(a); i += len(many) {
		part := a[i:min(i+len(many), len(a))]
		elem.Max(dst[i:], part, many[:])
	}
}

// Min is
//
//	dst[i] = a[i] < b[i] ? a[i] : b[i]
func Min(dst, a, b []float32) {
	dst, b = dst[:len(a)], b[:len(a)]
	if !minVector(dst, a, b) {
		elem.Min(dst, a, b)
	}
}

// OneMin is
//
//	dst[i] = a < b[i] ? a : b[i]
func OneMin(dst []float32, a float32, b []float32) {
	dst = dst[:len(b)]
	if !oneMinVector(dst, a, b) {
		oneMinGeneric(dst, a, b)
	}
}

func oneMinGeneric(dst []float32, a float32, b []float32) {
	many := repeated(a)
	for i := 0; i < len(b); i += len(many) {
		part := b[i:min(i+len(many), len(b))]
		elem.Min(dst[i:], many[:len(part)], part)
	}
}

// MinOne is
//
//	dst[i] = a[i] < b ? a[i] : b
func MinOne(dst, a []float32, b float32) {
	dst = dst[:len(a)]
	if !minOneVector(dst, a, b) {
		minOneGeneric(dst, a, b)
	}
}

func minOneGeneric(dst, a []float32, b float32) {
	many := repeated(b)
	for i := 0; i < len(a); i += len(many) {
		part := a[i:min(i+len(many), len(a))]
		elem.Min(dst[i:], part, many[:])
	}
}

// SquaredDifference is
//
//	dst[i] = (a[i] - b[i])^2
func SquaredDifference(dst, a, b []float32) {
	dst, b = dst[:len(a)], b[:len(a)]
	if !squaredDifferenceVector(dst, a, b) {
		elem.SquaredDifference(dst, a, b)
	}
}

// SquaredDifferenceOne is
//
//	dst[i] = (a[i] - b)^2
func SquaredDifferenceOne(dst, a []float32, b float32) {
	dst = dst[:len(a)]
	if !squaredDifferenceOneVector(dst, a, b) {
		squaredDifferenceOneGeneric(dst, a, b)
	}
}

func squaredDifferenceOneGeneric(dst, a []float32, b float32) {
	many := repeated(b)
	for i := 0; i < len(a); i += len(many) {
		part := a[i:min(i+len(many), len(a))]
		elem.SquaredDifference(dst[i:], part, many[:])
	}
}

// repeated returns copies of a number.
func repeated(v float32) (many [64]float32) {
	for i := range many {
		many[i] = v
	}
	return many
}

// Abs is
//
//	for i, v := range x { dst[i] = |v| }
func Abs(dst, x []float32) {
	if dst = dst[:len(x)]; !absVector(dst, x) {
		elem.AbsFloat(dst, x)
	}
}

// Neg is
//
//	for i, v := range x { dst[i] = -v }
func Neg(dst, x []float32) {
	if dst = dst[:len(x)]; !negVector(dst, x) {
		elem.Neg(dst, x)
	}
}

// Square is
//
//	for i, v := range x { dst[i] = v * v }
func Square(dst, x []float32) {
	if dst = dst[:len(x)]; !squareVector(dst, x) {
		elem.Square(dst, x)
	}
}
