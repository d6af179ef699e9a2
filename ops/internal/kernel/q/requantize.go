package q

import "github.com/litewren/litewren/ops/internal/fixedpoint"

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
