package calibrate

import (
	"math"
	"sort"
)

// quantile returns the value below which a share q of all values lie, values being spread evenly over a bin.
func (h *histogram) quantile(q float64) float32 {
	want, below := q*float64(h.total), 0.0
	for i, n := range h.counts {
		if below+float64(n) >= want && n > 0 {
			v := (float64(h.first+int64(i)) + (want-below)/float64(n)) * h.width()
			return float32(min(max(v, float64(h.min)), float64(h.max)))
		}
		below += float64(n)
	}
	return h.max
}

// leastSquares returns the range within the one seen, zero included, whose rounding and clipping errors have the least sum of
// squares when it is divided into 2^bits levels; see moments.error. Both ends are searched over 128 fractions.
func (h *histogram) leastSquares(bits int) Range {
	const fractions = 128
	m := h.moments()
	lo, hi := math.Min(float64(h.min), 0), math.Max(float64(h.max), 0)
	below, above := make([]tail, fractions+1), make([]tail, fractions+1)
	for i := 1; i <= fractions; i++ {
		below[i] = m.below(lo * float64(i) / fractions)
		above[i] = m.above(hi * float64(i) / fractions)
	}
	best, bestLo, bestHi := math.Inf(1), lo, hi
	levels := math.Ldexp(1, bits) - 1
	// From the widest, so that equals leave the range as it is.
	for i := fractions; i >= 1; i-- {
		for k := fractions; k >= 1; k-- {
			a, b := lo*float64(i)/fractions, hi*float64(k)/fractions
			step := (b - a) / levels
			if e := m.error(below[i], above[k], step); e < best {
				best, bestLo, bestHi = e, a, b
			}
			if hi == 0 {
				break
			}
		}
		if lo == 0 {
			break
		}
	}
	return Range{max(h.min, float32(bestLo)), min(h.max, float32(bestHi))}
}

// error is the sum of squared errors with levels a step apart: for values beyond either end their squared distance from it, for
// those that round to zero their square, and step^2/12 for the rest, which are spread evenly over steps about. (The middle
// part matters where most values are near zero.)
func (m *moments) error(below, above tail, step float64) float64 {
	from, to := m.bin(-step/2), m.bin(step/2)
	from, to = max(from, below.bins), min(to, len(m.x)-above.bins)
	inside := m.s0[len(m.x)] - below.count - above.count
	zeros, small := 0.0, 0.0
	if from < to {
		zeros, small = m.s0[to]-m.s0[from], m.s2[to]-m.s2[from]
	}
	return below.error + above.error + math.Max(small, 0) + (inside-zeros)*step*step/12
}

// bin returns how many bins begin below v and a half of a bin, within what there is.
func (m *moments) bin(v float64) int {
	return int(min(max(math.Round(v/m.width)-m.first, 0), float64(len(m.x))))
}

// tail is what lies beyond an end of a range: how many values, and the sum of their squared distances from it.
type tail struct {
	count, error float64
	bins         int
}

// moments are running sums over the bins: entry i is the sum of x^0, x, x^2 over bins 0 to i-1.
type moments struct {
	x          []float64 // what stands for a bin
	s0, s1, s2 []float64
	width      float64
	first      float64 // number of the first bin
}

func (h *histogram) moments() *moments {
	n := len(h.counts)
	m := &moments{x: make([]float64, n), s0: make([]float64, n+1), s1: make([]float64, n+1), s2: make([]float64, n+1)}
	for i, c := range h.counts {
		x, count := h.centre(i), float64(c)
		m.x[i] = x
		m.s0[i+1], m.s1[i+1], m.s2[i+1] = m.s0[i]+count, m.s1[i]+count*x, m.s2[i]+count*x*x
	}
	m.width, m.first = h.width(), float64(h.first)
	return m
}

func (m *moments) below(end float64) tail {
	i := sort.SearchFloat64s(m.x, end)
	return distance(m.s0[i], m.s1[i], m.s2[i], end, i)
}

func (m *moments) above(end float64) tail {
	n := len(m.x)
	i := sort.Search(n, func(i int) bool { return m.x[i] > end })
	return distance(m.s0[n]-m.s0[i], m.s1[n]-m.s1[i], m.s2[n]-m.s2[i], end, n-i)
}

func distance(s0, s1, s2, end float64, bins int) tail {
	return tail{s0, math.Max(0, s2-2*end*s1+end*end*s0), bins}
}

// leastDivergence clips magnitudes as NVIDIA's TensorRT does (S. Migacz, 8-bit inference with TensorRT, 2017): among
// thresholds T it takes the one where the distribution of |x|, what lies beyond T added to the last bin, and the same merged
// into 128 levels differ least by Kullback-Leibler divergence. Bin 0, mostly exact zeros, counts no more than its neighbour.
func (h *histogram) leastDivergence() Range {
	const levels, stride = 128, 8
	magnitudes := make([]float64, 0, bins)
	for i, n := range h.counts {
		k := h.first + int64(i)
		if k < 0 {
			k = -k - 1
		}
		for int64(len(magnitudes)) <= k {
			if len(magnitudes) >= 2*bins {
				return Range{h.min, h.max} // far from zero: no magnitude is small
			}
			magnitudes = append(magnitudes, 0)
		}
		magnitudes[k] += float64(n)
	}
	if len(magnitudes) <= levels {
		return Range{h.min, h.max}
	}
	magnitudes[0] = min(magnitudes[0], magnitudes[1])
	best, threshold := math.Inf(1), len(magnitudes)
	for n := len(magnitudes); n >= levels; n -= stride {
		if d := divergence(magnitudes, n, levels); d < best {
			best, threshold = d, n
		}
	}
	t := float32(float64(threshold) * h.width())
	return Range{max(h.min, -t), min(h.max, t)}
}

// divergence is the Kullback-Leibler divergence between the first n bins, the rest added to the last, and their merge
// into levels; +Inf where nothing is left.
func divergence(counts []float64, n, levels int) float64 {
	beyond := 0.0
	for _, c := range counts[n:] {
		beyond += c
	}
	var total, merged float64
	for _, c := range counts[:n] {
		total += c
	}
	merged = total // the merge knows nothing of what lies beyond
	total += beyond
	if merged == 0 {
		return math.Inf(1)
	}
	d := 0.0
	const smooth = 1e-9 // in place of 0 in the merge
	for l := range levels {
		begin, end := l*n/levels, (l+1)*n/levels
		sum, nonzero := 0.0, 0
		for i := begin; i < end; i++ {
			sum += counts[i]
			if counts[i] > 0 {
				nonzero++
			}
		}
		for i := begin; i < end; i++ {
			p, q := counts[i], 0.0
			if p > 0 {
				q = sum / float64(nonzero)
			}
			if i == n-1 {
				p += beyond
			}
			if p > 0 {
				d += p / total * math.Log(p/total/math.Max(q/merged, smooth))
			}
		}
	}
	return d
}
