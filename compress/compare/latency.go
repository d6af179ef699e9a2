package compare

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
)

// latency times the models in turn, so that what disturbs the machine disturbs all, on the last sample.
func (r *Result) latency(ctx context.Context, its []*interpreter.Interpreter, last dataset.Sample, c Config) error {
	times := make([][]time.Duration, len(its))
	for i := range c.Runs {
		for k, it := range its {
			start := time.Now()
			if err := it.Invoke(ctx); err != nil {
				return fmt.Errorf("%s: %w", r.Models[k].Name, err)
			}
			times[k] = append(times[k], time.Since(start))
		}
		c.Progress("timing", i+1, c.Runs)
	}
	first := dataset.Inputs(its[0])
	for k, it := range its {
		slices.Sort(times[k])
		m := &r.Models[k]
		m.P50 = float64(times[k][len(times[k])/2].Nanoseconds()) / 1e3
		m.P95 = float64(times[k][min(len(times[k])*95/100, len(times[k])-1)].Nanoseconds()) / 1e3
		m.Arena, m.Memory = it.ArenaBytes(), it.MemoryUsed()
		var err error
		if m.Ops, err = profile(ctx, it.Model(), last, first, c); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

// profile times operators in an interpreter of its own: reading the clock at every node adds half to the time of a small model.
func profile(ctx context.Context, m *interpreter.Model, s dataset.Sample, first []dataset.Input, c Config) ([]OpTime, error) {
	it, err := interpreter.New(m, interpreter.WithThreads(c.Threads), interpreter.WithProfile())
	if err != nil {
		return nil, err
	}
	if _, err := run(ctx, it, s, first); err != nil {
		return nil, err
	}
	it.ResetProfile()
	runs := min(c.Runs, 20)
	for range runs {
		if err := it.Invoke(ctx); err != nil {
			return nil, err
		}
	}
	return opTimes(it.Profile(), runs), nil
}

// opTimes adds up nodes of one operator, the slowest first.
func opTimes(profile []interpreter.NodeProfile, runs int) []OpTime {
	var list []OpTime
	for _, p := range profile {
		i := slices.IndexFunc(list, func(o OpTime) bool { return o.Op == p.Op })
		if i < 0 {
			list, i = append(list, OpTime{Op: p.Op}), len(list)
		}
		list[i].Nodes++
		list[i].US += float64(p.Total.Nanoseconds()) / 1e3 / float64(runs)
	}
	slices.SortStableFunc(list, func(a, b OpTime) int { return cmp.Compare(b.US, a.US) })
	return list
}
