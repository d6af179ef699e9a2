package ops

import (
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// plainHybridLSTM evaluates the common hybrid LSTM by a kernel of its own: constant dense weights of 8 bits, four gates, TANH, and
// neither peepholes, projection, layer norm nor an auxiliary input.
type plainHybridLSTM struct {
	*lstmCell
	steps            *hybrid.LSTM
	packed           []int8
	states           *tensor.Tensor // output state and cell state, padded
	bytes            *tensor.Tensor // quantized input and output state, padded
	scalesW, scalesR [gates]float32
}

// prepareHybridPlain returns nil where the cell is another one, or where there is no kernel.
func (c *lstmCell) prepareHybridPlain() (*plainHybridLSTM, error) {
	if c.coupled || c.peepholed || c.projected || c.normed || c.linked || c.activation != tflite.ActivationFunctionTypeTANH {
		return nil, nil
	}
	steps, ok := hybrid.NewLSTM(c.cells, c.depth, c.cellClip)
	if !ok {
		return nil, nil
	}
	p := &plainHybridLSTM{lstmCell: c, steps: steps}
	identity := ""
	var w, r [gates]func() []int8
	for g := range gates {
		if bias := c.Input(c.bias[g]); bias == nil || bias.Type != tensor.Float32 || !c.IsConst(c.bias[g]) || c.diagonals[g] {
			return nil, nil
		}
		for _, i := range []int{c.weights[g], c.recurrent[g], c.bias[g]} {
			t := c.Input(i)
			if i != c.bias[g] && (t.Type != tensor.Int8 && t.Type != tensor.Uint8 || t.Sparsity != nil) || !c.IsConst(i) {
				return nil, nil
			}
			identity += fmt.Sprintf(" %p", t.Bytes())
		}
		if err := p.prepareGate(g, &w, &r); err != nil {
			return nil, fmt.Errorf("%s gate: %w", gateNames[g], err)
		}
	}
	if err := wantState(c.Node, c.output, "output state", c.order.batch, c.units, tensor.Float32); err != nil {
		return nil, err
	}
	if err := wantState(c.Node, c.cell, "cell state", c.order.batch, c.cells, tensor.Float32); err != nil {
		return nil, err
	}
	if err := c.Claim(int64(steps.Packed()), 1); err != nil {
		return nil, err
	}
	var err error
	if p.states, err = c.Scratch(tensor.Float32, 2, steps.Padded()); err != nil {
		return nil, err
	}
	if p.bytes, err = c.Scratch(tensor.Int8, steps.PaddedInput()+steps.Padded()); err != nil {
		return nil, err
	}
	p.packed = PackOnce(c.Node, c.recurrent[gateOutput], "hybrid lstm"+identity, func() []int8 {
		var weights, recurrent [gates][]int8
		var sumsW, sumsR [gates][]int32
		var bias [gates][]float32
		for g := range gates {
			weights[g], recurrent[g], bias[g] = w[g](), r[g](), tensor.Data[float32](c.Input(c.bias[g]))
			sumsW[g], sumsR[g] = make([]int32, c.cells), make([]int32, c.cells)
			q.SumRows(sumsW[g], weights[g], c.depth)
			q.SumRows(sumsR[g], recurrent[g], c.units)
		}
		dst := tensor.Zeros[int8](steps.Packed())
		steps.Pack(dst, &weights, &recurrent, &sumsW, &sumsR, &bias)
		return dst
	})
	return p, nil
}

func (p *plainHybridLSTM) prepareGate(g int, w, r *[gates]func() []int8) (err error) {
	if p.scalesW[g], err = storedScale(p.Input(p.weights[g]), "weights"); err != nil {
		return err
	}
	if p.scalesR[g], err = storedScale(p.Input(p.recurrent[g]), "recurrent weights"); err != nil {
		return err
	}
	if w[g], err = int8Weights(p.Node, p.weights[g]); err != nil {
		return err
	}
	r[g], err = int8Weights(p.Node, p.recurrent[g])
	return err
}

// run takes all steps, one batch after the other. Rows of dst lie pitch apart.
func (p *plainHybridLSTM) run(in, dst []float32, pitch int) {
	cells, order := p.cells, p.order
	outputs, cellStates := tensor.Data[float32](p.Inputs[p.output]), tensor.Data[float32](p.Inputs[p.lstmCell.cell])
	states, n := tensor.Data[float32](p.states), p.steps.Padded()
	bytes, wide := tensor.Data[int8](p.bytes), p.steps.PaddedInput()
	clear(bytes)
	quantizedX, quantizedH := hybrid.LSTMRow{Values: bytes[:wide]}, hybrid.LSTMRow{Values: bytes[wide:]}
	for b := range order.batch {
		clear(states)
		h, c := states[:n], states[n:]
		copy(h, outputs[b*cells:(b+1)*cells])
		copy(c, cellStates[b*cells:(b+1)*cells])
		var before []float32
		for t := range order.steps {
			row := b*order.steps + order.step(t)
			if order.timeMajor {
				row = order.step(t)*order.batch + b
			}
			x := in[row*p.depth : (row+1)*p.depth]
			if before == nil || !slices.Equal(x, before) { // the decoder of a sequence has the same input in all steps
				p.quantize(&quantizedX, x, &p.scalesW)
			}
			before = x
			p.quantize(&quantizedH, h[:cells], &p.scalesR)
			p.steps.Step(p.packed, &quantizedX, &quantizedH, c, h)
			copy(dst[row*pitch:row*pitch+cells], h)
		}
		copy(outputs[b*cells:(b+1)*cells], h)
		copy(cellStates[b*cells:(b+1)*cells], c)
	}
}

// quantize makes row that of x, for products with weights of those scales. Products with zeros alone are -0, which leaves every
// sum as it is.
func (p *plainHybridLSTM) quantize(row *hybrid.LSTMRow, x []float32, scales *[gates]float32) {
	if hybrid.AllZero(x) {
		clear(row.Values)
		row.Zero = 0
		zero := float32(math.Copysign(0, -1))
		row.Scales = [gates]float32{zero, zero, zero, zero}
		return
	}
	var scale [1]float32
	var zero [1]int32
	hybrid.QuantizeRows(row.Values, x, 1, len(x), scale[:], zero[:], p.asymmetric)
	row.Zero = zero[0]
	for g, s := range scales {
		row.Scales[g] = float32(scale[0] * s)
	}
}
