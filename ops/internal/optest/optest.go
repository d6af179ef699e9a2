// Package optest runs one operator without an interpreter: it plays the [ops.Host] with plain heap memory, checks what every
// operator promises (arity checks, no allocation in Eval, the same result twice), and compares results.
package optest

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// Case is one node to run. Outputs need a type and, where it matters, quantization; their shapes and storage are filled in.
type Case struct {
	Op            *ops.Op
	Version       int // 0 stands for 1
	Options       any
	CustomOptions []byte
	Inputs        []*tensor.Tensor // nil for an absent input
	Const         []int            // inputs whose value is known in Prepare
	Variables     []int            // inputs that are variables
	Outputs       []*tensor.Tensor
	Intermediates []*tensor.Tensor
	Subgraphs     []ops.Subgraph
	Resources     *ops.Resources
	Largest       int64 // bytes of an output or scratch tensor beyond which there is no memory; 0 for any number
}

// Prepare checks and prepares the node and gives its outputs storage.
func (c *Case) Prepare() (ops.Eval, error) {
	n := &ops.Node{
		Version: max(c.Version, 1), Options: c.Options, CustomOptions: c.CustomOptions,
		Inputs: c.Inputs, Outputs: c.Outputs, Intermediates: c.Intermediates,
	}
	h := &host{c: c, dynamic: map[*tensor.Tensor]bool{}, packed: map[string]any{}}
	n.Host = h
	if err := c.Op.CheckVersion(n.Version); err != nil {
		return nil, err
	}
	if err := c.Op.Check(n); err != nil {
		return nil, err
	}
	eval, err := c.Op.Prepare(n)
	if err != nil {
		return nil, err
	}
	for i, out := range c.Outputs {
		if h.dynamic[out] {
			continue
		}
		size, err := out.ByteSize()
		if err != nil {
			return nil, fmt.Errorf("output %d: %w", i, err)
		}
		if err := c.budget(size); err != nil {
			return nil, fmt.Errorf("output %d: %w", i, err)
		}
		out.SetBytes(poison(int(size)))
	}
	return h.withoutSpared(eval), nil
}

// Run prepares and evaluates the node once.
func (c *Case) Run() error {
	eval, err := c.Prepare()
	if err != nil {
		return err
	}
	return eval()
}

// Check runs the node and fails the test on an error, if a second evaluation gives other outputs (unless the operator is
// stateful or has variables), or if evaluation allocates. It also spoils copies of the node: whatever they are, they must not
// panic.
func (c *Case) Check(tb testing.TB) {
	tb.Helper()
	before := c.Copy()
	eval, err := c.Prepare()
	require.NoError(tb, err)
	require.NoError(tb, eval())
	defer before.spoil(tb)
	if c.Op.Stateful || len(c.Variables) > 0 {
		return
	}
	first := make([]string, len(c.Outputs))
	for i, out := range c.Outputs {
		first[i] = string(out.Bytes())
	}
	require.Zero(tb, Allocs(func() {
		if err := eval(); err != nil {
			tb.Error(err)
		}
	}), "allocations in Eval")
	for i, out := range c.Outputs {
		require.Equal(tb, first[i], string(out.Bytes()), "output %d of a second evaluation", i)
	}
}

// budget reports whether there is memory for a tensor of that many bytes.
func (c *Case) budget(size int64) error {
	if c.Largest > 0 && size > c.Largest {
		return fmt.Errorf("%d bytes, at most %d: %w", size, c.Largest, ops.ErrBudget)
	}
	return nil
}

// Allocs returns how many allocations one call of f makes. The count is that of the whole process, to which the runtime adds
// some of its own now and then, so the least of a few tries is taken.
func Allocs(f func()) float64 {
	least := testing.AllocsPerRun(1, f)
	for try := 0; try < 4 && least > 0; try++ {
		least = min(least, testing.AllocsPerRun(1, f))
	}
	return least
}

// poison returns storage whose contents no kernel may rely on.
func poison(n int) []byte {
	b := tensor.AlignedBytes(n)
	for i := range b {
		b[i] = 0xA5
	}
	return b
}

// Close fails the test unless got equals want within tol*max|want|, NaN equal to NaN.
func Close(tb testing.TB, want, got []float32, tol float64) {
	tb.Helper()
	require.Len(tb, got, len(want))
	scale := 1e-3
	for _, v := range want {
		if a := math.Abs(float64(v)); a > scale && !math.IsInf(a, 0) {
			scale = a
		}
	}
	for i := range want {
		w, g := float64(want[i]), float64(got[i])
		if w == g || math.IsNaN(w) && math.IsNaN(g) {
			continue
		}
		if !(math.Abs(w-g) <= tol*scale) {
			require.Failf(tb, "not close", "[%d] got %v, want %v within %v", i, g, w, tol*scale)
		}
	}
}

type host struct {
	c       *Case
	dynamic map[*tensor.Tensor]bool
	packed  map[string]any
	spared  []*tensor.Tensor
}

// withoutSpared evaluates with other contents in the inputs that the node has said not to read any more.
func (h *host) withoutSpared(eval ops.Eval) ops.Eval {
	if len(h.spared) == 0 {
		return eval
	}
	kept, others := make([][]byte, len(h.spared)), make([][]byte, len(h.spared))
	for i, t := range h.spared {
		others[i] = poison(len(t.Bytes()))
	}
	return func() error {
		for i, t := range h.spared {
			kept[i] = t.Bytes()
			t.SetBytes(others[i])
		}
		err := eval()
		for i, t := range h.spared {
			t.SetBytes(kept[i])
		}
		return err
	}
}

func (h *host) Const(t *tensor.Tensor) bool {
	for _, i := range h.c.Const {
		if h.c.Inputs[i] == t {
			return true
		}
	}
	return false
}

func (h *host) Variable(t *tensor.Tensor) bool {
	for _, i := range h.c.Variables {
		if h.c.Inputs[i] == t {
			return true
		}
	}
	return false
}

func (h *host) Scratch(t tensor.Type, shape tensor.Shape) (*tensor.Tensor, error) {
	x := &tensor.Tensor{Type: t, Shape: shape.Clone()}
	size, err := x.ByteSize()
	if err != nil {
		return nil, err
	}
	if err := h.c.budget(size); err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	x.SetBytes(poison(int(size)))
	return x, nil
}

func (h *host) Dynamic(t *tensor.Tensor) { h.dynamic[t] = true }

func (h *host) Resize(t *tensor.Tensor, shape tensor.Shape) error {
	if t.Shape.Equal(shape) && t.Bytes() != nil {
		return nil
	}
	t.Shape = shape.Clone()
	size, err := t.ByteSize()
	if err != nil {
		return err
	}
	if err := h.c.budget(size); err != nil {
		return err
	}
	t.SetBytes(poison(int(size)))
	return nil
}

func (h *host) SetBytes(t *tensor.Tensor, shape tensor.Shape, b []byte) error {
	t.Shape = shape.Clone()
	t.SetBytes(b)
	return nil
}

func (h *host) Pack(t *tensor.Tensor, kind string, build func() any) any {
	key := fmt.Sprintf("%p %s", t, kind)
	v, ok := h.packed[key]
	if !ok {
		v = build()
		h.packed[key] = v
	}
	return v
}

func (h *host) Spare(t *tensor.Tensor) { h.spared = append(h.spared, t) }

func (h *host) Subgraph(i int) (ops.Subgraph, error) {
	if i < 0 || i >= len(h.c.Subgraphs) {
		return nil, fmt.Errorf("subgraph %d: %w", i, ops.ErrInvalidModel)
	}
	return h.c.Subgraphs[i], nil
}

func (h *host) Claim(int64) error { return nil }

func (h *host) Afford(int64) error { return nil }

func (h *host) Err() error { return nil }

// Two threads take turns, from the last chunk to the first, so that what depends on the order or the thread differs.
func (h *host) Threads() int { return 2 }

func (h *host) Fork(chunks int, run func(thread, chunk int)) {
	for i := chunks - 1; i >= 0; i-- {
		run(i%2, i)
	}
}

func (h *host) Resources() *ops.Resources {
	if h.c.Resources == nil {
		h.c.Resources = ops.NewResources()
	}
	return h.c.Resources
}
