package compress

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
)

// MixedConfig says how far Mixed goes, and with what. One of MaxSize and MinSQNR is given.
type MixedConfig struct {
	MaxSize float64 // share of the original file's bytes that the new one has at most, 0 to 1
	MinSQNR float64 // decibels of the outputs on the samples that stay at least

	Bits         []int // of weights that are tried: 8, 4 and 2; none for 8 and 4
	WeightOnly   bool  // behind DEQUANTIZE, as WeightOnly does, in place of Dynamic
	MinElements  int   // as for Dynamic
	PerChannelFC bool  // as for Dynamic
	Clip         Clip  // as for Dynamic
}

// mixedUnit is a node, with what each number of bits alone costs and saves.
type mixedUnit struct {
	place   nodePlace
	name    string
	options []mixedOption // each saves more than the one before
	chosen  int           // how many of the options have been taken: the last one counts
}

type mixedOption struct {
	bits  int
	saved int64   // bytes of the file
	noise float64 // outputError of a model with this node quantized alone
}

// Mixed quantizes the weights of every node with as many bits as it needs: nodes are quantized alone, one after the other, to see
// what that costs the outputs on the samples, and then those go first, step by step to fewer bits, that cost least for each byte
// they save. It stops at the size that is asked for, or before the quality falls below what is asked for; the quality is measured
// on the model as a whole, not just added up.
func Mixed(ctx context.Context, f *schema.File, set *dataset.Set, c MixedConfig) (*schema.File, *Report, error) {
	if len(c.Bits) == 0 {
		c.Bits = []int{8, 4}
	}
	if err := c.check(set); err != nil {
		return nil, nil, fmt.Errorf("mixed precision: %w", err)
	}
	if err := schema.Check(f); err != nil {
		return nil, nil, fmt.Errorf("mixed precision: %w", err)
	}
	units, size, err := c.units(ctx, f, set)
	if err != nil {
		return nil, nil, fmt.Errorf("mixed precision: %w", err)
	}
	var out *schema.File
	var r *Report
	if c.MaxSize > 0 {
		out, r, err = c.withinSize(ctx, f, units, size)
	} else {
		out, r, err = c.withinNoise(ctx, f, set, units)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("mixed precision: %w", err)
	}
	r.Transform = "mixed precision"
	for _, u := range units {
		if u.chosen == 0 {
			r.skip(u.place.subgraph, u.name, "stays float: alone with %d bits it leaves %.1f dB", u.options[0].bits, -10*math.Log10(u.options[0].noise))
		}
	}
	return out, r, nil
}

func (c MixedConfig) check(set *dataset.Set) error {
	switch {
	case (c.MaxSize != 0) == (c.MinSQNR != 0):
		return fmt.Errorf("size %v and SQNR %v: want one of them: %w", c.MaxSize, c.MinSQNR, ops.ErrValue)
	case math.IsNaN(c.MaxSize) || c.MaxSize < 0 || c.MaxSize >= 1:
		return fmt.Errorf("size: got %v of the original, want more than 0 and less than 1: %w", c.MaxSize, ops.ErrValue)
	case math.IsNaN(c.MinSQNR) || math.IsInf(c.MinSQNR, 0):
		return fmt.Errorf("SQNR: got %v dB: %w", c.MinSQNR, ops.ErrValue)
	case set == nil || set.Len == 0:
		return fmt.Errorf("no samples: %w", ops.ErrValue)
	}
	return nil
}

// apply quantizes nodes.
func (c MixedConfig) apply(f *schema.File, bits map[nodePlace]int) (*schema.File, *Report, error) {
	d := DynamicConfig{MinElements: c.MinElements, PerChannelFC: c.PerChannelFC, Clip: c.Clip, nodeBits: bits}
	return storeWeights(f, d, "mixed precision", !c.WeightOnly)
}

// units measures what every node costs and saves, and the size of the file.
func (c MixedConfig) units(ctx context.Context, f *schema.File, set *dataset.Set) (units []*mixedUnit, size int64, err error) {
	bits := slices.Clone(c.Bits)
	slices.Sort(bits)
	slices.Reverse(bits)
	for i, g := range f.Model.Subgraphs {
		for k := range g.Operators {
			u := &mixedUnit{place: nodePlace{i, k}}
			for _, b := range bits {
				if err := ctx.Err(); err != nil {
					return nil, 0, err
				}
				if !slices.Contains([]int{2, 4, 8}, b) {
					return nil, 0, fmt.Errorf("weights of %d bits, want 8, 4 or 2: %w", b, ops.ErrValue)
				}
				out, r, err := c.apply(f, map[nodePlace]int{u.place: b})
				if err != nil {
					return nil, 0, err
				}
				size = r.Before.File
				saved := r.Before.File - r.After.File
				if len(r.Changes) == 0 || len(u.options) > 0 && saved <= u.options[len(u.options)-1].saved || saved <= 0 {
					continue // nothing there to quantize, or not with so few bits
				}
				noise, err := outputError(ctx, f, out, set)
				if err != nil {
					return nil, 0, err
				}
				u.name = r.Changes[0].Tensor
				u.options = append(u.options, mixedOption{b, saved, noise})
			}
			if len(u.options) > 0 {
				units = append(units, u)
			}
		}
	}
	return units, size, nil
}

// next is the unit whose next step costs least noise for each byte; nil when all have taken all.
func next(units []*mixedUnit) *mixedUnit {
	var best *mixedUnit
	least := math.Inf(1)
	for _, u := range units {
		if u.chosen == len(u.options) {
			continue
		}
		step := u.options[u.chosen]
		saved, noise := step.saved, step.noise
		if u.chosen > 0 {
			saved -= u.options[u.chosen-1].saved
			noise -= u.options[u.chosen-1].noise
		}
		if cost := max(noise, 0) / float64(saved); best == nil || cost < least {
			best, least = u, cost
		}
	}
	return best
}

func chosenBits(units []*mixedUnit) map[nodePlace]int {
	bits := map[nodePlace]int{}
	for _, u := range units {
		if u.chosen > 0 {
			bits[u.place] = u.options[u.chosen-1].bits
		}
	}
	return bits
}

// withinSize takes steps until the file is small enough.
func (c MixedConfig) withinSize(ctx context.Context, f *schema.File, units []*mixedUnit, size int64) (*schema.File, *Report, error) {
	most := int64(c.MaxSize * float64(size))
	expected := size
	for {
		u := next(units)
		if u != nil {
			expected -= u.options[u.chosen].saved
			if u.chosen > 0 {
				expected += u.options[u.chosen-1].saved
			}
			u.chosen++
			if expected > most {
				continue
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		out, r, err := c.apply(f, chosenBits(units))
		if err != nil {
			return nil, nil, err
		}
		if r.After.File <= most {
			return out, r, nil
		}
		if u == nil {
			return nil, nil, fmt.Errorf("size: got %d bytes with the fewest bits everywhere, want at most %d of %d: %w", r.After.File, most, size, ops.ErrValue)
		}
	}
}

// withinNoise takes steps while the noise, added up, permits, and takes them back while the measured one does not.
func (c MixedConfig) withinNoise(ctx context.Context, f *schema.File, set *dataset.Set, units []*mixedUnit) (*schema.File, *Report, error) {
	most := math.Pow(10, -c.MinSQNR/10)
	var taken []*mixedUnit
	for {
		u := next(units)
		if u == nil {
			break
		}
		u.chosen++
		taken = append(taken, u)
		sum := 0.0
		for _, u := range units {
			if u.chosen > 0 {
				sum += u.options[u.chosen-1].noise
			}
		}
		if sum > 2*most { // errors of nodes may cancel each other: the measurement decides
			break
		}
	}
	for {
		out, r, err := c.apply(f, chosenBits(units))
		if err != nil {
			return nil, nil, err
		}
		noise, err := outputError(ctx, f, out, set)
		if err != nil {
			return nil, nil, err
		}
		if noise <= most {
			if len(taken) == 0 {
				r.warn("no node can be quantized within %v dB", c.MinSQNR)
			}
			return out, r, nil
		}
		if len(taken) == 0 {
			return nil, nil, fmt.Errorf("SQNR: got %.1f dB with nothing quantized, want %v: %w", -10*math.Log10(noise), c.MinSQNR, ops.ErrValue)
		}
		taken[len(taken)-1].chosen--
		taken = taken[:len(taken)-1]
	}
}
