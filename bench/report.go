package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// report is all that was measured.
type report struct {
	Machine     machine
	Versions    []string `json:",omitempty"`
	Contestants []string
	Threads     []int
	Rounds      int // processes for each model, runtime and number of threads
	Runs        int // timed invocations in each
	Rows        []*row
	Means       []mean `json:",omitempty"`

	yardsticks *yardsticks
}

// row is one model on one number of threads.
type row struct {
	Model   string
	Threads int
	// Times holds the medians over the rounds by runtime; a runtime that cannot run the model is missing.
	Times map[string]times
	// Elsewhere holds the times of the yardsticks for this number of threads, scaled to this machine where there is a control.
	Elsewhere map[string]float64 `json:",omitempty"`
	// Ratio is the time of the faster reference over litewren's: above 1 litewren is faster.
	Ratio float64 `json:",omitempty"`
	// ColdRatio is that of the cold start with XNNPACK, RSSRatio of the reference's least peak memory, likewise.
	ColdRatio, RSSRatio float64 `json:",omitempty"`
	// ElsewhereRatio compares with the fastest yardstick.
	ElsewhereRatio float64           `json:",omitempty"`
	Errors         map[string]string `json:",omitempty"`
}

// times are medians over rounds: microseconds, and KiB for PeakRSS.
type times struct {
	Median, Min, Cold, PeakRSS float64
}

// mean sums up a number of threads.
type mean struct {
	Threads, Models    int
	Against            string
	Geometric, Least   float64
	LeastModel         string
	Slower             int
	OverMillisecond    float64 `json:",omitempty"` // the same for models that take the reference over 1 ms
	OverMillisecondNum int     `json:",omitempty"`
}

// measure takes all samples: rounds outside, so that what disturbs the machine for a while disturbs everybody.
func (r *report) measure(ctx context.Context, contestants []*contestant, models []string, s settings) error {
	type key struct {
		model, threads, contestant int
	}
	samples := map[key][]sample{}
	failed := map[key]string{}
	for round := range s.rounds {
		for m, path := range models {
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, s.rounds, filepath.Base(path))
			for t, threads := range r.Threads {
				for i := range contestants {
					c := (i + round) % len(contestants) // nobody always runs after the same one
					k := key{m, t, c}
					if failed[k] != "" {
						continue
					}
					v, err := contestants[c].measure(ctx, path, threads, s.runs)
					if ctx.Err() != nil {
						return ctx.Err()
					}
					if err != nil {
						failed[k] = err.Error()
						continue
					}
					samples[k] = append(samples[k], v)
				}
			}
		}
	}
	if s.control != "" {
		here, t := map[string]float64{}, slices.Index(r.Threads, 1)
		c := slices.IndexFunc(contestants, func(c *contestant) bool { return c.name == controlContestant })
		for m, path := range models {
			if list := samples[key{m, t, c}]; len(list) > 0 {
				here[modelName(path)] = summarize(list).Median
			}
		}
		if err := r.yardsticks.calibrate(s.control, here); err != nil {
			return err
		}
	}
	for t, threads := range r.Threads {
		for m, path := range models {
			w := &row{
				Model: modelName(path), Threads: threads,
				Times: map[string]times{}, Errors: map[string]string{},
			}
			for c := range contestants {
				k := key{m, t, c}
				if failed[k] != "" {
					w.Errors[contestants[c].name] = failed[k]
				} else {
					w.Times[contestants[c].name] = summarize(samples[k])
				}
			}
			w.compare(r)
			r.Rows = append(r.Rows, w)
		}
	}
	r.summarize()
	return nil
}

func modelName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

func summarize(samples []sample) times {
	of := func(f func(sample) float64) float64 {
		list := make([]float64, len(samples))
		for i, s := range samples {
			list[i] = f(s)
		}
		return median(list)
	}
	return times{
		Median: of(func(s sample) float64 { return s.Median }), Min: of(func(s sample) float64 { return s.Min }),
		Cold: of(sample.cold), PeakRSS: of(func(s sample) float64 { return s.PeakRSS }),
	}
}

func median(list []float64) float64 {
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

// compare fills in the ratios of a row.
func (w *row) compare(r *report) {
	ours, ok := w.Times["litewren"]
	if !ok {
		return
	}
	best, rss := 0.0, 0.0
	for name, t := range w.Times {
		if name != "litewren" {
			best, rss = least(best, t.Median), least(rss, t.PeakRSS)
		}
	}
	w.Ratio = best / ours.Median
	if ours.PeakRSS > 0 {
		w.RSSRatio = rss / ours.PeakRSS
	}
	if ours.Cold > 0 {
		w.ColdRatio = w.Times["TFLite + XNNPACK"].Cold / ours.Cold
	}
	if r.yardsticks == nil {
		return
	}
	w.Elsewhere = r.yardsticks.times(w.Model, w.Threads)
	best = 0
	for _, t := range w.Elsewhere {
		best = least(best, t)
	}
	w.ElsewhereRatio = best / ours.Median
}

// least is the smaller of two numbers, where 0 means that there is none.
func least(a, b float64) float64 {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

func (r *report) summarize() {
	for _, threads := range r.Threads {
		for _, against := range []string{"TFLite", "elsewhere"} {
			m := mean{Threads: threads, Against: against, Least: math.Inf(1)}
			logs, long := 0.0, 0.0
			for _, w := range r.Rows {
				ratio := w.Ratio
				if against != "TFLite" {
					ratio = w.ElsewhereRatio
				}
				if w.Threads != threads || ratio == 0 {
					continue
				}
				m.Models++
				logs += math.Log(ratio)
				if ratio*w.Times["litewren"].Median > 1000 {
					m.OverMillisecondNum++
					long += math.Log(ratio)
				}
				if ratio < 1 {
					m.Slower++
				}
				if ratio < m.Least {
					m.Least, m.LeastModel = ratio, w.Model
				}
			}
			if m.Models == 0 {
				continue
			}
			m.Geometric = math.Exp(logs / float64(m.Models))
			if m.OverMillisecondNum > 0 {
				m.OverMillisecond = math.Exp(long / float64(m.OverMillisecondNum))
			}
			r.Means = append(r.Means, m)
		}
	}
}
