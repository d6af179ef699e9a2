package interpreter

import (
	"sort"
	"time"
)

// NodeProfile is the time spent in one node since the profile was last reset.
type NodeProfile struct {
	Subgraph, Node int
	Op             string
	Tensor         string // name of the first output
	Calls          int
	First, Total   time.Duration
}

type profile struct{ nodes map[[2]int]*NodeProfile }

func newProfile() *profile { return &profile{nodes: map[[2]int]*NodeProfile{}} }

func (p *profile) add(in *instance, i int, d time.Duration) {
	n := &in.nodes[i]
	key := [2]int{in.graph.index, n.def.origin}
	e := p.nodes[key]
	if e == nil {
		e = &NodeProfile{Subgraph: in.graph.index, Node: n.def.origin, Op: n.def.name, First: d}
		if len(n.Outputs) > 0 && n.Outputs[0] != nil {
			e.Tensor = n.Outputs[0].Name
		}
		p.nodes[key] = e
	}
	e.Calls++
	e.Total += d
}

// Profile returns the time of every node that has run, by subgraph and execution order; nil without WithProfile. The time of
// a control-flow node includes that of the nodes it calls.
func (it *Interpreter) Profile() []NodeProfile {
	if it.profile == nil {
		return nil
	}
	list := make([]NodeProfile, 0, len(it.profile.nodes))
	for _, e := range it.profile.nodes {
		list = append(list, *e)
	}
	sort.Slice(list, func(a, b int) bool {
		if list[a].Subgraph != list[b].Subgraph {
			return list[a].Subgraph < list[b].Subgraph
		}
		return list[a].Node < list[b].Node
	})
	return list
}

// ResetProfile forgets the times recorded so far.
func (it *Interpreter) ResetProfile() {
	if it.profile != nil {
		clear(it.profile.nodes)
	}
}
