package fork

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// spend keeps a processor busy for about the time of a small node.
func spend(n int) (x uint32) {
	for i := range n {
		x = x*1664525 + uint32(i)
	}
	return x
}

func TestForkRunsEveryChunkOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 5} {
		p := New(threads)
		require.Equal(t, threads, p.Threads())
		inside := make([]atomic.Int32, threads)
		for round := range 400 {
			chunks := round % 23
			ran := make([]int32, chunks)
			if round%3 == 0 {
				p.Begin()
			}
			p.Fork(chunks, func(thread, chunk int) {
				if inside[thread].Add(1) != 1 {
					t.Errorf("two calls with thread %d", thread)
				}
				spend(200 * (round % 7))
				ran[chunk]++ // the race detector sees two calls with one chunk, and a Fork that returns too early
				inside[thread].Add(-1)
			})
			if round%3 == 0 {
				p.End()
			}
			for c, n := range ran {
				require.EqualValues(t, 1, n, "threads %d, chunk %d of %d", threads, c, chunks)
			}
			if round%50 == 49 {
				time.Sleep(time.Millisecond) // the workers sleep
			}
		}
		p.Close()
	}
}

// TestWorkersTakePart: the caller does not do everything itself.
func TestWorkersTakePart(t *testing.T) {
	p := New(2)
	defer p.Close()
	var others atomic.Int32
	require.Eventually(t, func() bool {
		p.Fork(8, func(thread, _ int) {
			if thread == 1 {
				others.Add(1)
			}
			time.Sleep(100 * time.Microsecond)
		})
		return others.Load() > 8
	}, 20*time.Second, time.Millisecond)
}

func TestPanicReachesCaller(t *testing.T) {
	p := New(3)
	defer p.Close()
	for bad := range 12 {
		caught := func() (v any) {
			defer func() { v = recover() }()
			p.Fork(12, func(_, chunk int) {
				spend(10000)
				if chunk == bad {
					panic(fmt.Sprint("chunk ", bad))
				}
			})
			return nil
		}()
		failure, ok := caught.(*Panic)
		if !ok { // the pool rests and the caller works alone
			require.Equal(t, fmt.Sprint("chunk ", bad), caught)
			continue
		}
		require.Equal(t, fmt.Sprint("chunk ", bad), failure.String())
		require.Contains(t, string(failure.Stack), "TestPanicReachesCaller")
	}
	var n atomic.Int32
	p.Fork(5, func(_, _ int) { n.Add(1) })
	require.EqualValues(t, 5, n.Load(), "the pool works on")
}

func TestForkWithinFork(t *testing.T) {
	p := New(3)
	defer p.Close()
	var n atomic.Int32
	p.Fork(6, func(_, _ int) {
		p.Fork(4, func(thread, _ int) {
			if thread != 0 {
				t.Errorf("thread %d", thread)
			}
			n.Add(1)
		})
	})
	require.EqualValues(t, 24, n.Load())
}

// TestCrowded: what happens once in a while makes nobody rest; what happens again soon does, longer each time, and a caller that works
// alone for a while computes the same.
func TestCrowded(t *testing.T) {
	p := New(2)
	defer p.Close()
	now := time.Now()
	p.crowded.Store(true)
	require.False(t, p.resting(now), "for the first time")
	for _, want := range []time.Duration{shortRest, 2 * shortRest, 4 * shortRest} {
		now = now.Add(gain)
		p.crowded.Store(true)
		require.True(t, p.resting(now))
		require.Equal(t, want, p.rest)
		require.True(t, p.resting(now.Add(want-1)))
		now = now.Add(want)
		require.False(t, p.resting(now))
	}
	p.crowded.Store(true)
	require.False(t, p.resting(now.Add(gain+1)), "all has gone well for some time")

	for range 20 {
		p.restUntil = time.Now()
		p.crowded.Store(true)
		n := 0
		p.Fork(3, func(thread, _ int) {
			require.Zero(t, thread)
			n++
		})
		require.Equal(t, 3, n)
	}
	require.Equal(t, longRest, p.rest)
	p.restUntil = time.Now().Add(-time.Second)
	var n atomic.Int32
	p.Fork(3, func(_, _ int) { n.Add(1) })
	require.EqualValues(t, 3, n.Load())
}

// TestRange: the owner claims from the beginning, others from the end, and no chunk twice.
func TestRange(t *testing.T) {
	var r chunkRange
	r.set(1<<32-1, most-5, most)
	var got []int
	for i := range 6 {
		chunk, ok := r.claim(i%2 == 1)
		require.Equal(t, i < 5, ok)
		got = append(got, chunk)
	}
	require.Equal(t, []int{most - 5, most - 1, most - 4, most - 2, most - 3, 0}, got)
	require.Zero(t, left(r.Load()))
}

// TestOwnChunks: a thread begins with its own part of the chunks, the same one each time, and all run at the same time.
func TestOwnChunks(t *testing.T) {
	const threads = 3
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	p := New(threads)
	defer p.Close()
	for round := range 20 {
		var inside atomic.Int32
		p.restUntil, p.rest = time.Time{}, 0
		p.crowded.Store(false)
		p.Fork(threads, func(thread, chunk int) {
			inside.Add(1)
			for inside.Load() < threads { // nobody is done before all have begun
				runtime.Gosched()
			}
			if thread != chunk {
				t.Errorf("round %d: thread %d runs chunk %d", round, thread, chunk)
			}
		})
	}
}

// TestManyChunks: more than the ranges can count.
func TestManyChunks(t *testing.T) {
	p := New(2)
	defer p.Close()
	ran := make([]atomic.Int32, 2*most+3)
	p.Fork(len(ran), func(_, chunk int) { ran[chunk].Add(1) })
	for c := range ran {
		require.EqualValues(t, 1, ran[c].Load(), "chunk %d", c)
	}
}

func TestCloseEndsGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for i := range 20 {
		p := New(4)
		if i%2 == 0 {
			p.Begin()
		}
		p.Fork(8, func(_, _ int) { spend(1000) })
		if i%3 == 0 {
			time.Sleep(time.Millisecond)
		}
		p.Close()
		p.Close()
		p.Fork(8, func(_, _ int) {})
	}
	for end := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		require.True(t, time.Now().Before(end), "%d goroutines, %d before", runtime.NumGoroutine(), before)
	}
}

func TestForkAllocatesNothing(t *testing.T) {
	p := New(2)
	defer p.Close()
	run := func(_, _ int) { spend(100) }
	require.Zero(t, testing.AllocsPerRun(200, func() {
		p.Begin()
		p.Fork(8, run)
		p.End()
	}))
}

func TestOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := New(3)
	defer p.Close()
	for range 50 {
		var n atomic.Int32
		p.Fork(9, func(_, _ int) { n.Add(1) })
		require.EqualValues(t, 9, n.Load())
	}
}

// BenchmarkFork measures what dividing costs, and work of 100 microseconds in 8 chunks beside the same on one thread.
func BenchmarkFork(b *testing.B) {
	for _, threads := range []int{1, 2} {
		for _, n := range []int{0, 3000, 30000} {
			b.Run(fmt.Sprintf("threads=%d/steps=%d", threads, n), func(b *testing.B) {
				p := New(threads)
				defer p.Close()
				p.Begin()
				defer p.End()
				run := func(_, _ int) { spend(n) }
				for b.Loop() {
					p.Fork(8, run)
				}
			})
		}
	}
}
