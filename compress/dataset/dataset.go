// Package dataset holds the sample inputs that calibration, recovery and comparison run a model on.
package dataset

import (
	"fmt"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/tensor"
)

// NoLabel is the label of a sample whose class is not known.
const NoLabel = -1

// Value is what one input of a model is set to: Floats, real numbers that are stored as the input's type wants them
// (quantized, rounded to integers, ...), or Raw, little-endian bytes of exactly that type, or Strings.
type Value struct {
	Shape   tensor.Shape // nil for the input's own
	Floats  []float32
	Raw     []byte
	Strings []string
}

// Sample is one example.
type Sample struct {
	Name   string  // where it comes from, for messages: "yes/0a7c.npy", "windows.csv:17"
	Inputs []Value // in the order of the model's inputs
	Label  int     // class, or NoLabel
}

// Set is a sequence of samples that are read when they are asked for. Sample may be called by several goroutines at once.
type Set struct {
	Len    int
	Sample func(i int) (Sample, error)
	Labels []string // names of the classes, nil when they have none
}

// Of returns a set of samples in memory.
func Of(samples ...Sample) *Set {
	return &Set{Len: len(samples), Sample: func(i int) (Sample, error) { return samples[i], nil }}
}

// Limit returns at most n samples of s, evenly spread over it.
func (s *Set) Limit(n int) *Set {
	if n <= 0 || n >= s.Len {
		return s
	}
	return &Set{Len: n, Labels: s.Labels, Sample: func(i int) (Sample, error) { return s.Sample(int(int64(i) * int64(s.Len) / int64(n))) }}
}

// Apply writes the sample's values into the inputs of it, resizing them where the sample says so.
func (x Sample) Apply(it *interpreter.Interpreter) error {
	if len(x.Inputs) != it.Inputs() {
		return fmt.Errorf("%s: got %d inputs, want %d: %w", x.Name, len(x.Inputs), it.Inputs(), interpreter.ErrShape)
	}
	shapes := make([]tensor.Shape, len(x.Inputs))
	resize := false
	for i, v := range x.Inputs {
		in := it.Input(i)
		if in == nil || v.Shape == nil || v.Shape.Equal(in.Shape) {
			continue
		}
		shapes[i], resize = v.Shape, true
	}
	if resize {
		if err := it.ResizeInputs(shapes); err != nil {
			return fmt.Errorf("%s: %w", x.Name, err)
		}
	}
	for i, v := range x.Inputs {
		if err := v.apply(it, i); err != nil {
			return fmt.Errorf("%s: input %d: %w", x.Name, i, err)
		}
	}
	return nil
}

func (v Value) apply(it *interpreter.Interpreter, i int) error {
	in := it.Input(i)
	switch {
	case in == nil:
		return nil
	case v.Strings != nil:
		return it.SetStrings(i, v.Strings...)
	case v.Raw != nil:
		storage := in.Bytes()
		if len(v.Raw) != len(storage) {
			return fmt.Errorf("%s: got %d bytes, want %d: %w", in, len(v.Raw), len(storage), interpreter.ErrShape)
		}
		copy(storage, v.Raw)
		tensor.SwapLittleEndian(in.Type, storage)
		return nil
	default:
		if len(v.Floats) != in.Elements() {
			return fmt.Errorf("%s: got %d values, want %d: %w", in, len(v.Floats), in.Elements(), interpreter.ErrShape)
		}
		return tensor.QuantizeFloat32(in, v.Floats)
	}
}
