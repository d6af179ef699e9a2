package q

import (
	"math"
	"math/bits"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
)

const (
	softmaxInputBits = 5  // integer bits of scaled differences
	softmaxSumBits   = 12 // integer bits of the sum of exponentials
)

// SoftmaxTable holds, for each difference d = max - x of stored values, what the fixed-point SOFTMAX and LOG_SOFTMAX make of
// it. Differences from Len on are too large to contribute.
type SoftmaxTable struct {
	Diff [256]int32 // -d in Q5.26
	Exp  [256]int32 // exp(-d) with zero integer bits
	Part [256]int32 // exp(-d) with twelve integer bits
	Len  int

	exp  [4][256]uint8 // the bytes of Exp, lowest first
	part [3][256]uint8 // the bytes of Part, which is 2^19 at most
}

// NewSoftmaxTable computes the table for differences scaled by multiplier * 2^(shift-31), shift >= 0. Source: Softmax in
// TFLite's reference kernels, which computes every entry where it is used.
func NewSoftmaxTable(multiplier int32, shift int) *SoftmaxTable {
	t := &SoftmaxTable{}
	radius := int64(fixedpoint.InputRadius(softmaxInputBits, shift, 31))
	t.Len = int(min(radius+1, int64(len(t.Diff))))
	for d := range t.Diff {
		t.Diff[d] = fixedpoint.SaturatingRoundingDoublingHighMul(int32(-d)<<uint(shift), multiplier)
		if d < t.Len {
			t.Exp[d] = fixedpoint.ExpOnNegative32(t.Diff[d], softmaxInputBits)
			t.Part[d] = fixedpoint.Rescale32(t.Exp[d], 0, softmaxSumBits)
		}
		for i := range t.exp {
			t.exp[i][d] = uint8(t.Exp[d] >> (8 * i))
		}
		for i := range t.part {
			t.part[i][d] = uint8(t.Part[d] >> (8 * i))
		}
	}
	return t
}

// Softmax is, for every row of depth stored values,
//
//	for i, v := range row { dst[i] = lo + exp(v - max) / sum(exp(row - max)) * 2^outBits }
//
// in fixed point, clamped to [lo, hi]. outBits is the width of the output type.
func Softmax[In int8 | uint8, Out int8 | uint8 | int16](dst []Out, x []In, depth int, t *SoftmaxTable, lo, hi int32, outBits int) {
	if depth <= 0 {
		return
	}
	for len(x) >= depth {
		n := softmaxFast(dst, x, depth, t, lo, hi, outBits)
		if n == 0 {
			softmaxGeneric(dst[:depth], x[:depth], depth, t, lo, hi, outBits)
			n = 1
		}
		dst, x = dst[n*depth:], x[n*depth:]
	}
}

func softmaxGeneric[In int8 | uint8, Out int8 | uint8 | int16](dst []Out, x []In, depth int, t *SoftmaxTable, lo, hi int32, outBits int) {
	for len(x) >= depth {
		row, d := x[:depth], dst[:depth]
		top := row[0]
		for _, v := range row {
			top = max(top, v)
		}
		var sum int32
		for _, v := range row {
			sum += t.Part[uint8(int(top)-int(v))]
		}
		inverse, over := fixedpoint.GetReciprocal(sum, softmaxSumBits)
		right := over + 31 - outBits
		for i, v := range row {
			k := int(top) - int(v)
			if k >= t.Len {
				d[i] = Out(lo)
				continue
			}
			e := fixedpoint.SaturatingRoundingDoublingHighMul(inverse, t.Exp[uint8(k)])
			r := int64(fixedpoint.RoundingDivideByPOT(e, right)) + int64(lo)
			d[i] = Out(min(max(r, int64(lo)), int64(hi)))
		}
		dst, x = dst[depth:], x[depth:]
	}
}

// LogSoftmaxParams scale the smallest Q5.26 difference back to stored values: multiplier * 2^(shift-31), shift <= 0.
type LogSoftmaxParams struct {
	Table      *SoftmaxTable
	Multiplier int32
	Shift      int
	DiffMin    int32 // the most negative stored difference that contributes to the sum
}

// LogSoftmax is, for every row of depth stored values,
//
//	for i, v := range row { dst[i] = hi + 16*(v - max - log(sum(exp(row - max)))) }
//
// in fixed point, clamped to [lo, hi]. Source: LogSoftmax in TFLite's reference kernels.
func LogSoftmax[T int8 | uint8](dst, x []T, depth int, p *LogSoftmaxParams, lo, hi int32) {
	t := p.Table
	for len(x) >= depth && depth > 0 {
		row, d := x[:depth], dst[:depth]
		top := row[0]
		for _, v := range row {
			top = max(top, v)
		}
		var sum int32
		for _, v := range row {
			sum += t.Part[uint8(int(top)-int(v))]
		}
		log := fixedpoint.Log32(sum, softmaxSumBits, softmaxInputBits)
		lowest := fixedpoint.RoundingDivideByPOT(fixedpoint.SaturatingRoundingDoublingHighMul(log+math.MinInt32, p.Multiplier), -p.Shift)
		lowest = max(lowest, p.DiffMin-1)
		for i, v := range row {
			k := int32(top) - int32(v)
			if -k <= lowest {
				d[i] = T(lo)
				continue
			}
			r := fixedpoint.RoundingDivideByPOT(t.Diff[uint8(k)]-log, 22) + hi
			d[i] = T(min(max(r, lo), hi))
		}
		dst, x = dst[depth:], x[depth:]
	}
}

// Softmax16 is SOFTMAX of int16 rows: exponentials and the reciprocal come from two tables of 513 entries.
type Softmax16 struct {
	Exp, Reciprocal *[513]int16
	Multiplier      int32
	Shift           int
}

// Run is, for every row of depth stored values,
//
//	for i, v := range row { dst[i] = 32768 * exp(v - max) / sum(exp(row - max)) }
//
// dst may be x. Source: SoftmaxInt16 in TFLite's reference kernels.
func (s *Softmax16) Run(dst, x []int16, depth int) {
	for len(x) >= depth && depth > 0 {
		row, d := x[:depth], dst[:depth]
		top := row[0]
		for _, v := range row {
			top = max(top, v)
		}
		var sum int32
		for i, v := range row {
			diff := fixedpoint.MultiplyByQuantizedMultiplier(int32(v)-int32(top), s.Multiplier, s.Shift)
			// The table covers [-10, 0], whose end is 32767.
			e := interpolate(s.Exp, fixedpoint.SaturateInt16(max(diff, -65536)+32767))
			d[i] = e
			sum += int32(e)
		}
		zeros := bits.LeadingZeros32(uint32(sum))
		// sum * 2^(zeros-31) lies in [1, 2); the table holds 1/(1+y) for y in [0, 1].
		scaled := int32((int64(sum)<<uint(zeros&63)>>1 + 1<<13) >> 14)
		y := fixedpoint.SaturateInt16(scaled - (1<<15 + 1<<16))
		r := int32(interpolate(s.Reciprocal, y))
		right := uint(31-zeros) & 31
		for i, e := range d {
			p := int32(e) * r
			if right > 0 {
				p = (p + 1<<(right-1)) >> right
			}
			d[i] = int16(min(max(p, 0), 32767))
		}
		dst, x = dst[depth:], x[depth:]
	}
}

// interpolate looks v up in a table of 512 segments.
func interpolate(t *[513]int16, v int16) int16 {
	i := 256 + int(v>>7)
	base, slope := t[i], int32(t[i+1]-t[i])
	return int16(int32(base) + (slope*int32(v&0x7f)+64)>>7)
}
