package interpreter

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/litewren/litewren/interpreter/internal/fork"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// Interpreter is the memory and state of one model run at a time. It must not be used by two goroutines at once.
type Interpreter struct {
	model     *Model
	config    config
	instances []*instance // by subgraph; nil until first used
	resources *ops.Resources
	pool      *fork.Pool
	used      int64     // bytes counted against the budget
	prepared  int       // nodes prepared since the caller last asked for something
	foldUntil time.Time // nodes are precomputed no later than this

	ctx     context.Context // of the Invoke under way
	tap     func(Tapped)
	profile *profile
}

// New prepares a model to run: shapes are inferred, kernels chosen, memory planned and allocated.
func New(m *Model, opts ...Option) (*Interpreter, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	it := &Interpreter{model: m, config: c, instances: make([]*instance, len(m.graphs)), resources: ops.NewResources()}
	it.resources.SetBudget(it.reserve)
	it.pool = fork.New(min(c.threads, runtime.GOMAXPROCS(0)))
	if it.pool.Threads() > 1 { // else there is nothing to end, and the first cleanup of a process starts goroutines
		runtime.AddCleanup(it, (*fork.Pool).Close, it.pool)
	}
	if c.profile {
		it.profile = newProfile()
	}
	it.limitWork()
	main := it.instance(0)
	if c.shapes != nil {
		if err := main.reshape(c.shapes); err != nil {
			return nil, err
		}
	}
	if err := main.prepare(); err != nil {
		return nil, err
	}
	m.drops.settle()
	return it, nil
}

// instance returns the run of subgraph i, making it on first use.
func (it *Interpreter) instance(i int) *instance {
	if it.instances[i] == nil {
		it.instances[i] = newInstance(it, it.model.rewritten(i, &it.config))
	}
	return it.instances[i]
}

func (it *Interpreter) main() *instance { return it.instances[0] }

// Model returns the model that runs.
func (it *Interpreter) Model() *Model { return it.model }

// Inputs returns how many inputs the primary subgraph has.
func (it *Interpreter) Inputs() int { return len(it.main().inputs) }

// Outputs returns how many outputs the primary subgraph has.
func (it *Interpreter) Outputs() int { return len(it.main().outputs) }

// Input returns input i, nil for an absent one (-1 in the model). Write its elements through tensor.Data before Invoke; they
// stay until written again. The tensor is valid until the next Resize.
//
// A STRING input has no storage of its own: set it with SetStrings.
func (it *Interpreter) Input(i int) *tensor.Tensor { return it.main().inputs[i] }

// Output returns output i; its elements are those of the last Invoke. For outputs whose shape depends on values, shape and
// storage are only known after Invoke and change with it.
func (it *Interpreter) Output(i int) *tensor.Tensor { return it.main().outputs[i] }

// SetStrings makes values the elements of STRING input i.
func (it *Interpreter) SetStrings(i int, values ...string) error {
	return setStrings(it.main().inputs[i], values)
}

func setStrings(t *tensor.Tensor, values []string) error {
	if t.Type != tensor.String {
		return fmt.Errorf("litewren: %s set to strings: %w", t, ErrType)
	}
	if len(values) != t.Elements() {
		return fmt.Errorf("litewren: %s: got %d strings, want %d: %w", t, len(values), t.Elements(), ErrShape)
	}
	list := make([][]byte, len(values))
	for i, v := range values {
		list[i] = []byte(v)
	}
	b, err := tensor.EncodeStrings(list)
	if err != nil {
		return err
	}
	t.SetBytes(b)
	return nil
}

// Resize gives input i another shape and prepares the whole model again. Variables are reset, and the contents of inputs
// that keep their shape are kept. Several inputs that must change together go through ResizeInputs.
//
// After an error the interpreter cannot be invoked until a Resize succeeds.
func (it *Interpreter) Resize(i int, shape tensor.Shape) error {
	if i < 0 || i >= it.Inputs() {
		return fmt.Errorf("litewren: input %d of %d: %w", i, it.Inputs(), ErrShape)
	}
	shapes := make([]tensor.Shape, it.Inputs())
	shapes[i] = append(tensor.Shape{}, shape...)
	return it.ResizeInputs(shapes)
}

// ResizeInputs is Resize for all inputs at once; a nil shape leaves an input as it is.
func (it *Interpreter) ResizeInputs(shapes []tensor.Shape) error {
	it.limitWork()
	if err := it.main().reshape(shapes); err != nil {
		return err
	}
	return it.main().prepare()
}

// ResetVariables forgets all state: variable tensors become zero again, resource variables unassigned, and initialization
// subgraphs run again on the next Invoke.
func (it *Interpreter) ResetVariables() {
	it.resources.Reset()
	for _, in := range it.instances {
		if in != nil {
			in.resetVariables()
		}
	}
}

// Variables returns the variable tensors of the primary subgraph, in tensor order, to read or restore their state.
func (it *Interpreter) Variables() []*tensor.Tensor { return it.main().variables() }

// Tensor returns tensor i of the primary subgraph: a constant, a variable, an input or an output. The contents of other
// tensors are only defined while the nodes that use them run; see Tap. It returns nil when there is no such tensor.
func (it *Interpreter) Tensor(i int) *tensor.Tensor {
	if i < 0 || i >= len(it.main().tensors) {
		return nil
	}
	return it.main().tensors[i]
}

// Invoke computes the outputs from the inputs. It allocates nothing once shapes have settled, and looks at ctx between nodes
// and loop iterations. An error leaves the outputs undefined; the interpreter may be invoked again.
func (it *Interpreter) Invoke(ctx context.Context) error { return it.invoke(ctx, it.main()) }

func (it *Interpreter) invoke(ctx context.Context, in *instance) error {
	it.ctx = ctx
	it.pool.Begin()
	err := in.Invoke()
	it.pool.End()
	it.ctx = nil
	return err
}

// reserve counts n bytes (or returns them, for negative n) against the memory budget.
func (it *Interpreter) reserve(n int64) error {
	if n > 0 && it.used > it.config.budget-n {
		return fmt.Errorf("%d bytes on top of %d, at most %d: %w", n, it.used, it.config.budget, ErrBudget)
	}
	it.used += n
	return nil
}

// maxFolding bounds the time for which New and Resize precompute values.
const maxFolding = 2 * time.Second

// limitWork begins another New or Resize.
func (it *Interpreter) limitWork() {
	it.prepared, it.foldUntil = 0, time.Now().Add(maxFolding)
}

// maxPrepared bounds the work of one New or Resize: subgraphs that call others twice, with different shapes, would take time
// exponential in their depth.
const maxPrepared = 1 << 20

// step counts the preparation of one node.
func (it *Interpreter) step() error {
	it.prepared++
	if it.ctx == nil && it.prepared > maxPrepared+len(it.model.graphs[0].nodes) {
		return fmt.Errorf("more than %d nodes to prepare: %w", maxPrepared, ErrBudget)
	}
	return nil
}

// MemoryUsed returns the bytes counted against the memory budget.
func (it *Interpreter) MemoryUsed() int64 { return it.used }

// ArenaBytes returns the size of the arenas of all subgraphs in use.
func (it *Interpreter) ArenaBytes() int64 {
	n := int64(0)
	for _, in := range it.instances {
		if in != nil {
			n += in.layout.Size
		}
	}
	return n
}

// Dynamic reports whether some tensor of the primary subgraph only gets its shape when it is computed. Such tensors live
// outside the arena, and an Invoke in which they grow allocates.
func (it *Interpreter) Dynamic() bool {
	for _, s := range it.main().storage {
		if s == isDynamic {
			return true
		}
	}
	return false
}
