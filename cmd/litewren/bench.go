package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/litewren/litewren/interpreter"
)

func benchFlags(f *pflag.FlagSet) {
	f.Int("threads", 1, "threads a single invocation may use")
	f.Int("runs", 50, "timed invocations")
	f.Int("warmup", 1, "invocations before the timed ones, after the first")
	f.Uint64("seed", 1, "seed of the random inputs")
	f.Bool("profile", false, "print the time of every node and every operator")
	f.Bool("json", false, "print one line of JSON")
}

// benchResult holds times in microseconds.
type benchResult struct {
	Model     string  `json:"model"`
	FileBytes int64   `json:"file_bytes"`
	Threads   int     `json:"threads"`
	Runs      int     `json:"runs"`
	LoadUS    float64 `json:"load_us"`
	PrepareUS float64 `json:"prepare_us"`
	FirstUS   float64 `json:"first_us"`
	MinUS     float64 `json:"min_us"`
	MedianUS  float64 `json:"median_us"`
	MeanUS    float64 `json:"mean_us"`
	P95US     float64 `json:"p95_us"`
	Arena     int64   `json:"arena_bytes"`
	Memory    int64   `json:"memory_bytes"`   // all that counts against the interpreter's budget
	PeakRSS   int64   `json:"peak_rss_bytes"` // 0 where the system does not tell

	Profile []nodeTime `json:"profile,omitempty"`
}

type nodeTime struct {
	Subgraph int     `json:"subgraph"`
	Node     int     `json:"node"`
	Op       string  `json:"op"`
	Tensor   string  `json:"tensor"`
	Calls    int     `json:"calls"`
	FirstUS  float64 `json:"first_us"`
	TotalUS  float64 `json:"total_us"`
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func runBench(ctx context.Context, flags *pflag.FlagSet, args []string, stdout io.Writer) error {
	threads, _ := flags.GetInt("threads")
	runs, _ := flags.GetInt("runs")
	warmup, _ := flags.GetInt("warmup")
	seed, _ := flags.GetUint64("seed")
	profile, _ := flags.GetBool("profile")
	asJSON, _ := flags.GetBool("json")
	switch {
	case threads < 1:
		return usagef("--threads %d, want at least 1", threads)
	case runs < 1:
		return usagef("--runs %d, want at least 1", runs)
	case warmup < 0:
		return usagef("--warmup %d, want at least 0", warmup)
	}
	opts := []interpreter.Option{interpreter.WithThreads(threads)}
	if profile {
		opts = append(opts, interpreter.WithProfile())
	}
	s, err := open(args[0], "", nil, opts...)
	if err != nil {
		return err
	}
	if err := randomizeAll(s, seed); err != nil {
		return err
	}
	r := benchResult{
		Model: filepath.Base(args[0]), FileBytes: s.it.Model().Size(), Threads: threads, Runs: runs,
		LoadUS: us(s.load), PrepareUS: us(s.prepare),
	}
	start := time.Now()
	err = s.invoke(ctx)
	if errors.Is(err, interpreter.ErrValue) && setNumbers(s, sampleRate) {
		start = time.Now()
		err = s.invoke(ctx)
	}
	if err != nil {
		return err
	}
	r.FirstUS = us(time.Since(start))
	for range warmup {
		if err := s.invoke(ctx); err != nil {
			return err
		}
	}
	s.it.ResetProfile()
	times, err := measure(ctx, s, runs)
	if err != nil {
		return err
	}
	r.setTimes(times)
	r.Arena, r.Memory, r.PeakRSS = s.it.ArenaBytes(), s.it.MemoryUsed(), peakRSS()
	for _, p := range s.it.Profile() {
		r.Profile = append(r.Profile, nodeTime{p.Subgraph, p.Node, p.Op, p.Tensor, p.Calls, us(p.First), us(p.Total)})
	}
	if asJSON {
		b, err := json.Marshal(r)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%s\n", b)
		return err
	}
	r.print(stdout)
	if profile {
		printProfile(stdout, r.Profile, runs)
	}
	return nil
}

// measure times each invocation. The progress, on a terminal, is shown between them.
func measure(ctx context.Context, s *session, runs int) ([]time.Duration, error) {
	drawing := term.IsTerminal(int(os.Stderr.Fd()))
	show := func(int) {}
	if drawing {
		show = progress(os.Stderr, runs)
		defer show(runs)
	}
	times := make([]time.Duration, runs)
	// The smallest models take no longer than reading a clock does or asking whether somebody interrupts, a chain of contexts.
	// So durations since an epoch read one clock (time.Now two), the end of one run is the start of the next, and where runs are short
	// it is between them that interrupts are asked for.
	const short = 10 * time.Millisecond
	asked, epoch := ctx, time.Now()
	start := time.Since(epoch)
	for i := range times {
		err := s.invoke(asked)
		end := time.Since(epoch)
		times[i] = end - start
		if times[i] < short {
			asked = context.Background()
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		start = end
		if drawing {
			show(i)
			start = time.Since(epoch)
		}
	}
	return times, nil
}

// progress returns a function that draws how many of n runs are done, at most ten times a second, and clears the line at the
// last. Libraries for this bring along a network stack, which costs more memory than most models.
func progress(w io.Writer, n int) func(done int) {
	const width = 40
	var last time.Time
	return func(done int) {
		if done >= n {
			fmt.Fprint(w, "\r\x1b[K")
			return
		}
		if time.Since(last) < 100*time.Millisecond {
			return
		}
		last = time.Now()
		full := width * done / n
		fmt.Fprintf(w, "\rbench [%s%s] %d/%d", strings.Repeat("=", full), strings.Repeat(" ", width-full), done, n)
	}
}

func (r *benchResult) setTimes(times []time.Duration) {
	slices.Sort(times)
	n := len(times)
	r.MinUS = us(times[0])
	r.MedianUS = (us(times[(n-1)/2]) + us(times[n/2])) / 2
	r.P95US = us(times[min(n-1, (n*95+99)/100-1)])
	for _, d := range times {
		r.MeanUS += us(d) / float64(n)
	}
}

func (r *benchResult) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %.2f MB, %d thread(s), %d runs\n", r.Model, float64(r.FileBytes)/1e6, r.Threads, r.Runs)
	for _, row := range []struct {
		name  string
		value float64
	}{
		{"load", r.LoadUS}, {"prepare", r.PrepareUS}, {"first invoke", r.FirstUS},
		{"min", r.MinUS}, {"median", r.MedianUS}, {"mean", r.MeanUS}, {"p95", r.P95US},
	} {
		fmt.Fprintf(w, "  %-14s %12.1f us\n", row.name, row.value)
	}
	fmt.Fprintf(w, "  %-14s %12d bytes\n  %-14s %12d bytes\n", "arena", r.Arena, "memory", r.Memory)
	if r.PeakRSS > 0 {
		fmt.Fprintf(w, "  %-14s %12d bytes\n", "peak RSS", r.PeakRSS)
	}
}
