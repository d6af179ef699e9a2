package q

import "math"

// Kernels of bytes compute most results in float32 with 16 fractional bits,
//
//	y = round(x*rowFloatX + y*rowFloatY + rowFloatAddend), or round(x*y*rowFloatX + rowFloatAddend + sign(x*y)*rowFloatSign)
//
// of which y >> 16 is the stored value. The addend brings the zero points, half a unit, and what y may be off by. Where the lower
// half of a y is less than twice that, the true value may be at the other side of a tie: then its vector is computed in fixed
// point, as all are where no small bound is known.

// largestNear is the largest number of the 2^16 fractions that may be left to fixed point.
const largestNear = 256

// float fills the rows of a computation that is off by no more than off fractions, with a zero point and the addend besides it.
// most is how far sums reach. Bounds are those of bytes.
func (b *byteParams) float(off, most, addend float64, zero int32) {
	near := 8
	for near <= largestNear && float64(near) < 2*off {
		near *= 2
	}
	if !(near <= largestNear && most < 1<<30 && zero >= -128 && zero < 256 && b[rowMin][0] >= -256 && b[rowMax][0] < 256) {
		return
	}
	b.set(rowFloatAddend, float32Bits(addend+float64(zero)*(1<<16)+1<<15+float64(near/2)))
	b.set(rowNear, 0xffff&^int32(near-1))
}

func float32Bits(v float64) int32 { return int32(math.Float32bits(float32(v))) }

// floatSum prepares sums in float32. Operand y, shifted left by 20 bits, is rounded twice by fixed point, to an integer that is
// off by one at most; the sum is so, too, and the first rounding of the result, by half a unit before the shift to the right, adds or
// takes half a unit as the sum is positive or negative. Float32 rounds both factors, the addend and both sums.
func (b *byteParams) floatSum(signX, signY int32, y *Operand, p *OutParams) {
	unit := math.Ldexp(1, p.Shift+16) // after the first rounding
	scale := math.Ldexp(float64(p.Multiplier), p.Shift+16-31)
	factorX := float64(signX) * scale * (1 << 19)
	factorY := float64(signY) * scale * math.Ldexp(float64(y.Multiplier), 20-31+y.Shift)
	addend := -factorX*float64(b[rowZeroX][0]) - factorY*float64(b[rowZeroY][0])
	mostX, mostY, mostAddend := 128*math.Abs(factorX), 128*math.Abs(factorY), math.Abs(addend)+1<<24
	// Eight roundings of 2^-24 at most, of which none is of more than all together.
	float := (2*mostX + 3*mostY + 3*mostAddend) / (1 << 24)
	b.set(rowFloatX, float32Bits(factorX))
	b.set(rowFloatY, float32Bits(factorY))
	b.float(scale+unit/2+float*(1+1.0/(1<<20))+0.5, mostX+mostY+mostAddend, addend, b[rowZero][0])
	b.leaveTies(factorX, factorY)
}

// leaveTies leaves sums to fixed point of which many are ties, as those of scales of half the result's are: of every seventh
// value of both operands. One of 20 makes half of the vectors.
func (b *byteParams) leaveTies(factorX, factorY float64) {
	if b[rowNear][0] == 0 {
		return
	}
	addend := float64(math.Float32frombits(uint32(b[rowFloatAddend][0])))
	near, of := 0, 0
	for x := -128; x < 128; x += 7 {
		for y := -128; y < 128; y += 7 {
			if int32(math.Floor(float64(x)*factorX+float64(y)*factorY+addend+0.5))&b[rowNear][0] == 0 {
				near++
			}
			of++
		}
	}
	if near*20 > of {
		b.set(rowNear, 0)
	}
}

// floatProduct prepares products in float32. Both roundings together are the floor of the exact value plus half, and half a unit
// before the shift to the right more or, below zero, less. What the products reach beyond all stored values does not matter.
func (b *byteParams) floatProduct() {
	right := int(b[rowMultiplier+3][0])
	factor := math.Ldexp(float64(b[rowMultiplier][0]), 16-31-right)
	half := 0.0
	if right > 0 {
		half = math.Ldexp(1, 15-right)
	}
	const mostAddend = 1 << 24
	most := 255 * 255 * factor
	off := (2*min(most, 1<<25) + 4*mostAddend) / (1 << 24)
	b.set(rowFloatX, float32Bits(factor))
	b.set(rowFloatY, math.MinInt32) // the sign
	b.set(rowFloatSign, float32Bits(half))
	b.float(off+0.5, most+mostAddend, 0, b[rowZero][0])
}

// floatSquare prepares squares of differences in float32, to which they are rounded, too: see floatProduct. Squares that do not fit
// 32 bits, which fixed point takes as negative, stay there.
func (b *byteParams) floatSquare(y *Operand) {
	difference := 255*(1<<6+math.Ldexp(float64(y.Multiplier), 7-31+y.Shift)) + 1
	if difference*difference >= 1<<31 {
		return
	}
	right := int(b[rowMultiplier+3][0])
	factor := math.Ldexp(float64(b[rowMultiplier][0]), 16-31-right)
	half := 0.0
	if right > 0 {
		half = math.Ldexp(1, 15-right)
	}
	const mostAddend = 1 << 24
	most := difference * difference * factor
	off := (3*min(most, 1<<25) + 4*mostAddend) / (1 << 24)
	b.set(rowFloatX, float32Bits(factor))
	b.float(off+0.5, most+mostAddend, half, b[rowZero][0])
}
