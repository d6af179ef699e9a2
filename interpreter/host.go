package interpreter

import (
	"errors"
	"fmt"
	"time"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// host is what a node sees of its instance.
type host struct {
	in   *instance
	node int
}

// index returns the position of a tensor among those of the instance, -1 for scratch.
func (h *host) index(t *tensor.Tensor) int {
	d := &h.in.graph.nodes[h.node]
	for _, list := range [...][]int{d.inputs, d.outputs, d.intermediates} {
		for _, k := range list {
			if k >= 0 && h.in.tensors[k] == t {
				return k
			}
		}
	}
	return -1
}

func (h *host) Const(t *tensor.Tensor) bool {
	k := h.index(t)
	return k >= 0 && (h.in.storage[k] == isConstant || h.in.storage[k] == isFolded)
}

func (h *host) Variable(t *tensor.Tensor) bool {
	k := h.index(t)
	return k >= 0 && h.in.storage[k] == isVariable
}

// Scratch of a static node gets its place in the arena once all nodes are prepared; a deferred node owns its own.
func (h *host) Scratch(t tensor.Type, shape tensor.Shape) (*tensor.Tensor, error) {
	n := &h.in.nodes[h.node]
	s := &tensor.Tensor{Type: t, Shape: shape.Clone()}
	n.scratch = append(n.scratch, s)
	if n.deferred {
		return s, h.in.allocate(s)
	}
	return s, nil
}

func (h *host) Dynamic(t *tensor.Tensor) {
	if k := h.index(t); k >= 0 {
		h.in.storage[k] = isDynamic
		if t.Bytes() == nil {
			t.SetBytes([]byte{})
		}
	}
}

func (h *host) Resize(t *tensor.Tensor, shape tensor.Shape) error {
	t.Shape = append(t.Shape[:0], shape...)
	return h.in.allocate(t)
}

func (h *host) SetBytes(t *tensor.Tensor, shape tensor.Shape, b []byte) error {
	if err := h.in.account(t, int64(len(b))); err != nil {
		return err
	}
	t.Shape = append(t.Shape[:0], shape...)
	t.SetBytes(b)
	return nil
}

func (h *host) Pack(t *tensor.Tensor, kind string, build func() any) any {
	k := h.index(t)
	if k < 0 || (h.in.storage[k] != isConstant && !h.in.modelConst[k]) {
		return build()
	}
	m := h.in.it.model
	return m.pack(packKey{h.in.graph.index, k, kind}, func() any {
		defer m.drops.add(t.Bytes())
		return build()
	})
}

func (h *host) Spare(t *tensor.Tensor) {
	if k := h.index(t); k >= 0 {
		n := &h.in.nodes[h.node]
		n.spared = append(n.spared, k)
	}
}

func (h *host) Subgraph(i int) (ops.Subgraph, error) {
	if i <= 0 || i >= len(h.in.it.instances) {
		return nil, fmt.Errorf("subgraph %d, want 1 to %d: %w", i, len(h.in.it.instances)-1, ErrInvalidModel)
	}
	return h.in.it.instance(i), nil
}

func (h *host) Claim(bytes int64) error {
	if err := h.in.it.reserve(bytes); err != nil {
		return err
	}
	h.in.nodes[h.node].claimed += bytes
	return nil
}

func (h *host) Afford(bytes int64) error {
	if err := h.in.it.reserve(bytes); err != nil {
		return err
	}
	return h.in.it.reserve(-bytes)
}

func (h *host) Err() error {
	it := h.in.it
	if it.ctx == nil { // preparing: what takes long is left to Invoke, which has a context
		if time.Now().After(it.foldUntil) {
			return errSlow
		}
		return nil
	}
	return it.ctx.Err()
}

// errSlow ends a precomputation; nobody sees it.
var errSlow = errors.New("takes too long to precompute")

func (h *host) Threads() int { return h.in.it.pool.Threads() }

func (h *host) Fork(chunks int, run func(thread, chunk int)) {
	if chunks == 1 { // as the pool does, for what takes no longer than asking it
		run(0, 0)
		return
	}
	h.in.it.pool.Fork(chunks, run)
}

func (h *host) Resources() *ops.Resources { return h.in.it.resources }

// allocate gives a tensor on the heap storage for its shape, reusing what it has. The contents are undefined.
func (in *instance) allocate(t *tensor.Tensor) error {
	size, err := t.ByteSize()
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrBudget)
	}
	b := t.Bytes()
	_, owned := in.heap[t]
	if owned && int64(cap(b)) >= size {
		t.SetBytes(b[:size])
		return nil
	}
	if owned && cap(b) > 0 { // a list that a loop appends to, most likely: the next step finds room
		grown := max(size, int64(cap(b))+min(int64(cap(b)), mostSpare))
		if in.account(t, grown) == nil {
			t.SetBytes(tensor.AlignedBytes(int(grown))[:size])
			return nil
		}
	}
	if err := in.account(t, size); err != nil {
		return err
	}
	t.SetBytes(tensor.AlignedBytes(int(size)))
	return nil
}

// mostSpare is how many bytes a tensor that grows may get beyond those it needs.
const mostSpare = 256 << 10

// account replaces what the budget holds for a tensor.
func (in *instance) account(t *tensor.Tensor, size int64) error {
	if err := in.it.reserve(size - in.heap[t]); err != nil {
		return err
	}
	in.heap[t] = size
	return nil
}

// release forgets the heap storage of a tensor.
func (in *instance) release(t *tensor.Tensor) {
	if size, ok := in.heap[t]; ok {
		in.it.reserve(-size)
		delete(in.heap, t)
	}
	t.SetBytes(nil)
}
