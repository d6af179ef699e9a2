package compress

import (
	"math"

	"github.com/litewren/litewren/schema/tflite"
)

// choose gives every float tensor that an integer node reads or writes its parameters.
func (q *integerizer) choose() {
	written := map[int32]integerRule{}
	for _, op := range q.g.Operators {
		rule, ok := q.nodes[op]
		if !ok {
			continue
		}
		if rule.recurrent {
			q.chooseRecurrent(op)
			continue // not in written: what it writes takes nobody else's parameters
		}
		for i, t := range op.Inputs {
			if q.isActivation(t, i, rule) && !q.g.IsConstant(t) {
				q.fromRange(t)
			}
		}
		for _, t := range op.Outputs {
			if !q.g.IsFloat(t) {
				continue
			}
			written[t] = rule
			switch {
			case rule.fixed && q.config.Activations == 16:
				q.params[t] = rule.fixed16
			case rule.fixed:
				q.params[t] = rule.fixed8
			case rule.same:
				q.params[t] = q.first(op, rule)
			default:
				q.fromRange(t)
				if rule.adopt {
					q.coverConstants(op, t)
				}
			}
		}
		if rule.adopt && !q.config.NoAdoption {
			q.adopt(op, written)
		}
	}
}

// isActivation reports whether input i of a node is a float that gets parameters of its own.
func (q *integerizer) isActivation(t int32, i int, rule integerRule) bool {
	return q.g.IsFloat(t) && (rule.role(i) == activation || rule.role(i) == weights && !q.g.IsConstant(t))
}

// fromRange gives tensor t the parameters of its calibrated range, unless it has some.
func (q *integerizer) fromRange(t int32) {
	if _, ok := q.params[t]; ok {
		return
	}
	r, _ := q.ranges(t) // eligible has seen to it
	q.params[t] = activationParams(r.Min, r.Max, q.config.Activations)
}

// first returns the parameters that the outputs of a node which only moves values take over.
func (q *integerizer) first(op *tflite.OperatorT, rule integerRule) affine {
	t := op.Inputs[min(rule.first, len(op.Inputs)-1)]
	if q.g.IsConstant(t) {
		return q.constantParams(t)
	}
	return q.params[t]
}

// coverConstants widens the range of output t so that constant inputs fit: PADV2 may pad with more than what was seen.
// Masks of minus infinity or the like, far outside, saturate instead.
func (q *integerizer) coverConstants(op *tflite.OperatorT, t int32) {
	r, _ := q.ranges(t)
	lo, hi := float64(min(r.Min, 0)), float64(max(r.Max, 0))
	l, h := lo, hi
	for _, in := range op.Inputs {
		if !q.g.IsFloat(in) || !q.g.IsConstant(in) {
			continue
		}
		cl, ch := q.constantRange(in)
		l, h = math.Min(l, cl), math.Max(h, ch)
	}
	if h-l <= 2*(hi-lo) {
		q.params[t] = activationParams(float32(l), float32(h), q.config.Activations)
	}
}

// adopt lets inputs that only this node reads, and whose writer does not care, take the output's parameters, so that no
// requantization is needed.
func (q *integerizer) adopt(op *tflite.OperatorT, written map[int32]integerRule) {
	out := q.params[op.Outputs[0]]
	for i, t := range op.Inputs {
		rule, ok := written[t]
		if !ok || rule.fixed || rule.same || rule.adopt || !q.isActivation(t, i, q.nodes[op]) || q.g.IsOutput(t) {
			continue
		}
		alone := true
		for _, u := range q.uses[t] {
			alone = alone && u.Op == op
		}
		// A much wider output would cost the input bits that a requantization keeps.
		if in := q.params[t]; alone && out.scale <= 2*in.scale {
			q.params[t] = out
		}
	}
}

// constantRange returns the extremes of a constant's finite values and 0.
func (q *integerizer) constantRange(t int32) (lo, hi float64) {
	values, err := q.g.Floats(t)
	if err != nil {
		return 0, 0 // emit meets the same error and returns it
	}
	for _, v := range values {
		if x := float64(v); !math.IsNaN(x) && !math.IsInf(x, 0) {
			lo, hi = math.Min(lo, x), math.Max(hi, x)
		}
	}
	return lo, hi
}

// constantParams are the parameters of a constant in the place of an activation.
func (q *integerizer) constantParams(t int32) affine {
	lo, hi := q.constantRange(t)
	return activationParams(float32(lo), float32(hi), q.config.Activations)
}
