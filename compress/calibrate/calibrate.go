// Package calibrate runs a float model over sample inputs and says which values its tensors take, so that quantizers can
// choose scales: extremes, averages of extremes, histograms, and ranges that clip outliers.
//
//	stats, err := calibrate.Run(ctx, f, set, calibrate.Config{})
//	r, ok := stats.Range(0, 17, calibrate.MinMax) // of tensor 17 of subgraph 0 of f
package calibrate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
)

// ErrNoSamples refuses calibration without any sample: ranges would be guesses.
var ErrNoSamples = errors.New("no samples to calibrate with")

// Config changes how Run goes about it. The zero value is fine.
type Config struct {
	// Workers is how many samples run at once, each with an interpreter of its own; 0 for GOMAXPROCS. Results do not depend on it.
	Workers int
	// KeepState says that the samples are consecutive pieces of one stream: the state of recurrent layers is kept from one to
	// the next, and they run one after the other. Otherwise variables are reset before every sample.
	KeepState bool
	// RangesOnly leaves out histograms, which take 16 KiB for every tensor and most of the time: methods other than MinMax,
	// MovingAverage and MeanOfExtremes, and outlier reports, are then not to be had.
	RangesOnly bool
	// Progress is told after every sample how many of how many are done. Calls do not overlap.
	Progress func(done, total int)
}

// Run invokes the primary subgraph of f on every sample and observes all FLOAT32 tensors that are not constants in the file:
// inputs, activations of every subgraph that is run (bodies of WHILE too), state, and what LSTM cells hold inside.
//
// NaN and infinities are left out; Warnings tells of them. Equal arguments give equal statistics, whatever the number of workers.
// It returns ErrNoSamples for an empty set, and the errors of loading and running f.
func Run(ctx context.Context, f *schema.File, set *dataset.Set, c Config) (*Stats, error) {
	if set == nil || set.Len == 0 {
		return nil, ErrNoSamples
	}
	if err := schema.Check(f); err != nil {
		return nil, err
	}
	b, err := schema.Encode(f, schema.WithUnknownDropped())
	if err != nil {
		return nil, err
	}
	m, err := interpreter.Load(b)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(f)
	if err != nil {
		return nil, err
	}
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, set.Len)
	if c.KeepState {
		workers = 1
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{plan: p, config: c, set: set, model: m, merged: newMerged(p), waiting: map[int][]extremes{}}
	var group sync.WaitGroup
	observers := make([]*observer, workers)
	for w := range workers {
		group.Go(func() {
			o, err := r.work(ctx)
			if err != nil {
				cancel(err)
			}
			observers[w] = o
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	for _, o := range observers {
		r.merged.add(o)
	}
	if err := observeFolded(ctx, r.merged, observers[0]); err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	stats := newStats(f, r.merged, set.Len)
	stats.fresh = !c.KeepState
	return stats, nil
}

// run is what the workers share.
type run struct {
	plan   *plan
	config Config
	set    *dataset.Set
	model  *interpreter.Model

	mu      sync.Mutex
	next    int                // sample to be handed out
	applied int                // samples whose extremes are merged
	waiting map[int][]extremes // of samples that finished before an earlier one
	merged  *merged
}

// work runs samples until there are none left.
func (r *run) work(ctx context.Context) (*observer, error) {
	it, err := interpreter.New(r.model, interpreter.WithoutRewrites())
	if err != nil {
		return nil, err
	}
	o := newObserver(r.plan, it, r.config)
	it.SetTap(o.tap)
	for {
		i, ok := r.take()
		if !ok {
			return o, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sample, err := r.set.Sample(i)
		if err != nil {
			return nil, fmt.Errorf("sample %d: %w", i, err)
		}
		if !r.config.KeepState {
			it.ResetVariables()
		}
		if err := sample.Apply(it); err != nil {
			return nil, fmt.Errorf("sample %d: %w", i, err)
		}
		o.begin()
		if err := it.Invoke(ctx); err != nil {
			return nil, fmt.Errorf("sample %d (%s): %w", i, sample.Name, err)
		}
		r.finish(i, o.end())
	}
}

func (r *run) take() (int, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	return r.next - 1, r.next <= r.set.Len
}

// finish merges the extremes of sample i once those of all earlier samples are: averages depend on the order.
func (r *run) finish(i int, e []extremes) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting[i] = e
	for {
		e, ok := r.waiting[r.applied]
		if !ok {
			return
		}
		delete(r.waiting, r.applied)
		r.applied++
		r.merged.sample(e)
		if r.config.Progress != nil {
			r.config.Progress(r.applied, r.set.Len)
		}
	}
}
