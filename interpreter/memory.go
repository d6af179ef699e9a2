package interpreter

import (
	"fmt"
	"io"
	"slices"

	"github.com/litewren/litewren/allocator"
	"github.com/litewren/litewren/tensor"
)

// owner is whose bytes a request of the memory plan stands for.
type owner struct {
	t    *tensor.Tensor
	node int // whose scratch it is, -1 for a tensor of the subgraph
}

func (o owner) String() string {
	if o.node < 0 {
		return o.t.Name
	}
	return fmt.Sprintf("scratch of node %d", o.node)
}

// planMemory finds every tensor and scratch of the static nodes a place in one arena.
//
// Time runs over the nodes. Inputs and outputs of the subgraph live through all of it: a caller may invoke again without
// writing the inputs anew, and reads the outputs afterwards. Everything else lives from the node that writes it to the last
// one that reads it, scratch during its node only.
func (in *instance) planMemory() error {
	count := len(in.graph.inputs)
	for i := range in.nodes {
		count += len(in.nodes[i].def.outputs) + len(in.nodes[i].scratch)
	}
	in.requests, in.owners = slices.Grow(in.requests[:0], count), slices.Grow(in.owners[:0], count)
	end := len(in.nodes)
	numbers := make([]int, 2*len(in.tensors))
	last, slot := numbers[:len(in.tensors)], numbers[len(in.tensors):] // slot: request number + 1
	for i := range in.nodes {
		for _, k := range in.nodes[i].def.inputs {
			if k >= 0 {
				last[k] = i
			}
		}
	}
	for _, list := range [][]int{in.graph.inputs, in.graph.outputs} {
		for _, k := range list {
			if k >= 0 {
				last[k] = end
			}
		}
	}
	place := func(k, first int) error {
		t := in.tensors[k]
		size, err := t.ByteSize()
		if err != nil {
			return fmt.Errorf("tensor %q: %w: %w", t.Name, err, ErrBudget)
		}
		in.requests = append(in.requests, allocator.Request{Size: size, First: first, Last: max(first, last[k]), Share: allocator.NoShare})
		in.owners = append(in.owners, owner{t, -1})
		slot[k] = len(in.requests)
		return nil
	}
	for _, k := range in.graph.inputs {
		if k >= 0 && in.storage[k] == inArena && slot[k] == 0 {
			if err := place(k, 0); err != nil {
				return err
			}
		}
	}
	for i := range in.nodes {
		n := &in.nodes[i]
		if n.deferred {
			continue
		}
		for _, k := range n.def.outputs {
			if in.storage[k] != inArena || slot[k] != 0 {
				continue
			}
			if err := place(k, i); err != nil {
				return err
			}
		}
		if n.skip { // its outputs are precomputed, or have no elements
			continue
		}
		in.share(i, last, slot)
		for _, s := range n.scratch {
			size, err := s.ByteSize()
			if err != nil {
				return fmt.Errorf("scratch of node %d: %w: %w", i, err, ErrBudget)
			}
			in.requests = append(in.requests, allocator.Request{Size: size, First: i, Last: i, Share: allocator.NoShare})
			in.owners = append(in.owners, owner{s, i})
		}
	}
	layout, err := allocator.Plan(in.requests)
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrBudget)
	}
	if err := in.it.reserve(layout.Size - in.layout.Size); err != nil {
		return fmt.Errorf("arena: %w", err)
	}
	in.layout = layout
	arena, err := allocator.NewArena(layout.Size)
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrBudget)
	}
	if all, err := arena.Slice(0, layout.Size); err == nil {
		tensor.Populate(all) // Invoke writes most of it
	}
	for i, o := range in.owners {
		b, err := arena.Slice(layout.Offsets[i], in.requests[i].Size)
		if err != nil {
			return fmt.Errorf("%q: %w: %w", o, err, ErrBudget)
		}
		copy(b, o.t.Bytes()) // what inputs held before; nothing for the rest
		o.t.SetBytes(b)
	}
	return nil
}

// share lets output 0 of node i take over the storage of an input that dies there, where the operator allows it.
func (in *instance) share(i int, last, slot []int) {
	n := &in.nodes[i]
	if len(n.def.op.InPlace) == 0 || len(n.def.outputs) == 0 || slot[n.def.outputs[0]] == 0 {
		return
	}
	for _, j := range n.def.op.InPlace {
		if j >= len(n.def.inputs) {
			continue
		}
		k := n.def.inputs[j]
		if k < 0 || slot[k] == 0 || last[k] != i || in.graph.source[k] < 0 || occurrences(n.def.inputs, k) != 1 {
			continue
		}
		// Equal sizes: SOFTMAX of INT8 to INT16, say, would write over elements that it has not read.
		out := &in.requests[slot[n.def.outputs[0]]-1]
		if out.Size != in.requests[slot[k]-1].Size {
			continue
		}
		out.Share = slot[k] - 1
		return
	}
}

func occurrences(list []int, k int) int {
	n := 0
	for _, x := range list {
		if x == k {
			n++
		}
	}
	return n
}

// MemoryPlan describes the arena of a subgraph.
type MemoryPlan struct {
	Bytes    int64  // size of the arena
	PeakLive int64  // most bytes alive at one node: no plan can be smaller
	Strategy string // the placement that won
	Tensors  int    // tensors and scratch buffers placed
}

// MemoryPlan returns the memory plan of the primary subgraph.
func (it *Interpreter) MemoryPlan() MemoryPlan {
	l := it.main().layout
	return MemoryPlan{Bytes: l.Size, PeakLive: l.PeakLive, Strategy: l.Strategy, Tensors: len(l.Offsets)}
}

// WriteMemoryMap draws the arena of the primary subgraph, time downwards and offset to the right.
func (it *Interpreter) WriteMemoryMap(w io.Writer) error {
	in := it.main()
	names := make([]string, len(in.owners))
	for i, o := range in.owners {
		names[i] = o.String()
	}
	return in.layout.Map(w, in.requests, names)
}
