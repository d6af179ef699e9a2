package ops

import (
	"fmt"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// plainLSTM evaluates the common float32 LSTM by a kernel of its own: constant weights, four gates, TANH, and neither peepholes,
// projection, layer norm nor an auxiliary input.
type plainLSTM struct {
	*lstmCell
	cell   *f32.LSTM
	packed []float32
	states *tensor.Tensor // output state, cell state, next output state, padded
}

// preparePlain returns nil where the cell is another one, or where there is no kernel.
func (c *lstmCell) preparePlain() (*plainLSTM, error) {
	if c.coupled || c.peepholed || c.projected || c.normed || c.linked || c.activation != tflite.ActivationFunctionTypeTANH {
		return nil, nil
	}
	identity := append(make([]byte, 0, 512), "lstm"...)
	for g := range gates {
		for _, i := range []int{c.weights[g], c.recurrent[g], c.bias[g]} {
			t := c.Input(i)
			if t.Type != tensor.Float32 || t.Sparsity != nil || !c.IsConst(i) || c.diagonals[g] {
				return nil, nil
			}
			identity = fmt.Appendf(identity, " %p", t.Bytes())
		}
	}
	cell, ok := f32.NewLSTM(c.cells, c.depth, c.cellClip)
	if !ok {
		return nil, nil
	}
	if err := wantState(c.Node, c.output, "output state", c.order.batch, c.units, tensor.Float32); err != nil {
		return nil, err
	}
	if err := wantState(c.Node, c.cell, "cell state", c.order.batch, c.cells, tensor.Float32); err != nil {
		return nil, err
	}
	if err := c.Claim(int64(cell.Packed()), 4); err != nil {
		return nil, err
	}
	p := &plainLSTM{lstmCell: c, cell: cell}
	var err error
	if p.states, err = c.Scratch(tensor.Float32, 3, cell.Padded()); err != nil {
		return nil, err
	}
	p.packed = PackOnce(c.Node, c.recurrent[gateOutput], string(identity), func() []float32 {
		var w, r, bias [gates][]float32
		for g := range gates {
			w[g] = tensor.Data[float32](c.Input(c.weights[g]))
			r[g] = tensor.Data[float32](c.Input(c.recurrent[g]))
			bias[g] = tensor.Data[float32](c.Input(c.bias[g]))
		}
		dst := tensor.Zeros[float32](cell.Packed())
		cell.Pack(dst, &w, &r, &bias)
		return dst
	})
	return p, nil
}

// run takes all steps, one batch after the other. Rows of dst lie pitch apart.
func (p *plainLSTM) run(in, dst []float32, pitch int) {
	cells, order := p.cells, p.order
	outputs, cellStates := tensor.Data[float32](p.Inputs[p.output]), tensor.Data[float32](p.Inputs[p.lstmCell.cell])
	states, n := tensor.Data[float32](p.states), p.cell.Padded()
	for b := range order.batch {
		clear(states)
		h, c, next := states[:n], states[n:2*n], states[2*n:]
		copy(h, outputs[b*cells:(b+1)*cells])
		copy(c, cellStates[b*cells:(b+1)*cells])
		for t := range order.steps {
			row := b*order.steps + order.step(t)
			if order.timeMajor {
				row = order.step(t)*order.batch + b
			}
			p.cell.Step(p.packed, in[row*p.depth:(row+1)*p.depth], h, c, next)
			copy(dst[row*pitch:row*pitch+cells], next)
			h, next = next, h
		}
		copy(outputs[b*cells:(b+1)*cells], h)
		copy(cellStates[b*cells:(b+1)*cells], c)
	}
}
