package interpreter

import (
	"slices"

	"github.com/litewren/litewren/tensor"
)

// recycling is what is known of computed constants (weights that were dequantized, expanded or decoded) while nodes are prepared. Most
// are there for one reader, which packs them: their memory then serves the next one, so that there is room for the largest and not for
// all of them, long before a garbage collection would see it.
type recycling struct {
	readers []int  // by tensor: its uses by nodes that are not prepared yet, or read it when they are evaluated, and as an output
	fresh   []bool // by tensor: computed here, and nobody else has seen it
	free    [][]byte
}

// leastRecycled is how many bytes are worth it.
const leastRecycled = 4 << 10

// startRecycling counts who reads what. Without rewrites every tensor is to be seen: nothing goes.
func (in *instance) startRecycling() {
	r := &recycling{readers: make([]int, len(in.tensors)), fresh: make([]bool, len(in.tensors))}
	for i := range in.nodes {
		for _, k := range in.nodes[i].def.inputs {
			if k >= 0 {
				r.readers[k]++
			}
		}
	}
	for _, k := range in.graph.outputs {
		if k >= 0 {
			r.readers[k]++
		}
	}
	in.recycling = r
}

// recycle lets go of the computed constants that node i, prepared, was the last to read. Whoever prepares the nodes again computes them
// again.
func (in *instance) recycle(i int) {
	n, r := &in.nodes[i], in.recycling
	for at, k := range n.def.inputs {
		if k < 0 || slices.Contains(n.def.inputs[:at], k) {
			continue
		}
		uses := occurrences(n.def.inputs, k)
		if !n.skip && uses != occurrences(n.spared, k) {
			continue
		}
		r.readers[k] -= uses
		b := in.tensors[k].Bytes()
		if r.readers[k] > 0 || in.storage[k] != isFolded || !in.modelConst[k] || len(b) < leastRecycled || in.it.config.plain {
			continue
		}
		in.release(in.tensors[k])
		if s := in.graph.tensors[k].stored; s != nil {
			in.it.model.unfold(s.key())
		}
		if r.fresh[k] {
			r.fresh[k] = false
			r.give(b)
		}
	}
}

// give takes memory for what is computed next.
func (r *recycling) give(b []byte) {
	if cap(b) >= leastRecycled {
		r.free = append(r.free, b[:cap(b)])
	}
}

// room is allocate for what may go soon.
func (in *instance) room(t *tensor.Tensor) error {
	size, err := t.ByteSize()
	if r := in.recycling; err == nil && size >= leastRecycled {
		best := -1
		for i, b := range r.free {
			// Not a much larger one, for the case that it stays.
			if n := int64(len(b)); n >= size && n <= 4*size && (best < 0 || len(b) < len(r.free[best])) {
				best = i
			}
		}
		if best >= 0 {
			if err := in.account(t, size); err != nil {
				return err
			}
			t.SetBytes(r.free[best][:size:size])
			r.free = slices.Delete(r.free, best, best+1)
			return nil
		}
	}
	return in.allocate(t)
}

// stopRecycling shares the computed constants that are still needed with the other interpreters of the model.
func (in *instance) stopRecycling() {
	r := in.recycling
	for i := range in.nodes {
		n := &in.nodes[i]
		for _, k := range n.def.outputs { // what nobody reads
			if r.fresh[k] && r.readers[k] == 0 && len(in.tensors[k].Bytes()) >= leastDropped && !in.it.config.plain {
				in.release(in.tensors[k])
				r.fresh[k] = false
			}
		}
		if len(n.def.outputs) > 0 && !slices.ContainsFunc(n.def.outputs, func(k int) bool { return !r.fresh[k] }) {
			in.takeFolded(n, in.it.model.fold(foldKey{in.graph.index, n.def.origin}, in.computed(n)))
		}
	}
}
