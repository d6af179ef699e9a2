package compress

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/calibrate"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// Interface is the element type of an integer model's inputs and outputs.
type Interface string

// The interfaces. The empty one is FloatInterface.
const (
	FloatInterface Interface = "float" // QUANTIZE at the head, DEQUANTIZE at the tail
	Int8Interface  Interface = "int8"
	Uint8Interface Interface = "uint8"
	Int16Interface Interface = "int16" // with 16-bit activations only
)

// IntegerConfig changes how Integer quantizes.
type IntegerConfig struct {
	Activations  int              // bits of activations: 8 (the default) or 16; weights have 8
	Interface    Interface        // of the inputs and outputs that are float
	Method       calibrate.Method // how ranges are chosen; by default MinMax below 64 samples, else Percentile
	Calibration  calibrate.Config
	Clip         Clip           // how scales of weights are chosen
	Grids        Grids          // scales of weights that are chosen already
	PerChannelFC bool           // per-channel weights of FULLY_CONNECTED, which runtimes before 2024 refuse
	Match        *regexp.Regexp // only nodes whose first output's name matches; nil for all
	Keep         *regexp.Regexp // nodes whose first output's name matches stay float
	Entropy      float64        // as that of DynamicConfig

	// NoAdoption gives every input of CONCATENATION and its like parameters of its own, at the price of a QUANTIZE in front
	// of the operator. Otherwise an input that only this operator reads takes those of the output.
	NoAdoption bool

	nodes nodeFilter
}

// Integer quantizes weights, biases and activations of a float model after training: int8 with per-channel weights
// (TFLite's 8-bit scheme), or int16 activations with int8 weights. Ranges of activations come from running the model on
// samples; without a set, the file itself must state them, as those of calibration tools do. What has no integer kernel stays float,
// between DEQUANTIZE and QUANTIZE; the report names it. Of recurrent operators that have kernels for int8 weights only, RNN and the
// bidirectional ones, and of those that the integer kernels refuse, the weights are stored as Dynamic does.
//
// Subgraphs that others call (bodies of WHILE and IF) keep float borders, which their callers fix. Within them layers with weights are
// integer, and what computes with nothing but their results; other nodes stay float, since what a loop carries, counters above all,
// must not be rounded in every round. Weights that stay float there for want of a kernel or a range are stored as Dynamic does.
func Integer(ctx context.Context, f *schema.File, set *dataset.Set, c IntegerConfig) (*schema.File, *Report, error) {
	if c.Activations == 0 {
		c.Activations = 8
	}
	if c.Interface == "" {
		c.Interface = FloatInterface
	}
	switch {
	case c.Activations != 8 && c.Activations != 16:
		return nil, nil, fmt.Errorf("integer: activations of %d bits, want 8 or 16: %w", c.Activations, ops.ErrValue)
	case c.Clip != "" && c.Clip != ClipNothing && c.Clip != ClipMSE:
		return nil, nil, fmt.Errorf("integer: clip %q: %w", c.Clip, ops.ErrValue)
	case c.Activations == 8 && !slices.Contains([]Interface{FloatInterface, Int8Interface, Uint8Interface}, c.Interface),
		c.Activations == 16 && !slices.Contains([]Interface{FloatInterface, Int16Interface}, c.Interface):
		return nil, nil, fmt.Errorf("integer: interface %q with activations of %d bits: %w", c.Interface, c.Activations, ops.ErrValue)
	}
	if err := checkEntropy(c.Entropy); err != nil {
		return nil, nil, fmt.Errorf("integer: %w", err)
	}
	if set == nil {
		stats, err := calibrate.Declared(f)
		if err != nil {
			return nil, nil, fmt.Errorf("integer: %w", err)
		}
		return integerFrom(f, stats, c)
	}
	stats, err := calibrate.Run(ctx, f, set, c.Calibration)
	if err != nil {
		return nil, nil, fmt.Errorf("integer: %w", err)
	}
	// Outliers are rare by definition: of few samples, all values count.
	const enough = 64
	if c.Method == "" && set.Len >= enough && !c.Calibration.RangesOnly {
		c.Method = calibrate.Percentile
	}
	return integerFrom(f, stats, c)
}

// integerFrom is Integer with the statistics at hand.
func integerFrom(f *schema.File, stats *calibrate.Stats, c IntegerConfig) (*schema.File, *Report, error) {
	name := "int8"
	if c.Activations == 16 {
		name = "int16x8"
	}
	return transform(f, name, func(m *edit.Model, r *Report) error {
		r.Warnings = append(r.Warnings, stats.Warnings()...)
		called := calledGraphs(m)
		for _, g := range m.Graphs() {
			c := c
			if called[g.Index] {
				c.Interface = FloatInterface
			}
			q := newIntegerizer(m, g, stats, c, r)
			q.called = called[g.Index]
			if err := q.run(); err != nil {
				return err
			}
			if err := q.storeOthers(); err != nil {
				return err
			}
		}
		return nil
	})
}

// calledGraphs marks the subgraphs that nodes call.
func calledGraphs(m *edit.Model) []bool {
	called := make([]bool, len(m.Subgraphs))
	for _, g := range m.Graphs() {
		for _, op := range g.Operators {
			for _, c := range schema.Calls(op) {
				if int(c.Subgraph) < len(called) {
					called[c.Subgraph] = true
				}
			}
		}
	}
	return called
}

// integerizer quantizes one subgraph.
type integerizer struct {
	config IntegerConfig
	m      *edit.Model
	g      *edit.Graph
	r      *Report
	stats  *calibrate.Stats
	ranges func(t int32) (calibrate.Range, bool)
	called bool // the subgraph is one that nodes of others call

	rules  map[tflite.BuiltinOperator]integerRule
	nodes  map[*tflite.OperatorT]integerRule // that become integer
	params map[int32]affine                  // of the integer form of float tensors
	uses   [][]edit.Use                      // before any change

	integer map[int32]int32       // float tensor to its integer form: another tensor, or itself
	float   map[int32]int32       // integer model input or output to the float form that float nodes see
	consts  map[constKey]int32    // quantized constants
	moved   map[requantized]int32 // integer tensors with other parameters than their own
}

type constKey struct {
	tensor int32
	kind   string
	scale  float32
	zero   int64
}

type requantized struct {
	tensor int32
	to     affine
}

func newIntegerizer(m *edit.Model, g *edit.Graph, stats *calibrate.Stats, c IntegerConfig, r *Report) *integerizer {
	return &integerizer{
		config: c, m: m, g: g, r: r, rules: integerRules(), stats: stats,
		ranges: func(t int32) (calibrate.Range, bool) { return stats.Range(g.Index, int(t), c.Method) },
		nodes:  map[*tflite.OperatorT]integerRule{}, params: map[int32]affine{}, integer: map[int32]int32{},
		float: map[int32]int32{}, consts: map[constKey]int32{}, moved: map[requantized]int32{},
	}
}

func (q *integerizer) run() error {
	if err := q.widenConstants(); err != nil {
		return err
	}
	q.uses = q.g.Uses()
	for i, op := range q.g.Operators {
		if rule, ok := q.eligible(i, op); ok {
			q.nodes[op] = rule
		}
	}
	if len(q.nodes) == 0 {
		if !q.called {
			q.r.warn("subgraph %d: no node becomes integer", q.g.Index)
		}
		return nil
	}
	q.choose()
	return q.emit()
}

// eligible reports whether a node can become integer, and notes why not where a user would wonder.
func (q *integerizer) eligible(i int, op *tflite.OperatorT) (integerRule, bool) {
	place := fmt.Sprintf("node %d %s", i, q.m.Name(op))
	if !q.touchesFloat(op) || q.config.nodes != nil && !q.config.nodes(q.g, op) {
		return integerRule{}, false
	}
	rule, ok := q.rules[q.m.Code(op)]
	switch {
	case !ok:
		why := refuseRecurrent(q.g, op)
		if why == "" {
			why = "no integer kernel"
		}
		q.r.skip(q.g.Index, place, "%s", why)
		return rule, false
	case rule.only8 && q.config.Activations == 16:
		q.r.skip(q.g.Index, place, "no kernel with int16 activations")
		return rule, false
	case q.config.Match != nil && !q.config.Match.MatchString(q.nameOf(op)), q.config.Keep != nil && q.config.Keep.MatchString(q.nameOf(op)):
		q.r.skip(q.g.Index, place, "not selected")
		return rule, false
	}
	if why := q.refuse(op, rule); why != "" {
		q.r.skip(q.g.Index, place, "%s", why)
		return rule, false
	}
	if q.called && !q.fromLayers(op, rule) {
		q.r.skip(q.g.Index, place, "in a subgraph that others call, and reads more than results of integer layers")
		return rule, false
	}
	return rule, true
}

func (q *integerizer) nameOf(op *tflite.OperatorT) string {
	if len(op.Outputs) == 0 || op.Outputs[0] < 0 {
		return ""
	}
	return q.g.Tensors[op.Outputs[0]].Name
}

func (q *integerizer) touchesFloat(op *tflite.OperatorT) bool {
	return slices.ContainsFunc(op.Inputs, q.g.IsFloat) || slices.ContainsFunc(op.Outputs, q.g.IsFloat)
}

// refuse says why a node must stay float, "" if it need not.
func (q *integerizer) refuse(op *tflite.OperatorT, rule integerRule) string {
	if rule.recurrent {
		return q.refuseRecurrent(op)
	}
	for i, t := range op.Inputs {
		if !q.g.IsFloat(t) {
			if t >= 0 && rule.role(i) == weights {
				return "its weights are not float"
			}
			continue
		}
		x := q.g.Tensors[t]
		switch {
		case x.Sparsity != nil:
			return fmt.Sprintf("%q is sparse", x.Name)
		case x.IsVariable:
			return fmt.Sprintf("%q is a variable", x.Name)
		case rule.role(i) == bias && !q.g.IsConstant(t):
			return fmt.Sprintf("bias %q is computed", x.Name)
		case rule.role(i) == weights && !q.g.IsConstant(t) && !computedWeights(q.m.Code(op)):
			return fmt.Sprintf("weights %q are computed", x.Name)
		case !q.g.IsConstant(t):
			if _, ok := q.ranges(t); !ok {
				return fmt.Sprintf("no range of %q: it was never computed", x.Name)
			}
		}
	}
	for _, t := range op.Outputs {
		if q.g.IsFloat(t) && !rule.fixed {
			if _, ok := q.ranges(t); !ok {
				return fmt.Sprintf("no range of %q: it was never computed", q.g.Tensors[t].Name)
			}
		}
	}
	return ""
}

// activationParams are the parameters for a range: int8 asymmetric over all 256 values, int16 symmetric. Zero is always in
// the range, and a range of nothing but zero gets a scale that can be divided by.
func activationParams(lo, hi float32, bits int) affine {
	l, h := math.Min(float64(lo), 0), math.Max(float64(hi), 0)
	if bits == 16 {
		return affine{positive(math.Max(-l, h) / 32767), 0}
	}
	scale := positive((h - l) / 255)
	zero := int64(math.Round(-128 - l/float64(scale)))
	return affine{scale, min(max(zero, -128), 127)}
}

// positive returns a scale as float32 that is neither zero nor subnormal: kernels divide by it.
func positive(scale float64) float32 {
	const smallest = 0x1p-126
	if scale < smallest {
		if scale == 0 {
			return 1
		}
		return smallest
	}
	return float32(min(scale, math.MaxFloat32))
}
