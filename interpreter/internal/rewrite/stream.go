package rewrite

import (
	"slices"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// matchStream finds the window over a stream that streaming models keep in a variable,
//
//	past = READ_VARIABLE(h), y = CONCATENATION(past, x), ASSIGN_VARIABLE(h, STRIDED_SLICE(y))
//
// where all of y that is sliced lies side by side. These nodes keep state, so that it makes sure by itself that nothing else can
// read or assign the variable in between: only variables are touched there, this one by no other node.
func matchStream(g *Graph, i int) bool {
	join := g.Nodes[i]
	o, ok := join.Options.(*tflite.ConcatenationOptionsT)
	if join.Op.Code != tflite.BuiltinOperatorCONCATENATION || len(join.Inputs) != 2 || !ok || o.FusedActivationFunction != tflite.ActivationFunctionTypeNONE {
		return false
	}
	y := join.Outputs[0]
	for side := range 2 {
		past, x := join.Inputs[side], join.Inputs[1-side]
		read := g.handles(past, tflite.BuiltinOperatorREAD_VARIABLE)
		if read < 0 || !g.alone(past) || !g.stored(past, y) || !g.stored(x, y) || !g.sideBySide(past, x, y, int(o.Axis)) {
			continue
		}
		slice, assign := g.keeps(y, g.Nodes[read].Inputs[0])
		if assign < 0 || slice < i || !g.undisturbed(read, assign) {
			continue
		}
		next := g.Nodes[slice].Outputs[0]
		from, ok := g.sliced(slice, int(o.Axis))
		if !ok || !g.stored(next, y) {
			continue
		}
		node := &Node{
			Op: ops.Stream,
			Options: &ops.StreamOptions{
				Past: g.Tensors[past].Tensor, Next: g.Tensors[next].Tensor, X: g.Tensors[x].Shape, Y: g.Tensors[y].Shape, After: side == 1, From: from,
			},
			Inputs: []int{g.Nodes[read].Inputs[0], x}, Outputs: join.Outputs,
		}
		for _, k := range []int{read, slice, assign, i} { // the last is the one whose output this is
			node.Nodes = append(node.Nodes, g.Nodes[k].Nodes...)
			g.count(k, -1)
			g.Nodes[k] = nil
		}
		g.Nodes[i] = node
		g.count(i, 1)
		return true
	}
	return false
}

// builtin reports whether node i is of the library's operator of that code, stateful or not.
func (g *Graph) builtin(i int, code tflite.BuiltinOperator) bool {
	n := g.Nodes[i]
	return n != nil && n.Op != nil && n.Op.Code == code && n.Op == operator(code) && n.whole()
}

// handles returns the node of that operator that computes tensor k from a handle, -1 for none.
func (g *Graph) handles(k int, code tflite.BuiltinOperator) int {
	if k < 0 || g.writers[k] != 1 || g.writer[k] < 0 || !g.builtin(g.writer[k], code) {
		return -1
	}
	t := g.Tensors[k]
	if t.Constant || t.Variable || len(t.Shape) == 0 || slices.ContainsFunc(t.Signature, func(d int) bool { return d < 0 }) {
		return -1 // the shape is that of the value
	}
	return g.writer[k]
}

// alone reports whether a tensor has one reader and nobody else looks at it.
func (g *Graph) alone(k int) bool { return g.readers[k] == 1 && g.writers[k] == 1 && !g.fixed[k] }

// stored reports whether what is stored in two tensors means the same, in whole bytes.
func (g *Graph) stored(a, b int) bool {
	if a < 0 || b < 0 {
		return false
	}
	x, y := g.Tensors[a], g.Tensors[b]
	if x.Type != y.Type || x.Type.Size() == 0 || x.Sparsity != nil || y.Sparsity != nil || x.Variable || y.Variable {
		return false
	}
	if x.Quant == nil || y.Quant == nil {
		return x.Quant == nil && y.Quant == nil
	}
	return x.Quant.PerTensor() && y.Quant.PerTensor() && x.Quant.Scale[0] == y.Quant.Scale[0] && x.Quant.ZeroPoint[0] == y.Quant.ZeroPoint[0]
}

// sideBySide reports whether a and b along an axis are y, one behind the other in memory.
func (g *Graph) sideBySide(a, b, y, axis int) bool {
	p, q, s := g.Tensors[a].Shape, g.Tensors[b].Shape, g.Tensors[y].Shape
	if axis < 0 {
		axis += len(s)
	}
	if len(p) != len(s) || len(q) != len(s) || axis < 0 || axis >= len(s) || s.Elements() == 0 || p.Elements() == 0 || q.Elements() == 0 {
		return false
	}
	for d := range s {
		if d == axis {
			if p[d]+q[d] != s[d] {
				return false
			}
		} else if p[d] != s[d] || q[d] != s[d] || d < axis && s[d] != 1 {
			return false
		}
	}
	return true
}

// keeps returns the STRIDED_SLICE of y that is assigned to the variable of handle h and nothing else, and the node that assigns it.
func (g *Graph) keeps(y, h int) (slice, assign int) {
	for j := g.writer[y] + 1; j < min(g.writer[y]+reach, len(g.Nodes)); j++ {
		if !g.builtin(j, tflite.BuiltinOperatorASSIGN_VARIABLE) || g.Nodes[j].Inputs[0] != h {
			continue
		}
		s := g.from(g.Nodes[j].Inputs[1], tflite.BuiltinOperatorSTRIDED_SLICE)
		if s < 0 || g.Nodes[s].Inputs[0] != y || !g.alone(g.Nodes[s].Outputs[0]) {
			return -1, -1
		}
		return s, j
	}
	return -1, -1
}

// undisturbed reports whether nodes read and assign are the only ones that may touch their variable until assign has run.
func (g *Graph) undisturbed(read, assign int) bool {
	h := g.Nodes[read].Inputs[0]
	if h < 0 || g.readers[h] != 2 || g.writers[h] != 1 || g.fixed[h] || !g.builtin(g.writer[h], tflite.BuiltinOperatorVAR_HANDLE) {
		return false
	}
	name, ok := g.Nodes[g.writer[h]].Options.(*tflite.VarHandleOptionsT)
	if !ok || name == nil {
		return false
	}
	for j, n := range g.Nodes {
		if n == nil {
			continue
		}
		if g.builtin(j, tflite.BuiltinOperatorVAR_HANDLE) && j != g.writer[h] {
			other, ok := n.Options.(*tflite.VarHandleOptionsT)
			if !ok || other == nil || *other == *name {
				return false // one more handle of it
			}
			continue
		}
		if j <= read || j >= assign || n.own || n.Op == ops.Stream {
			continue
		}
		if !g.builtin(j, tflite.BuiltinOperatorREAD_VARIABLE) && !g.builtin(j, tflite.BuiltinOperatorASSIGN_VARIABLE) && !g.builtin(j, tflite.BuiltinOperatorVAR_HANDLE) {
			return false
		}
	}
	return true
}

// sliced returns the first element of what a STRIDED_SLICE takes, where that is a part along an axis before which all dimensions
// are 1, with all of the dimensions behind it.
func (g *Graph) sliced(i, axis int) (from int, ok bool) {
	n := g.Nodes[i]
	o, is := n.Options.(*tflite.StridedSliceOptionsT)
	in, out := g.Tensors[n.Inputs[0]].Shape, g.Tensors[n.Outputs[0]].Shape
	if !is || o == nil || o.EllipsisMask|o.NewAxisMask|o.ShrinkAxisMask != 0 || o.Offset || len(out) != len(in) {
		return 0, false
	}
	if axis < 0 {
		axis += len(in)
	}
	begin, a := g.ints(n.Inputs[1])
	end, b := g.ints(n.Inputs[2])
	stride, c := g.ints(n.Inputs[3])
	if !a || !b || !c || len(begin) != len(in) || len(end) != len(in) || len(stride) != len(in) {
		return 0, false
	}
	for d, size := range in {
		first, last := begin[d], end[d]
		if first < 0 {
			first += size
		}
		if last < 0 {
			last += size
		}
		if o.BeginMask>>d&1 != 0 {
			first = 0
		}
		if o.EndMask>>d&1 != 0 {
			last = size
		}
		first, last = min(max(first, 0), size), min(max(last, 0), size)
		if stride[d] != 1 || last-first != out[d] || d != axis && out[d] != size {
			return 0, false
		}
		if d == axis {
			from = first * tensor.Shape(in[d+1:]).Elements()
		}
	}
	return from, out.Elements() > 0
}
