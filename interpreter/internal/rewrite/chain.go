package rewrite

import (
	"slices"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// matchChain joins element-wise nodes of FLOAT32 into one that works on a block of elements at a time, together with the
// convolution before them where that has a large output: CONV_2D, LEAKY_RELU and MAXIMUM; x*LOGISTIC(x); a residual sum. Operands are of the
// result's shape, one element for each channel, or a single one. It adds one node after the other in front, so that a group may
// branch inside.
func matchChain(g *Graph, i int) bool {
	changed := false
	for {
		if !g.mayPrepend(i) {
			return changed
		}
		c, ok := g.chain(i)
		if !ok || !g.prepend(c, i) {
			return changed
		}
		changed = true
	}
}

const (
	chainReach  = 8  // nodes between two that are joined: what is computed later keeps its operands for longer
	chainStages = 16 // at most
	// chainedOutput is from how many elements on an output does not stay in the second-level cache until a convolution is done.
	chainedOutput = 1 << 17
)

// link is a node as a chain: the inputs of its producer, the operands, and the stages. Operands of stages are numbers of operands or
// ^i for results.
type link struct {
	producer *ops.ChainProducer
	inputs   []int
	operands []int
	stages   []ops.ChainStage
	shape    tensor.Shape
}

// chain returns node i as a chain, where it is one or may be part of one.
func (g *Graph) chain(i int) (*link, bool) {
	if !g.chains(i) {
		return nil, false
	}
	n := g.Nodes[i]
	c := &link{shape: g.Tensors[n.Outputs[0]].Shape}
	if c.shape.Elements() == 0 {
		return nil, false
	}
	if o, ok := n.Options.(*ops.ChainOptions); ok {
		if o.Producer != nil {
			p := *o.Producer
			c.producer, c.inputs = &p, n.Inputs[:p.Inputs]
		}
		c.operands = slices.Clone(n.Inputs[len(c.inputs):])
		for _, s := range o.Stages {
			s.Operands = slices.Clone(s.Operands)
			for j, k := range s.Operands {
				if k >= 0 {
					s.Operands[j] = k - len(c.inputs)
				}
			}
			c.stages = append(c.stages, s)
		}
		return c, true
	}
	if n.Padding != nil {
		return nil, false
	}
	stage := ops.ChainStage{Code: n.Op.Code, Options: n.Options}
	whole := false
	for j, k := range n.Inputs {
		if !g.float(k) || g.Tensors[k].Sparsity != nil || !g.broadcasts(k, c.shape) {
			return nil, false
		}
		same := g.Tensors[k].Shape.Equal(c.shape)
		if j == 0 && n.Op.Code == tflite.BuiltinOperatorPRELU && !same {
			return nil, false
		}
		whole = whole || same
		stage.Operands = append(stage.Operands, c.operand(k))
	}
	c.stages = []ops.ChainStage{stage}
	return c, whole
}

// operand returns the number of a tensor among the operands.
func (c *link) operand(k int) int {
	at := slices.Index(c.operands, k)
	if at < 0 {
		at = len(c.operands)
		c.operands = append(c.operands, k)
	}
	return at
}

// broadcasts reports whether a tensor may be an operand of a chain of that shape.
func (g *Graph) broadcasts(k int, shape tensor.Shape) bool {
	s := g.Tensors[k].Shape
	if len(s) > len(shape) {
		return false
	}
	return s.Equal(shape) || s.Elements() == 1 || s[len(s)-1] == shape[len(shape)-1] && s.Elements() == s[len(s)-1]
}

// prepend joins chain c, which is node i, with a node that computes one of its operands and nothing else.
func (g *Graph) prepend(c *link, i int) bool {
	best, slot := -1, -1
	var before *link
	for j, k := range c.operands {
		if !g.joins(k, i) {
			continue
		}
		p := g.writer[k]
		if p <= best || !g.Tensors[k].Shape.Equal(c.shape) {
			continue
		}
		b, ok := g.chain(p)
		if !ok {
			b, ok = g.producer(p)
		}
		if !ok || b.producer != nil && c.producer != nil || len(b.stages)+len(c.stages) > chainStages {
			continue
		}
		best, slot, before = p, j, b
	}
	return best >= 0 && g.join(before, c, slot, best, i)
}

// joins reports whether the node that computes tensor k may go in front of node i, which reads it.
func (g *Graph) joins(k, i int) bool {
	if k < 0 || g.Tensors[k].Constant || g.Tensors[k].Variable || g.writers[k] != 1 || g.fixed[k] || g.readers[k] != 1 && !g.readsAll(i, k) {
		return false
	}
	p := g.writer[k]
	return p >= 0 && p < i && g.apart(p, i) <= chainReach
}

// mayPrepend reports whether it is worth while to look at node i as a chain: most nodes are none, or have nothing before them to
// join with, and that is seen without making one.
func (g *Graph) mayPrepend(i int) bool {
	if !g.chains(i) {
		return false
	}
	for _, k := range g.Nodes[i].Inputs {
		if g.joins(k, i) && (g.chains(g.writer[k]) || g.produces(g.writer[k])) {
			return true
		}
	}
	return false
}

// chains reports whether node i may be a chain.
func (g *Graph) chains(i int) bool {
	n := g.Nodes[i]
	return n != nil && n.own && len(n.Outputs) == 1 && g.float(n.Outputs[0]) && (ops.Chains(n.Op.Code) || n.Op == ops.Chain || n.Op == ops.ProducerChain)
}

// readsAll reports whether node i is the only one that reads tensor k.
func (g *Graph) readsAll(i, k int) bool {
	count := 0
	for _, in := range g.Nodes[i].Inputs {
		if in == k {
			count++
		}
	}
	return count == g.readers[k]
}

// apart returns how many nodes of the graph as it is now are between two, which more than chainReach need not be exact.
func (g *Graph) apart(p, i int) int {
	count := 0
	for j := p + 1; j < i && count <= chainReach; j++ {
		if n := g.Nodes[j]; n != nil && (n.Op == nil || n.Op.Code != tflite.BuiltinOperatorDEQUANTIZE) {
			count++
		}
	}
	return count
}

// producer returns node p as the beginning of a chain.
func (g *Graph) producer(p int) (*link, bool) {
	if !g.produces(p) {
		return nil, false
	}
	n := g.Nodes[p]
	return &link{
		producer: &ops.ChainProducer{Op: n.Op, Version: max(n.Op.MaxVersion, 1), Options: n.Options, Padding: n.Padding, Inputs: len(n.Inputs)},
		inputs:   n.Inputs,
		shape:    g.Tensors[n.Outputs[0]].Shape,
	}, true
}

// produces reports whether a chain may begin with node p, which is none.
func (g *Graph) produces(p int) bool {
	n := g.Nodes[p]
	if n == nil || !n.own || len(n.Outputs) != 1 || len(n.Inputs) < 2 || !g.float(n.Inputs[0]) || !g.float(n.Outputs[0]) {
		return false
	}
	// Only float convolutions hand over parts of their output, and that pays only where it would leave the cache meanwhile.
	convolves := n.Op.Code == tflite.BuiltinOperatorCONV_2D || n.Op == ops.Separable
	return convolves && g.Tensors[n.Inputs[1]].Type.Float() && g.Tensors[n.Outputs[0]].Shape.Elements() >= chainedOutput
}

// join replaces nodes p and i by chain b, then c, whose operand slot b computes.
func (g *Graph) join(b, c *link, slot, p, i int) bool {
	out := &link{producer: b.producer, inputs: b.inputs}
	if c.producer != nil {
		out.producer, out.inputs = c.producer, c.inputs
	}
	first := len(out.inputs)
	// Results are numbered anew: the producer's, those of b, those of c.
	base := func(l *link) int {
		if l.producer != nil {
			return 1
		}
		return 0
	}
	all := base(out)
	result := func(l *link, k, before int) int {
		if l.producer != nil && k == 0 {
			return ^0
		}
		return ^(all + before + k - base(l))
	}
	add := func(l *link, before, taken int) {
		for _, s := range l.stages {
			operands := make([]int, len(s.Operands))
			for j, k := range s.Operands {
				switch {
				case k < 0:
					operands[j] = result(l, ^k, before)
				case k == taken && l == c:
					operands[j] = result(b, base(b)+len(b.stages)-1, 0)
				default:
					operands[j] = first + out.operand(l.operands[k])
				}
			}
			s.Operands = operands
			out.stages = append(out.stages, s)
		}
	}
	add(b, 0, -1)
	add(c, len(b.stages), slot)
	op := ops.Chain
	if out.producer != nil {
		op = ops.ProducerChain
	}
	return g.replace([]int{p, i}, Node{
		Op: op, Options: &ops.ChainOptions{Producer: out.producer, Stages: out.stages},
		Inputs: append(slices.Clone(out.inputs), out.operands...), Outputs: g.Nodes[i].Outputs,
	})
}
