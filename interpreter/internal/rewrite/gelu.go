package rewrite

import (
	"math"

	"github.com/litewren/litewren/schema/tflite"
)

// matchGelu finds the approximate GELU in parts,
//
//	0.5*x * (1 + tanh(sqrt(2/pi) * (x + 0.044715*x^3)))
//
// with the factors 0.5*x and the cube in any of the ways converters write them: (0.5*x)*(1+t), x*(0.5*(1+t)), POW(x,3), x*x*x.
func matchGelu(g *Graph, i int) bool {
	n := g.Nodes[i]
	if n.Op.Code != tflite.BuiltinOperatorMUL || len(n.Inputs) != 2 || !g.plain(i) || !g.float(n.Outputs[0]) {
		return false
	}
	for side := range 2 {
		// One factor is half of something, the other the rest; the sum 1+t may be on either side.
		a, b := n.Inputs[side], n.Inputs[1-side]
		x, half, ok := g.times(a, 0.5)
		if !ok {
			continue
		}
		group := []int{half}
		sum := b
		if g.from(x, tflite.BuiltinOperatorADD) >= 0 && g.from(b, tflite.BuiltinOperatorADD) < 0 || !g.gate(sum, x) {
			x, sum = b, x // x * (0.5*(1+t))
		}
		members, ok := g.geluGate(sum, x)
		if !ok || !g.float(x) {
			continue
		}
		node := Node{
			Op: operator(tflite.BuiltinOperatorGELU), Options: &tflite.GeluOptionsT{Approximate: true},
			Inputs: []int{x}, Outputs: n.Outputs,
		}
		if g.replace(append(append(group, members...), i), node) {
			return true
		}
	}
	return false
}

// gate reports whether sum is 1 + tanh(...) of x.
func (g *Graph) gate(sum, x int) bool {
	_, ok := g.geluGate(sum, x)
	return ok
}

// geluGate returns the nodes of 1 + tanh(sqrt(2/pi) * (x + 0.044715*x^3)).
func (g *Graph) geluGate(sum, x int) (group []int, ok bool) {
	one := g.from(sum, tflite.BuiltinOperatorADD)
	if one < 0 || !g.plain(one) {
		return nil, false
	}
	value, constant, ok := g.operands(one)
	if !ok || !g.near(constant, 1) {
		return nil, false
	}
	tanh := g.from(value, tflite.BuiltinOperatorTANH)
	if tanh < 0 {
		return nil, false
	}
	inner, scale, ok := g.times(g.Nodes[tanh].Inputs[0], math.Sqrt(2/math.Pi))
	if !ok {
		return nil, false
	}
	add := g.from(inner, tflite.BuiltinOperatorADD)
	if add < 0 || !g.plain(add) {
		return nil, false
	}
	rest, ok := g.Nodes[add].other(x)
	if !ok {
		return nil, false
	}
	cube, factor, ok := g.times(rest, 0.044715)
	if !ok {
		return nil, false
	}
	members, ok := g.cube(cube, x)
	if !ok {
		return nil, false
	}
	return append(members, factor, add, scale, tanh, one), true
}

// times returns x and the node where tensor k is x times a constant near c.
func (g *Graph) times(k int, c float64) (x, node int, ok bool) {
	node = g.from(k, tflite.BuiltinOperatorMUL)
	if node < 0 || !g.plain(node) {
		return -1, -1, false
	}
	value, constant, ok := g.operands(node)
	return value, node, ok && g.near(constant, c)
}

// cube returns the nodes that compute tensor k as the third power of x.
func (g *Graph) cube(k, x int) (group []int, ok bool) {
	if pow := g.from(k, tflite.BuiltinOperatorPOW); pow >= 0 {
		in := g.Nodes[pow].Inputs
		return []int{pow}, len(in) == 2 && in[0] == x && g.near(in[1], 3)
	}
	mul := g.from(k, tflite.BuiltinOperatorMUL)
	if mul < 0 || !g.plain(mul) {
		return nil, false
	}
	rest, ok := g.Nodes[mul].other(x)
	if !ok {
		return nil, false
	}
	square := g.from(rest, tflite.BuiltinOperatorMUL)
	if square < 0 || !g.plain(square) || g.Nodes[square].Inputs[0] != x || g.Nodes[square].Inputs[1] != x {
		return nil, false
	}
	return []int{square, mul}, true
}
