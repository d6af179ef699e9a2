package compress

import (
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/ops"
)

// maxEntropySteps bounds how coarse weights may become: a grid of 127 / 32 steps has hardly a value left.
const maxEntropySteps = 32

// What is left alone: constants of fewer elements, and the weights of depthwise convolutions, whose scales stand along the last
// dimension. They are few, and each counts for more than those of other layers.
const (
	entropyLeast  = 512
	depthwiseAxis = 3
)

// checkEntropy verifies how many times coarser a grid is to look.
func checkEntropy(steps float64) error {
	if steps != 0 && (!(steps > 1) || steps > maxEntropySteps) {
		return fmt.Errorf("entropy: a grid %v times coarser, want more than 1, at most %d: %w", steps, maxEntropySteps, ops.ErrValue)
	}
	return nil
}

// entropy is how many times coarser the grid of a constant may look: those of fewer bits stay as they are.
func (d *dynamizer) entropy(bits int) float64 {
	if bits != 8 {
		return 0
	}
	return d.config.Entropy
}

// Entropy-constrained quantization. Integers stay on the grid of 8 bits, but each weight goes to the level with the least
//
//	(x - level)² + lambda * bits(level)
//
// where x is the weight in steps of its scale, and bits(level) is what an entropy coder needs for a level that as many weights
// share as do. Levels are at first the multiples of steps; then choosing, counting and moving the levels to the means of their
// weights take turns. At high rates a uniform grid of step s has the error s²/12 and loses a bit when s doubles, so that the trade of error
// for bits is the slope lambda = s²/12 * 2 ln 2 there: the same for all tensors of a model, so none of them gives up more for a
// bit than another. (T. Berger, Rate Distortion Theory, 1971; P. A. Chou, T. Lookabaugh and R. M. Gray, Entropy-constrained vector
// quantization, 1989.) Weights that are zero stay zero.

// entropyRounds bounds the turns; the cost falls with each, and hardly after these.
const entropyRounds = 12

// codebook is levels in ascending order, and what coding each costs, in squared steps.
type codebook struct{ levels, cost []float64 }

// shorten moves integers to levels that are cheap to code, and returns the levels. x are the weights in steps of their scales.
func shorten(stored []int8, x []float32, steps, lo, hi float64) codebook {
	lambda := steps * steps / 12 * 2 * math.Ln2
	var levels []float64
	for k := math.Ceil(lo / steps); k*steps <= hi; k++ {
		levels = append(levels, math.Round(k*steps))
	}
	counts := make([]float64, len(levels))
	for _, v := range x {
		counts[nearestLevel(levels, float64(v))]++
	}
	choice := make([]int32, len(x))
	last := math.Inf(1)
	for range entropyRounds {
		levels, counts = occupied(levels, counts)
		cost := bitCosts(counts, lambda)
		zero := slices.Index(levels, 0)
		sums := make([]float64, len(levels))
		clear(counts)
		total := 0.0
		for i, v := range x {
			best, least := int32(zero), 0.0
			if v != 0 || zero < 0 {
				best, least = cheapest(levels, cost, float64(v))
			} else {
				least = cost[zero]
			}
			choice[i] = best
			counts[best]++
			sums[best] += float64(v)
			total += least
		}
		for i, n := range counts {
			if n > 0 && i != zero {
				levels[i] = min(max(math.Round(sums[i]/n), lo), hi)
			}
		}
		for i, c := range choice {
			stored[i] = int8(levels[c])
		}
		if total >= last*(1-1e-5) {
			break
		}
		last = total
	}
	levels, counts = occupied(levels, counts)
	return codebook{levels, bitCosts(counts, lambda)}
}

// bitCosts returns lambda times the bits that an entropy coder needs for levels with such counts.
func bitCosts(counts []float64, lambda float64) []float64 {
	all := 0.0
	for _, n := range counts {
		all += n
	}
	cost := make([]float64, len(counts))
	for i, n := range counts {
		cost[i] = -lambda * math.Log2(n/all)
	}
	return cost
}

// occupied drops the levels that no weight is at, and joins equal ones.
func occupied(levels, counts []float64) ([]float64, []float64) {
	n := 0
	for i, c := range counts {
		switch {
		case c == 0:
		case n > 0 && levels[n-1] == levels[i]:
			counts[n-1] += c
		default:
			levels[n], counts[n] = levels[i], c
			n++
		}
	}
	return levels[:n], counts[:n]
}

func nearestLevel(levels []float64, v float64) int {
	i, _ := slices.BinarySearch(levels, v)
	if i == len(levels) || i > 0 && v-levels[i-1] <= levels[i]-v {
		i--
	}
	return i
}

// choose returns the level for a weight of v steps when bits count so many times as much as they do for the mean weight.
func (b codebook) choose(v, bits float64) float64 {
	best, least := 0.0, math.Inf(1)
	for i, l := range b.levels {
		if c := (v-l)*(v-l) + bits*b.cost[i]; c < least {
			best, least = l, c
		}
	}
	return best
}

// cheapest returns the level with the least error and bits together: from the nearest one outwards, until the error alone is more.
func cheapest(levels, cost []float64, v float64) (best int32, least float64) {
	from := nearestLevel(levels, v)
	least = math.Inf(1)
	for i := from; i >= 0; i-- {
		d := (v - levels[i]) * (v - levels[i])
		if d >= least {
			break
		}
		if c := d + cost[i]; c < least {
			best, least = int32(i), c
		}
	}
	for i := from + 1; i < len(levels); i++ {
		d := (v - levels[i]) * (v - levels[i])
		if d >= least {
			break
		}
		if c := d + cost[i]; c < least {
			best, least = int32(i), c
		}
	}
	return best, least
}
