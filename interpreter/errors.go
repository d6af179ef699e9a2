package interpreter

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/litewren/litewren/interpreter/internal/fork"
	"github.com/litewren/litewren/ops"
)

// Every error of this package wraps one of these, or the error of a context or of the file system.
var (
	// ErrInvalidModel says that the file is wrong.
	ErrInvalidModel = ops.ErrInvalidModel
	// ErrUnsupported says that the file is fine but uses something this library lacks.
	ErrUnsupported = ops.ErrUnsupported
	// ErrShape says that the caller asked for a shape the model cannot take.
	ErrShape = ops.ErrShape
	// ErrType says that the caller used a tensor as another type than its own.
	ErrType = ops.ErrType
	// ErrBudget says that a limit on memory, rank or depth would be exceeded.
	ErrBudget = ops.ErrBudget
	// ErrValue says that a runtime value is outside what an operator allows: an index, a divisor, a size.
	ErrValue = ops.ErrValue
	// ErrInternal says that litewren itself is wrong: code of an operator panicked. The panic is turned into an error so that
	// one bad model does not end the process that serves others; it is always worth a bug report, with the model.
	ErrInternal = errors.New("bug in litewren")
)

// Error says where in a model something went wrong.
type Error struct {
	Phase    string // "prepare" or "invoke"
	Subgraph int
	Node     int    // position in the subgraph's execution order
	Op       string // operator name
	Tensor   string // name of the node's first output
	Err      error
	Stack    []byte // where the panic behind an ErrInternal happened; nil for all other errors
}

// Error renders the place once, then the cause:
//
//	litewren: prepare node 12 FULLY_CONNECTED ("dense_1/MatMul"): weights: got 16 scales, want 32: invalid model
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "litewren: %s ", e.Phase)
	if e.Subgraph > 0 {
		fmt.Fprintf(&b, "subgraph %d ", e.Subgraph)
	}
	fmt.Fprintf(&b, "node %d %s", e.Node, e.Op)
	if e.Tensor != "" {
		fmt.Fprintf(&b, " (%q)", e.Tensor)
	}
	// A callee's error stands inside its caller's; the prefix is said once.
	fmt.Fprintf(&b, ": %s", strings.TrimPrefix(e.Err.Error(), "litewren: "))
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// guard, deferred, turns a panic into the error of node at.
func (in *instance) guard(phase string, at *int, err *error) {
	r := recover()
	if r == nil {
		return
	}
	stack := debug.Stack()
	if f, ok := r.(*fork.Panic); ok { // on another thread
		stack = f.Stack
	}
	cause := fmt.Errorf("panic: %v: %w", r, ErrInternal)
	if *at >= len(in.nodes) {
		*err = fmt.Errorf("litewren: subgraph %d: memory: %w", in.graph.index, cause)
		return
	}
	e := in.wrap(phase, *at, cause)
	e.Stack = stack
	*err = e
}
