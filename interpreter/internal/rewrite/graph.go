package rewrite

import (
	"math"
	"strings"
	"sync"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Tensor is a tensor as the model declares it; a constant has its data.
type Tensor struct {
	*tensor.Tensor
	Constant, Variable bool
}

// Node is a node of the model, or one that a rewrite has put in the place of several.
type Node struct {
	Op      *ops.Op
	Options any
	Padding *ops.Padding
	Inputs  []int // tensors; -1 for an absent input
	Outputs []int
	// Nodes are the numbers of the nodes of the model that this one stands for, in order.
	Nodes []int

	own bool // of a stateless operator of this library, with the inputs and outputs that it needs
}

// Graph is a subgraph.
type Graph struct {
	Tensors         []Tensor
	Nodes           []*Node // nil where a rewrite has removed one
	Inputs, Outputs []int

	writer, writers, readers []int // by tensor: the last node that writes it, and numbers of nodes
	fixed                    []bool
}

// rule is one rewrite. match replaces the group of nodes that ends at node i, if there is one, and reports whether it has.
type rule struct {
	name  string
	match func(g *Graph, i int) bool
}

// rules are all rewrites, in the order in which they are applied.
var rules = []rule{
	{"prelu", matchPRelu},
	{"gelu", matchGelu},
	{"softmax", matchSoftmax},
	{"normalize", matchNormalize},
	{"attention", matchAttention},
	{"activation", matchActivation},
	{"pad", matchPad},
	{"context", matchContext},
	{"separable", matchSeparable},
	{"chain", matchChain},
	{"stream", matchStream},
}

// Names lists the rewrites in the order in which they are applied.
func Names() []string {
	var list []string
	for _, r := range rules {
		list = append(list, r.name)
	}
	return list
}

// Builtins are the library's operators, made once: a registry of the caller may hold others under the same codes. Nothing must be
// added to them.
var Builtins = sync.OnceValue(ops.Builtins)

// operator returns the library's operator of a code.
func operator(code tflite.BuiltinOperator) *ops.Op { return Builtins().Builtin(code) }

// Apply applies the rewrites except those named in off and reports whether any of them has found something.
func (g *Graph) Apply(off func(name string) bool) bool {
	for _, n := range g.Nodes {
		n.own = n.Op != nil && n.Op.Code != tflite.BuiltinOperatorCUSTOM && operator(n.Op.Code) == n.Op && !n.Op.Stateful && n.whole()
	}
	g.index()
	changed := false
	for _, r := range rules {
		if off(r.name) {
			continue
		}
		for i := range g.Nodes {
			if g.Nodes[i] != nil && g.Nodes[i].own && r.match(g, i) {
				changed = true
			}
		}
	}
	return changed
}

// whole reports whether a node has as many inputs and outputs as its operator wants, none of the required ones absent.
func (n *Node) whole() bool {
	within := func(a ops.Arity, k int) bool { return k >= a.Min && (a.Max < 0 || k <= a.Max) }
	if !within(n.Op.Inputs, len(n.Inputs)) || !within(n.Op.Outputs, len(n.Outputs)) {
		return false
	}
	for i, k := range n.Inputs {
		if k < 0 && i < n.Op.Inputs.Min {
			return false
		}
	}
	for _, k := range n.Outputs {
		if k < 0 {
			return false
		}
	}
	return true
}

// index notes who writes and reads each tensor.
func (g *Graph) index() {
	n := len(g.Tensors)
	numbers := make([]int, 3*n)
	g.writer, g.writers, g.readers, g.fixed = numbers[:n], numbers[n:2*n], numbers[2*n:], make([]bool, n)
	for k := range g.Tensors {
		g.writer[k] = -1
		g.fixed[k] = g.Tensors[k].Constant || g.Tensors[k].Variable
	}
	for _, list := range [][]int{g.Inputs, g.Outputs} {
		for _, k := range list {
			if k >= 0 {
				g.fixed[k] = true
			}
		}
	}
	for i := range g.Nodes {
		g.count(i, 1)
	}
}

// count adds what node i reads and writes to the index, or takes it out.
func (g *Graph) count(i, by int) {
	for _, k := range g.Nodes[i].Inputs {
		if k >= 0 {
			g.readers[k] += by
		}
	}
	for _, k := range g.Nodes[i].Outputs {
		if k >= 0 {
			g.writer[k] = i
			g.writers[k] += by
		}
	}
}

// is reports whether node i is of the library's operator of that code.
func (g *Graph) is(i int, code tflite.BuiltinOperator) bool {
	return i >= 0 && g.Nodes[i] != nil && g.Nodes[i].own && g.Nodes[i].Op.Code == code
}

// from returns the node that computes tensor k when it is of that operator, and -1 otherwise.
func (g *Graph) from(k int, code tflite.BuiltinOperator) int {
	if k < 0 || g.writers[k] != 1 || g.Tensors[k].Constant || g.Tensors[k].Variable || !g.is(g.writer[k], code) {
		return -1
	}
	if n := g.Nodes[g.writer[k]]; len(n.Outputs) != 1 {
		return -1
	}
	return g.writer[k]
}

// float reports whether a tensor holds FLOAT32.
func (g *Graph) float(k int) bool { return k >= 0 && g.Tensors[k].Type == tensor.Float32 }

// scalar returns the value of a constant of one FLOAT32 element, which may be stored as FLOAT16 and dequantized.
func (g *Graph) scalar(k int) (v float32, ok bool) {
	if i := g.from(k, tflite.BuiltinOperatorDEQUANTIZE); i >= 0 && g.float(k) {
		h := g.Tensors[g.Nodes[i].Inputs[0]]
		if h.Type != tensor.Float16 || !h.Constant || h.Sparsity != nil || h.Elements() != 1 {
			return 0, false
		}
		return tensor.Float16ToFloat32(tensor.Data[uint16](h.Tensor)[0]), true
	}
	if !g.float(k) || !g.Tensors[k].Constant || g.Tensors[k].Sparsity != nil || g.Tensors[k].Elements() != 1 {
		return 0, false
	}
	return tensor.Data[float32](g.Tensors[k].Tensor)[0], true
}

// near reports whether tensor k is a constant of one element that rounds to v, give or take the last bits.
func (g *Graph) near(k int, v float64) bool {
	x, ok := g.scalar(k)
	return ok && math.Abs(float64(x)-v) <= 1e-6*math.Abs(v)
}

// floats returns the elements of a FLOAT32 constant.
func (g *Graph) floats(k int) []float32 {
	if !g.float(k) || !g.Tensors[k].Constant || g.Tensors[k].Sparsity != nil {
		return nil
	}
	return tensor.Data[float32](g.Tensors[k].Tensor)
}

// ints returns the elements of an INT32 or INT64 constant.
func (g *Graph) ints(k int) (list []int, ok bool) {
	if k < 0 || !g.Tensors[k].Constant || g.Tensors[k].Sparsity != nil {
		return nil, false
	}
	switch t := g.Tensors[k].Tensor; t.Type {
	case tensor.Int32:
		for _, v := range tensor.Data[int32](t) {
			list = append(list, int(v))
		}
	case tensor.Int64:
		for _, v := range tensor.Data[int64](t) {
			if int64(int(v)) != v {
				return nil, false
			}
			list = append(list, int(v))
		}
	default:
		return nil, false
	}
	return list, true
}

// other returns the operand of a binary node that is not k, where k is one of them, once.
func (n *Node) other(k int) (int, bool) {
	switch {
	case len(n.Inputs) != 2 || n.Inputs[0] == n.Inputs[1]:
		return -1, false
	case n.Inputs[0] == k:
		return n.Inputs[1], true
	case n.Inputs[1] == k:
		return n.Inputs[0], true
	}
	return -1, false
}

// operands returns the operand of a binary node that is a constant and the one that is not.
func (g *Graph) operands(i int) (value, constant int, ok bool) {
	n := g.Nodes[i]
	if len(n.Inputs) != 2 || n.Inputs[0] < 0 || n.Inputs[1] < 0 {
		return -1, -1, false
	}
	a, b := n.Inputs[0], n.Inputs[1]
	_, first := g.scalar(a)
	if first || g.Tensors[a].Constant {
		a, b = b, a
	}
	_, ok = g.scalar(b)
	return a, b, (ok || g.Tensors[b].Constant) && !g.Tensors[a].Constant
}

// reach is how far apart the nodes of a group may be: it keeps the search linear in the number of nodes.
const reach = 1024

// replace puts node in the place of a group, whose last member is the one that computes what node computes. It reports
// whether it could: see the conditions in the description of the package.
func (g *Graph) replace(group []int, node Node) bool {
	first, last := group[0], group[0]
	readers := map[int]int{}
	member := map[int]bool{}
	for _, i := range group {
		first, last = min(first, i), max(last, i)
		if member[i] {
			continue
		}
		member[i] = true
		for _, k := range g.Nodes[i].Inputs {
			if k >= 0 {
				readers[k]++
			}
		}
	}
	if last-first > reach {
		return false
	}
	for i := range member {
		n := g.Nodes[i]
		if !n.own {
			return false
		}
		for _, k := range n.Inputs {
			if k >= 0 && (g.Tensors[k].Variable || g.writers[k] > 1) {
				return false
			}
		}
		for _, k := range n.Outputs {
			switch {
			case k < 0 || g.writers[k] != 1 || g.Tensors[k].Constant || g.Tensors[k].Variable:
				return false
			case i != last && (g.fixed[k] || g.readers[k] != readers[k]):
				return false
			}
		}
	}
	for i := first; i < last; i++ {
		if n := g.Nodes[i]; n != nil && !member[i] && (n.Op == nil || n.Op.Stateful) {
			return false
		}
	}
	for i := first; i <= last; i++ {
		if member[i] {
			node.Nodes = append(node.Nodes, g.Nodes[i].Nodes...)
			g.count(i, -1)
			g.Nodes[i] = nil
		}
	}
	node.own = true
	g.Nodes[last] = &node
	g.count(last, 1)
	return true
}

// activation returns the function fused into a node of element arithmetic, whose options may be absent.
func activation(n *Node) (tflite.ActivationFunctionType, bool) {
	switch o := n.Options.(type) {
	case nil:
		return tflite.ActivationFunctionTypeNONE, true
	case *tflite.AddOptionsT:
		return o.FusedActivationFunction, true
	case *tflite.SubOptionsT:
		return o.FusedActivationFunction, true
	case *tflite.MulOptionsT:
		return o.FusedActivationFunction, true
	case *tflite.DivOptionsT:
		return o.FusedActivationFunction, true
	}
	return 0, false
}

// plain reports whether a node of element arithmetic has no function fused into it.
func (g *Graph) plain(i int) bool {
	f, ok := activation(g.Nodes[i])
	return ok && f == tflite.ActivationFunctionTypeNONE
}

// Title joins the names of operators, each once, in order: CONV_2D+RELU.
func Title(names []string) string {
	var list []string
	seen := map[string]bool{}
	for _, s := range names {
		if !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return strings.Join(list, "+")
}
