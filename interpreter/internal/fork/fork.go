// Package fork divides short pieces of work between a few threads: the caller's and workers that wait for it.
//
// A channel or a WaitGroup per piece costs tens of microseconds until a sleeping thread runs, as much as the pieces take. So
// workers that have just worked look for more, busily, for some time before they sleep, chunks are claimed by one atomic
// operation each, and the caller takes part: a worker that comes late finds nothing left to do, and nobody waits for it.
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
	// Threads that compete for one processor hinder each other. When that shows, the caller works alone until restUntil, for
	// twice as long each time.
	crowded   atomic.Bool
	rest      time.Duration
	restUntil time.Time
	active    atomic.Bool
	closed    atomic.Bool
	failure   atomic.Pointer[Panic]

	// run and chunks are written before claims makes them known, and not read after the last chunk is done.
	run    func(thread, chunk int)
	chunks int

	_      [cacheLine]byte
	claims atomic.Uint64 // number of the fork in the upper half, chunks that nobody has claimed in the lower
	_      [cacheLine]byte
	done   atomic.Int64 // chunks of the fork that have been run
	_      [cacheLine]byte
	busy   atomic.Bool // a Fork is under way
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
	patience     = 200 * time.Microsecond
	idlePatience = 50 * time.Microsecond
	// looks is how many times a worker looks for work between looks at the clock.
	looks = 32
	// spins is how many times the caller looks whether the last chunks are done before it offers its processor to others.
	spins = 256
	// absence is how long a thread that is not waiting for anything may be away before its processor counts as crowded.
	absence = 100 * time.Microsecond
	// shortRest and longRest bound the time for which the caller works alone.
	shortRest, longRest = time.Millisecond, 64 * time.Millisecond
)

// New returns a pool of threads threads, one of which is the caller's. Its goroutines begin with the first Fork that needs
// them and live until Close.
func New(threads int) *Pool { return &Pool{workers: make([]worker, max(threads, 1)-1)} }

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
	p.run, p.chunks = run, chunks
	p.done.Store(0)
	p.claims.Store((p.claims.Load()>>32+1)<<32 | uint64(chunks))
	if !p.started {
		p.start()
	}
	p.rouse(chunks - 1)
	own := p.work(0)
	p.wait(start, own, int64(chunks))
	p.run = nil // it may refer to what refers to the pool's owner, which must remain collectable
	p.busy.Store(false)
	if f := p.failure.Swap(nil); f != nil {
		panic(f)
	}
}

func alone(chunks int, run func(thread, chunk int)) {
	for c := range chunks {
		run(0, c)
	}
}

// resting reports whether workers would hinder more than help now. What happens again soon makes the rest longer, up to a time
// in which trying once more costs little.
func (p *Pool) resting(now time.Time) bool {
	if p.crowded.Load() {
		p.crowded.Store(false)
		if p.rest = min(2*p.rest, longRest); now.Sub(p.restUntil) > 8*p.rest {
			p.rest = 0
		}
		p.rest = max(p.rest, shortRest)
		p.restUntil = now.Add(p.rest)
		return true
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

// claim returns a chunk that nobody else runs.
func (p *Pool) claim() (chunk int, ok bool) {
	for {
		c := p.claims.Load()
		if uint32(c) == 0 {
			return 0, false
		}
		if p.claims.CompareAndSwap(c, c-1) {
			return p.chunks - int(uint32(c)), true
		}
	}
}

// work runs chunks until none is left, and returns how many it has run.
func (p *Pool) work(thread int) (n int) {
	chunk, ok := p.claim()
	if !ok {
		return 0
	}
	finished := false
	defer func() {
		if !finished {
			p.fail(recover())
		}
	}()
	for ok {
		p.run(thread, chunk)
		n++
		p.done.Add(1)
		chunk, ok = p.claim()
	}
	finished = true
	return n
}

// fail notes that the chunk under way has panicked, and claims those that are left, which nobody need run.
func (p *Pool) fail(value any) {
	failure, ok := value.(*Panic)
	if !ok {
		failure = &Panic{value, debug.Stack()}
	}
	p.failure.CompareAndSwap(nil, failure)
	for ok := true; ok; _, ok = p.claim() {
		p.done.Add(1)
	}
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
		if uint32(w.pool.claims.Load()) == 0 && !w.pool.closed.Load() || !w.asleep.CompareAndSwap(true, false) {
			<-w.wake
		}
		if w.pool.closed.Load() {
			return
		}
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
			return
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
