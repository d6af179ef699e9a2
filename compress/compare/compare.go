// Package compare measures models side by side: what they weigh, how long they take, and how far the outputs of smaller ones
// are from those of the original.
package compare

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// Model is a model to compare.
type Model struct {
	Name  string
	Bytes []byte // of the file
}

// Config changes what Run measures.
type Config struct {
	Threads  int // of an invocation; 0 for 1
	Runs     int // timed invocations of each model; 0 for 50
	Output   int // the output that holds the classes
	Layers   bool
	Progress func(what string, done, total int)
}

// Result is the comparison; the first model is the original.
type Result struct {
	Machine string        `json:"machine"`
	Threads int           `json:"threads"`
	Samples int           `json:"samples"`
	Labeled int           `json:"labeled"` // samples whose class is known
	Models  []ModelResult `json:"models"`
}

// ModelResult is what was measured of one model.
type ModelResult struct {
	Name string `json:"name"`
	Weight
	Arena   int64    `json:"arena_bytes"`
	Memory  int64    `json:"memory_bytes"` // activations, state and constants that were unpacked
	P50     float64  `json:"p50_us"`
	P95     float64  `json:"p95_us"`
	Ops     []OpTime `json:"ops"`
	Quality Quality  `json:"quality"`
	Layers  []Layer  `json:"layers,omitempty"`
}

// OpTime is the time of one invocation spent in one kind of operator.
type OpTime struct {
	Op    string  `json:"op"`
	Nodes int     `json:"nodes"`
	US    float64 `json:"us"`
}

// Quality is how close outputs are to the original's, over all samples and float outputs, and to the labels.
type Quality struct {
	Accuracy  *float64         `json:"accuracy,omitempty"`  // share of labeled samples whose class is right
	Agreement *float64         `json:"agreement,omitempty"` // share of samples with the original's class
	SQNR      compress.Decibel `json:"sqnr_db"`
	Cosine    float64          `json:"cosine"`
	MSE       float64          `json:"mse"`
	MAE       float64          `json:"mae"`
	MaxAbs    float64          `json:"max_abs"`
	KL        *float64         `json:"kl,omitempty"` // mean Kullback-Leibler divergence in nats, where the original's output is a distribution
}

// Run compares models on samples. Inputs are given as real numbers, whatever their type; outputs are compared as real
// numbers. Models must have as many inputs and outputs, with as many elements, as the first.
func Run(ctx context.Context, models []Model, set *dataset.Set, c Config) (*Result, error) {
	if len(models) == 0 {
		return nil, fmt.Errorf("no models to compare: %w", ops.ErrValue)
	}
	if set == nil || set.Len == 0 {
		return nil, fmt.Errorf("no samples to compare models on: %w", ops.ErrValue)
	}
	if c.Runs <= 0 {
		c.Runs = 50
	}
	c.Threads = max(c.Threads, 1)
	if c.Progress == nil {
		c.Progress = func(string, int, int) {}
	}
	r := &Result{Machine: fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version()), Threads: c.Threads, Samples: set.Len}
	its := make([]*interpreter.Interpreter, len(models))
	for i, m := range models {
		x, err := interpreter.Load(m.Bytes)
		if err == nil {
			its[i], err = interpreter.New(x, interpreter.WithThreads(c.Threads), interpreter.WithProfile())
		}
		if err == nil && i > 0 {
			err = alike(its[0], its[i])
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		w, err := weigh(x, m.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		r.Models = append(r.Models, ModelResult{Name: m.Name, Weight: w})
	}
	if c.Output < 0 || c.Output >= max(its[0].Outputs(), 1) {
		return nil, fmt.Errorf("output %d of %d: %w", c.Output, its[0].Outputs(), ops.ErrValue)
	}
	if err := r.quality(ctx, its, set, c); err != nil {
		return nil, err
	}
	if err := r.latency(ctx, its, c); err != nil {
		return nil, err
	}
	if c.Layers {
		if err := r.layers(ctx, models, set, c); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// alike checks that two models can be given the same samples.
func alike(a, b *interpreter.Interpreter) error {
	if a.Inputs() != b.Inputs() || a.Outputs() != b.Outputs() {
		return fmt.Errorf("%d inputs and %d outputs, the original has %d and %d: %w", b.Inputs(), b.Outputs(), a.Inputs(), a.Outputs(), interpreter.ErrShape)
	}
	for i := range a.Inputs() {
		x, y := a.Input(i), b.Input(i)
		if (x == nil) != (y == nil) || x != nil && x.Elements() != y.Elements() {
			return fmt.Errorf("input %d: %v, the original has %v: %w", i, y, x, interpreter.ErrShape)
		}
	}
	return nil
}

// quality runs all models on all samples.
func (r *Result) quality(ctx context.Context, its []*interpreter.Interpreter, set *dataset.Set, c Config) error {
	sums := make([]errorSums, len(its))
	first := dataset.Inputs(its[0])
	for i := range set.Len {
		s, err := set.Sample(i)
		if err != nil {
			return err
		}
		if s.Label >= 0 {
			r.Labeled++
		}
		var want [][]float32
		for k, it := range its {
			got, err := run(ctx, it, s, first)
			if err != nil {
				return fmt.Errorf("%s: sample %d: %w", r.Models[k].Name, i, err)
			}
			if k == 0 {
				want = got
			}
			if err := sums[k].add(want, got, it.Output(c.Output), c.Output, s.Label); err != nil {
				return fmt.Errorf("%s: sample %d: %w", r.Models[k].Name, i, err)
			}
		}
		c.Progress("comparing outputs", i+1, set.Len)
	}
	for k := range its {
		r.Models[k].Quality = sums[k].quality(set.Len, r.Labeled)
	}
	return nil
}

// run gives a sample to a model and returns its outputs as real numbers, nil for those that are none. Raw values, which are
// in the type of the original's input, are converted for a model with another type.
func run(ctx context.Context, it *interpreter.Interpreter, s dataset.Sample, first []dataset.Input) ([][]float32, error) {
	it.ResetVariables()
	s.Inputs = slices.Clone(s.Inputs)
	for i := range s.Inputs {
		if in := it.Input(min(i, it.Inputs()-1)); i < len(first) && in != nil && s.Inputs[i].Raw != nil && (in.Type != first[i].Type || !in.Quant.Equal(first[i].Quant)) {
			v, err := real32(s.Inputs[i], first[i])
			if err != nil {
				return nil, err
			}
			s.Inputs[i] = v
		}
	}
	if err := s.Apply(it); err != nil {
		return nil, err
	}
	if err := it.Invoke(ctx); err != nil {
		return nil, err
	}
	out := make([][]float32, it.Outputs())
	for i := range out {
		if t := it.Output(i); t != nil && t.Type != tensor.String {
			if v, err := tensor.DequantizeFloat32(t, nil); err == nil {
				out[i] = v
			}
		}
	}
	return out, nil
}

// real32 returns the real numbers that raw bytes for an input mean.
func real32(v dataset.Value, in dataset.Input) (dataset.Value, error) {
	shape := in.Shape
	if v.Shape != nil {
		shape = v.Shape
	}
	t := &tensor.Tensor{Name: in.Name, Type: in.Type, Shape: shape, Quant: in.Quant}
	t.SetBytes(tensor.FromLittleEndian(in.Type, v.Raw))
	floats, err := tensor.DequantizeFloat32(t, nil)
	if err != nil {
		return v, err
	}
	return dataset.Value{Shape: v.Shape, Floats: floats}, nil
}

// errorSums adds up over samples.
type errorSums struct {
	elements                       int64
	signal, noise, other, product  float64
	absolute, most, divergence     float64
	right, agree, classes, spreads int
	peaked                         bool // every output so far was a distribution
}

// add compares the outputs of one sample.
func (e *errorSums) add(want, got [][]float32, shape *tensor.Tensor, output, label int) error {
	for o := range want {
		if len(want[o]) != len(got[o]) {
			return fmt.Errorf("output %d: %d elements, the original has %d: %w", o, len(got[o]), len(want[o]), interpreter.ErrShape)
		}
		for i, w := range want[o] {
			a, b := float64(w), float64(got[o][i])
			d := math.Abs(b - a)
			e.elements++
			e.signal += a * a
			e.other += b * b
			e.product += a * b
			e.noise += d * d
			e.absolute += d
			e.most = max(e.most, d)
		}
	}
	if len(want) == 0 || len(want[output]) < 2 || shape == nil {
		return nil
	}
	// Classes lie along the last dimension; over time or place they are added up.
	classes := len(want[output])
	if n := len(shape.Shape); n > 0 {
		classes = shape.Shape[n-1]
	}
	if classes < 2 {
		return nil
	}
	e.classes++
	a, b := classOf(want[output], classes), classOf(got[output], classes)
	if a == b {
		e.agree++
	}
	if label >= 0 && b == label {
		e.right++
	}
	if kl, ok := divergence(want[output], got[output], classes); ok {
		e.spreads++
		e.divergence += kl
	}
	return nil
}

// classOf is the position of the largest sum along all but the last dimension.
func classOf(v []float32, classes int) int {
	best, most := 0, math.Inf(-1)
	for c := range classes {
		sum := 0.0
		for i := c; i < len(v); i += classes {
			sum += float64(v[i])
		}
		if sum > most {
			best, most = c, sum
		}
	}
	return best
}

// divergence is the mean of sum p*ln(p/q) over rows, if the rows of p are distributions.
func divergence(p, q []float32, classes int) (float64, bool) {
	total := 0.0
	for row := 0; row+classes <= len(p); row += classes {
		sum := 0.0
		for i := row; i < row+classes; i++ {
			if p[i] < 0 {
				return 0, false
			}
			sum += float64(p[i])
		}
		const slack = 0.02 // quantized distributions do not add up to 1 exactly
		if math.Abs(sum-1) > slack {
			return 0, false
		}
		for i := row; i < row+classes; i++ {
			const least = 1e-7 // what is quantized to zero is not impossible
			if p[i] > 0 {
				total += float64(p[i]) * math.Log(float64(p[i])/math.Max(float64(q[i]), least))
			}
		}
	}
	return total / float64(len(p)/classes), true
}

func (e *errorSums) quality(samples, labeled int) Quality {
	n := float64(max(e.elements, 1))
	q := Quality{MSE: e.noise / n, MAE: e.absolute / n, MaxAbs: e.most, SQNR: compress.Decibel(math.NaN()), Cosine: 1}
	switch {
	case e.noise == 0 && e.elements > 0:
		q.SQNR = compress.Decibel(math.Inf(1))
	case e.signal > 0:
		q.SQNR = compress.Decibel(10 * math.Log10(e.signal/e.noise))
	}
	if e.signal > 0 && e.other > 0 {
		q.Cosine = e.product / math.Sqrt(e.signal*e.other)
	}
	share := func(part, of int) *float64 {
		x := float64(part) / float64(of)
		return &x
	}
	if e.classes == samples {
		q.Agreement = share(e.agree, samples)
		if labeled > 0 {
			q.Accuracy = share(e.right, labeled)
		}
		if e.spreads == samples {
			kl := e.divergence / float64(samples)
			q.KL = &kl
		}
	}
	return q
}

// latency times the models in turn, so that what disturbs the machine disturbs all, on the last sample.
func (r *Result) latency(ctx context.Context, its []*interpreter.Interpreter, c Config) error {
	times := make([][]time.Duration, len(its))
	for _, it := range its {
		it.ResetProfile()
	}
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
	for k, it := range its {
		slices.Sort(times[k])
		m := &r.Models[k]
		m.P50 = float64(times[k][len(times[k])/2].Nanoseconds()) / 1e3
		m.P95 = float64(times[k][min(len(times[k])*95/100, len(times[k])-1)].Nanoseconds()) / 1e3
		m.Arena, m.Memory = it.ArenaBytes(), it.MemoryUsed()
		m.Ops = opTimes(it.Profile(), c.Runs)
	}
	return nil
}

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
	slices.SortStableFunc(list, func(a, b OpTime) int {
		switch {
		case a.US > b.US:
			return -1
		case a.US < b.US:
			return 1
		}
		return 0
	})
	return list
}

// ErrGate is wrapped by the errors of Result.Gate.
var ErrGate = errors.New("comparison failed")

// Gate fails where a model lost more than maxDrop of the original's accuracy (or, without labels, agrees with it on less
// than 1 - maxDrop of the samples), or has outputs below minSQNR decibels. A NaN switches a gate off.
func (r *Result) Gate(maxDrop, minSQNR float64) error {
	for _, m := range r.Models[1:] {
		if !math.IsNaN(maxDrop) {
			first := r.Models[0].Quality
			switch {
			case m.Quality.Accuracy != nil && first.Accuracy != nil:
				if drop := *first.Accuracy - *m.Quality.Accuracy; drop > maxDrop {
					return fmt.Errorf("%s: accuracy %.2f %%, the original has %.2f %%, at most %.2f points less are allowed: %w",
						m.Name, 100**m.Quality.Accuracy, 100**first.Accuracy, 100*maxDrop, ErrGate)
				}
			case m.Quality.Agreement != nil:
				if drop := 1 - *m.Quality.Agreement; drop > maxDrop {
					return fmt.Errorf("%s: agrees with the original on %.2f %% of the samples, want at least %.2f %%: %w",
						m.Name, 100**m.Quality.Agreement, 100*(1-maxDrop), ErrGate)
				}
			default:
				return fmt.Errorf("%s: its outputs are no classes: a largest drop means nothing: %w", m.Name, ErrGate)
			}
		}
		if d := float64(m.Quality.SQNR); !math.IsNaN(minSQNR) && !(d >= minSQNR) {
			return fmt.Errorf("%s: outputs have %.1f dB, want at least %.1f dB: %w", m.Name, d, minSQNR, ErrGate)
		}
	}
	return nil
}
