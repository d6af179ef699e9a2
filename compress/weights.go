package compress

import (
	"math"

	"github.com/litewren/litewren/tensor"
)

// Clip says how the scale of weights is chosen.
type Clip string

// The ways. The empty one is ClipMSE for Dynamic and WeightOnly, ClipNothing for Integer, as in Google's converter.
const (
	ClipNothing Clip = "max" // the largest magnitude is the last step of the grid
	ClipMSE     Clip = "mse" // the scale with the least squared error: a few large weights are clipped for the sake of all others
)

// weightGrid is how weights are put onto a symmetric grid of integers.
type weightGrid struct {
	bits  int
	clip  Clip
	floor []float64 // least scales by channel, nil for none
	fixed *Grid     // scales to use, if they fit the shape

	entropy float64   // how many times coarser the grid may look, to be coded in fewer bits; 0 for the nearest integers
	book    *codebook // the integers to choose from, and what they cost; nil for all
}

// limits returns the least and the largest integer: 8-bit weights leave out -128, as the kernels want; narrower ones use
// every level, with scale = largest magnitude / largest integer.
func (g weightGrid) limits() (lo, hi float64) {
	if g.bits == 8 {
		return -127, 127
	}
	hi = float64(int(1)<<(g.bits-1) - 1)
	return -hi - 1, hi
}

// quantizedWeights is a constant on a grid: real = scale of its channel * stored.
type quantizedWeights struct {
	scale  []float32
	stored []int8
	sqnr   Decibel
	book   *codebook // of entropy
}

// bytes returns the stored integers as a file holds them.
func (w quantizedWeights) bytes(bits int) []byte {
	switch bits {
	case 4:
		b := make([]byte, (len(w.stored)+1)/2)
		tensor.PackInt4(b, w.stored)
		return b
	case 2:
		b := make([]byte, (len(w.stored)+3)/4)
		tensor.PackInt2(b, w.stored)
		return b
	}
	b := make([]byte, len(w.stored))
	for i, v := range w.stored {
		b[i] = byte(v)
	}
	return b
}

// quantizeWeights puts values of the given shape onto the grid, with one scale for each index of axis, or one for all where
// axis is -1.
func quantizeWeights(values []float32, shape []int32, axis int32, g weightGrid) quantizedWeights {
	channels, run := 1, max(len(values), 1)
	if axis >= 0 && int(axis) < len(shape) {
		channels, run = int(shape[axis]), 1
		for _, d := range shape[axis+1:] {
			run *= int(d)
		}
	}
	w := quantizedWeights{scale: make([]float32, channels), stored: make([]int8, len(values))}
	got := make([]float32, len(values))
	var steps []float32
	if g.entropy > 0 && g.fixed == nil && len(values) >= entropyLeast && axis != depthwiseAxis {
		steps = make([]float32, len(values))
	}
	var channel []float32
	for c := range channels {
		channel = channel[:0]
		for i := c * run; i < len(values); i += channels * run {
			channel = append(channel, values[i:i+run]...)
		}
		s := g.scaleOf(c, channels, channel)
		w.scale[c] = s
		lo, hi := g.limits()
		for i := c * run; i < len(values); i += channels * run {
			for j := i; j < i+run; j++ {
				n := roundClamp(float64(values[j])/float64(s), lo, hi)
				w.stored[j] = int8(n)
				got[j] = float32(n) * s
				if steps != nil && !math.IsNaN(float64(values[j])) {
					steps[j] = min(max(values[j]/s, float32(lo)), float32(hi))
				}
			}
		}
	}
	if steps != nil {
		lo, hi := g.limits()
		book := shorten(w.stored, steps, g.entropy, lo, hi)
		w.book = &book
		for i, n := range w.stored {
			got[i] = float32(n) * w.scale[i/run%channels]
		}
	}
	w.sqnr = SQNR(values, got)
	return w
}

// scaleOf chooses the scale of one channel.
func (g weightGrid) scaleOf(c, channels int, values []float32) float32 {
	if g.fixed != nil && g.fixed.Block == 0 && len(g.fixed.Scale) == channels {
		if g.floor != nil {
			return max(g.fixed.Scale[c], float32(g.floor[c]))
		}
		return g.fixed.Scale[c]
	}
	_, hi := g.limits()
	most := 0.0
	for _, v := range values {
		if x := math.Abs(float64(v)); !math.IsInf(x, 0) && x > most {
			most = x
		}
	}
	s := most / hi
	if g.clip == ClipMSE && most > 0 {
		s = g.leastError(values, s)
	}
	if g.floor != nil {
		s = math.Max(s, g.floor[c])
	}
	return positive(s)
}

// leastError tries shares of the largest scale and returns the one with the least squared error.
func (g weightGrid) leastError(values []float32, largest float64) float64 {
	lo, hi := g.limits()
	best, least := largest, math.Inf(1)
	// In 64ths from 1/4: 2-bit grids clip most, at about half of the largest magnitude.
	for i := 64; i >= 16; i-- {
		s := largest * float64(i) / 64
		sum := 0.0
		for _, v := range values {
			x := float64(v)
			d := x - s*math.Min(math.Max(math.Round(x/s), lo), hi)
			sum += d * d
		}
		if sum < least {
			best, least = s, sum
		}
	}
	return best
}

// roundClamp rounds half away from zero; NaN becomes 0.
func roundClamp(x, lo, hi float64) int64 {
	if math.IsNaN(x) {
		return 0
	}
	return int64(math.Min(math.Max(math.Round(x), lo), hi))
}
