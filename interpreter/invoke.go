package interpreter

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// errNotPrepared tells that the last Resize failed.
var errNotPrepared = errors.New("not prepared: the last resize has failed")

// Invoke runs the nodes of an instance in order.
func (in *instance) Invoke() (err error) {
	if !in.ready {
		return fmt.Errorf("litewren: subgraph %d: %w", in.graph.index, errNotPrepared)
	}
	for i, t := range in.inputs {
		if t != nil && t.Bytes() == nil && t.Elements() > 0 {
			return fmt.Errorf("litewren: subgraph %d: input %d (%q) has not been set: %w", in.graph.index, i, t.Name, ErrShape)
		}
	}
	it := in.it
	if err := it.ctx.Err(); err != nil { // here, for subgraphs without nodes: a loop of them must end too
		return fmt.Errorf("litewren: invoke: %w", err)
	}
	i := 0
	defer in.guard("invoke", &i, &err)
	if it.profile != nil || it.tap != nil || in.deferring {
		return in.invokeObserved(&i)
	}
	for k := range in.plan {
		s := &in.plan[k]
		i = s.node
		if k > 0 { // the first time it has just been asked
			if err := it.ctx.Err(); err != nil {
				return in.wrap("invoke", i, err)
			}
		}
		if err := s.eval(); err != nil {
			return in.wrap("invoke", i, err)
		}
	}
	return nil
}

// step is a node that has something to compute in every invocation.
type step struct {
	eval ops.Eval
	node int
}

// makePlan lists the steps of an instance without deferred nodes. It leaves out what need not be done again: nodes that were
// computed while preparing, and those that give the memory of their input another shape.
func (in *instance) makePlan() {
	in.plan, in.deferring = in.plan[:0], false
	for i := range in.nodes {
		n := &in.nodes[i]
		in.deferring = in.deferring || n.deferred
		if !n.skip && !in.moot(n) {
			in.plan = append(in.plan, step{n.eval, i})
		}
	}
}

// moot reports whether a node does nothing, as its output is its input: the same memory, which is the planner's alone.
func (in *instance) moot(n *node) bool {
	if !n.def.op.Relabels || n.deferred || len(n.def.outputs) != 1 || n.def.inputs[0] < 0 {
		return false
	}
	from, to := n.def.inputs[0], n.def.outputs[0]
	if in.storage[from] != inArena || in.storage[to] != inArena || slices.Contains(in.graph.inputs, from) || slices.Contains(in.graph.outputs, to) {
		return false
	}
	a, b := in.tensors[from].Bytes(), in.tensors[to].Bytes()
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

// invokeObserved is Invoke where somebody watches the nodes, or some are prepared when they are reached.
func (in *instance) invokeObserved(at *int) error {
	it := in.it
	for i := range in.nodes {
		*at = i
		n := &in.nodes[i]
		if n.skip {
			continue
		}
		if i > 0 {
			if err := it.ctx.Err(); err != nil {
				return in.wrap("invoke", i, err)
			}
		}
		if n.deferred {
			if err := in.prepareDeferred(i); err != nil {
				return in.wrap("prepare", i, err)
			}
			if n.hollow {
				continue
			}
		}
		var start time.Time
		if it.profile != nil {
			start = time.Now()
		}
		if err := n.eval(); err != nil {
			return in.wrap("invoke", i, err)
		}
		if it.profile != nil {
			it.profile.add(in, i, time.Since(start))
		}
		if it.tap != nil {
			it.tap(Tapped{Subgraph: in.graph.index, Node: n.def.origin, Op: n.def.name, Outputs: n.Outputs})
		}
	}
	return nil
}

// prepareDeferred prepares a node that stands behind a dynamic tensor, unless its inputs have the shapes it is prepared for.
func (in *instance) prepareDeferred(i int) error {
	n := &in.nodes[i]
	if n.eval != nil && sameShapes(n.shapes, n.Inputs) {
		return nil
	}
	n.eval = nil
	for _, s := range n.scratch {
		in.release(s)
	}
	n.scratch = n.scratch[:0]
	for _, k := range n.def.outputs {
		// Static until the operator says otherwise; prepareNode refuses constants.
		in.storage[k] = inArena
		in.tensors[k].Shape = append(in.tensors[k].Shape[:0], in.graph.tensors[k].proto.Shape...)
	}
	err := in.prepareNode(i)
	n.hollow = err == nil && in.nothingToCompute(n)
	for _, k := range n.def.outputs {
		static := in.storage[k] == inArena
		in.storage[k] = isDynamic
		if err == nil && static {
			err = in.allocate(in.tensors[k])
		}
	}
	if err != nil {
		n.eval = nil
		return err
	}
	n.shapes = n.shapes[:0]
	for _, t := range n.Inputs {
		var s tensor.Shape
		if t != nil {
			s = t.Shape.Clone()
		}
		n.shapes = append(n.shapes, s)
	}
	return nil
}

func sameShapes(shapes []tensor.Shape, inputs []*tensor.Tensor) bool {
	if len(shapes) != len(inputs) {
		return false
	}
	for i, t := range inputs {
		if t != nil && !t.Shape.Equal(shapes[i]) {
			return false
		}
	}
	return true
}

// Tapped is a node that has just been evaluated.
type Tapped struct {
	Subgraph, Node int
	Op             string
	Outputs        []*tensor.Tensor // valid during the call only; not to be written
}

// SetTap calls f after every node with what it has computed, nil to stop. Results do not change: the tensors are shown
// before their memory is used for something else. Nodes whose value was computed while preparing are not seen, nor are those
// that a rewrite has left out: make the interpreter WithoutRewrites to see every tensor.
func (it *Interpreter) SetTap(f func(Tapped)) { it.tap = f }
