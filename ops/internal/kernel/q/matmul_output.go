package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
)

// Rounding says how a sum times a factor is rounded; TFLite has several ways.
type Rounding uint8

// The ways of rounding.
const (
	RoundExact   Rounding = iota // float64 product, halves away from zero
	RoundFixed                   // double-rounding fixed point on 32-bit sums
	RoundFixed64                 // fixed point with 15-bit multipliers on 64-bit sums
)

// OutputParams say how sums become stored values: the factor of each column (one for all, or one each), the zero point, and
// the interval that stored values are clamped to.
type OutputParams struct {
	Rounding    Rounding
	Scales      []float64 // of RoundExact
	Multipliers []int32   // of the others
	Shifts      []int
	Zero        int32
	Min, Max    int32
	channels    *Channels // of RoundFixed, where SetColumns has been called
}

// SetColumns makes RoundFixed faster for rows of n sums. Scales have been set.
func (p *OutputParams) SetColumns(n int) {
	c, step := p.columns()
	p.channels = &Channels{ZeroOut: p.Zero, Min: p.Min, Max: p.Max}
	for range n {
		p.channels.Multiplier = append(p.channels.Multiplier, p.Multipliers[c])
		p.channels.Shift = append(p.channels.Shift, int8(max(p.Shifts[c], -128)))
		c += step
	}
}

// Channels returns the factors of RoundFixed for each column, after SetColumns.
func (p *OutputParams) Channels() *Channels { return p.channels }

// SetScales fills in the factors.
func (p *OutputParams) SetScales(scales []float64) {
	p.Scales = scales
	p.Multipliers, p.Shifts = make([]int32, len(scales)), make([]int, len(scales))
	for i, s := range scales {
		p.Multipliers[i], p.Shifts[i] = fixedpoint.QuantizeMultiplier(s)
	}
}

// OutputRows turns rows of sums into stored values:
//
//	for j := range n { dst[i*n+j] = clamp(round((acc[i*n+j] + offsets[j] - zeroW*sum(x[i])) * scale[j]) + Zero) }
//
// for every row i of x, whose length is k; x is not read where zeroW is 0. Sums wrap in their own type; acc may change.
func OutputRows[A int32 | int64, X int8 | uint8 | int16, Out int8 | uint8 | int16](dst []Out, acc, offsets []A, x []X, k int, zeroW int32, p *OutputParams) {
	n := len(offsets)
	if p.Rounding == RoundFixed && p.channels != nil && n > 0 && outputChannels(dst, acc, offsets, x, k, zeroW, p) {
		return
	}
	for i := 0; n > 0 && (i+1)*n <= len(acc); i++ {
		less := A(0)
		if zeroW != 0 {
			less = A(zeroW) * A(sumRow(x[i*k:(i+1)*k]))
		}
		d, a := dst[i*n:(i+1)*n], acc[i*n:(i+1)*n]
		switch p.Rounding {
		case RoundExact:
			if !outputFast(d, a, offsets, less, p) && !outputNarrowed(d, a, offsets, less, p) {
				outputExact(d, a, offsets, less, p)
			}
		case RoundFixed:
			outputFixed(d, a, offsets, less, p)
		case RoundFixed64:
			outputFixed64(d, a, offsets, less, p)
		}
	}
}

// outputChannels is OutputRows for 32-bit sums by way of [RequantizeChannels]; false where it leaves the work to it.
func outputChannels[A int32 | int64, X int8 | uint8 | int16, Out int8 | uint8 | int16](dst []Out, acc, offsets []A, x []X, k int, zeroW int32, p *OutputParams) bool {
	n := len(offsets)
	rows := len(acc) / n
	if rows == 0 || unsafe.Sizeof(acc[0]) != 4 {
		return false
	}
	for i := range rows {
		less := A(0)
		if zeroW != 0 {
			less = A(zeroW) * A(sumRow(x[i*k:(i+1)*k]))
		}
		a := acc[i*n:][:n]
		for j, o := range offsets {
			a[j] += o - less
		}
	}
	OutputSums(dst, acc, p)
	return true
}

// OutputSums is OutputRows for 32-bit sums with their offsets in them and constant weights without a zero point, after
// [OutputParams.SetColumns].
func OutputSums[A int32 | int64, Out int8 | uint8 | int16](dst []Out, acc []A, p *OutputParams) {
	n := len(p.channels.Multiplier)
	if len(acc) == 0 || n == 0 {
		return
	}
	sums := unsafe.Slice((*int32)(unsafe.Pointer(&acc[0])), len(acc))
	RequantizeChannels(dst, n, sums, len(acc)/n, 0, n, p.channels)
}

// outputNarrowed is outputExact for 64-bit sums, most of which fit 32 bits, for which there are vectors; false where there are none.
func outputNarrowed[A int32 | int64, Out int8 | uint8 | int16](dst []Out, acc, offsets []A, less A, p *OutputParams) bool {
	const block = 64
	if unsafe.Sizeof(less) == 4 || len(acc) < block {
		return false
	}
	var sums, none [block]int32
	part := *p
	for at := 0; at < len(acc); at += block {
		n := min(block, len(acc)-at)
		d, a, o := dst[at:at+n], acc[at:at+n], offsets[at:at+n]
		beyond := int64(0)
		for j, v := range a {
			sum := int64(v + o[j] - less)
			sums[j] = int32(sum)
			beyond |= sum ^ int64(int32(sum))
		}
		if len(p.Scales) > 1 {
			part.Scales = p.Scales[at : at+n]
		}
		if beyond != 0 {
			outputExact(d, a, o, less, &part)
		} else if !outputFast(d, sums[:n], none[:n], 0, &part) {
			if at == 0 {
				return false
			}
			outputExact(d, a, o, less, &part)
		}
	}
	return true
}

func outputExact[A int32 | int64, Out int8 | uint8 | int16](dst []Out, acc, offsets []A, less A, p *OutputParams) {
	dst, offsets = dst[:len(acc)], offsets[:len(acc)]
	c, step := p.columns()
	for j, a := range acc {
		r := fixedpoint.RoundFloat64ToInt32(float64(float64(a+offsets[j]-less) * p.Scales[c]))
		dst[j] = Out(p.clamp(int64(r)))
		c += step
	}
}

func outputFixed[A int32 | int64, Out int8 | uint8 | int16](dst []Out, acc, offsets []A, less A, p *OutputParams) {
	dst, offsets = dst[:len(acc)], offsets[:len(acc)]
	c, step := p.columns()
	for j, a := range acc {
		r := fixedpoint.MultiplyByQuantizedMultiplier(int32(a+offsets[j]-less), p.Multipliers[c], p.Shifts[c])
		dst[j] = Out(p.clamp(int64(r)))
		c += step
	}
}

func outputFixed64[A int32 | int64, Out int8 | uint8 | int16](dst []Out, acc, offsets []A, less A, p *OutputParams) {
	dst, offsets = dst[:len(acc)], offsets[:len(acc)]
	c, step := p.columns()
	for j, a := range acc {
		r := fixedpoint.MultiplyByQuantizedMultiplier64(int64(a+offsets[j]-less), p.Multipliers[c], p.Shifts[c])
		dst[j] = Out(p.clamp(int64(r)))
		c += step
	}
}

// columns returns the index of the first column's factor and the distance to the next one's.
func (p *OutputParams) columns() (first, step int) {
	if len(p.Scales) == 1 {
		return 0, 0
	}
	return 0, 1
}

func (p *OutputParams) clamp(r int64) int32 {
	return int32(min(max(r+int64(p.Zero), int64(p.Min)), int64(p.Max)))
}
