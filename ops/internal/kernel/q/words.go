package q

// Addition16 is a prepared Add16.
type Addition16 struct {
	p      OutParams
	a, b   Operand
	sign   int32
	vector *byteParams // nil without
	swap   bool        // b is operand x of the vector kernel
}

// NewAddition16 prepares a sum (sign 1) or difference (sign -1) of operands that are shifted left by 15 bits.
func NewAddition16(a, b *Operand, sign int32, p *OutParams) *Addition16 {
	s := &Addition16{p: *p, a: *a, b: *b, sign: sign}
	s.vector, s.swap = newPairParams(a, b, 15, true, p)
	if s.vector != nil && s.swap && sign < 0 { // the kernel takes b from a
		s.vector.set(rowNegate, -1)
	}
	return s
}

// Run computes equally long runs; dst may be an operand.
func (s *Addition16) Run(dst, a, b []int16) {
	done := 0
	if s.vector != nil {
		x, y := a, b
		if s.swap {
			x, y = b, a
		}
		kind := bytesAdd
		if s.sign < 0 {
			kind = bytesSub
		}
		done = pairWords(kind, dst, x, y[:len(x)], s.vector)
	}
	Add16(dst[done:], a[done:], b[done:], &s.a, &s.b, s.sign, &s.p)
}

// Rescale16 is a prepared Rescale of int16.
type Rescale16 struct {
	p      RescaleParams
	vector *byteParams // nil without
}

// NewRescale16 prepares it.
func NewRescale16(p *RescaleParams) *Rescale16 {
	const most = 14 // of shifts to the left, so that nothing is lost
	s := &Rescale16{p: *p}
	if p.Shift <= most && isByte(p.ZeroIn, true) {
		s.vector = newByteParams(p.ZeroIn, 0, true, &OutParams{
			Zero: p.ZeroOut, Multiplier: p.Multiplier, Shift: min(p.Shift, 0), Min: p.Min, Max: p.Max,
		})
	}
	if s.vector != nil {
		s.vector.set(rowMultiplierY, int32(max(p.Shift, 0)))
	}
	return s
}

// Run computes dst, which may be x.
func (s *Rescale16) Run(dst, x []int16) {
	done := 0
	if s.vector != nil {
		done = pairWords(wordsScale, dst, x, x, s.vector)
	}
	Rescale(dst[done:], x[done:], &s.p)
}
