package ops

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// integerLSTM evaluates an LSTM cell with int8 rows and an int16 cell state (8x8_16). The sums of the gates are int16 with 3
// integer bits, which 4 of 5 intermediate tensors may scale otherwise before a layer norm; the fifth intermediate is the
// hidden row that a projection multiplies. The cell state has a scale of 2^-15 to 2^-9. See floatLSTM for the formula;
// the activation is always TANH.
type integerLSTM struct {
	*lstmCell
	gate        [gates]integerGate
	scaleIn     float32
	scaleOut    float32
	zeroIn      int32
	zeroOut     int32
	cellBits    int // integer bits of the cell state
	hidden      q.Factor
	hiddenZero  int32
	project     q.Factor
	cellLimit   int16
	outputLimit int8
	projSums    func() []int32

	z, accs, biases, hiddenRow, projBias *tensor.Tensor
	state                                *int8State
	visit                                func(row, batch, rows int)
	plain                                *plainIntegerLSTM // does it all where it is not nil

	in, out, h []int8 // of this evaluation
}

// integerGate is what one gate needs besides its tensors.
type integerGate struct {
	in, recurrent, peephole, norm q.Factor
	guard                         int32 // variance of the layer norm where it would be 0
	inSums, recurrentSums         func() []int32
}

// int8State views the output state as int8: converters make it INT8, or INT16 of which only the first bytes are used.
type int8State struct {
	t    *tensor.Tensor
	view tensor.Tensor
}

func newInt8State(t *tensor.Tensor) *int8State {
	return &int8State{t: t, view: tensor.Tensor{Type: tensor.Int8, Shape: t.Shape.Clone()}}
}

func (s *int8State) values() []int8 {
	s.view.SetBytes(s.t.Bytes()[:s.view.Elements()])
	return tensor.Data[int8](&s.view)
}

func (c *lstmCell) prepareInteger() (*integerLSTM, error) {
	l := &integerLSTM{lstmCell: c}
	if err := c.checkIntegerTypes(); err != nil {
		return nil, err
	}
	if len(c.Intermediates) != 5 {
		return nil, invalidf("got %d intermediate tensors, want 5", len(c.Intermediates))
	}
	if err := l.scales(); err != nil {
		return nil, err
	}
	for g := range gates {
		if g == gateInput && c.coupled {
			continue
		}
		if err := l.prepareGate(g); err != nil {
			return nil, fmt.Errorf("%s gate: %w", gateNames[g], err)
		}
	}
	if err := l.prepareOutput(); err != nil {
		return nil, err
	}
	l.state = newInt8State(c.Input(c.output))
	var err error
	if l.plain, err = l.preparePlain(); l.plain != nil || err != nil {
		return l, err
	}
	for g := range gates {
		if g == gateInput && c.coupled {
			continue
		}
		if err := l.prepareSums(g); err != nil {
			return nil, fmt.Errorf("%s gate: %w", gateNames[g], err)
		}
	}
	rows := c.order.atOnce()
	if l.z, err = c.Scratch(tensor.Int16, gates, rows, c.cells); err != nil {
		return nil, err
	}
	if l.accs, err = c.Scratch(tensor.Int32, rows, c.cells); err != nil {
		return nil, err
	}
	if l.biases, err = c.Scratch(tensor.Int32, gates, 2, c.cells); err != nil {
		return nil, err
	}
	if l.hiddenRow, err = c.Scratch(tensor.Int8, rows, c.cells); err != nil {
		return nil, err
	}
	l.projBias, err = c.Scratch(tensor.Int32, c.units)
	l.visit = l.step
	return l, err
}

// checkIntegerTypes verifies the element types that both integer variants want.
func (c *lstmCell) checkIntegerTypes() error {
	type group struct {
		what   string
		want   tensor.Type
		inputs []int
	}
	for _, g := range []group{
		{"weights", tensor.Int8, c.weights[:]}, {"recurrent weights", tensor.Int8, c.recurrent[:]},
		{"projection weights", tensor.Int8, []int{c.projection}},
		{"peephole weights", tensor.Int16, c.peephole[:]}, {"layer norm coefficients", tensor.Int16, c.norm[:]},
		{"bias", tensor.Int32, c.bias[:]}, {"projection bias", tensor.Int32, []int{c.projectionBias}},
	} {
		for _, i := range g.inputs {
			if t := c.at(i); t != nil && (t.Type != g.want || t.Sparsity != nil) {
				return unsupportedf("input %d: %s: type %s, want dense %s", i, g.what, t.Type, g.want)
			}
		}
	}
	for g, diagonal := range c.diagonals {
		if diagonal {
			return unsupportedf("%s gate: diagonal recurrent weights with INT8", gateNames[g])
		}
	}
	if err := wantState(c.Node, c.output, "output state", c.order.batch, c.units, tensor.Int8, tensor.Int16); err != nil {
		return err
	}
	return wantState(c.Node, c.cell, "cell state", c.order.batch, c.cells, tensor.Int16)
}

func (l *integerLSTM) scales() (err error) {
	if l.scaleIn, l.zeroIn, err = perTensor(l.Input(0), "input"); err != nil {
		return err
	}
	if l.scaleOut, l.zeroOut, err = perTensor(l.Input(l.output), "output state"); err != nil {
		return err
	}
	if l.zeroOut < math.MinInt8 || l.zeroOut > math.MaxInt8 {
		return invalidf("output state: zero point %d outside INT8", l.zeroOut)
	}
	cell, err := storedScale(l.Input(l.cell), "cell state")
	if err != nil {
		return err
	}
	exponent, exact := fixedpoint.Log2(cell)
	if !exact || exponent > -9 || exponent < -15 {
		return unsupportedf("cell state: scale %v, want a power of two of 2^-15 to 2^-9", cell)
	}
	l.cellBits = 15 + exponent
	if l.cellClip > 0 {
		l.cellLimit = int16(min(l.cellClip/cell, math.MaxInt16))
	}
	return nil
}

func (l *integerLSTM) prepareGate(g int) (err error) {
	k := &l.gate[g]
	sum := float32(1.0 / 4096)
	if l.normed {
		t := l.Intermediates[g]
		if t == nil {
			return invalidf("intermediate tensor %d: absent", g)
		}
		if sum, err = storedScale(t, "intermediate tensor"); err != nil {
			return err
		}
		coefficient, err := storedScale(l.at(l.norm[g]), "layer norm coefficients")
		if err != nil {
			return err
		}
		k.norm = q.NewFactor(float64(coefficient))
		k.guard = max(1, fixedpoint.RoundToInt32(float32(math.Trunc(float64(10000*coefficient)))))
	}
	w, err := storedScale(l.at(l.weights[g]), "weights")
	if err != nil {
		return err
	}
	r, err := storedScale(l.at(l.recurrent[g]), "recurrent weights")
	if err != nil {
		return err
	}
	k.in = q.NewFactor(float64(float32(w*l.scaleIn) / sum))
	k.recurrent = q.NewFactor(float64(float32(r*l.scaleOut) / sum))
	if l.peepholed && g != gateCell {
		p, err := storedScale(l.at(l.peephole[g]), "peephole weights")
		if err != nil {
			return err
		}
		k.peephole = q.NewFactor(float64(float32(math.Ldexp(float64(p), l.cellBits-15) / float64(sum))))
	}
	return nil
}

// prepareSums makes the sums of the rows of weights ready, for a gate that no kernel of its own computes.
func (l *integerLSTM) prepareSums(g int) (err error) {
	k := &l.gate[g]
	if k.inSums, err = l.sums(l.weights[g], l.cells, l.depth); err != nil {
		return err
	}
	k.recurrentSums, err = l.sums(l.recurrent[g], l.cells, l.units)
	return err
}

func (c *lstmCell) sums(i, rows, cols int) (func() []int32, error) {
	t := c.Input(i)
	return rowSums(c.Node, i, rows, cols, func() []int8 { return tensor.Data[int8](t) })
}

func (l *integerLSTM) prepareOutput() (err error) {
	scale, zero := l.scaleOut, l.zeroOut
	if l.projected {
		t := l.Intermediates[4]
		if t == nil {
			return invalidf("intermediate tensor 4: absent")
		}
		if scale, zero, err = perTensor(t, "hidden intermediate tensor"); err != nil {
			return err
		}
		p, err := storedScale(l.at(l.projection), "projection weights")
		if err != nil {
			return err
		}
		l.project = q.NewFactor(float64(float32(p*scale) / l.scaleOut))
		if l.projSums, err = l.sums(l.projection, l.units, l.cells); err != nil {
			return err
		}
	}
	l.hiddenZero = zero
	l.hidden = q.NewFactor(float64(float32(math.Ldexp(1, -30) / float64(scale))))
	if l.projClip > 0 {
		l.outputLimit = int8(min(l.projClip/l.scaleOut, math.MaxInt8))
	}
	return nil
}

// run takes all steps.
func (l *integerLSTM) run(in, out []int8) {
	if l.plain != nil {
		l.plain.run(in, out)
		return
	}
	l.in, l.out, l.h = in, out, l.state.values()
	for g := range gates {
		if g == gateInput && l.coupled {
			continue
		}
		k := &l.gate[g]
		var bias []int32
		if !l.normed {
			bias = tensor.Data[int32](l.Inputs[l.bias[g]])
		}
		q.EffectiveBias(l.effective(g, 0), bias, k.inSums(), -l.zeroIn)
		q.EffectiveBias(l.effective(g, 1), nil, k.recurrentSums(), -l.zeroOut)
	}
	if l.projected {
		var bias []int32
		if t := l.at(l.projectionBias); t != nil {
			bias = tensor.Data[int32](t)
		}
		q.EffectiveBias(tensor.Data[int32](l.projBias), bias, l.projSums(), -l.hiddenZero)
	}
	l.order.each(l.visit)
}

// effective is the bias of the product with the input (0) or the output state (1).
func (l *integerLSTM) effective(g, which int) []int32 {
	at := (2*g + which) * l.cells
	return tensor.Data[int32](l.biases)[at : at+l.cells]
}

func (l *integerLSTM) step(row, batch, rows int) {
	cells, units := l.cells, l.units
	h := l.h[batch*units : (batch+rows)*units]
	c := tensor.Data[int16](l.Inputs[l.cell])[batch*cells : (batch+rows)*cells]
	x := l.in[row*l.depth : (row+rows)*l.depth]

	var in []int16
	if !l.coupled {
		in = l.gateSums(gateInput, x, h, c, rows)
		q.LogisticGate(in, 3)
	}
	forget := l.gateSums(gateForget, x, h, c, rows)
	q.LogisticGate(forget, 3)
	update := l.gateSums(gateCell, x, h, c, rows)
	q.TanhGate(update, update, 3)
	q.UpdateCell(c, forget, in, update, 15+l.cellBits, l.cellLimit)
	out := l.gateSums(gateOutput, x, h, c, rows)
	q.LogisticGate(out, 3)

	q.TanhGate(update, c, l.cellBits)
	if l.projected {
		hidden := tensor.Data[int8](l.hiddenRow)
		q.Hide(hidden[:rows*cells], out, update, l.hidden, l.hiddenZero)
		w, bias := tensor.Data[int8](l.Inputs[l.projection]), tensor.Data[int32](l.projBias)
		for r := range rows {
			q.Project(h[r*units:(r+1)*units], w, hidden[r*cells:(r+1)*cells], bias, l.project, l.zeroOut)
		}
		q.ClipInt8(h, l.outputLimit)
	} else {
		q.Hide(h, out, update, l.hidden, l.hiddenZero)
	}
	copy(l.out[row*units:], h)
}

// gateSums returns what a gate's activation is applied to.
func (l *integerLSTM) gateSums(g int, x, h []int8, c []int16, rows int) []int16 {
	cells, k := l.cells, &l.gate[g]
	z := tensor.Data[int16](l.z)[g*rows*cells : (g+1)*rows*cells]
	clear(z)
	w, r := tensor.Data[int8](l.Inputs[l.weights[g]]), tensor.Data[int8](l.Inputs[l.recurrent[g]])
	acc := tensor.Data[int32](l.accs)
	q.AccumulateGate(z, acc, w, x, rows, cells, l.depth, l.effective(g, 0), k.in)
	q.AccumulateGate(z, acc, r, h, rows, cells, l.units, l.effective(g, 1), k.recurrent)
	if l.peepholed && g != gateCell {
		// The reference takes the rows to be as long as the output here, whose length differs with a projection.
		p, n := tensor.Data[int16](l.Inputs[l.peephole[g]]), min(l.units, cells)
		for i := range rows {
			q.AccumulatePeephole(z[i*n:(i+1)*n], p[:n], c[i*n:(i+1)*n], k.peephole)
		}
	}
	if l.normed {
		coefficients, bias := tensor.Data[int16](l.Inputs[l.norm[g]]), tensor.Data[int32](l.Inputs[l.bias[g]])
		for i := range rows {
			q.NormalizeGate(z[i*cells:(i+1)*cells], coefficients, bias, k.norm, k.guard)
		}
	}
	return z
}
