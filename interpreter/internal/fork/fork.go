// Package fork divides short pieces of work between a few threads: the caller's and workers that wait for it.
//
// A channel or a WaitGroup per piece costs tens of microseconds until a sleeping thread runs, as much as the pieces take. So
// workers that have just worked look for more, busily, for some time before they sleep, chunks are claimed by one atomic
// operation each, and the caller takes part: a worker that comes late finds nothing left to do, and nobody waits for it.
//
// Every thread begins with a range of the chunks of its own, the same part of them in every fork: what one node leaves in the cache
// of a core, the next one finds there. A thread that has no more takes from the ends of the others' ranges.
package fork

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Pool is the workers of one caller. Its methods, but for Close, must not be called by two goroutines at once.
type Pool struct {
	workers []worker
	started bool
	forked  bool // since the last Begin
	// Threads that compete for one processor hinder each other. When that shows again and again, the caller works alone until
	// restUntil, for twice as long each time.
	crowded   atomic.Bool
	rest      time.Duration
	restUntil time.Time
	home      atomic.Int32 // the processor of the caller, as far as it is known, else -1
	active    atomic.Bool
	closed    atomic.Bool
	failure   atomic.Pointer[Panic]

	// run and first are written before the ranges make them known, and not read after the last chunk is done.
	run   func(thread, chunk int)
	first int    // the chunk that the ranges count from
	fork  uint32 // number of the fork

	ranges []chunkRange // by thread
	_      [cacheLine]byte
	done   atomic.Int64 // chunks of the fork that have been run, but for those of threads that look for more
	_      [cacheLine]byte
	busy   atomic.Bool // a Fork is under way
}

// chunkRange is the chunks of one thread that nobody has claimed: the number of the fork in the upper half, then where they begin
// and where they end. The owner claims from the beginning, others from the end.
type chunkRange struct {
	atomic.Uint64
	_ [cacheLine - 8]byte
}

// most is how many chunks the ranges can count.
const most = 1<<16 - 1

func (r *chunkRange) set(fork uint32, begin, end int) {
	r.Store(uint64(fork)<<32 | uint64(begin)<<16 | uint64(end))
}

// left returns how many chunks of a loaded range are left.
func left(v uint64) int { return int(v&most) - int(v>>16&most) }

// claim returns a chunk that nobody else runs, the first of the range or the last.
func (r *chunkRange) claim(last bool) (chunk int, ok bool) {
	for {
		v := r.Load()
		if left(v) == 0 {
			return 0, false
		}
		if last {
			if r.CompareAndSwap(v, v-1) {
				return int(v&most) - 1, true
			}
		} else if r.CompareAndSwap(v, v+1<<16) {
			return int(v >> 16 & most), true
		}
	}
}

const cacheLine = 128 // two lines of 64 bytes, which processors fetch in pairs

// worker is one goroutine.
type worker struct {
	pool   *Pool
	thread int
	asleep atomic.Bool
	wake   chan struct{}
	_      [cacheLine]byte
}

// Panic is what Fork panics with when a call of run has panicked.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

// String says what the call has panicked with.
func (p *Panic) String() string { return fmt.Sprint(p.Value) }

const (
	// patience is for how long a worker that finds nothing to do goes on looking: between Begin and End for the time of a few
	// nodes that one thread does alone, after End for as long as callers take that invoke again at once.
	patience     = 1000 * time.Microsecond
	idlePatience = 200 * time.Microsecond
	// looks is how many times a worker looks for work between looks at the clock.
	looks = 32
	// spins is how many times the caller looks whether the last chunks are done before it offers its processor to others.
	spins = 256
	// absence is how long a thread that is not waiting for anything may be away before its processor counts as crowded.
	absence = 100 * time.Microsecond
	// gain is the time in which several threads gain as much as one of them loses that waits for others to use up their share of a processor.
	gain = 16 * time.Millisecond
	// shortRest and longRest bound the time for which the caller works alone.
	shortRest, longRest = time.Millisecond, 64 * time.Millisecond
)

// New returns a pool of threads threads, one of which is the caller's. Its goroutines begin with the first Fork that needs
// them and live until Close.
func New(threads int) *Pool {
	threads = max(threads, 1)
	return &Pool{workers: make([]worker, threads-1), ranges: make([]chunkRange, threads)}
}

// Threads returns the number of threads.
func (p *Pool) Threads() int { return len(p.workers) + 1 }

// Begin announces that Forks may follow until End: workers wait for them more patiently. If there were any between the last
// Begin and End, they are woken now, to be there for the first.
func (p *Pool) Begin() {
	if len(p.workers) == 0 {
		return
	}
	p.active.Store(true)
	if p.forked {
		p.forked = false
		p.home.Store(processor())
		if !p.crowded.Load() {
			p.rouse(len(p.workers))
		}
	}
}

// End takes back what Begin has announced.
func (p *Pool) End() {
	if len(p.workers) > 0 {
		p.active.Store(false)
	}
}

// Close ends the goroutines. It may be called at any time but during a Fork; a Fork after it runs on the caller's thread.
func (p *Pool) Close() {
	if p.closed.Swap(true) {
		return
	}
	for i := range p.workers {
		if w := &p.workers[i]; w.wake != nil && w.asleep.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
		}
	}
}

// Fork calls run for every chunk of [0, chunks) and returns when all calls have. No two calls have the same thread number at
// the same time. When a call panics, chunks not yet begun are left out, and Fork panics with a *Panic once the others are done.
//
// A Fork within run is not divided: its chunks run in its place, as thread 0.
func (p *Pool) Fork(chunks int, run func(thread, chunk int)) {
	if chunks <= 1 || len(p.workers) == 0 || p.closed.Load() || !p.busy.CompareAndSwap(false, true) {
		alone(chunks, run)
		return
	}
	start := time.Now()
	if p.resting(start) {
		defer p.busy.Store(false)
		alone(chunks, run)
		return
	}
	p.forked = true
	p.run = run
	if !p.started {
		p.start()
	}
	for p.first = 0; p.first < chunks && p.failure.Load() == nil; p.first += most {
		p.divide(start, min(chunks-p.first, most))
	}
	p.run = nil // it may refer to what refers to the pool's owner, which must remain collectable
	p.busy.Store(false)
	if f := p.failure.Swap(nil); f != nil {
		panic(f)
	}
}

// divide gives each thread a range of the chunks and returns when all have been run.
func (p *Pool) divide(start time.Time, chunks int) {
	p.done.Store(0)
	p.fork++
	parts := min(chunks, len(p.ranges))
	for t := parts - 1; t >= 0; t-- {
		p.ranges[t].set(p.fork, chunks*t/parts, chunks*(t+1)/parts)
	}
	p.rouse(parts - 1)
	own := p.work(0)
	p.wait(start, own, int64(chunks))
}

func alone(chunks int, run func(thread, chunk int)) {
	for c := range chunks {
		run(0, c)
	}
}

// resting reports whether workers would hinder more than help now. A thread that is kept waiting now and then costs less than
// working alone: only when it happens again before the others have gained what was lost does the caller rest, each time longer, up to
// a time in which trying once more costs little.
func (p *Pool) resting(now time.Time) bool {
	if p.crowded.Load() {
		p.crowded.Store(false)
		p.rest = min(max(2*p.rest, shortRest), longRest)
		if now.Sub(p.restUntil) > gain {
			p.rest = 0
		}
		p.restUntil = now.Add(p.rest)
	}
	return now.Before(p.restUntil)
}

func (p *Pool) start() {
	p.started = true
	for i := range p.workers {
		w := &p.workers[i]
		w.pool, w.thread, w.wake = p, i+1, make(chan struct{}, 1)
		go w.loop()
	}
}

// rouse wakes at most n workers that sleep.
func (p *Pool) rouse(n int) {
	for i := range p.workers {
		if i >= n {
			return
		}
		if w := &p.workers[i]; w.asleep.Load() && w.asleep.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
		}
	}
}

// work runs chunks until none is left, and returns how many it has run: those of the thread's range first.
func (p *Pool) work(thread int) (n int) {
	own := &p.ranges[thread]
	if left(own.Load()) == 0 {
		return 0
	}
	finished := false
	defer func() {
		if !finished {
			p.fail(recover(), n)
		}
	}()
	for i := range p.ranges {
		r := own
		if i > 0 {
			r = &p.ranges[(thread+i)%len(p.ranges)]
		}
		for chunk, ok := r.claim(i > 0); ok; chunk, ok = r.claim(i > 0) {
			p.run(thread, p.first+chunk)
			n++
		}
	}
	finished = true
	p.done.Add(int64(n))
	return n
}

// fail notes that a chunk has panicked in a thread that has run n others, and claims those that are left, which nobody need run.
func (p *Pool) fail(value any, n int) {
	failure, ok := value.(*Panic)
	if !ok {
		failure = &Panic{value, debug.Stack()}
	}
	p.failure.CompareAndSwap(nil, failure)
	n++
	for i := range p.ranges {
		for _, ok := p.ranges[i].claim(true); ok; _, ok = p.ranges[i].claim(true) {
			n++
		}
	}
	p.done.Add(int64(n))
}

// wait returns when n chunks are done, of which the caller has run own since start. What others take for one should be no
// longer than what the caller has taken.
func (p *Pool) wait(start time.Time, own int, n int64) {
	limit := time.Duration(0)
	for i := 0; p.done.Load() != n; i++ {
		if pause(); i < spins {
			continue
		}
		yield(i) // a worker may wait for this very processor
		if i%16 == 0 && own > 0 {
			passed := time.Since(start)
			if limit == 0 {
				limit = passed + passed/time.Duration(own)*2 + absence
			}
			if passed > limit {
				p.crowded.Store(true)
			}
		}
	}
}

func (w *worker) loop() {
	for {
		w.look()
		w.asleep.Store(true)
		// What has come after the last look has not seen that the worker sleeps.
		if left(w.pool.ranges[w.thread].Load()) == 0 && !w.pool.closed.Load() || !w.asleep.CompareAndSwap(true, false) {
			<-w.wake
			w.spread()
		}
		if w.pool.closed.Load() {
			return
		}
	}
}

// spread moves the worker to another processor where it shares that of the caller: when all are busy, the system wakes a thread
// where it has been woken from, and may leave the two there for long.
func (w *worker) spread() {
	if here := processor(); here >= 0 && here == w.pool.home.Load() {
		leave(here)
	}
}

// look works until there has been nothing to do for some time, or others want the processor.
func (w *worker) look() {
	p := w.pool
	last := time.Now()
	seen := last
	for i := 1; !p.closed.Load(); i++ {
		if p.work(w.thread) > 0 {
			last = time.Now()
			seen = last
			continue
		}
		if pause(); i%looks != 0 {
			continue
		}
		now := time.Now()
		if now.Sub(seen) > absence {
			p.crowded.Store(true)
			w.spread()
			now = time.Now()
		}
		seen = now
		limit := idlePatience
		if p.active.Load() {
			limit = patience
		}
		if now.Sub(last) > limit {
			return
		}
	}
}
