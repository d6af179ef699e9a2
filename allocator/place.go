package allocator

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// span is a range of bytes, the end excluded.
type span struct{ start, end int64 }

// resident is a placed block.
type resident struct {
	span
	first, last int32
}

// placer puts blocks one after the other into the gaps that the blocks placed before leave
// during their lifetime.
type placer struct {
	*problem
	starts   []int32    // starts[t] is the first block that begins at step t or later
	placed   []bool     // by block
	tree     [][]int32  // segment tree over steps: each placed block, at O(log steps) nodes; nil where there are few
	byOffset []int32    // placed blocks, by offset
	few      []resident // the same where there are few
	busy     []span     // reused
	work     int64      // blocks looked at so far
	limit    int64      // on work
}

// fewBlocks are placed faster by looking at all of them each time than with an index over the steps.
const fewBlocks = 128

func newPlacer(p *problem) *placer {
	n := len(p.blocks)
	pl := &placer{problem: p, limit: math.MaxInt64}
	if n > fewBlocks {
		pl.index()
	} else {
		pl.few = make([]resident, 0, n)
	}
	return pl
}

// index prepares to find the blocks of a step.
func (pl *placer) index() {
	pl.placed, pl.byOffset = make([]bool, len(pl.blocks)), make([]int32, 0, len(pl.blocks))
	pl.starts, pl.tree = make([]int32, pl.steps+1), make([][]int32, 2*pl.steps)
	for _, b := range pl.blocks {
		pl.starts[b.first+1]++
	}
	for t := range pl.steps {
		pl.starts[t+1] += pl.starts[t]
	}
}

// run places all blocks in the given order and returns the size of the whole, or false
// when the work limit was reached.
func (pl *placer) run(order []int32, bestFit bool) (size int64, done bool) {
	clear(pl.placed)
	pl.byOffset, pl.few = pl.byOffset[:0], pl.few[:0]
	for i := range pl.tree {
		pl.tree[i] = pl.tree[i][:0]
	}
	for _, b := range order {
		if pl.work > pl.limit {
			return 0, false
		}
		at := int64(0)
		if pl.tree == nil {
			at = pl.settle(b, bestFit)
		} else {
			at = gap(pl.occupied(b), pl.blocks[b].size, bestFit)
			pl.insert(b, at)
		}
		size = max(size, at+pl.blocks[b].size)
	}
	return size, true
}

// settle is gap and insert where there are few blocks.
func (pl *placer) settle(b int32, bestFit bool) int64 {
	self := pl.blocks[b]
	end, best, bestGap := int64(0), int64(-1), int64(math.MaxInt64)
	for i := range pl.few {
		o := &pl.few[i]
		if o.first > self.last || o.last < self.first {
			continue
		}
		if free := o.start - end; free >= self.size && free < bestGap {
			best, bestGap = end, free
			if !bestFit {
				break
			}
		}
		end = max(end, o.end)
	}
	pl.work += int64(len(pl.few))
	if best < 0 {
		best = end
	}
	pl.offset[b] = best
	at := len(pl.few)
	pl.few = append(pl.few, resident{})
	for ; at > 0 && pl.few[at-1].start >= best; at-- {
		pl.few[at] = pl.few[at-1]
	}
	pl.few[at] = resident{span{best, best + self.size}, self.first, self.last}
	return best
}

// gap returns the lowest offset, or with bestFit the start of the smallest gap, where size
// bytes fit between the spans, which are ordered by start. Past the last span they always fit.
func gap(busy []span, size int64, bestFit bool) int64 {
	end, best, bestGap := int64(0), int64(-1), int64(math.MaxInt64)
	for _, s := range busy {
		if free := s.start - end; free >= size && free < bestGap {
			if !bestFit {
				return end
			}
			best, bestGap = end, free
		}
		end = max(end, s.end)
	}
	if best >= 0 {
		return best
	}
	return end
}

// occupied returns the spans of the placed blocks that are live together with b, by start.
func (pl *placer) occupied(b int32) []span {
	self := pl.blocks[b]
	busy := pl.busy[:0]
	add := func(c int32) {
		busy = append(busy, span{pl.offset[c], pl.offset[c] + pl.blocks[c].size})
	}
	if pl.crowded(self) {
		// Nearly everything overlaps: filtering the ordered list beats collecting and sorting.
		pl.work += int64(len(pl.byOffset))
		for _, c := range pl.byOffset {
			if o := pl.blocks[c]; o.first <= self.last && o.last >= self.first {
				add(c)
			}
		}
		pl.busy = busy
		return busy
	}
	// Whatever overlaps either is live at self's first step, or starts after it.
	for node := int(self.first) + pl.steps; node >= 1; node /= 2 {
		for _, c := range pl.tree[node] {
			add(c)
		}
	}
	later, laterEnd := pl.starts[self.first+1], pl.starts[self.last+1]
	n := len(busy) + int(laterEnd-later)
	for c := later; c < laterEnd; c++ {
		if pl.placed[c] {
			add(c)
		}
	}
	pl.work += int64(n * bits.Len(uint(n)))
	slices.SortFunc(busy, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	pl.busy = busy
	return busy
}

// crowded reports whether so many blocks are, or may be, live together with b that it takes longer to sort them than to look at all.
func (pl *placer) crowded(b block) bool {
	n := int(pl.starts[b.last+1] - pl.starts[b.first+1])
	for node := int(b.first) + pl.steps; node >= 1; node /= 2 {
		n += len(pl.tree[node])
	}
	return n*bits.Len(uint(n)) > 2*len(pl.byOffset)
}

func (pl *placer) insert(b int32, offset int64) {
	pl.offset[b], pl.placed[b] = offset, true
	at, _ := slices.BinarySearchFunc(pl.byOffset, offset, func(c int32, o int64) int {
		return cmp.Compare(pl.offset[c], o)
	})
	pl.byOffset = slices.Insert(pl.byOffset, at, b)
	left, right := int(pl.blocks[b].first)+pl.steps, int(pl.blocks[b].last)+1+pl.steps
	for ; left < right; left, right = left/2, right/2 {
		if left&1 == 1 {
			pl.tree[left] = append(pl.tree[left], b)
			left++
		}
		if right&1 == 1 {
			right--
			pl.tree[right] = append(pl.tree[right], b)
		}
	}
}
