package q

import (
	"math"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
)

// Channels maps sums to stored values, with a multiplier of its own for each channel (the last dimension).
type Channels struct {
	Multiplier []int32
	Shift      []int8
	ZeroOut    int32
	Min, Max   int32

	Factors []float64 // for [NewGemm], which rounds by RoundExact then, in place of Multiplier and Shift
}

// RequantizeChannels is, for rows of len(c.Multiplier) sums and for output rows ldd apart,
//
//	dst[p*ldd+j] = clamp(ZeroOut + acc[p*n+j]*M[j], Min, Max)
//
// in double-rounding fixed point. from is the channel of the first sum and n their number, for grouped channels.
func RequantizeChannels[Out int8 | uint8 | int16](dst []Out, ldd int, acc []int32, rows, from, n int, c *Channels) {
	if requantizeFast(dst, ldd, acc, rows, from, n, c) {
		return
	}
	requantizeGeneric(dst, ldd, acc, rows, from, n, c)
}

func requantizeGeneric[Out int8 | uint8 | int16](dst []Out, ldd int, acc []int32, rows, from, n int, c *Channels) {
	multiplier, shift := c.Multiplier[from:][:n], c.Shift[from:][:n]
	for p := range rows {
		a, d := acc[p*n:][:n], dst[p*ldd:][:n]
		for j, v := range a {
			r := c.ZeroOut + fixedpoint.MultiplyByQuantizedMultiplier(v, multiplier[j], int(shift[j]))
			d[j] = Out(min(max(r, c.Min), c.Max))
		}
	}
}

// RequantizeChannels64 is RequantizeChannels for 64-bit sums, with the reduced multiplier that goes with them.
func RequantizeChannels64(dst []int16, ldd int, acc []int64, rows, from, n int, c *Channels) {
	multiplier, shift := c.Multiplier[from:][:n], c.Shift[from:][:n]
	for p := range rows {
		a, d := acc[p*n:][:n], dst[p*ldd:][:n]
		for j, v := range a {
			r := c.ZeroOut + fixedpoint.MultiplyByQuantizedMultiplier64(v, multiplier[j], int(shift[j]))
			d[j] = int16(min(max(r, c.Min), c.Max))
		}
	}
}

// Once maps sums to int16 as RequantizeChannels64 does, for sums of 32 bits.
type Once struct {
	channels       *Channels
	reduced, right []int32
}

// NewOnce returns such a mapping; ok is false where some shifts are to the left.
func NewOnce(c *Channels) (o *Once, ok bool) {
	o = &Once{channels: c, reduced: make([]int32, len(c.Multiplier)), right: make([]int32, len(c.Multiplier))}
	for j, m := range c.Multiplier {
		o.reduced[j] = math.MaxInt16
		if m < 0x7FFF0000 {
			o.reduced[j] = (m + 1<<15) >> 16
		}
		if o.right[j] = 15 - int32(c.Shift[j]); o.right[j] < 1 {
			return nil, false
		}
	}
	return o, c.ZeroOut == 0
}

// Rows is, for rows of n sums of the channels from some one on,
//
//	dst[p*ldd+j] = clamp(acc[p*n+j]*M[j], Min, Max)
func (o *Once) Rows(dst []int16, ldd int, acc []int32, rows, from, n int) {
	if rows <= 0 || n <= 0 || onceFast(o, dst, ldd, acc, rows, from, n) {
		return
	}
	o.generic(dst, ldd, acc, rows, from, n)
}

func (o *Once) generic(dst []int16, ldd int, acc []int32, rows, from, n int) {
	c := o.channels
	for p := range rows {
		for j := range n {
			r := fixedpoint.MultiplyByQuantizedMultiplier64(int64(acc[p*n+j]), c.Multiplier[from+j], int(c.Shift[from+j]))
			dst[p*ldd+j] = int16(min(max(r, c.Min), c.Max))
		}
	}
}
