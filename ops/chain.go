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
	Inputs: AtLeast(1), Outputs: Exactly(1), Optional: []int{1, 2}, Sparse: []int{1},
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

// chainedOutput is from how many elements on an output does not stay in the second-level cache until its producer is done, so that
// it pays to hand it over in bands.
const chainedOutput = 1 << 17

// chain is a prepared CHAIN. Values are in memory as long as a block (slots), but for the operands.
type chain struct {
	*Node
	steps []chainStep
	row   int // elements of the last dimension
	block int // elements, whole rows
	slots int // besides the output
	// By input: what it is, and while the chain runs where it is. Rows are repeated as often as a block wants.
	kinds  []operandKind
	data   [][]float32
	rows   []*tensor.Tensor
	result []float32
	spare  *tensor.Tensor
}

type operandKind uint8

const (
	ofProducer operandKind = iota
	full                   // of the shape of the output
	ofRow                  // one element for each channel
	single
	slot // no input, but a result
)

// chainOperand is an input or a slot; slot 0 is the output.
type chainOperand struct {
	kind operandKind
	at   int
}

type chainStep struct {
	form chainForm
	a, b chainOperand
	to   int // a slot
}

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
		inner := &Node{Version: p.Version, Options: p.Options, Padding: p.Padding, Inputs: n.Inputs[:first], Outputs: n.Outputs, Host: n.Host}
		if n.Output(0).Shape.Elements() >= chainedOutput {
			inner.post = c.apply
		}
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
	if err := c.divide(); err != nil {
		return nil, err
	}
	if c.spare, err = n.Scratch(tensor.Float32, n.Host.Threads(), c.slots, c.block); err != nil {
		return nil, err
	}
	c.data = make([][]float32, len(n.Inputs))
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
	switch {
	case produce == nil:
		return func() error {
			c.begin()
			fork(n, chunks, run)
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
		for i, k := range stage.Operands {
			o := chainOperand{at: k}
			if k < 0 {
				o = chainOperand{slot, at[^k]}
			} else if o.kind = c.kinds[k]; o.kind == ofProducer {
				return invalidf("stage %d reads input %d of the producer", s, k)
			}
			if i == 0 {
				step.a = o
			} else {
				step.b = o
			}
		}
		if err := step.fits(len(stage.Operands)); err != nil {
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
		step.to = free
		at = append(at, free)
		c.steps = append(c.steps, step)
	}
	c.slots = len(taken) - 1
	return nil
}

// divide chooses the size of a block, whole rows, and takes memory for rows repeated in one.
func (c *chain) divide() error {
	streams := 1 + c.slots
	for _, kind := range c.kinds {
		if kind == full || kind == ofRow {
			streams++
		}
	}
	c.block = min(max(c.row, chainElements/streams/c.row*c.row), c.Output(0).Elements())
	c.rows = make([]*tensor.Tensor, len(c.Inputs))
	for k, kind := range c.kinds {
		if kind == ofRow {
			var err error
			if c.rows[k], err = c.Scratch(tensor.Float32, c.block); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin notes where the operands are.
func (c *chain) begin() {
	c.result = tensor.Data[float32](c.Outputs[0])
	for k, kind := range c.kinds {
		if kind == ofProducer {
			continue
		}
		x := tensor.Data[float32](c.Inputs[k])
		if kind == ofRow && c.block > c.row {
			block := tensor.Data[float32](c.rows[k])
			copy(block, x)
			for n := len(x); n < len(block); n *= 2 {
				copy(block[n:], block[:n])
			}
			x = block
		}
		c.data[k] = x
	}
}

// apply runs the stages on the elements [first, last) of the output, which are whole rows.
func (c *chain) apply(thread, first, last int) {
	var spare []float32
	if c.slots > 0 {
		spare = tensor.Data[float32](c.spare)[thread*c.slots*c.block:][:c.slots*c.block]
	}
	for i := first; i < last; i += c.block {
		j := min(i+c.block, last)
		for s := range c.steps {
			step := &c.steps[s]
			to := c.operand(chainOperand{slot, step.to}, spare, i, j)
			switch f := &step.form; {
			case f.one != nil:
				f.one(to, c.operand(step.a, spare, i, j))
			case step.a.kind == single:
				f.two.OneA(to, c.data[step.a.at][0], c.operand(step.b, spare, i, j))
			case step.b.kind == single:
				f.two.OneB(to, c.operand(step.a, spare, i, j), c.data[step.b.at][0])
			default:
				f.two.Run(to, c.operand(step.a, spare, i, j), c.operand(step.b, spare, i, j))
			}
		}
	}
}

func (c *chain) operand(o chainOperand, spare []float32, i, j int) []float32 {
	switch {
	case o.kind == full:
		return c.data[o.at][i:j]
	case o.kind == ofRow:
		return c.data[o.at][:j-i]
	case o.at == 0:
		return c.result[i:j]
	}
	return spare[(o.at-1)*c.block:][:j-i]
}
