package interpreter

import (
	"errors"
	"slices"

	"github.com/litewren/litewren/interpreter/internal/rewrite"
)

// rewriteKey names a rewritten subgraph of a model: the subgraph, and the rewrites that are switched off.
type rewriteKey struct {
	graph int
	off   string
}

// rewritten returns subgraph i with the rewrites that a configuration leaves on; the subgraph itself where none applies.
// Interpreters with the same configuration share it.
func (m *Model) rewritten(i int, c *config) *graph {
	plain := m.graphs[i]
	if c.plain {
		return plain
	}
	key := rewriteKey{i, c.rewritesOff()}
	m.mu.Lock()
	defer m.mu.Unlock()
	g, ok := m.rewrites[key]
	if !ok {
		g = plain.rewrite(func(name string) bool { return slices.Contains(c.off, name) })
		m.rewrites[key] = g
	}
	return g
}

// rewrite applies rewrites and returns the graph that results, g where nothing changes.
func (g *graph) rewrite(off func(name string) bool) *graph {
	r := rewrite.Graph{Inputs: g.inputs, Outputs: g.outputs, Tensors: make([]rewrite.Tensor, len(g.tensors)), Nodes: make([]*rewrite.Node, len(g.nodes))}
	for k := range g.tensors {
		d := &g.tensors[k]
		r.Tensors[k] = rewrite.Tensor{Tensor: &d.proto, Constant: d.constant, Variable: d.variable}
	}
	nodes, numbers := make([]rewrite.Node, len(g.nodes)), make([]int, len(g.nodes))
	for i := range g.nodes {
		d := &g.nodes[i]
		numbers[i] = i
		nodes[i] = rewrite.Node{Op: d.op, Options: d.options, Inputs: d.inputs, Outputs: d.outputSlots, Nodes: numbers[i : i+1 : i+1]}
		r.Nodes[i] = &nodes[i]
	}
	if !r.Apply(off) {
		return g
	}
	left := 0
	for _, n := range r.Nodes {
		if n != nil {
			left++
		}
	}
	out := &graph{index: g.index, name: g.name, tensors: g.tensors, inputs: g.inputs, outputs: g.outputs, plain: g, nodes: make([]nodeDef, 0, left)}
	for _, n := range r.Nodes {
		if n == nil {
			continue
		}
		last := n.Nodes[len(n.Nodes)-1]
		d := g.nodes[last]
		if len(n.Nodes) > 1 || n.Padding != nil {
			names := make([]string, len(n.Nodes))
			for i, k := range n.Nodes {
				names[i] = g.nodes[k].name
			}
			d = nodeDef{
				op: n.Op, name: rewrite.Title(names), version: max(n.Op.MaxVersion, 1), options: n.Options, padding: n.Padding,
				inputs: n.Inputs, outputs: n.Outputs, outputSlots: n.Outputs, origin: last,
			}
		}
		out.nodes = append(out.nodes, d)
	}
	out.findSources()
	return out
}

// use makes g, the subgraph itself or rewritten, the one that runs. Nothing of it is prepared.
func (in *instance) use(g *graph) {
	for i := range in.nodes {
		n := &in.nodes[i]
		in.it.reserve(-n.claimed)
		if n.deferred {
			for _, s := range n.scratch {
				in.release(s)
			}
		}
	}
	in.graph = g
	in.nodes = make([]node, len(g.nodes))
	in.makeNodes()
}

// errDeferred says that a rewritten subgraph has tensors whose shape is only known when it runs.
var errDeferred = errors.New("shapes are known at run time only")

// prepare makes an instance ready to run with the shapes its inputs have now. A rewritten subgraph that cannot be prepared
// for them gives way to the subgraph itself, for good when that can.
func (in *instance) prepare() error {
	plain := in.graph.plain
	if plain == nil {
		return in.prepareNodes()
	}
	rewritten := in.graph
	err := in.prepareNodes()
	if err == nil || errors.Is(err, ErrInternal) {
		return err
	}
	in.use(plain)
	if err = in.prepareNodes(); err != nil {
		in.use(rewritten)
	}
	return err
}

// Rewrites lists the names that WithoutRewrites knows, in the order in which the rewrites are applied.
func Rewrites() []string { return rewrite.Names() }
