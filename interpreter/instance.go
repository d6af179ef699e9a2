package interpreter

import (
	"fmt"

	"github.com/litewren/litewren/allocator"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// storage says who owns the elements of a tensor.
type storage uint8

const (
	inArena    storage = iota
	isConstant         // in the model file
	isFolded           // computed once from constants or shapes, on the heap
	isVariable         // kept between invocations, on the heap
	isDynamic          // shape known at run time only, on the heap
	isCaller           // STRING inputs: whatever the caller set
)

// instance is one subgraph of one interpreter: its tensors, prepared nodes and memory. It is what control-flow operators see
// as an ops.Subgraph.
type instance struct {
	it      *Interpreter
	graph   *graph
	tensors []*tensor.Tensor
	storage []storage
	// modelConst marks folded tensors that depend on constants of the model alone, not on shapes.
	modelConst      []bool
	heap            map[*tensor.Tensor]int64 // bytes reserved for tensors on the heap
	inputs, outputs []*tensor.Tensor
	unread          []bool // by input: no node nor output looks at it
	nodes           []node
	plan            []step // of the nodes, where none is deferred
	deferring       bool   // some nodes are deferred
	layout          allocator.Layout
	requests        []allocator.Request
	owners          []owner
	ready           bool
	recycling       *recycling // while nodes are prepared
}

// node is a node of an instance.
type node struct {
	ops.Node
	def  *nodeDef
	eval ops.Eval
	// deferred nodes stand behind a dynamic tensor: they are prepared when they are reached, for the shapes found then.
	deferred bool
	shapes   []tensor.Shape
	skip     bool // folded
	hollow   bool // deferred, and for the shapes found there is nothing to compute
	scratch  []*tensor.Tensor
	claimed  int64 // bytes that the operator holds besides
	spared   []int // constants that the node reads no more once it is prepared
}

func newInstance(it *Interpreter, g *graph) *instance {
	in := &instance{
		it: it, graph: g,
		tensors:    make([]*tensor.Tensor, len(g.tensors)),
		storage:    make([]storage, len(g.tensors)),
		modelConst: make([]bool, len(g.tensors)),
		heap:       map[*tensor.Tensor]int64{},
		nodes:      make([]node, len(g.nodes)),
	}
	block := make([]tensor.Tensor, len(g.tensors))
	ranks := 0
	for i := range g.tensors {
		ranks += len(g.tensors[i].proto.Shape)
	}
	shapes := make([]int, ranks)
	for i := range block {
		block[i] = g.tensors[i].proto
		if shape := block[i].Shape; shape != nil {
			block[i].Shape = cut(&shapes, len(shape))
			copy(block[i].Shape, shape)
		}
		in.tensors[i] = &block[i]
	}
	operands := make([]*tensor.Tensor, len(g.inputs)+len(g.outputs))
	in.inputs, in.outputs = in.pick(g.inputs, &operands), in.pick(g.outputs, &operands)
	for i, k := range g.inputs {
		if k >= 0 && g.tensors[k].constant {
			// Nodes are prepared for the constant's value. Callers get a copy, so that what they write there changes nothing.
			t := *in.inputs[i]
			t.SetBytes(append(tensor.AlignedBytes(len(t.Bytes()))[:0], t.Bytes()...))
			in.inputs[i] = &t
		}
	}
	in.makeNodes()
	in.unread = make([]bool, len(g.inputs))
	for i, k := range g.inputs {
		in.unread[i] = k >= 0 && !g.reads(k)
	}
	return in
}

func (in *instance) makeNodes() {
	count := 0
	for i := range in.nodes {
		d := &in.graph.nodes[i]
		count += len(d.inputs) + len(d.outputSlots) + len(d.intermediates)
	}
	operands, hosts := make([]*tensor.Tensor, count), make([]host, len(in.nodes))
	for i := range in.nodes {
		n := &in.nodes[i]
		d := &in.graph.nodes[i]
		n.def = d
		n.Node = ops.Node{
			Version: d.version, Options: d.options, CustomOptions: d.custom, Padding: d.padding,
			Inputs: in.pick(d.inputs, &operands), Outputs: in.pick(d.outputSlots, &operands), Intermediates: in.pick(d.intermediates, &operands),
			Host: &hosts[i],
		}
		hosts[i] = host{in: in, node: i}
	}
}

// pick lists tensors by index, in memory cut off a block.
func (in *instance) pick(indexes []int, block *[]*tensor.Tensor) []*tensor.Tensor {
	list := cut(block, len(indexes))
	for i, k := range indexes {
		if k >= 0 {
			list[i] = in.tensors[k]
		}
	}
	return list
}

// reshape gives the inputs new shapes; nil entries stay. Nothing is prepared yet.
func (in *instance) reshape(shapes []tensor.Shape) error {
	if len(shapes) > len(in.inputs) {
		return fmt.Errorf("litewren: got %d input shapes, want at most %d: %w", len(shapes), len(in.inputs), ErrShape)
	}
	for i, s := range shapes {
		if s == nil {
			continue
		}
		t := in.inputs[i]
		if t == nil {
			return fmt.Errorf("litewren: input %d is absent and cannot have shape %v: %w", i, s, ErrShape)
		}
		if err := s.Check(); err != nil {
			return fmt.Errorf("litewren: input %d (%q): %w: %w", i, t.Name, err, ErrShape)
		}
		if in.graph.tensors[in.graph.inputs[i]].constant && !s.Equal(t.Shape) {
			return fmt.Errorf("litewren: input %d (%q) is constant: got shape %v, want %v: %w", i, t.Name, s, t.Shape, ErrShape)
		}
	}
	for i, s := range shapes {
		if s != nil && !s.Equal(in.inputs[i].Shape) {
			in.inputs[i].Shape = s.Clone()
			in.inputs[i].SetBytes(nil)
			in.ready = false
		}
	}
	return nil
}

// wrap adds the place to an error of a node.
func (in *instance) wrap(phase string, i int, err error) *Error {
	n := &in.nodes[i]
	e := &Error{Phase: phase, Subgraph: in.graph.index, Node: n.def.origin, Op: n.def.name, Err: err}
	if len(n.Outputs) > 0 && n.Outputs[0] != nil {
		e.Tensor = n.Outputs[0].Name
	}
	return e
}

func (in *instance) variables() []*tensor.Tensor {
	var list []*tensor.Tensor
	for i, s := range in.storage {
		if s == isVariable {
			list = append(list, in.tensors[i])
		}
	}
	return list
}

// resetVariables zeroes variable tensors; INT8 ones get their zero point, which stands for zero.
func (in *instance) resetVariables() {
	for _, t := range in.variables() {
		b := t.Bytes()
		clear(b)
		if t.Type == tensor.Int8 && t.Quant.PerTensor() && t.Quant.ZeroPoint[0] != 0 {
			zero := byte(int8(t.Quant.ZeroPoint[0]))
			for i := range b {
				b[i] = zero
			}
		}
	}
}

// Inputs, Outputs, Prepare, DynamicOutput, SetInput and Invoke make an instance an ops.Subgraph.

func (in *instance) Inputs() []*tensor.Tensor  { return in.inputs }
func (in *instance) Outputs() []*tensor.Tensor { return in.outputs }

func (in *instance) Prepare(shapes []tensor.Shape) error {
	if err := in.reshape(shapes); err != nil {
		return err
	}
	if in.ready {
		return nil
	}
	return in.prepare()
}

func (in *instance) DynamicOutput(i int) bool {
	k := in.graph.outputs[i]
	return k >= 0 && in.storage[k] == isDynamic
}

func (in *instance) SetInput(i int, from *tensor.Tensor) error {
	t := in.inputs[i]
	if t == nil {
		return nil
	}
	if from == nil {
		return fmt.Errorf("input %d is absent: %w", i, ErrInvalidModel)
	}
	if t.Type != from.Type || !t.Shape.Equal(from.Shape) {
		return fmt.Errorf("input %d: got %s%v, want %s%v: %w", i, from.Type, from.Shape, t.Type, t.Shape, ErrInvalidModel)
	}
	if t.Type.Bits() == 0 {
		if err := in.account(t, int64(len(from.Bytes()))); err != nil {
			return err
		}
		t.SetBytes(append([]byte(nil), from.Bytes()...))
		return nil
	}
	if !in.unread[i] { // a loop's condition seldom looks at all that the loop carries
		copy(t.Bytes(), from.Bytes())
	}
	return nil
}

// Operators lists the operator of each node, for operators that recognize what a callee computes.
func (in *instance) Operators() []tflite.BuiltinOperator {
	list := make([]tflite.BuiltinOperator, len(in.graph.nodes))
	for i := range in.graph.nodes {
		list[i] = in.graph.nodes[i].op.Code
	}
	return list
}

// Node returns node i as its operator sees it, for the same purpose. It must not be changed.
func (in *instance) Node(i int) *ops.Node { return &in.nodes[i].Node }
