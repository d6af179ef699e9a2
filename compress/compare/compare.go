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
			its[i], err = interpreter.New(x, interpreter.WithThreads(c.Threads))
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
	last, err := set.Sample(set.Len - 1)
	if err != nil {
		return nil, err
	}
	if err := r.latency(ctx, its, last, c); err != nil {
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
			if err := sums[k].add(want, got, its[0].Output(c.Output), c.Output, s.Label); err != nil {
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

// run gives a sample to a model and returns its outputs as real numbers, nil for those that are none.
func run(ctx context.Context, it *interpreter.Interpreter, s dataset.Sample, first []dataset.Input) ([][]float32, error) {
	if err := give(it, s, first); err != nil {
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

// give sets the inputs of a model without state. Raw values, which are in the type of the original's input, are converted for
// a model with another type.
func give(it *interpreter.Interpreter, s dataset.Sample, first []dataset.Input) error {
	it.ResetVariables()
	s.Inputs = slices.Clone(s.Inputs)
	for i := range s.Inputs {
		if in := it.Input(min(i, it.Inputs()-1)); i < len(first) && in != nil && s.Inputs[i].Raw != nil && (in.Type != first[i].Type || !in.Quant.Equal(first[i].Quant)) {
			v, err := real32(s.Inputs[i], first[i])
			if err != nil {
				return err
			}
			s.Inputs[i] = v
		}
	}
	return s.Apply(it)
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
