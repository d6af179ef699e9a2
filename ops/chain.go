// CHAIN: element-wise nodes of one shape in a single pass, a block of elements at a time, so that what lies between them stays in
// the first-level cache. A producer may come first, a convolution say: a float convolution hands over each band of its output
// while that is in the cache.
//
//	inputs of the producer, then operands of the stages: of the output's shape, one element for each channel, or a single one
//	FLOAT32
//
// Every stage is computed by the kernels of its operator, so the results are the same bits as without. This operator is fused:
// rewrites put it in place of several nodes. No registry holds it, so no file can ask for it.

package ops

import (
	"slices"

	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Chain is the fused operator CHAIN, with *ChainOptions. Its output may take over the memory of an operand.
var Chain = &Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "CHAIN",
	Inputs: AtLeast(1), Outputs: Exactly(1), InPlace: []int{0, 1, 2, 3},
	Types:   "FLOAT32",
	Prepare: prepareChain,
}

// ProducerChain is CHAIN with a producer, which writes the output before the operands are read.
var ProducerChain = &Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "CHAIN",
	Inputs: AtLeast(1), Outputs: Exactly(1), Optional: []int{2, 4}, Sparse: []int{1},
	Types:   "FLOAT32",
	Prepare: prepareChain,
}

// ChainOptions are the options of Chain and ProducerChain.
type ChainOptions struct {
	// Producer is nil where there is none.
	Producer *ChainProducer
	Stages   []ChainStage
}

// ChainProducer is the node that comes first. It takes the first inputs of the chain.
type ChainProducer struct {
	Op      *Op
	Version int
	Options any
	Padding *Padding
	Inputs  int
}

// ChainStage is an element-wise node. Operands are numbers of inputs of the chain, or ^i for result i: the producer's is 0 where
// there is one, and the results of the stages follow.
type ChainStage struct {
	Code     tflite.BuiltinOperator
	Options  any
	Operands []int
}

// chainElements is how many elements of all that a block has to do with fit the first-level cache together.
const chainElements = 1 << 13

// chain is a prepared CHAIN. Values are in memory as long as a block (slots), but for the operands.
type chain struct {
	*Node
	steps  []chainStep
	row    int            // elements of the last dimension
	block  int            // elements, whole rows
	slots  int            // besides the output
	kinds  []operandKind  // by input
	moving []int          // inputs to be found in each evaluation; the others are constants
	fixed  []int          // constants, to be found in the first one: while preparing they are still where the file has them
	spare  *tensor.Tensor // blocks: rows repeated as often as one wants, and the slots of all threads; nil without
	// While the chain runs: where the inputs, the output and the slots are, and by thread what a block sees of all of them.
	data    [][]float32
	buffers []float32
	views   [][]float32
}

type operandKind uint8

const (
	ofProducer operandKind = iota
	full                   // of the shape of the output
	ofRow                  // one element for each channel
	single
)

// chainStep is a stage. Operands and the result are places in a view: inputs, then slots, the first of which is the output.
type chainStep struct {
	form     chainForm
	kind     stepKind
	a, b, to int
}

type stepKind uint8

const (
	stepOne stepKind = iota
	stepTwo
	stepSingleA
	stepSingleB
)

func prepareChain(n *Node) (Eval, error) {
	opts, err := options[ChainOptions](n)
	if err != nil {
		return nil, err
	}
	c := &chain{Node: n}
	var produce Eval
	posted := false
	first := 0
	if p := opts.Producer; p != nil {
		first = p.Inputs
		if first > len(n.Inputs) {
			return nil, invalidf("got %d inputs, want %d", len(n.Inputs), first)
		}
		inner := &Node{Version: p.Version, Options: p.Options, Padding: p.Padding, Inputs: n.Inputs[:first], Outputs: n.Outputs, Host: n.Host, post: c.apply}
		if err := p.Op.Check(inner); err != nil {
			return nil, err
		}
		if produce, err = p.Op.Prepare(inner); err != nil {
			return nil, err
		}
		posted = inner.posts
	}
	if err := c.classify(first, opts.Producer != nil); err != nil {
		return nil, err
	}
	if err := c.plan(opts.Stages, opts.Producer != nil); err != nil {
		return nil, err
	}
	threads := n.Host.Threads()
	if blocks := c.divide() + threads*c.slots; blocks > 0 {
		if c.spare, err = n.Scratch(tensor.Float32, blocks, c.block); err != nil {
			return nil, err
		}
	}
	c.data = make([][]float32, len(n.Inputs)+1)
	for k, kind := range c.kinds {
		switch {
		case kind == ofProducer:
		case n.IsConst(k) && (kind != ofRow || c.block == c.row):
			c.fixed = append(c.fixed, k)
		default:
			c.moving = append(c.moving, k)
		}
	}
	c.views = make([][]float32, threads*(len(n.Inputs)+1+c.slots))
	units := n.Output(0).Elements() / c.row
	work := int64(0)
	for i := range c.steps {
		work += c.steps[i].form.picoseconds
	}
	chunks := n.Chunks(units, int64(n.Output(0).Elements())*work/1000)
	run := func(thread, chunk int) {
		first, last := Span(units, chunks, chunk)
		c.apply(thread, first*c.row, last*c.row)
	}
	elements := n.Output(0).Elements()
	switch {
	case produce == nil && chunks == 1:
		return func() error {
			c.begin()
			c.apply(0, 0, elements)
			return nil
		}, nil
	case produce == nil:
		return func() error {
			c.begin()
			n.Host.Fork(chunks, run)
			return nil
		}, nil
	case posted:
		return func() error {
			c.begin()
			return produce()
		}, nil
	}
	return func() error {
		if err := produce(); err != nil {
			return err
		}
		c.begin()
		fork(n, chunks, run)
		return nil
	}, nil
}

// classify finds out what the operands are, which are the inputs from first on, and the shape of the output, which a producer
// has set.
func (c *chain) classify(first int, produced bool) error {
	out := c.Output(0)
	shape := out.Shape
	operands := c.Inputs[first:]
	if !produced {
		shape = nil
		for _, t := range operands {
			if t != nil && (shape == nil || t.Elements() > shape.Elements() || t.Elements() == shape.Elements() && len(t.Shape) > len(shape)) {
				shape = t.Shape
			}
		}
		if err := c.SetOutput(0, shape); err != nil {
			return err
		}
	}
	if out.Type != tensor.Float32 || shape.Elements() == 0 {
		return unsupportedf("%s%v", out.Type, shape)
	}
	c.row = 1
	if len(shape) > 0 {
		c.row = shape[len(shape)-1]
	}
	c.kinds = make([]operandKind, len(c.Inputs))
	for i, t := range operands {
		k := first + i
		switch {
		case t == nil || t.Type != tensor.Float32 || len(t.Shape) > len(shape):
			return unsupportedf("input %d", k)
		case t.Shape.Equal(shape):
			c.kinds[k] = full
		case t.Elements() == 1:
			c.kinds[k] = single
		case t.Elements() == c.row && t.Shape[len(t.Shape)-1] == c.row:
			c.kinds[k] = ofRow
		default:
			return unsupportedf("input %d: shape %v for %v", k, t.Shape, shape)
		}
	}
	return nil
}

// plan chooses kernels and slots. A result takes a slot from its stage to the last one that reads it.
func (c *chain) plan(stages []ChainStage, produced bool) error {
	results := len(stages)
	at := make([]int, 0, results+1) // by result: its slot
	if produced {
		at = append(at, 0)
		results++
	}
	last := make([]int, results) // by result: the stage that reads it last
	for i := range last {
		last[i] = -1
	}
	for s := range stages {
		for _, k := range stages[s].Operands {
			if k >= len(c.Inputs) || ^k >= results-len(stages)+s {
				return invalidf("stage %d reads %d", s, k)
			}
			if k < 0 {
				last[^k] = s
			}
		}
	}
	taken := []bool{produced}
	for s := range stages {
		stage := &stages[s]
		form, err := chainForms(stage)
		if err != nil {
			return err
		}
		step := chainStep{form: form}
		kinds, places := [2]operandKind{full, full}, [2]int{}
		for i, k := range stage.Operands[:min(2, len(stage.Operands))] {
			if places[i] = k; k < 0 {
				places[i] = len(c.Inputs) + at[^k]
			} else if kinds[i] = c.kinds[k]; kinds[i] == ofProducer {
				return invalidf("stage %d reads input %d of the producer", s, k)
			}
		}
		step.a, step.b = places[0], places[1]
		if err := step.choose(len(stage.Operands), kinds[0], kinds[1]); err != nil {
			return err
		}
		for _, k := range stage.Operands {
			if k < 0 && last[^k] == s {
				taken[at[^k]] = false
			}
		}
		// Only at the end may the output be written where it may be the memory of an operand.
		free := slices.Index(taken, false)
		if !produced && s < len(stages)-1 {
			free = slices.Index(taken[1:], false) + 1
			if free == 0 {
				free = -1
			}
		}
		if s == len(stages)-1 {
			free = 0
		}
		if free < 0 {
			free = len(taken)
			taken = append(taken, false)
		}
		taken[free] = true
		step.to = len(c.Inputs) + free
		at = append(at, free)
		c.steps = append(c.steps, step)
	}
	c.slots = len(taken) - 1
	return nil
}

// divide chooses the size of a block, whole rows, and returns how many operands are rows to be repeated in one.
func (c *chain) divide() (repeated int) {
	streams := 1 + c.slots
	for _, kind := range c.kinds {
		if kind == full || kind == ofRow {
			streams++
		}
		if kind == ofRow {
			repeated++
		}
	}
	c.block = min(max(c.row, chainElements/streams/c.row*c.row), c.Output(0).Elements())
	if c.block == c.row {
		return 0
	}
	return repeated
}

// begin notes where the operands are.
func (c *chain) begin() {
	if c.spare != nil {
		c.buffers = tensor.Data[float32](c.spare)
	}
	for _, k := range c.fixed { // the first time
		c.data[k] = tensor.Data[float32](c.Inputs[k])
	}
	c.fixed = nil
	for _, k := range c.moving {
		switch kind := c.kinds[k]; {
		case kind == ofRow && c.block > c.row:
			block := c.buffers[:c.block]
			c.buffers = c.buffers[c.block:]
			copy(block, tensor.Data[float32](c.Inputs[k]))
			for n := c.row; n < len(block); n *= 2 {
				copy(block[n:], block[:n])
			}
			c.data[k] = block
		default:
			c.data[k] = tensor.Data[float32](c.Inputs[k])
		}
	}
	c.data[len(c.kinds)] = tensor.Data[float32](c.Outputs[0])
}

// apply runs the stages on the elements [first, last) of the output, which are whole rows.
func (c *chain) apply(thread, first, last int) {
	inputs := len(c.kinds)
	view := c.views[thread*(inputs+1+c.slots):][:inputs+1+c.slots]
	for i := first; i < last; i += c.block {
		j := min(i+c.block, last)
		for k, kind := range c.kinds {
			switch kind {
			case full:
				view[k] = c.data[k][i:j]
			case ofRow:
				view[k] = c.data[k][:j-i]
			case single:
				view[k] = c.data[k]
			}
		}
		view[inputs] = c.data[inputs][i:j]
		for s := range c.slots {
			view[inputs+1+s] = c.buffers[(thread*c.slots+s)*c.block:][:j-i]
		}
		for s := range c.steps {
			switch step := &c.steps[s]; step.kind {
			case stepOne:
				step.form.one(view[step.to], view[step.a])
			case stepTwo:
				step.form.two.Run(view[step.to], view[step.a], view[step.b])
			case stepSingleA:
				step.form.two.OneA(view[step.to], view[step.a][0], view[step.b])
			case stepSingleB:
				step.form.two.OneB(view[step.to], view[step.a], view[step.b][0])
			}
		}
	}
}
