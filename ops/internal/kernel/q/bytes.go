package q

import "unsafe"

// byteParams are the parameters of a sum or a product of bytes as vectors of 256 bits: see the constants below. Unsigned bytes
// are taken as signed ones, 128 less, with zero points and bounds moved alike.
type byteParams [rowNear + 1][8]int32

const (
	rowZeroX = iota
	rowZeroY
	rowMultiplierY // with the three rows after it: see byteParams.multiplier
	_
	_
	_
	rowMultiplier
	_
	_
	_
	rowZero
	rowMin
	rowMax
	rowFlip
	rowFlipBytes
	rowRound
	rowNegate
	rowFloatX
	rowFloatY
	rowFloatAddend
	rowFloatSign
	rowNear
)

func (b *byteParams) set(row int, v int32) {
	for i := range b[row] {
		b[row][i] = v
	}
}

// multiplier fills four rows: the multiplier; 2^(right-1), -1 and right, for a rounding shift to the right, or zeros.
func (b *byteParams) multiplier(row int, multiplier int32, right int) {
	b.set(row, multiplier)
	if right > 0 {
		b.set(row+1, 1<<(right-1))
		b.set(row+2, -1)
		b.set(row+3, int32(right))
	}
}

// largestShift is the largest shift to the right for which rounding terms do not overflow.
const largestShift = 30

// newByteParams fills all rows but rowMultiplierY. It returns nil for what the vector kernels do not compute.
func newByteParams(zeroX, zeroY int32, signed bool, p *OutParams) *byteParams {
	if p.Shift > 0 || p.Shift < -largestShift || p.Multiplier < 0 {
		return nil
	}
	b, offset := new(byteParams), int32(0)
	if !signed {
		offset = 128
		b.set(rowFlip, -128)
		b.set(rowFlipBytes, -0x7f7f7f80)
	}
	b.set(rowZeroX, zeroX-offset)
	b.set(rowZeroY, zeroY-offset)
	b.multiplier(rowMultiplier, p.Multiplier, -p.Shift)
	b.set(rowZero, p.Zero-offset)
	b.set(rowMin, p.Min-offset)
	b.set(rowMax, p.Max-offset)
	for i := 0; i < 8; i += 2 {
		b[rowRound][i] = 1 << 30
	}
	return b
}

func isByte(v int32, signed bool) bool {
	if signed {
		return v == int32(int8(v))
	}
	return v == int32(uint8(v))
}

// Addition8 is a prepared Add8.
type Addition8[T int8 | uint8] struct {
	p      OutParams
	ta, tb *[256]int32
	vector *byteParams // nil without
	swap   bool        // b is operand x of the vector kernel
	minus  bool
}

// NewAddition8 prepares a sum (sign 1) or difference (sign -1) of operands that are shifted left by 20 bits.
func NewAddition8[T int8 | uint8](a, b *Operand, sign int32, p *OutParams) *Addition8[T] {
	var least T
	least--
	signed := least < 0
	s := &Addition8[T]{p: *p, ta: a.Table8(signed), tb: b.Table8(signed), minus: sign < 0}
	if s.minus {
		for i := range s.tb {
			s.tb[i] = -s.tb[i]
		}
	}
	s.vector, s.swap = newPairParams(a, b, 20, signed, p)
	if s.vector != nil {
		signX, signY, y := int32(1), sign, b
		if s.swap { // the kernel takes b from a
			signX, signY, y = sign, 1, a
		}
		if sign < 0 && s.swap {
			s.vector.set(rowNegate, -1)
		}
		s.vector.floatSum(signX, signY, y, p)
	}
	return s
}

// newPairParams prepares the vector kernels for operands that are shifted left by some bits, of which that of the larger scale is
// halved, exactly: it is operand x, b if swap. It returns nil for what they do not compute.
func newPairParams(a, b *Operand, left int, signed bool, p *OutParams) (params *byteParams, swap bool) {
	halved := func(o *Operand) bool { return o.Multiplier == 1<<30 && o.Shift == 0 }
	x, y := a, b
	if !halved(a) {
		x, y, swap = b, a, true
	}
	if !halved(x) || x.Left != left || y.Left != left || y.Shift > 0 || y.Shift < -largestShift || y.Multiplier < 0 ||
		!isByte(a.Zero, signed) || !isByte(b.Zero, signed) {
		return nil, swap
	}
	if params = newByteParams(x.Zero, y.Zero, signed, p); params != nil {
		params.multiplier(rowMultiplierY, y.Multiplier, -y.Shift)
	}
	return params, swap
}

// Run computes equally long runs; dst may be an operand.
func (s *Addition8[T]) Run(dst, a, b []T) {
	done := 0
	if s.vector != nil {
		x, y := a, b
		if s.swap {
			x, y = b, a
		}
		kind := bytesAdd
		if s.minus {
			kind = bytesSub
		}
		done = pairBytes(kind, raw(dst), raw(x), raw(y[:len(x)]), s.vector)
	}
	Add8(dst[done:], a[done:], b[done:], s.ta, s.tb, &s.p)
}

// bytesKind is an operation of the vector kernels.
type bytesKind int

const (
	bytesAdd bytesKind = iota
	bytesSub
	bytesSquare // of a difference
	bytesMul
	wordsScale
)

// SquaredDifference8 is a prepared squared difference of int8.
type SquaredDifference8 struct {
	p      OutParams
	ta, tb *[256]int32
	vector *byteParams // nil without
	swap   bool
}

// NewSquaredDifference8 prepares a squared difference of operands that are shifted left by 7 bits.
func NewSquaredDifference8(a, b *Operand, p *OutParams) *SquaredDifference8 {
	s := &SquaredDifference8{p: *p, ta: a.Table8(true), tb: b.Table8(true)}
	s.vector, s.swap = newPairParams(a, b, 7, true, p)
	if s.vector != nil {
		y := b
		if s.swap {
			y = a
		}
		s.vector.floatSquare(y)
	}
	return s
}

// Run computes equally long runs; dst may be an operand.
func (s *SquaredDifference8) Run(dst, a, b []int8) {
	done := 0
	if s.vector != nil {
		x, y := a, b
		if s.swap {
			x, y = b, a
		}
		done = pairBytes(bytesSquare, raw(dst), raw(x), raw(y[:len(x)]), s.vector)
	}
	squaredDifference8(dst[done:], a[done:], b[done:], s.ta, s.tb, &s.p)
}

// Product8 is a prepared Mul of bytes.
type Product8[T int8 | uint8] struct {
	p      MulParams
	vector *byteParams // nil without
}

// NewProduct8 prepares a product.
func NewProduct8[T int8 | uint8](p *MulParams) *Product8[T] {
	var least T
	least--
	signed := least < 0
	s := &Product8[T]{p: *p}
	if isByte(p.ZeroA, signed) && isByte(p.ZeroB, signed) {
		s.vector = newByteParams(p.ZeroA, p.ZeroB, signed,
			&OutParams{Zero: p.ZeroOut, Multiplier: p.Multiplier, Shift: p.Shift, Min: p.Min, Max: p.Max})
		if s.vector != nil {
			s.vector.floatProduct()
		}
	}
	return s
}

// Run computes equally long runs; dst may be an operand.
func (s *Product8[T]) Run(dst, a, b []T) {
	done := 0
	if s.vector != nil {
		done = pairBytes(bytesMul, raw(dst), raw(a), raw(b[:len(a)]), s.vector)
	}
	Mul(dst[done:], a[done:], b[done:], &s.p)
}

func raw[T int8 | uint8](x []T) []uint8 {
	return unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}
