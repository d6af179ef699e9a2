package rewrite

import (
	"slices"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// matchNormalize finds layer and instance normalization in parts, as TensorFlow's batch_normalization and PyTorch's exporters
// write them:
//
//	m = MEAN(x), v = MEAN(SQUARED_DIFFERENCE(x, m)), r = RSQRT(v + epsilon), s = r or r*gamma
//	x*s + (beta - m*s)
//
// with RESHAPE anywhere that brings dimensions of size 1 back.
func matchNormalize(g *Graph, i int) bool {
	n := g.Nodes[i]
	if n.Op.Code != tflite.BuiltinOperatorADD || len(n.Inputs) != 2 || !g.float(n.Outputs[0]) {
		return false
	}
	f, ok := activation(n)
	if !ok {
		return false
	}
	for side := range 2 {
		m := normalization{g: g, gamma: -1, beta: -1}
		if m.match(n.Inputs[side], n.Inputs[1-side]) && m.fits() {
			node := Node{
				Op: ops.Normalize, Options: &ops.NormalizeOptions{Epsilon: m.epsilon, Channels: m.channels, Shape: m.shape, Activation: f},
				Inputs: []int{m.x, m.gamma, m.beta}, Outputs: n.Outputs,
			}
			if g.replace(append(m.group, i), node) {
				return true
			}
		}
	}
	return false
}

// normalization collects what a match has found.
type normalization struct {
	g              *Graph
	group          []int
	x, gamma, beta int
	mean           int
	epsilon        float32
	axes           []int
	channels       bool
	fixed          bool         // the parts say x's shape
	shape          tensor.Shape // x's shape where it is fixed
	// kept are tensors that must have x's shape with the dimensions of the mean of size 1.
	kept []int
}

// step returns the node that computes k when it is of that operator, looking through reshapes.
func (m *normalization) step(k int, code tflite.BuiltinOperator) int {
	k = m.through(k)
	i := m.g.from(k, code)
	if i >= 0 {
		m.group = append(m.group, i)
	}
	return i
}

// through returns the tensor that k is a reshape of, or k.
func (m *normalization) through(k int) int {
	for i := m.g.from(k, tflite.BuiltinOperatorRESHAPE); i >= 0; i = m.g.from(k, tflite.BuiltinOperatorRESHAPE) {
		if m.g.Tensors[k].Shape.Elements() != m.g.Tensors[m.g.Nodes[i].Inputs[0]].Shape.Elements() {
			break
		}
		if k == m.x {
			break
		}
		m.group = append(m.group, i)
		m.fixed = true
		k = m.g.Nodes[i].Inputs[0]
	}
	return k
}

// match looks for x*s in tensor a and for beta - m*s in tensor c.
func (m *normalization) match(a, c int) bool {
	g := m.g
	mul := g.from(a, tflite.BuiltinOperatorMUL)
	if mul < 0 || !g.plain(mul) || len(g.Nodes[mul].Inputs) != 2 {
		return false
	}
	m.group = append(m.group, mul)
	m.x = -1
	sub := m.step(c, tflite.BuiltinOperatorSUB)
	if sub < 0 || !g.plain(sub) {
		return false
	}
	if v, ok := g.scalar(g.Nodes[sub].Inputs[0]); !ok || v != 0 {
		m.beta = g.Nodes[sub].Inputs[0]
	}
	product := m.step(g.Nodes[sub].Inputs[1], tflite.BuiltinOperatorMUL)
	if product < 0 || !g.plain(product) {
		return false
	}
	before := len(m.group)
	for _, p := range [][2]int{{0, 1}, {1, 0}} {
		for _, q := range [][2]int{{0, 1}, {1, 0}} {
			m.group, m.gamma, m.kept = m.group[:before], -1, m.kept[:0]
			m.x = g.Nodes[mul].Inputs[p[0]]
			scale := g.Nodes[mul].Inputs[p[1]]
			mean, other := g.Nodes[product].Inputs[q[0]], g.Nodes[product].Inputs[q[1]]
			if m.through(scale) == m.through(other) && m.scale(scale, c) && m.through(mean) == m.mean {
				return true
			}
		}
	}
	return false
}

// scale looks for r or r*gamma in tensor k.
func (m *normalization) scale(k, c int) bool {
	g := m.g
	if mul := g.from(m.through(k), tflite.BuiltinOperatorMUL); mul >= 0 {
		if !g.plain(mul) {
			return false
		}
		m.group = append(m.group, mul)
		in := g.Nodes[mul].Inputs
		root, gamma := in[0], in[1]
		if g.from(m.through(root), tflite.BuiltinOperatorRSQRT) < 0 {
			root, gamma = gamma, root
		}
		m.gamma = gamma
		k = root
	}
	m.kept = append(m.kept, k)
	if m.gamma < 0 && m.beta < 0 {
		m.kept = append(m.kept, c)
	}
	root := m.step(k, tflite.BuiltinOperatorRSQRT)
	if root < 0 {
		return false
	}
	add := m.step(g.Nodes[root].Inputs[0], tflite.BuiltinOperatorADD)
	if add < 0 || !g.plain(add) {
		return false
	}
	variance, epsilon, ok := g.operands(add)
	if !ok {
		return false
	}
	if m.epsilon, ok = g.scalar(epsilon); !ok {
		return false
	}
	second := m.step(variance, tflite.BuiltinOperatorMEAN)
	if second < 0 {
		return false
	}
	difference := m.step(g.Nodes[second].Inputs[0], tflite.BuiltinOperatorSQUARED_DIFFERENCE)
	if difference < 0 {
		return false
	}
	mean, ok := g.Nodes[difference].other(m.x)
	if !ok {
		return false
	}
	m.kept = append(m.kept, mean)
	first := m.step(mean, tflite.BuiltinOperatorMEAN)
	if first < 0 || g.Nodes[first].Inputs[0] != m.x {
		return false
	}
	m.mean = g.Nodes[first].Outputs[0]
	axes, ok := m.reduced(first)
	again, same := m.reduced(second)
	m.axes = axes
	return ok && same && slices.Equal(axes, again)
}

// reduced returns the sorted dimensions of x that a MEAN is over.
func (m *normalization) reduced(i int) (axes []int, ok bool) {
	rank := len(m.g.Tensors[m.x].Shape)
	axes, ok = m.g.ints(m.g.Nodes[i].Inputs[1])
	if !ok || rank == 0 {
		return nil, false
	}
	for j, a := range axes {
		if a < -rank || a >= rank {
			return nil, false
		}
		axes[j] = (a + rank) % rank
	}
	slices.Sort(axes)
	return slices.Compact(axes), true
}

// fits checks the shapes: those of the parts must broadcast as NORMALIZE does.
func (m *normalization) fits() bool {
	g := m.g
	shape := g.Tensors[m.x].Shape
	rank := len(shape)
	if !g.float(m.x) || rank == 0 || shape.Elements() == 0 {
		return false
	}
	kept := shape.Clone()
	for _, a := range m.axes {
		kept[a] = 1
	}
	wide := slices.DeleteFunc(slices.Clone(m.axes), func(a int) bool { return shape[a] == 1 })
	if len(wide) > 0 && len(wide) < len(m.axes) && slices.Equal(wide, []int{rank - 1}) {
		m.axes, m.fixed = wide, true
	}
	between := make([]int, 0, rank)
	for a := 1; a < rank-1; a++ {
		between = append(between, a)
	}
	switch {
	case slices.Equal(m.axes, []int{rank - 1}):
	case rank >= 3 && slices.Equal(m.axes, between):
		m.channels = true
	default:
		return false
	}
	if m.fixed {
		m.shape = shape.Clone()
	}
	for _, k := range m.kept {
		if !g.Tensors[k].Shape.Equal(kept) {
			return false
		}
	}
	for _, k := range []int{m.gamma, m.beta} {
		if k >= 0 && !m.perChannel(g.Tensors[k].Tensor, shape[rank-1], rank) {
			return false
		}
	}
	return true
}

// perChannel reports whether a tensor has one element for each channel and broadcasts along the last dimension.
func (m *normalization) perChannel(t *tensor.Tensor, channels, rank int) bool {
	s := t.Shape
	return t.Type == tensor.Float32 && t.Sparsity == nil && len(s) > 0 && len(s) <= rank && s[len(s)-1] == channels && s.Elements() == channels
}
