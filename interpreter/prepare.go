package interpreter

import (
	"fmt"
	"time"

	"github.com/litewren/litewren/tensor"
)

// prepareNodes prepares nodes in order, then memory.
func (in *instance) prepareNodes() (err error) {
	in.ready = false
	if err := in.resetTensors(); err != nil {
		return err
	}
	i := 0
	defer in.guard("prepare", &i, &err)
	for i := range in.nodes {
		n := &in.nodes[i]
		n.eval, n.skip, n.deferred, n.scratch, n.shapes, n.spared = nil, false, false, nil, nil, nil
	}
	in.startRecycling()
	defer func() { in.recycling = nil }()
	for ; i < len(in.nodes); i++ {
		n := &in.nodes[i]
		if n.deferred = in.behindDynamic(i); n.deferred {
			if in.graph.plain != nil {
				return errDeferred
			}
			for _, k := range n.def.outputs {
				in.storage[k] = isDynamic
			}
			continue
		}
		if err := in.prepareNode(i); err != nil {
			return in.wrap("prepare", i, err)
		}
		in.fold(i)
		n.skip = n.skip || in.nothingToCompute(n)
		in.recycle(i)
	}
	in.stopRecycling()
	in.it.model.drops.flush(in.keepSmall()) // before the arena takes memory
	if err := in.planMemory(); err != nil {
		return fmt.Errorf("litewren: subgraph %d: memory: %w", in.graph.index, err)
	}
	in.makePlan()
	in.ready = true
	return nil
}

// resetTensors puts every tensor back to what the model declares, except for the shapes of the inputs.
func (in *instance) resetTensors() error {
	inputs := make([]bool, len(in.tensors))
	for _, k := range in.graph.inputs {
		if k >= 0 {
			inputs[k] = true
		}
	}
	for i, t := range in.tensors {
		d := &in.graph.tensors[i]
		in.modelConst[i] = false
		switch {
		case d.stored != nil:
			in.storage[i], in.modelConst[i] = isFolded, true
			in.release(t) // prepareNode expands it
			continue
		case d.constant:
			in.storage[i] = isConstant
			t.SetBytes(d.proto.Bytes())
			continue
		case d.variable && t.Type.Bits() > 0:
			in.storage[i] = isVariable
			if !inputs[i] {
				t.Shape = append(t.Shape[:0], d.proto.Shape...)
			}
			if err := in.allocate(t); err != nil {
				return fmt.Errorf("litewren: variable %q: %w", t.Name, err)
			}
			continue
		case inputs[i]:
			in.storage[i] = inArena
			if t.Type.Bits() == 0 {
				in.storage[i] = isCaller
			}
			continue // planMemory carries the contents over
		}
		in.storage[i] = inArena
		t.Shape = append(t.Shape[:0], d.proto.Shape...)
		in.release(t)
	}
	in.resetVariables()
	return nil
}

// nothingToCompute reports whether all a node does is write outputs, and these have no elements. Its loops over the other
// dimensions, which may be huge, need not run.
func (in *instance) nothingToCompute(n *node) bool {
	if n.def.op.Stateful || len(n.def.outputs) == 0 {
		return false
	}
	for _, k := range n.def.outputs {
		if in.storage[k] != inArena || in.tensors[k].Elements() != 0 {
			return false
		}
	}
	return true
}

func (in *instance) behindDynamic(i int) bool {
	for _, k := range in.nodes[i].def.inputs {
		if k >= 0 && in.storage[k] == isDynamic {
			return true
		}
	}
	return false
}

func (in *instance) prepareNode(i int) error {
	n := &in.nodes[i]
	op := n.def.op
	in.it.reserve(-n.claimed)
	n.claimed = 0
	if err := in.it.step(); err != nil {
		return err
	}
	if err := in.expandInputs(n); err != nil {
		return err
	}
	if err := op.Check(&n.Node); err != nil {
		return err
	}
	// What an operator allocates while it prepares is a small multiple of its operands at most.
	for j, t := range n.Inputs {
		if err := in.fits(t); err != nil {
			return fmt.Errorf("input %d: %w", j, err)
		}
	}
	for j, k := range n.def.inputs {
		if k >= 0 && in.storage[k] == inArena && in.graph.source[k] >= i {
			return fmt.Errorf("input %d (%q) has no data and nothing computes it: %w", j, in.tensors[k].Name, ErrInvalidModel)
		}
	}
	for j, k := range n.def.outputs {
		if in.storage[k] == isConstant || in.storage[k] == isVariable || in.graph.tensors[k].stored != nil {
			return fmt.Errorf("output %d (%q) is not writable: %w", j, in.tensors[k].Name, ErrInvalidModel)
		}
	}
	eval, err := op.Prepare(&n.Node)
	if err != nil {
		return err
	}
	n.eval = eval
	for j, t := range n.Outputs {
		if err := in.fits(t); err != nil {
			return fmt.Errorf("output %d: %w", j, err)
		}
	}
	for _, k := range n.def.outputs {
		if in.tensors[k].Type.Bits() == 0 && in.storage[k] == inArena {
			in.storage[k] = isDynamic
		}
	}
	return nil
}

// fits refuses tensors that alone are larger than the memory budget.
func (in *instance) fits(t *tensor.Tensor) error {
	if t == nil {
		return nil
	}
	size, err := t.ByteSize()
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrBudget)
	}
	if size > in.it.config.budget {
		return fmt.Errorf("%d bytes, at most %d: %w", size, in.it.config.budget, ErrBudget)
	}
	return nil
}

// fold computes a node now when its value can never change: all inputs constant, or only their shapes matter. A node that
// fails here stays in the plan, to fail in Invoke if it is reached.
func (in *instance) fold(i int) {
	n := &in.nodes[i]
	op := n.def.op
	if !op.Settled && (op.Stateful || (len(n.def.inputs) == 0 && !op.ShapeOnly)) || len(n.def.outputs) == 0 {
		return
	}
	if in.it.ctx == nil && time.Now().After(in.it.foldUntil) {
		return
	}
	fromModel := !op.Settled
	for _, k := range n.def.inputs {
		if k < 0 {
			continue
		}
		constant := in.storage[k] == isConstant || in.storage[k] == isFolded
		if !constant && !op.ShapeOnly {
			return
		}
		fromModel = fromModel && (in.storage[k] == isConstant || in.modelConst[k])
	}
	for _, k := range n.def.outputs {
		if in.storage[k] != inArena {
			return
		}
	}
	if fromModel {
		if done := in.it.model.fold(foldKey{in.graph.index, n.def.origin}, nil); done != nil && in.takeFolded(n, done) {
			return
		}
	}
	if !in.evalNow(n) {
		return
	}
	n.skip = true
	for _, k := range n.def.outputs {
		in.storage[k] = isFolded
		in.modelConst[k] = fromModel
		in.recycling.fresh[k] = fromModel
	}
}

// evalNow runs a node on heap storage and reports whether that worked.
func (in *instance) evalNow(n *node) bool {
	var taken []*tensor.Tensor
	undo := func() bool {
		for _, t := range taken {
			in.release(t)
		}
		return false
	}
	for _, list := range [][]*tensor.Tensor{n.Outputs, n.scratch} {
		for _, t := range list {
			taken = append(taken, t)
			if in.room(t) != nil {
				return undo()
			}
		}
	}
	if n.eval() != nil {
		return undo()
	}
	for _, t := range n.scratch {
		in.recycling.give(t.Bytes())
		in.release(t)
	}
	n.scratch = nil
	return true
}

func (in *instance) computed(n *node) []foldedTensor {
	list := make([]foldedTensor, len(n.Outputs))
	for i, t := range n.Outputs {
		list[i] = foldedTensor{t.Shape.Clone(), t.Bytes()}
	}
	return list
}

// takeFolded makes the outputs of a node those that another interpreter of the model has computed.
func (in *instance) takeFolded(n *node, done []foldedTensor) bool {
	if len(done) != len(n.Outputs) {
		return false
	}
	for i, t := range n.Outputs {
		if !t.Shape.Equal(done[i].shape) {
			return false
		}
	}
	for i, t := range n.Outputs {
		in.release(t)
		if in.account(t, int64(len(done[i].data))) != nil { // shared, but there is no smaller bound on what all nodes need
			return false
		}
		t.SetBytes(done[i].data)
		k := n.def.outputs[i]
		in.storage[k] = isFolded
		in.modelConst[k] = true
	}
	n.skip, n.scratch = true, nil
	return true
}
