package allocator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// own is a request with storage of its own, sizes in units of Alignment.
func own(units int64, first, last int) Request {
	return Request{Size: units * Alignment, First: first, Last: last, Share: NoShare}
}

func after(r Request, share int) Request {
	r.Share = share
	return r
}

// check plans and asserts what must hold for every plan.
func check(t *testing.T, requests []Request) Layout {
	t.Helper()
	l, err := Plan(requests)
	require.NoError(t, err)
	checkLayout(t, requests, l)
	return l
}

func checkLayout(t *testing.T, requests []Request, l Layout) {
	t.Helper()
	require.Len(t, l.Offsets, len(requests))
	i, j, bad := Overlaps(requests, l)
	require.False(t, bad, "requests %d and %d overlap", i, j)
	sum, live := int64(0), map[int]int64{}
	for i, r := range requests {
		sum += alignUp(r.Size)
		if len(requests) > 200 || r.Last-r.First > 1000 {
			continue
		}
		for step := r.First; step <= r.Last; step++ {
			// Unless shared, everything live at a step has bytes of its own.
			if r.Share == NoShare {
				live[step] += alignUp(requests[i].Size)
			}
		}
	}
	for step, bytes := range live {
		require.GreaterOrEqual(t, l.Size, bytes, "step %d", step)
	}
	require.GreaterOrEqual(t, l.Size, l.PeakLive)
	require.LessOrEqual(t, l.Size, sum)
}

// TestEachStrategyWins has one instance for each heuristic that beats all others on it.
func TestEachStrategyWins(t *testing.T) {
	cases := map[string]struct {
		units    int64
		requests []Request
	}{
		"size": {29, []Request{
			own(3, 3, 5), own(3, 5, 7), own(5, 1, 4), own(2, 4, 5), own(5, 5, 6), own(4, 4, 6), own(6, 2, 5), own(8, 0, 3), own(5, 3, 5),
		}},
		"breadth":               {12, []Request{own(4, 4, 5), own(5, 0, 3), own(4, 2, 5), own(4, 4, 4)}},
		"area":                  {11, []Request{own(1, 1, 4), own(7, 5, 6), own(4, 4, 6), own(7, 2, 3)}},
		"lifetime":              {17, []Request{own(5, 3, 6), own(8, 1, 3), own(5, 4, 5), own(7, 5, 6)}},
		"first use":             {16, []Request{own(3, 5, 5), own(7, 5, 8), own(3, 1, 4), own(6, 0, 1), own(5, 2, 5), own(1, 4, 5), own(7, 0, 3)}},
		"size, lowest gap":      {16, []Request{own(3, 3, 6), own(6, 5, 5), own(4, 1, 4), own(2, 0, 3), own(7, 4, 5), own(2, 3, 4)}},
		"first use, lowest gap": {13, []Request{own(5, 1, 2), own(4, 3, 6), own(1, 4, 6), own(7, 5, 8), own(3, 1, 4), own(2, 0, 3)}},
	}
	require.Len(t, cases, len(Strategies()))
	for name, c := range cases {
		l := check(t, c.requests)
		require.Equal(t, name, l.Strategy)
		require.Equal(t, c.units*Alignment, l.Size, name)
		for _, other := range Strategies() {
			alone, err := PlanWith(other, c.requests)
			require.NoError(t, err)
			require.Equal(t, other, alone.Strategy)
			checkLayout(t, c.requests, alone)
			if other != name {
				require.Greater(t, alone.Size, l.Size, "%s against %s", other, name)
			}
		}
	}
	_, err := PlanWith("luck", nil)
	require.ErrorContains(t, err, `no strategy "luck"`)
}

func TestPlanSmall(t *testing.T) {
	l := check(t, nil)
	require.Equal(t, Layout{Offsets: []int64{}}, l)

	l = check(t, []Request{own(0, 0, 5), own(0, 2, 2)})
	require.Zero(t, l.Size, "nothing but empty requests")

	// A pipeline: only neighbours meet, so that two places do.
	l = check(t, []Request{own(4, 0, 1), own(4, 1, 2), own(4, 2, 3), own(4, 3, 4)})
	require.Equal(t, int64(8*Alignment), l.Size)
	require.Equal(t, l.Size, l.PeakLive)
	require.Equal(t, l.Offsets[0], l.Offsets[2])

	// Sizes are rounded up to the alignment.
	l = check(t, []Request{{Size: 1, First: 3, Last: 3, Share: NoShare}, {Size: 65, First: 3, Last: 3, Share: NoShare}})
	require.Equal(t, int64(3*Alignment), l.Size)
}

func TestPlanRejects(t *testing.T) {
	cases := map[string][]Request{
		"negative size -1":                {{Size: -1, Share: NoShare}},
		"lifetime [2, 1] is not valid":    {{First: 2, Last: 1, Share: NoShare}},
		"lifetime [-1, 1] is not valid":   {{First: -1, Last: 1, Share: NoShare}},
		"cannot share with request 0":     {{Share: 0}},
		"cannot share with request 7":     {{Share: 7}},
		"cannot share with request -2":    {{Share: -2}},
		"request 0: sizes add up":         {{Size: math.MaxInt64, Share: NoShare}},
		"request 1: sizes add up to more": {own(1<<56, 0, 0), own(1<<56, 1, 1)},
		"is not valid":                    {{Last: math.MaxInt, Share: NoShare}},
	}
	for want, requests := range cases {
		_, err := Plan(requests)
		require.ErrorContains(t, err, want)
	}
}

func TestSharing(t *testing.T) {
	cases := []struct {
		name     string
		units    int64 // of the whole
		same     bool  // request 0 and the last one at the same offset
		peak     int64
		requests []Request
	}{
		{"taken over", 4, true, 4, []Request{own(4, 0, 2), after(own(4, 2, 5), 0)}},
		{"smaller", 4, true, 4, []Request{own(4, 0, 2), after(own(1, 2, 5), 0)}},
		{"larger does not fit", 9, false, 9, []Request{own(4, 0, 2), after(own(5, 2, 5), 0)}},
		{"source still used", 8, false, 8, []Request{own(4, 0, 3), after(own(4, 2, 5), 0)}},
		{"chain", 4, true, 4, []Request{own(4, 0, 2), after(own(4, 2, 3), 0), after(own(2, 3, 6), 1)}},
		{"chain that grows back into the block", 4, true, 4, []Request{own(4, 0, 2), after(own(1, 2, 3), 0), after(own(4, 3, 6), 1)}},
		{"chain within a step", 4, true, 4, []Request{own(4, 0, 2), after(own(4, 2, 2), 0), after(own(4, 2, 2), 1)}},
		{"source listed later", 4, true, 4, []Request{after(own(4, 2, 5), 2), own(2, 6, 7), own(4, 0, 2)}},
		{"two takers", 8, false, 8, []Request{own(4, 0, 2), after(own(4, 2, 5), 0), after(own(4, 2, 5), 0)}},
		{"empty taker", 4, true, 4, []Request{own(4, 0, 2), after(own(0, 2, 5), 0)}},
		// 4 until step 2, 1 after: a neighbour of 3 from step 3 on fits the peak, though not the layout,
		// as a chain's block keeps its size.
		{"peak counts what is live", 7, true, 4, []Request{own(4, 0, 2), own(3, 3, 5), after(own(1, 2, 5), 0)}},
	}
	for _, c := range cases {
		l := check(t, c.requests)
		require.Equal(t, c.units*Alignment, l.Size, c.name)
		require.Equal(t, c.peak*Alignment, l.PeakLive, c.name)
		require.Equal(t, c.same, l.Offsets[0] == l.Offsets[len(l.Offsets)-1], c.name)
	}
	// A ring of wishes within one step: all but one are granted.
	ring := []Request{after(own(2, 1, 1), 1), after(own(2, 1, 1), 2), after(own(2, 1, 1), 0)}
	require.Equal(t, int64(2*Alignment), check(t, ring).Size)
}

// TestOverlaps shows the check broken layouts: it must not only ever say yes.
func TestOverlaps(t *testing.T) {
	requests := []Request{own(2, 0, 2), own(2, 2, 4), own(2, 3, 5)}
	good := Layout{Offsets: []int64{0, 128, 0}, Size: 256}
	_, _, bad := Overlaps(requests, good)
	require.False(t, bad)
	for name, l := range map[string]Layout{
		"partly":        {Offsets: []int64{0, 64, 256}, Size: 384},
		"wholly":        {Offsets: []int64{0, 128, 128}, Size: 256},
		"outside":       {Offsets: []int64{0, 128, 0}, Size: 192},
		"before":        {Offsets: []int64{-64, 128, 0}, Size: 256},
		"not on a line": {Offsets: []int64{0, 129, 0}, Size: 512},
	} {
		_, _, bad := Overlaps(requests, l)
		require.True(t, bad, name)
	}
	requests[1].Share = 0
	same := Layout{Offsets: []int64{0, 0, 128}, Size: 256}
	_, _, bad = Overlaps(requests, same)
	require.False(t, bad, "shared")
	requests[2] = after(own(2, 2, 4), 0)
	same.Offsets[2] = 0
	i, j, bad := Overlaps(requests, same)
	require.True(t, bad, "both took over the same storage")
	require.ElementsMatch(t, []int{1, 2}, []int{i, j})
}

// network imitates a model: a chain with skips, scratch of one step, some in place.
func network(r *rand.Rand, n int) []Request {
	requests := make([]Request, n)
	for i := range requests {
		last := i + 1 + r.IntN(3)
		switch r.IntN(12) {
		case 0:
			last = i
		case 1:
			last = i + r.IntN(n/4+1)
		}
		requests[i] = Request{Size: 1 + r.Int64N(1<<uint(4+r.IntN(14))), First: i, Last: last, Share: NoShare}
		if i > 0 && r.IntN(3) == 0 {
			requests[i].Share = i - 1 - r.IntN(min(i, 3))
		}
	}
	return requests
}

func TestPlanRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		requests := network(r, 1+r.IntN(80))
		l := check(t, requests)
		again, err := Plan(requests)
		require.NoError(t, err)
		require.Equal(t, l, again, "deterministic")
		for _, name := range Strategies() {
			alone, err := PlanWith(name, requests)
			require.NoError(t, err)
			checkLayout(t, requests, alone)
			require.GreaterOrEqual(t, alone.Size, l.Size, "the smallest is kept")
		}
	}
}

// TestIndex compares the two ways to find what is live together with a block, and to add up what is alive.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		requests := network(r, 1+r.IntN(200))
		p, err := reduce(requests)
		require.NoError(t, err)
		if len(p.blocks) == 0 {
			continue
		}
		root := make([]int32, len(requests))
		resolve(requests, root, make([]int32, len(requests)))
		require.Equal(t, peakOfEvents(requests, root), p.largest)
		for _, s := range strategies {
			other := *p
			other.offset = make([]int64, len(p.blocks))
			plain, indexed := newPlacer(p), newPlacer(&other)
			plain.tree = nil // whatever the number of blocks
			indexed.index()
			size, _ := plain.run(s.order(p), s.bestFit)
			want, _ := indexed.run(s.order(p), s.bestFit)
			require.Equal(t, want, size, s.name)
			require.Equal(t, indexed.offset, plain.offset, s.name)
		}
	}
}

// TestPlanLarge plans what a huge model asks for, and the worst case for the placer: requests that
// are all live at one step, then such that each overlaps about half of the others.
func TestPlanLarge(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	check(t, network(r, 20000))
	const n = 5000
	fan := make([]Request, n)
	for i := range fan {
		fan[i] = own(1+r.Int64N(1000), r.IntN(n), n+r.IntN(n))
	}
	l, err := Plan(fan)
	require.NoError(t, err)
	require.GreaterOrEqual(t, l.Size, l.PeakLive)
	for i := range fan {
		fan[i].First, fan[i].Last = i/2, i/2+r.IntN(n)
	}
	l, err = Plan(fan)
	require.NoError(t, err)
	require.GreaterOrEqual(t, l.Size, l.PeakLive)
}

func FuzzPlan(f *testing.F) {
	f.Add([]byte{10, 0, 3, 0, 20, 2, 2, 1, 30, 4, 1, 2})
	f.Add([]byte{5, 1, 0, 2, 5, 1, 0, 3, 5, 1, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		var requests []Request
		for ; len(data) >= 4 && len(requests) < 150; data = data[4:] {
			first := int(data[1] % 32)
			requests = append(requests, Request{
				Size: int64(data[0]) * 7, First: first, Last: first + int(data[2]%16), Share: int(data[3]) - 1,
			})
		}
		for i := range requests {
			if s := requests[i].Share; s >= len(requests) || s == i {
				requests[i].Share = NoShare
			}
		}
		check(t, requests)
		for _, name := range Strategies() {
			l, err := PlanWith(name, requests)
			require.NoError(t, err)
			checkLayout(t, requests, l)
		}
	})
}

func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			requests := network(rand.New(rand.NewPCG(5, 6)), n)
			b.ReportAllocs()
			var l Layout
			for b.Loop() {
				l, _ = Plan(requests)
			}
			b.ReportMetric(float64(l.Size)/float64(l.PeakLive), "size/peak")
		})
	}
}
