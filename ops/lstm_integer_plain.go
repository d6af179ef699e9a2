package ops

import (
	"fmt"

	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// plainIntegerLSTM evaluates the common integer LSTM by a kernel of its own: constant weights, four gates, and neither
// peepholes, projection nor layer norm.
type plainIntegerLSTM struct {
	*integerLSTM
	steps      *q.LSTM
	packed     []int8
	x, outputs *tensor.Tensor // padded: input where it needs that, output state and next one
	cells16    *tensor.Tensor // padded cell state
}

// preparePlain returns nil where the cell is another one, or where there is no kernel.
func (l *integerLSTM) preparePlain() (*plainIntegerLSTM, error) {
	if l.coupled || l.peepholed || l.projected || l.normed {
		return nil, nil
	}
	// In one piece: a string that grows is an object of a new size each time, which takes memory of its own.
	identity := fmt.Appendf(make([]byte, 0, 512), "integer lstm %d %d", l.zeroIn, l.zeroOut)
	for g := range gates {
		for _, i := range []int{l.weights[g], l.recurrent[g], l.bias[g]} {
			if !l.IsConst(i) {
				return nil, nil
			}
			identity = fmt.Appendf(identity, " %p", l.Input(i).Bytes())
		}
	}
	s := &q.LSTM{
		Depth: l.depth, Units: l.units, Hidden: l.hidden, ZeroIn: l.zeroIn, ZeroOut: l.zeroOut, CellBits: l.cellBits, Limit: l.cellLimit,
	}
	for g := range gates {
		s.In[g], s.Recurrent[g] = l.gate[g].in, l.gate[g].recurrent
	}
	if !s.Available() {
		return nil, nil
	}
	s.Prepare()
	if err := l.Claim(int64(s.Packed()), 1); err != nil {
		return nil, err
	}
	p := &plainIntegerLSTM{integerLSTM: l, steps: s}
	var err error
	if s.PaddedInput() != l.depth {
		if p.x, err = l.Scratch(tensor.Int8, s.PaddedInput()); err != nil {
			return nil, err
		}
	}
	if p.outputs, err = l.Scratch(tensor.Int8, 2, s.Padded()); err != nil {
		return nil, err
	}
	if p.cells16, err = l.Scratch(tensor.Int16, s.Padded()); err != nil {
		return nil, err
	}
	p.packed = PackOnce(l.Node, l.recurrent[gateOutput], string(identity), func() []int8 {
		var w, r [gates][]int8
		var bias [gates][]int32
		for g := range gates {
			w[g] = tensor.Data[int8](l.Input(l.weights[g]))
			r[g] = tensor.Data[int8](l.Input(l.recurrent[g]))
			bias[g] = tensor.Data[int32](l.Input(l.bias[g]))
		}
		dst := tensor.Zeros[int8](s.Packed())
		s.Pack(dst, &w, &r, &bias)
		return dst
	})
	return p, nil
}

// run takes all steps, one batch after the other.
func (p *plainIntegerLSTM) run(in, out []int8) {
	units, depth, order := p.units, p.depth, p.order
	outputs, n := tensor.Data[int8](p.outputs), p.steps.Padded()
	hidden, cellStates, c := p.state.values(), tensor.Data[int16](p.Inputs[p.cell]), tensor.Data[int16](p.cells16)
	padded := optionalData[int8](p.x)
	for b := range order.batch {
		clear(outputs)
		clear(c)
		h, next := outputs[:n], outputs[n:]
		copy(h, hidden[b*units:(b+1)*units])
		copy(c, cellStates[b*units:(b+1)*units])
		for t := range order.steps {
			row := b*order.steps + order.step(t)
			if order.timeMajor {
				row = order.step(t)*order.batch + b
			}
			x := in[row*depth : (row+1)*depth]
			if padded != nil {
				copy(padded, x)
				x = padded
			}
			p.steps.Step(p.packed, x, h, c, next)
			copy(out[row*units:(row+1)*units], next)
			h, next = next, h
		}
		copy(hidden[b*units:(b+1)*units], h)
		copy(cellStates[b*units:(b+1)*units], c)
	}
}
