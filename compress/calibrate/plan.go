package calibrate

import (
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// plan numbers what is observed: every tensor of every subgraph has a slot, and behind them the values inside LSTM cells.
type plan struct {
	graphs  []*edit.Graph
	first   []int // slot of tensor 0, by subgraph
	slots   int
	names   []string
	sources map[int][]int // slots that the value of a subgraph's input or an output passed through may come from
	cells   map[place]*lstm
	keep    map[place]bool // tensors an LSTM reads: their last value is kept
}

// place names a tensor or a node of a subgraph.
type place struct{ graph, index int }

func newPlan(f *schema.File) (*plan, error) {
	m, err := edit.Open(f)
	if err != nil {
		return nil, err
	}
	p := &plan{graphs: m.Graphs(), sources: map[int][]int{}, cells: map[place]*lstm{}, keep: map[place]bool{}}
	for _, g := range p.graphs {
		p.first = append(p.first, p.slots)
		for _, t := range g.Tensors {
			p.names = append(p.names, t.Name)
		}
		p.slots += len(g.Tensors)
	}
	p.follow()
	return p, p.findCells()
}

// has reports whether there is such a tensor.
func (p *plan) has(graph, tensor int) bool {
	return graph >= 0 && graph < len(p.graphs) && tensor >= 0 && tensor < len(p.graphs[graph].Tensors)
}

func (p *plan) slot(graph int, tensor int32) int { return p.first[graph] + int(tensor) }

// streams lists the nodes that take one step per invocation: their state only means something over several.
func (p *plan) streams() (list []place) {
	for _, g := range p.graphs {
		for i, op := range g.Operators {
			switch g.Model.Code(op) {
			case tflite.BuiltinOperatorLSTM, tflite.BuiltinOperatorRNN, tflite.BuiltinOperatorSVDF:
				list = append(list, place{g.Index, i})
			}
		}
	}
	return list
}

// follow notes where the inputs of called subgraphs come from. A tap does not see them: they are copied in before the first
// node runs, and nodes may compute in place.
func (p *plan) follow() {
	direct := map[int][]int{}
	bind := func(graph int, inputs []int32, fromGraph int, from []int32) {
		for i := range min(len(inputs), len(from)) {
			if inputs[i] >= 0 && from[i] >= 0 {
				slot := p.slot(graph, inputs[i])
				direct[slot] = append(direct[slot], p.slot(fromGraph, from[i]))
			}
		}
	}
	for _, g := range p.graphs {
		for _, op := range g.Operators {
			code := g.Model.Code(op)
			args := op.Inputs
			switch code {
			case tflite.BuiltinOperatorIF, tflite.BuiltinOperatorSTABLEHLO_CASE:
				args = args[min(1, len(args)):]
			case tflite.BuiltinOperatorWHILE, tflite.BuiltinOperatorSTABLEHLO_WHILE, tflite.BuiltinOperatorCALL,
				tflite.BuiltinOperatorSTABLEHLO_COMPOSITE:
			default:
				continue // other callees see single elements, or nothing
			}
			calls := schema.Calls(op)
			for _, call := range calls {
				callee := int(call.Subgraph)
				bind(callee, p.graphs[callee].Inputs, g.Index, args)
				if code == tflite.BuiltinOperatorWHILE || code == tflite.BuiltinOperatorSTABLEHLO_WHILE {
					body := int(calls[len(calls)-1].Subgraph)
					bind(callee, p.graphs[callee].Inputs, body, p.graphs[body].Outputs)
				}
			}
		}
	}
	// An input may be handed on as it is: sources are what can be reached.
	for slot := range direct {
		var reached []int
		queue := slices.Clone(direct[slot])
		for len(queue) > 0 {
			s := queue[0]
			queue = queue[1:]
			if s == slot || slices.Contains(reached, s) {
				continue
			}
			reached = append(reached, s)
			queue = append(queue, direct[s]...)
		}
		slices.Sort(reached)
		p.sources[slot] = reached
	}
}
