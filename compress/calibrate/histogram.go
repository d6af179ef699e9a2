package calibrate

import "math"

// bins is the most bins a histogram has.
const bins = 2048

// histogram counts values in bins [k*w, (k+1)*w) for consecutive k, where the width w is a power of two: the smallest with
// which the range seen fits into 2048 bins. Growing doubles the width and adds neighbours up, so a histogram depends only on
// the values, neither on their order nor on how parts were merged.
type histogram struct {
	min, max float32
	exponent int     // of the width
	first    int64   // number k of counts[0]
	counts   []int64 // nil before the first value; first and last may be any but the range is as tight as min and max are
	total    int64
}

// widthExponent returns the exponent of the smallest width allowed for a range of finite values.
func widthExponent(lo, hi float32) int {
	// Bin numbers must be exact; denormal values have 2^-149 as unit.
	const numberBits, smallest = 40, -149
	e := smallest
	if span := float64(hi) - float64(lo); span > 0 {
		e = max(e, math.Ilogb(span/bins))
	}
	if largest := max(math.Abs(float64(lo)), math.Abs(float64(hi))); largest > 0 {
		e = max(e, math.Ilogb(largest)-numberBits)
	}
	for number(hi, e)-number(lo, e) >= bins {
		e++
	}
	return e
}

// number returns the bin of v for width 2^exponent.
func number(v float32, exponent int) int64 {
	return int64(math.Floor(math.Ldexp(float64(v), -exponent)))
}

// fit makes room for values from lo to hi.
func (h *histogram) fit(lo, hi float32) {
	if h.counts == nil {
		h.min, h.max = lo, hi
		h.exponent = widthExponent(lo, hi)
		h.first = number(lo, h.exponent)
		h.counts = make([]int64, number(hi, h.exponent)-h.first+1)
		return
	}
	if lo >= h.min && hi <= h.max {
		return
	}
	h.min, h.max = min(h.min, lo), max(h.max, hi)
	e := widthExponent(h.min, h.max)
	first := number(h.min, e)
	counts := make([]int64, number(h.max, e)-first+1)
	for i, n := range h.counts {
		counts[(h.first+int64(i))>>(e-h.exponent)-first] += n
	}
	h.exponent, h.first, h.counts = e, first, counts
}

// add counts the finite ones of values, which lie between lo and hi.
func (h *histogram) add(values []float32, lo, hi float32) {
	h.fit(lo, hi)
	inverse := math.Ldexp(1, -h.exponent)
	for _, v := range values {
		if v-v == 0 {
			h.counts[int64(math.Floor(float64(v)*inverse))-h.first]++
			h.total++
		}
	}
}

// merge adds what another histogram has counted.
func (h *histogram) merge(o *histogram) {
	if o.counts == nil {
		return
	}
	h.fit(o.min, o.max)
	for i, n := range o.counts {
		h.counts[(o.first+int64(i))>>(h.exponent-o.exponent)-h.first] += n
	}
	h.total += o.total
}

// width returns the width of a bin.
func (h *histogram) width() float64 { return math.Ldexp(1, h.exponent) }

// centre returns the value that stands for bin i: its middle, but no value outside the range seen; 0 for the bin of zero where
// that begins a range without negative values, since it is mostly exact zeros there (behind a RELU).
func (h *histogram) centre(i int) float64 {
	k := h.first + int64(i)
	if k == 0 && h.min == 0 {
		return 0
	}
	v := (float64(k) + 0.5) * h.width()
	return min(max(v, float64(h.min)), float64(h.max))
}
