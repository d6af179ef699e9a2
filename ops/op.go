package ops

import (
	"fmt"
	"slices"

	"github.com/litewren/litewren/schema/tflite"
)

// Op describes one operator.
type Op struct {
	// Code is the builtin operator's code, or BuiltinOperatorCUSTOM for an operator known by its name.
	Code tflite.BuiltinOperator
	// Name is CONV_2D, or the custom code of a custom operator.
	Name string
	// MinVersion and MaxVersion are the operator versions accepted; 0 and 0 stand for 1 and 1. Custom operators have none.
	MinVersion, MaxVersion int
	// Inputs and Outputs bound the arity.
	Inputs, Outputs Arity
	// Optional lists the inputs that may be absent (-1 in the graph) although they lie within the arity.
	Optional []int
	// Sparse lists the inputs that may be constants stored sparsely, which have fewer bytes than their shape says.
	Sparse []int
	// OptionalOutputs says that outputs nobody wants may be absent.
	OptionalOutputs bool
	// InPlace lists the inputs whose storage output 0 may take over when they have the same size and nobody reads them
	// later. Eval must then give the same result when output and input are the same memory.
	InPlace []int
	// Stateful says that an evaluation does more than compute outputs from inputs: control flow, variables, random streams.
	// The results of such nodes are never precomputed.
	Stateful bool
	// ShapeOnly says that the outputs depend on the shapes of the inputs alone, so that they are known once those are.
	ShapeOnly bool
	// Settled says that the outputs are known once a node without inputs is prepared, but for one interpreter only, although the
	// operator is Stateful.
	Settled bool
	// Relabels says that an evaluation does nothing where output 0 has taken over the storage of input 0.
	Relabels bool
	// Types says which element types are supported, for the table of operators.
	Types string
	// Prepare checks a node and returns its evaluation.
	Prepare func(n *Node) (Eval, error)
}

// Eval computes the outputs of a prepared node from its inputs.
type Eval func() error

// Arity is a number of inputs or outputs. Max -1 means any number.
type Arity struct{ Min, Max int }

// Exactly is the arity of a fixed number.
func Exactly(n int) Arity { return Arity{n, n} }

// Between is the arity of lo to hi; AtLeast(lo) has no upper end.
func Between(lo, hi int) Arity { return Arity{lo, hi} }

// AtLeast is the arity of n or more.
func AtLeast(n int) Arity { return Arity{n, -1} }

func (a Arity) check(what string, n int) error {
	if n < a.Min || (a.Max >= 0 && n > a.Max) {
		return invalidf("got %d %s, want %v", n, what, a)
	}
	return nil
}

// String renders an arity as "2", "2 to 3" or "1 or more".
func (a Arity) String() string {
	switch {
	case a.Max < 0:
		return fmt.Sprintf("%d or more", a.Min)
	case a.Min == a.Max:
		return fmt.Sprint(a.Min)
	}
	return fmt.Sprintf("%d to %d", a.Min, a.Max)
}

// CheckVersion reports whether the operator accepts nodes of that version.
func (op *Op) CheckVersion(version int) error {
	if op.Code == tflite.BuiltinOperatorCUSTOM {
		return nil
	}
	lo, hi := max(op.MinVersion, 1), max(op.MaxVersion, 1)
	if version < lo || version > hi {
		return unsupportedf("version %d, want %d to %d", version, lo, hi)
	}
	return nil
}

// Check verifies the number of inputs and outputs and that nothing required is absent. The interpreter calls it before
// Prepare, so that Prepare may index inputs and outputs up to the minimum arity.
func (op *Op) Check(n *Node) error {
	if err := op.Inputs.check("inputs", len(n.Inputs)); err != nil {
		return err
	}
	if err := op.Outputs.check("outputs", len(n.Outputs)); err != nil {
		return err
	}
	for i, t := range n.Inputs {
		if t == nil && !op.optional(i) {
			return invalidf("input %d is absent but required", i)
		}
		if t != nil && t.Sparsity != nil && !slices.Contains(op.Sparse, i) {
			return unsupportedf("input %d is stored sparsely", i)
		}
	}
	for i, t := range n.Outputs {
		if t == nil && !op.OptionalOutputs {
			return invalidf("output %d is absent", i)
		}
	}
	return nil
}

func (op *Op) optional(i int) bool {
	for _, o := range op.Optional {
		if o == i {
			return true
		}
	}
	// Inputs past the minimum may be left out, so they may be absent in place too.
	return op.Inputs.Max >= 0 && i >= op.Inputs.Min
}
