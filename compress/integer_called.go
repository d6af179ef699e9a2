package compress

import (
	"cmp"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema/tflite"
)

// fromLayers reports whether a node of a called subgraph is a layer with constant weights, or computes with results of integer nodes
// and constants only. Nodes before it have been looked at.
func (q *integerizer) fromLayers(op *tflite.OperatorT, rule integerRule) bool {
	if rule.recurrent {
		return false
	}
	for i, t := range op.Inputs {
		if rule.role(i) == weights && q.g.IsConstant(t) {
			return true
		}
	}
	computed := false
	for _, t := range op.Inputs {
		if !q.g.IsFloat(t) || q.g.IsConstant(t) {
			continue
		}
		producer := q.g.Producer(t)
		if producer == nil {
			return false
		}
		if _, ok := q.nodes[producer]; !ok {
			return false
		}
		computed = true
	}
	return computed
}

// storeOthers stores weights of nodes that stay float though there is a kernel for int8 weights: of recurrent operators that have no
// integer kernel, or none for what the node does, and in called subgraphs of all.
func (q *integerizer) storeOthers() error {
	c := DynamicConfig{
		Bits: 8, MinElements: fewestStored, PerChannelFC: q.config.PerChannelFC, Clip: cmp.Or(q.config.Clip, ClipMSE),
		nodes: func(g *edit.Graph, op *tflite.OperatorT) bool {
			if _, ok := q.nodes[op]; ok || q.config.nodes != nil && !q.config.nodes(g, op) {
				return false
			}
			name := q.nameOf(op)
			if q.config.Match != nil && !q.config.Match.MatchString(name) || q.config.Keep != nil && q.config.Keep.MatchString(name) {
				return false
			}
			code := g.Model.Code(op)
			return q.called || onlyHybrid(code) || q.rules[code].recurrent
		},
	}
	if !slices.ContainsFunc(q.g.Operators, func(op *tflite.OperatorT) bool { return c.nodes(q.g, op) }) {
		return nil
	}
	d := &dynamizer{config: c, hybrid: true, m: q.m, g: q.g, r: q.r}
	return d.run()
}
