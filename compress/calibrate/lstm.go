package calibrate

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// The gates of an LSTM in the order of the operator's inputs, and what else is observed inside of one.
const (
	gateInput = iota
	gateForget
	gateCell
	gateOutput
	gates

	insideHidden = gates     // what a projection multiplies
	insideCount  = gates + 1 // the intermediate tensors of an integer LSTM
)

// lstm is an LSTM node whose inside is observed: a node shows its output only, so the cell is computed once more here, from the
// same input, in float32:
//
//	z_g = W_g x + R_g h + b_g (+ P_g c), with layer norm z_g = L_g norm(W_g x + R_g h + P_g c) + b_g
//	c = clip(sigmoid(z_f) c + sigmoid(z_i) act(z_c)); coupled gates: 1 - sigmoid(z_f) for sigmoid(z_i)
//	hidden = sigmoid(z_o) act(c), where P_o looks at the new c; h = hidden or clip(projection of it)
type lstm struct {
	name                   string
	input, output          int32 // tensors
	outputState, cellState int32
	inside                 int // first slot of the intermediates

	w, r, p, b, n              [gates][]float32 // nil where absent
	projection, projectionBias []float32
	depth, cells, units        int
	timeMajor, sequence        bool
	cellClip, projClip         float32
	activation                 tflite.ActivationFunctionType
}

// lstmState is what a cell keeps from step to step.
type lstmState struct{ h, c []float32 }

// lstmBuffers are the values of one step that are observed.
type lstmBuffers struct {
	z      [gates][]float32 // before layer norm and activation
	gate   [gates][]float32
	hidden []float32
}

// findCells reads the LSTM nodes of the model. Those whose weights are not constants, or that are not of the full kernel, have no
// integer form and are left out.
func (p *plan) findCells() error {
	for _, g := range p.graphs {
		for i, op := range g.Operators {
			code := g.Model.Code(op)
			if code != tflite.BuiltinOperatorLSTM && code != tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM ||
				len(op.Inputs) < 20 || len(op.Outputs) < 1 || !g.IsFloat(op.Inputs[0]) || !g.IsFloat(op.Outputs[0]) ||
				min(op.Inputs[4], op.Inputs[8], op.Inputs[18], op.Inputs[19]) < 0 {
				continue
			}
			l, err := newLSTM(g, op)
			if err != nil {
				return fmt.Errorf("calibrate: node %d %s: %w", i, g.Model.Name(op), err)
			}
			if l == nil {
				continue
			}
			l.inside = p.slots
			p.slots += insideCount
			for k := range insideCount {
				p.names = append(p.names, fmt.Sprintf("%s (inside, %d)", l.name, k))
			}
			p.cells[place{g.Index, i}] = l
			p.keep[place{g.Index, int(l.input)}] = true
			// The state is the last row of the output; seeing it in the end would miss the rows before.
			p.sources[p.slot(g.Index, l.outputState)] = []int{p.slot(g.Index, l.output)}
		}
	}
	return nil
}

// newLSTM returns nil for a cell that is not observed.
func newLSTM(g *edit.Graph, op *tflite.OperatorT) (*lstm, error) {
	l := &lstm{
		name: g.Tensors[op.Outputs[0]].Name, input: op.Inputs[0], output: op.Outputs[0], outputState: op.Inputs[18], cellState: op.Inputs[19],
		activation: tflite.ActivationFunctionTypeTANH,
	}
	if o, ok := schema.Options[tflite.UnidirectionalSequenceLSTMOptionsT](op); ok {
		l.sequence, l.timeMajor, l.activation = true, o.TimeMajor, o.FusedActivationFunction
		l.cellClip, l.projClip = o.CellClip, o.ProjClip
	} else if o, ok := schema.Options[tflite.LSTMOptionsT](op); ok {
		l.activation, l.cellClip, l.projClip = o.FusedActivationFunction, o.CellClip, o.ProjClip
	}
	var failed error
	constant := func(input int) []float32 {
		if input >= len(op.Inputs) || op.Inputs[input] < 0 || failed != nil {
			return nil
		}
		v, err := ConstantFloats(g, op.Inputs[input])
		failed = err
		return v
	}
	for k := range gates {
		l.w[k], l.r[k], l.b[k], l.n[k] = constant(1+k), constant(5+k), constant(12+k), constant(20+k)
	}
	l.p[gateInput], l.p[gateForget], l.p[gateOutput] = constant(9), constant(10), constant(11)
	l.projection, l.projectionBias = constant(16), constant(17)
	shape, recurrent := g.Tensors[op.Inputs[4]].Shape, g.Tensors[op.Inputs[8]].Shape
	if failed != nil || len(shape) != 2 || len(recurrent) != 2 {
		return nil, nil
	}
	l.cells, l.depth, l.units = int(shape[0]), int(shape[1]), int(recurrent[1])
	if min(l.cells, l.depth, l.units) <= 0 {
		return nil, nil
	}
	return l, l.check()
}

// check verifies the number of elements of everything, so that steps need not.
func (l *lstm) check() error {
	want := func(what string, v []float32, n int, optional bool) error {
		if len(v) != n && !(optional && v == nil) {
			return fmt.Errorf("%s: got %d elements, want %d: %w", what, len(v), n, schema.ErrInvalidModel)
		}
		return nil
	}
	for k := range gates {
		if k == gateInput && l.coupled() {
			continue
		}
		for _, e := range []error{
			want("weights", l.w[k], l.cells*l.depth, false), want("recurrent weights", l.r[k], l.cells*l.units, false),
			want("bias", l.b[k], l.cells, false), want("peephole weights", l.p[k], l.cells, true),
			want("layer norm coefficients", l.n[k], l.cells, l.n[gateForget] == nil),
		} {
			if e != nil {
				return e
			}
		}
	}
	if l.projection == nil && l.units != l.cells {
		return fmt.Errorf("%d outputs of %d cells without a projection: %w", l.units, l.cells, schema.ErrInvalidModel)
	}
	if err := want("projection weights", l.projection, l.units*l.cells, true); err != nil {
		return err
	}
	return want("projection bias", l.projectionBias, l.units, true)
}

func (l *lstm) coupled() bool { return l.w[gateInput] == nil }

// ConstantFloats returns the values of a constant, or of a constant behind a DEQUANTIZE.
func ConstantFloats(g *edit.Graph, t int32) ([]float32, error) {
	if !g.IsConstant(t) {
		if op := g.Producer(t); op != nil && g.Model.Code(op) == tflite.BuiltinOperatorDEQUANTIZE && g.IsConstant(op.Inputs[0]) {
			return g.Floats(op.Inputs[0])
		}
		return nil, fmt.Errorf("%q is not a constant", g.Tensors[t].Name)
	}
	return g.Floats(t)
}

// lstm computes what a node has just computed, and observes what is inside.
func (o *observer) lstm(at place, l *lstm) {
	in, ok := o.kept[place{at.graph, int(l.input)}]
	if !ok || l.depth == 0 || len(in.values)%l.depth != 0 || len(in.shape) < 2 {
		o.missing[at] = true
		return
	}
	batch, steps := in.shape[0], 1
	if l.sequence && len(in.shape) == 3 {
		steps = in.shape[1]
		if l.timeMajor {
			batch, steps = steps, batch
		}
	}
	if batch*steps*l.depth != len(in.values) {
		o.missing[at] = true
		return
	}
	s := o.states[at]
	if len(s.c) != batch*l.cells {
		s = lstmState{make([]float32, batch*l.units), make([]float32, batch*l.cells)}
		o.states[at] = s
	}
	buffers := l.newBuffers()
	cellSlot := o.plan.slot(at.graph, l.cellState)
	for b := range batch {
		h, c := s.h[b*l.units:(b+1)*l.units], s.c[b*l.cells:(b+1)*l.cells]
		for t := range steps {
			row := b*steps + t
			if l.timeMajor {
				row = t*batch + b
			}
			l.step(buffers, in.values[row*l.depth:(row+1)*l.depth], h, c)
			o.see(cellSlot, c)
			for k := range gates {
				if k != gateInput || !l.coupled() {
					o.see(l.inside+k, buffers.z[k])
				}
			}
			o.see(l.inside+insideHidden, buffers.hidden)
		}
	}
}

func (l *lstm) newBuffers() *lstmBuffers {
	s := &lstmBuffers{hidden: make([]float32, l.cells)}
	for k := range gates {
		s.z[k], s.gate[k] = make([]float32, l.cells), make([]float32, l.cells)
	}
	return s
}

// step takes one step of one batch, and changes h and c.
func (l *lstm) step(s *lstmBuffers, x, h, c []float32) {
	for k := range gates {
		if k != gateOutput && (k != gateInput || !l.coupled()) {
			l.sum(s, k, x, h, c)
		}
	}
	for i := range c {
		f := sigmoid(s.gate[gateForget][i])
		in := 1 - f
		if !l.coupled() {
			in = sigmoid(s.gate[gateInput][i])
		}
		v := f*c[i] + in*l.activate(s.gate[gateCell][i])
		if l.cellClip > 0 {
			v = min(max(v, -l.cellClip), l.cellClip)
		}
		c[i] = v
	}
	l.sum(s, gateOutput, x, h, c)
	for i := range c {
		s.hidden[i] = sigmoid(s.gate[gateOutput][i]) * l.activate(c[i])
	}
	if l.projection == nil {
		copy(h, s.hidden)
		return
	}
	for u := range h {
		v := dot(l.projection[u*l.cells:(u+1)*l.cells], s.hidden)
		if l.projectionBias != nil {
			v += l.projectionBias[u]
		}
		if l.projClip > 0 {
			v = min(max(v, -l.projClip), l.projClip)
		}
		h[u] = v
	}
}

// sum computes what a gate's activation is applied to.
func (l *lstm) sum(s *lstmBuffers, k int, x, h, c []float32) {
	z, out := s.z[k], s.gate[k]
	normed := l.n[k] != nil
	for i := range z {
		z[i] = dot(l.w[k][i*l.depth:(i+1)*l.depth], x) + dot(l.r[k][i*l.units:(i+1)*l.units], h)
		if l.p[k] != nil {
			z[i] += l.p[k][i] * c[i]
		}
		if !normed {
			z[i] += l.b[k][i]
		}
	}
	copy(out, z)
	if !normed {
		return
	}
	var mean, variance float64
	for _, v := range z {
		mean += float64(v) / float64(len(z))
	}
	for _, v := range z {
		variance += (float64(v) - mean) * (float64(v) - mean) / float64(len(z))
	}
	const smallest = 1e-8 // in place of a variance of 0, as TFLite has it
	if variance == 0 {
		variance = smallest
	}
	for i, v := range z {
		out[i] = float32((float64(v)-mean)/math.Sqrt(variance))*l.n[k][i] + l.b[k][i]
	}
}

func (l *lstm) activate(v float32) float32 {
	switch l.activation {
	case tflite.ActivationFunctionTypeRELU:
		return max(v, 0)
	case tflite.ActivationFunctionTypeRELU6:
		return min(max(v, 0), 6)
	case tflite.ActivationFunctionTypeRELU_N1_TO_1:
		return min(max(v, -1), 1)
	case tflite.ActivationFunctionTypeNONE:
		return v
	}
	return float32(math.Tanh(float64(v)))
}

func sigmoid(v float32) float32 { return float32(1 / (1 + math.Exp(-float64(v)))) }

func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + (s2 + s3)
}
