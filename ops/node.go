package ops

import (
	"fmt"
	"math"
	"strings"

	"github.com/litewren/litewren/tensor"
)

// Node is one use of an operator: its options and the tensors it reads and writes.
type Node struct {
	Version int
	// Options is the table of the options union, *tflite.Conv2DOptionsT say; nil where the model has none.
	Options any
	// CustomOptions are the bytes of a custom operator's options.
	CustomOptions []byte
	// Inputs are nil where an optional input is absent.
	Inputs, Outputs, Intermediates []*tensor.Tensor
	// Padding is what a convolution pads its image with where a rewrite has told it to, in place of what the options say.
	Padding *Padding

	Host Host

	// post is what a CHAIN does with elements [first, last) of output 0, whole rows of its last dimension, on a thread. A producer that
	// calls it for every element, each once it is computed, sets posts.
	post  func(thread, first, last int)
	posts bool
}

// Host is what surrounds a node: the interpreter, or a test that runs one operator alone.
type Host interface {
	// Const reports whether the value of t is known now and never changes.
	Const(t *tensor.Tensor) bool
	// Variable reports whether t keeps its value between invocations.
	Variable(t *tensor.Tensor) bool
	// Scratch returns a tensor whose storage belongs to the node while it is evaluated. Its contents do not last.
	Scratch(t tensor.Type, shape tensor.Shape) (*tensor.Tensor, error)
	// Dynamic declares that the shape of output t is only known when the node has been evaluated.
	Dynamic(t *tensor.Tensor)
	// Resize gives a dynamic tensor a shape and storage for it, whose contents are undefined.
	Resize(t *tensor.Tensor, shape tensor.Shape) error
	// SetBytes gives a dynamic tensor a shape and storage; for STRING tensors, whose size their shape does not tell.
	SetBytes(t *tensor.Tensor, shape tensor.Shape, b []byte) error
	// Pack returns what build makes of constant t, remembered under kind for all interpreters of the model.
	Pack(t *tensor.Tensor, kind string, build func() any) any
	// Spare says that the node reads constant t no more once it is prepared, as it has packed what it needs.
	Spare(t *tensor.Tensor)
	// Subgraph returns a callee.
	Subgraph(i int) (Subgraph, error)
	// Claim counts bytes that the node holds besides outputs and scratch against the memory budget, until it is prepared again.
	Claim(bytes int64) error
	// Afford reports whether that many bytes more would exceed the memory budget, for Eval to ask before it allocates them.
	Afford(bytes int64) error
	// Err returns an error once the invocation under way is to stop.
	Err() error
	// Threads returns how many threads may evaluate the node at once, at least 1. It does not change.
	Threads() int
	// Fork calls run for every chunk of [0, chunks) and returns when all calls have. Calls may run at the same time: each has a
	// thread number in [0, Threads()) that no other call has meanwhile. run must be made in Prepare, since Eval allocates nothing.
	Fork(chunks int, run func(thread, chunk int))
	// Resources returns the variables and tables of the interpreter.
	Resources() *Resources
}

// Subgraph is a function that a control-flow operator calls.
type Subgraph interface {
	Inputs() []*tensor.Tensor
	Outputs() []*tensor.Tensor
	// Prepare gives the inputs these shapes and prepares the nodes. Nothing happens when they have them already.
	Prepare(shapes []tensor.Shape) error
	// DynamicOutput reports, once prepared, whether the shape of output i is only known after Invoke.
	DynamicOutput(i int) bool
	// SetInput copies the elements of from, whose type and shape must be those of input i.
	SetInput(i int, from *tensor.Tensor) error
	// Invoke runs the nodes.
	Invoke() error
}

// Input returns input i, or nil where it is absent or the node has fewer.
func (n *Node) Input(i int) *tensor.Tensor {
	if i >= len(n.Inputs) {
		return nil
	}
	return n.Inputs[i]
}

// Output returns output i.
func (n *Node) Output(i int) *tensor.Tensor { return n.Outputs[i] }

// IsConst reports whether input i is present and its value known during Prepare.
func (n *Node) IsConst(i int) bool { t := n.Input(i); return t != nil && n.Host.Const(t) }

// IsVariable reports whether input i is present and keeps its value between invocations.
func (n *Node) IsVariable(i int) bool { t := n.Input(i); return t != nil && n.Host.Variable(t) }

// SetOutput states the shape of output i in Prepare. The shape is copied.
func (n *Node) SetOutput(i int, shape tensor.Shape) error {
	if err := shape.Check(); err != nil {
		return fmt.Errorf("output %d: %w: %w", i, err, ErrInvalidModel)
	}
	n.Outputs[i].Shape = append(n.Outputs[i].Shape[:0:0], shape...)
	return nil
}

// SetDynamic states in Prepare that the shape of output i is only known after Eval, which must call ResizeOutput.
func (n *Node) SetDynamic(i int) { n.Host.Dynamic(n.Outputs[i]) }

// ResizeOutput gives dynamic output i its shape and storage; Eval calls it before it writes. The shape is copied.
func (n *Node) ResizeOutput(i int, shape tensor.Shape) error {
	if err := shape.Check(); err != nil {
		return fmt.Errorf("output %d: %w: %w", i, err, ErrValue)
	}
	return n.Host.Resize(n.Outputs[i], shape)
}

// SetOutputBytes gives dynamic output i a shape and its elements. The bytes are kept, not copied.
func (n *Node) SetOutputBytes(i int, shape tensor.Shape, b []byte) error {
	if err := shape.Check(); err != nil {
		return fmt.Errorf("output %d: %w: %w", i, err, ErrValue)
	}
	return n.Host.SetBytes(n.Outputs[i], shape, b)
}

// Scratch asks in Prepare for memory that Eval may use; its storage is there, with undefined contents, once Eval runs.
func (n *Node) Scratch(t tensor.Type, shape ...int) (*tensor.Tensor, error) {
	if err := tensor.Shape(shape).Check(); err != nil {
		return nil, fmt.Errorf("scratch: %w: %w", err, ErrBudget)
	}
	return n.Host.Scratch(t, shape)
}

// Claim asks for leave to allocate count elements of size bytes, other than by Scratch. The memory counts against the budget
// until the node is prepared again. Tables whose size is a constant, or that of a few outputs, need none.
func (n *Node) Claim(count, size int64) error {
	if count < 0 || size <= 0 || count > math.MaxInt64/size {
		return fmt.Errorf("%d elements of %d bytes: %w", count, size, ErrBudget)
	}
	return n.Host.Claim(count * size)
}

// chunkWork is how much work, in nanoseconds, makes a chunk where there is enough of it: little enough for threads that run at different
// speeds to be done at about the same time. Half a node is worth dividing from leastWork on: it takes half a microsecond to divide,
// and what a thread has computed is in the cache of its core for the next node.
const chunkWork, leastWork = 8000, 2000

// Chunks returns into how many chunks of Host.Fork to cut a number of units that take work nanoseconds together on one thread:
// 1 where one thread does it as well. What is computed for a unit must not depend on the chunk that it falls in.
func (n *Node) Chunks(units int, work int64) int {
	threads := int64(n.Host.Threads())
	if threads == 1 {
		return 1
	}
	chunks := max(min(work/leastWork, threads), min(work/chunkWork, 4*threads))
	return int(max(1, min(chunks, int64(units))))
}

// Span returns the units [first, last) of chunk c when a number of units is cut into chunks of nearly the same size.
func Span(units, chunks, c int) (first, last int) {
	return int(int64(units) * int64(c) / int64(chunks)), int(int64(units) * int64(c+1) / int64(chunks))
}

// PackOnce returns what build makes of constant input i. It is computed once for each model and kind, and shared by all of
// its interpreters, so it must not be written to afterwards; kind must name everything that build's result depends on
// besides the constant itself.
func PackOnce[T any](n *Node, i int, kind string, build func() T) T {
	return n.Host.Pack(n.Inputs[i], kind, func() any { return build() }).(T)
}

// Spare says that Eval does not read constant input i, if it is there: what was packed of it is all that it needs. The memory of a constant
// that nobody else reads can then go.
func (n *Node) Spare(i int) {
	if t := n.Input(i); t != nil {
		n.Host.Spare(t)
	}
}

// options returns the options table of a node, a zero one where the model has none.
func options[T any](n *Node) (*T, error) {
	if n.Options == nil {
		return new(T), nil
	}
	o, ok := n.Options.(*T)
	if !ok || o == nil {
		return nil, invalidf("options: got %T, want %T", n.Options, new(T))
	}
	return o, nil
}

// unsupportedTypes reports the element types of a node as a combination that its operator does not support.
func unsupportedTypes(n *Node) error {
	return unsupportedf("types %s -> %s", typeList(n.Inputs), typeList(n.Outputs))
}

func typeList(ts []*tensor.Tensor) string {
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = "absent"
		if t != nil {
			names[i] = t.Type.String()
		}
	}
	return strings.Join(names, ", ")
}
