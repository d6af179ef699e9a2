package allocator

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Alignment is the number of bytes that every offset, and the arena itself, is a multiple of:
// a cache line, and the widest vector register.
const Alignment = 64

// NoShare as Request.Share asks for storage of one's own.
const NoShare = -1

// Request asks for Size bytes that are in use from step First to step Last, both included.
//
// Share, unless it is [NoShare], is the index of a request whose storage this one may take
// over in place. It does so if the other's last step is this one's first, if it fits into
// the storage, and if no request with a lower index took that storage before;
// otherwise it gets storage of its own. Layout.Offsets tells which it was. Chains work.
//
// Two names for the same unchanging bytes, live together, are one request with the
// joint lifetime.
type Request struct {
	Size        int64
	First, Last int
	Share       int
}

// block is what is placed: one request, or a chain of requests sharing storage. Its steps
// are compressed to the distinct first steps of all blocks, which keeps every overlap.
type block struct {
	size        int64 // a multiple of Alignment, > 0
	first, last int32
}

// problem is the list of requests reduced to blocks, ordered by first step.
type problem struct {
	blocks  []block
	owner   []int32 // request -> block, -1 for empty requests
	offset  []int64 // by block; of a placer
	steps   int     // compressed
	live    []int64 // bytes of blocks at each compressed step
	bound   int64   // max of live: no placement of the blocks is smaller
	largest int64   // peak of the requests' own bytes, <= bound
}

func alignUp(n int64) int64 { return (n + Alignment - 1) &^ (Alignment - 1) }

// validate checks the requests and that no sum of sizes can overflow later on.
func validate(requests []Request) error {
	if int64(len(requests)) > math.MaxInt32 {
		return fmt.Errorf("memory plan: %d requests, at most %d are possible", len(requests), math.MaxInt32)
	}
	total := int64(0)
	for i, r := range requests {
		switch {
		case r.Size < 0:
			return fmt.Errorf("memory plan: request %d: negative size %d", i, r.Size)
		case r.First < 0 || r.Last < r.First || r.Last == math.MaxInt:
			return fmt.Errorf("memory plan: request %d: lifetime [%d, %d] is not valid", i, r.First, r.Last)
		case r.Share != NoShare && (r.Share < 0 || r.Share >= len(requests) || r.Share == i):
			return fmt.Errorf("memory plan: request %d: cannot share with request %d of %d", i, r.Share, len(requests))
		case r.Size > math.MaxInt64-Alignment-total:
			return fmt.Errorf("memory plan: request %d: sizes add up to more than %d bytes", i, int64(math.MaxInt64))
		}
		total += alignUp(r.Size)
	}
	return nil
}

// resolve decides which wishes to share are granted: it makes root[i] the request that starts
// i's chain, i itself if it shares with nothing. taken, zeros before, tells whose storage somebody has taken over.
func resolve(requests []Request, root, taken []int32) {
	for i := range root {
		root[i] = int32(i)
	}
	find := func(i int32) int32 {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for i, r := range requests {
		if r.Share == NoShare || r.Size == 0 || taken[r.Share] > 0 {
			continue
		}
		source := requests[r.Share]
		start := find(int32(r.Share))
		// The storage is as large as the chain's start asked for. Requests of a single step
		// could close a ring; start == i is that ring.
		if source.Last != r.First || alignUp(r.Size) > alignUp(requests[start].Size) || start == int32(i) {
			continue
		}
		taken[r.Share]++
		root[i] = start
	}
	for i := range root {
		root[i] = find(int32(i))
	}
}

// reduce validates the requests and makes the problem to be solved.
func reduce(requests []Request) (*problem, error) {
	if err := validate(requests); err != nil {
		return nil, err
	}
	// Two blocks of numbers, cut up: in a new process each size of object costs more than using it.
	n, end := len(requests), 0
	for _, r := range requests {
		end = max(end, r.Last+1)
	}
	longs := make([]int64, 4*n+2+steps(end, n))
	numbers := make([]int32, 4*n)
	cut := func(n int) []int64 {
		part := longs[:n:n]
		longs = longs[n:]
		return part
	}
	root, at, owner, roots := numbers[:n], numbers[n:2*n], numbers[2*n:3*n], numbers[3*n:3*n]
	resolve(requests, root, owner)
	last := cut(n) // of the chain, at its root
	for i, r := range requests {
		last[root[i]] = max(last[root[i]], int64(r.Last))
	}
	for i, r := range requests {
		if root[i] == int32(i) && r.Size > 0 {
			roots = append(roots, int32(i))
		}
	}
	byFirst := func(a, b int32) int { return cmp.Compare(requests[a].First, requests[b].First) }
	if !slices.IsSortedFunc(roots, byFirst) { // those of an interpreter come in order
		slices.SortStableFunc(roots, byFirst)
	}
	firsts := cut(n)[:0]
	for _, i := range roots {
		if n := len(firsts); n == 0 || firsts[n-1] != int64(requests[i].First) {
			firsts = append(firsts, int64(requests[i].First))
		}
	}

	p := &problem{blocks: make([]block, len(roots)), owner: owner, offset: cut(len(roots)), steps: len(firsts)}
	p.live = cut(len(firsts) + 1)
	for b, i := range roots {
		first, end := search(firsts, int64(requests[i].First)), search(firsts, last[i]+1)
		size := alignUp(requests[i].Size)
		p.blocks[b] = block{size: size, first: int32(first), last: int32(end - 1)}
		p.live[first] += size
		p.live[end] -= size
		at[i] = int32(b) // root -> block
	}
	for t := 1; t < len(p.live); t++ {
		p.live[t] += p.live[t-1]
	}
	p.live = p.live[:len(firsts)]
	for _, n := range p.live {
		p.bound = max(p.bound, n)
	}
	for i, r := range requests {
		p.owner[i] = -1
		if r.Size > 0 {
			p.owner[i] = at[root[i]]
		}
	}
	p.largest = peak(requests, root, cut(steps(end, n)))
	return p, nil
}

// steps is how many steps peak wants to count bytes of, 0 where there are too many for the requests.
func steps(end, requests int) int {
	if end > 4*requests+64 {
		return 0
	}
	return end + 1
}

// peak returns the largest sum of aligned sizes live at one step. A request that took over
// storage counts from the step after its first: until then its source stands for both (which
// is too little, and still a lower bound, if the chain shrank and grows again). change, zeros before, has room for the bytes that
// come and go at each step.
func peak(requests []Request, root []int32, change []int64) int64 {
	if len(change) == 0 {
		return peakOfEvents(requests, root)
	}
	for i, r := range requests {
		first := r.First
		if root[i] != int32(i) {
			first++
		}
		if r.Size > 0 && first <= r.Last {
			change[first] += alignUp(r.Size)
			change[r.Last+1] -= alignUp(r.Size)
		}
	}
	live, top := int64(0), int64(0)
	for _, d := range change {
		live += d
		top = max(top, live)
	}
	return top
}

// search returns the index of the first of sorted numbers that is not less than v.
func search(list []int64, v int64) int {
	low, high := 0, len(list)
	for low < high {
		if middle := (low + high) / 2; list[middle] < v {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// peakOfEvents is peak for few requests among many steps.
func peakOfEvents(requests []Request, root []int32) int64 {
	type event struct {
		step  int
		delta int64
	}
	events := make([]event, 0, 2*len(requests))
	for i, r := range requests {
		first := r.First
		if root[i] != int32(i) {
			first++
		}
		if r.Size == 0 || first > r.Last {
			continue
		}
		size := alignUp(r.Size)
		events = append(events, event{first, size}, event{r.Last + 1, -size})
	}
	slices.SortFunc(events, func(a, b event) int {
		// Releases come first: a last step is included in the lifetime, the event lies behind it.
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.delta, b.delta))
	})
	live, top := int64(0), int64(0)
	for _, e := range events {
		live += e.delta
		top = max(top, live)
	}
	return top
}
