package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/tensor"
)

// session is a model ready to run: its primary subgraph, or that of one signature.
type session struct {
	it      *interpreter.Interpreter
	inputs  []*tensor.Tensor // nil where an optional input is absent
	outputs []*tensor.Tensor
	names   struct{ inputs, outputs []string }
	invoke  func(context.Context) error

	load, prepare time.Duration
}

// gcPercent lets the heap of a command that runs one model grow to 16 MiB before the first collection. Nearly all that loading
// a model allocates stays, so that a collection in the midst of it finds nothing but costs a millisecond or two, and memory of its
// own.
const gcPercent = 400

// open loads a model and prepares it for inputs of the given shapes; nil shapes are the model's own.
func open(path, signature string, shapes []tensor.Shape, opts ...interpreter.Option) (*session, error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	start := time.Now()
	m, err := interpreter.Open(path, interpreter.WithMemoryMap())
	if err != nil {
		return nil, err
	}
	s := &session{load: time.Since(start)}
	start = time.Now()
	if signature == "" {
		err = s.primary(m, shapes, opts)
	} else {
		err = s.signature(m, signature, shapes, opts)
	}
	s.prepare = time.Since(start)
	return s, err
}

func (s *session) primary(m *interpreter.Model, shapes []tensor.Shape, opts []interpreter.Option) (err error) {
	if shapes != nil {
		opts = append(opts, interpreter.WithInputShapes(shapes...))
	}
	if s.it, err = interpreter.New(m, opts...); err != nil {
		return err
	}
	for i := range s.it.Inputs() {
		t := s.it.Input(i)
		s.inputs = append(s.inputs, t)
		s.names.inputs = append(s.names.inputs, nameOf(t))
	}
	for i := range s.it.Outputs() {
		t := s.it.Output(i)
		s.outputs = append(s.outputs, t)
		s.names.outputs = append(s.names.outputs, nameOf(t))
	}
	s.invoke = s.it.Invoke
	return nil
}

func nameOf(t *tensor.Tensor) string {
	if t == nil {
		return ""
	}
	return t.Name
}

// signature takes inputs and outputs in the order in which the signature lists them.
func (s *session) signature(m *interpreter.Model, key string, shapes []tensor.Shape, opts []interpreter.Option) (err error) {
	if s.it, err = interpreter.New(m, opts...); err != nil {
		return err
	}
	r, err := s.it.Signature(key)
	if err != nil {
		return err
	}
	sig := r.Signature()
	if len(shapes) > len(sig.Inputs) {
		return fmt.Errorf("signature %q has %d inputs, got %d", key, len(sig.Inputs), len(shapes))
	}
	resize := map[string]tensor.Shape{}
	for i, shape := range shapes {
		if shape != nil {
			resize[sig.Inputs[i].Name] = shape
		}
	}
	if len(resize) > 0 {
		if err := r.Resize(resize); err != nil {
			return err
		}
	}
	for _, in := range sig.Inputs {
		s.inputs = append(s.inputs, r.Input(in.Name))
		s.names.inputs = append(s.names.inputs, in.Name)
	}
	for _, out := range sig.Outputs {
		s.outputs = append(s.outputs, r.Output(out.Name))
		s.names.outputs = append(s.names.outputs, out.Name)
	}
	s.invoke = r.Invoke
	return nil
}
