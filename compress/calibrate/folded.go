package calibrate

import (
	"context"
	"fmt"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// observeFolded takes in the tensors that were computed once, while preparing, which no tap sees. Those of the primary
// subgraph an interpreter still holds; those of others are computed again, each subgraph's as a model of its own.
func observeFolded(ctx context.Context, m *merged, o *observer) error {
	fresh := newObserver(m.plan, o.it, Config{RangesOnly: o.histograms == nil})
	fresh.sample = make([]extremes, m.plan.slots)
	for i := range fresh.sample {
		fresh.sample[i] = noExtremes()
	}
	for _, g := range m.plan.graphs {
		nodes, outputs := m.folded(g)
		if len(nodes) == 0 {
			continue
		}
		var values []*tensor.Tensor
		if g.Index == 0 {
			for _, t := range outputs {
				values = append(values, o.it.Tensor(int(t)))
			}
		} else {
			var err error
			if values, err = evaluate(ctx, g, nodes, outputs); err != nil {
				return fmt.Errorf("constants of subgraph %d: %w", g.Index, err)
			}
		}
		for i, t := range outputs {
			fresh.tensor(place{g.Index, int(t)}, values[i])
		}
	}
	m.add(fresh)
	m.sample(fresh.sample)
	return nil
}

// folded lists the nodes of a subgraph that compute constants from constants and were not seen, and their outputs. In the
// primary subgraph it lists all that was not seen: shapes, which are known there, fold too.
func (m *merged) folded(g *edit.Graph) (nodes []*tflite.OperatorT, outputs []int32) {
	known := make([]bool, len(g.Tensors))
	for i := range known {
		known[i] = g.IsConstant(int32(i))
	}
	for _, op := range g.Operators {
		constant := len(op.Inputs) > 0 && len(schema.Calls(op)) == 0
		for _, t := range op.Inputs {
			constant = constant && (t < 0 || known[t])
		}
		if !constant && g.Index != 0 {
			continue
		}
		seen := false
		for _, t := range op.Outputs {
			seen = seen || t >= 0 && m.slots[m.plan.slot(g.Index, t)].seen()
		}
		if seen {
			continue
		}
		nodes = append(nodes, op)
		for _, t := range op.Outputs {
			if t >= 0 {
				known[t] = constant
				outputs = append(outputs, t)
			}
		}
	}
	return nodes, outputs
}

// evaluate computes the outputs of nodes that read constants only.
func evaluate(ctx context.Context, g *edit.Graph, nodes []*tflite.OperatorT, outputs []int32) ([]*tensor.Tensor, error) {
	model := *g.Model.ModelT
	model.SignatureDefs, model.Metadata, model.MetadataBuffer = nil, nil, nil
	model.Subgraphs = []*tflite.SubGraphT{{Tensors: g.Tensors, Operators: nodes, Outputs: outputs, Inputs: []int32{}, DebugMetadataIndex: -1}}
	b, err := schema.Encode(schema.NewFile(&model), schema.WithUnknownDropped())
	if err != nil {
		return nil, err
	}
	m, err := interpreter.Load(b)
	if err != nil {
		return nil, err
	}
	it, err := interpreter.New(m, interpreter.WithoutRewrites())
	if err != nil {
		return nil, err
	}
	if err := it.Invoke(ctx); err != nil {
		return nil, err
	}
	values := make([]*tensor.Tensor, len(outputs))
	for i := range values {
		values[i] = it.Output(i)
	}
	return values, nil
}
