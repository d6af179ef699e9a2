package allocator

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// Layout says where each request lies inside one block of memory.
type Layout struct {
	Offsets  []int64 // by request, multiples of Alignment; 0 for empty requests
	Size     int64   // bytes of the block, a multiple of Alignment
	PeakLive int64   // most bytes live at one step, sizes aligned: no layout is smaller
	Strategy string  // the heuristic that found it; empty if there was nothing to place
}

// strategy is an order in which blocks are placed, and the choice among the gaps they fit.
type strategy struct {
	name    string
	order   func(*problem) []int32
	bestFit bool // the smallest gap; otherwise the lowest
}

// strategies are tried in this order, the ones that win most often first; of equal results the
// earlier one is kept.
var strategies = [...]strategy{
	{"size", bySize, true},
	{"size, lowest gap", bySize, false},
	{"breadth", byBreadth, true},
	{"area", byArea, true},
	{"lifetime", byLifetime, true},
	{"first use", byFirstUse, true},
	{"first use, lowest gap", byFirstUse, false},
}

// workLimit bounds how many blocks the strategies after the first may look at, taken
// together: with ten thousands of blocks that are all live at once each strategy is quadratic.
const workLimit = 1 << 26

// Plan finds offsets for all requests. It fails if a request is not valid or the sizes
// add up to more than an int64 holds.
//
// The time is O(n log n + n k log k) for n requests of which k overlap a given one.
func Plan(requests []Request) (Layout, error) { return plan(requests, strategies[:]) }

// PlanWith is Plan restricted to one of the heuristics, for comparing them.
func PlanWith(strategyName string, requests []Request) (Layout, error) {
	for i, s := range strategies {
		if s.name == strategyName {
			return plan(requests, strategies[i:i+1])
		}
	}
	return Layout{}, fmt.Errorf("memory plan: no strategy %q, have %q", strategyName, Strategies())
}

// Strategies lists the names of the heuristics in the order in which Plan tries them.
func Strategies() []string {
	names := make([]string, len(strategies))
	for i, s := range strategies {
		names[i] = s.name
	}
	return names
}

func plan(requests []Request, tries []strategy) (Layout, error) {
	p, err := reduce(requests)
	if err != nil {
		return Layout{}, err
	}
	layout := Layout{Offsets: make([]int64, len(requests)), PeakLive: p.largest}
	if len(p.blocks) == 0 {
		return layout, nil
	}
	placer := newPlacer(p)
	var offsets []int64
	for i, s := range tries {
		if i == 1 {
			placer.limit = placer.work + workLimit
		}
		size, done := placer.run(s.order(p), s.bestFit)
		if done && (i == 0 || size < layout.Size) {
			offsets = append(offsets[:0], placer.offset...)
			layout.Size, layout.Strategy = size, s.name
		}
		if !done || layout.Size == p.bound {
			break
		}
	}
	for i, b := range p.owner {
		if b >= 0 {
			layout.Offsets[i] = offsets[b]
		}
	}
	return layout, nil
}

// String sums the layout up in one line.
func (l Layout) String() string {
	over := 0.0
	if l.PeakLive > 0 {
		over = 100 * (float64(l.Size)/float64(l.PeakLive) - 1)
	}
	return fmt.Sprintf("%d bytes for %d requests, peak live %d (+%.1f%%), placed by %s",
		l.Size, len(l.Offsets), l.PeakLive, over, cmp.Or(l.Strategy, "nothing"))
}

// sorted returns the block numbers ordered by less, ties by number, which is by first step.
func sorted(p *problem, compare func(a, b block) int) []int32 {
	order := make([]int32, len(p.blocks))
	for i := range order {
		order[i] = int32(i)
	}
	if len(order) <= fewBlocks {
		for i := range order {
			b := p.blocks[i]
			at := i
			for ; at > 0 && compare(p.blocks[order[at-1]], b) > 0; at-- {
				order[at] = order[at-1]
			}
			order[at] = int32(i)
		}
		return order
	}
	slices.SortStableFunc(order, func(a, b int32) int { return compare(p.blocks[a], p.blocks[b]) })
	return order
}

func largerFirst(a, b block) int { return cmp.Compare(b.size, a.size) }

func bySize(p *problem) []int32 { return sorted(p, largerFirst) }

func byFirstUse(p *problem) []int32 {
	return sorted(p, func(a, b block) int { return cmp.Or(cmp.Compare(a.first, b.first), largerFirst(a, b)) })
}

func byLifetime(p *problem) []int32 {
	return sorted(p, func(a, b block) int {
		return cmp.Or(cmp.Compare(b.last-b.first, a.last-a.first), largerFirst(a, b))
	})
}

func byArea(p *problem) []int32 {
	area := func(b block) (high, low uint64) { return bits.Mul64(uint64(b.size), uint64(b.last-b.first+1)) }
	return sorted(p, func(a, b block) int {
		ah, al := area(a)
		bh, bl := area(b)
		return cmp.Or(cmp.Compare(bh, ah), cmp.Compare(bl, al))
	})
}

// byBreadth takes the steps from the fullest to the emptiest and at each of them the blocks
// not yet taken, the larger first.
func byBreadth(p *problem) []int32 {
	fullest := make([]int32, p.steps)
	for t := range fullest {
		fullest[t] = int32(t)
	}
	slices.SortStableFunc(fullest, func(a, b int32) int { return cmp.Compare(p.live[b], p.live[a]) })
	// levels[k][t] is the best rank among steps t .. t+2^k-1, which makes the
	// rank of any lifetime the better of two entries.
	levels := [][]int32{make([]int32, p.steps)}
	for rank, t := range fullest {
		levels[0][t] = int32(rank)
	}
	for width := 1; 2*width <= p.steps; width *= 2 {
		below := levels[len(levels)-1]
		level := make([]int32, p.steps-2*width+1)
		for t := range level {
			level[t] = min(below[t], below[t+width])
		}
		levels = append(levels, level)
	}
	rank := func(b block) int32 {
		k := bits.Len32(uint32(b.last-b.first+1)) - 1
		return min(levels[k][b.first], levels[k][b.last+1-1<<k])
	}
	return sorted(p, func(a, b block) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), largerFirst(a, b)) })
}
