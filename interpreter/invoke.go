package interpreter

import (
	"errors"
	"fmt"
	"time"

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
	for ; i < len(in.nodes); i++ {
		n := &in.nodes[i]
		if n.skip {
			continue
		}
		if i > 0 { // the first time it has just been asked
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
