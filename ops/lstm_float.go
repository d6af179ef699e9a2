package ops

import (
	"fmt"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/tensor"
)

// floatLSTM evaluates an LSTM cell on FLOAT32 input; matrices with integer elements are hybrid ones. For one step:
//
//	z_g = W_g x + R_g h + A_g aux + bias_g              for each gate g: input, forget, cell, output
//	z_g += P_g * c                                      with peephole weights, not for the cell gate; the new c for output
//	z_g = normalize(z_g without bias) * L_g + bias_g    with layer norm
//	i, f, o = sigmoid(z); g = activation(z_cell)        coupled: i = 1 - f
//	c = clip(f*c + i*g)
//	h = o * activation(c), with a projection clip(W_p (o * activation(c)) + b_p)
type floatLSTM struct {
	*lstmCell
	activate func(x []float32)

	w, r, a         [gates]*matrix
	p, n            [gates]func() []float32
	proj            *matrix
	x, h, side, out *vectors // out: what the projection multiplies
	z               *tensor.Tensor
	visit           func(row, batch, rows int)
	plain           interface { // does it all where it is not nil
		run(in, dst []float32, pitch int)
	}

	// What belongs to this evaluation: rows of dst lie pitch apart.
	in, aux, dst     []float32
	pitch            int
	peepholes, norms [gates][]float32
	biases           [gates][]float32
	sums             [gates][]float32
}

func (c *lstmCell) prepareFloat() (*floatLSTM, error) {
	f := &floatLSTM{lstmCell: c}
	var err error
	if plain, err := c.preparePlain(); plain != nil || err != nil {
		f.plain = plain
		return f, err
	}
	if plain, err := c.prepareHybridPlain(); plain != nil || err != nil {
		f.plain = plain
		return f, err
	}
	if f.activate, err = recurrentActivation(c.activation); err != nil {
		return nil, err
	}
	for g := range gates {
		if err := f.prepareGate(g); err != nil {
			return nil, fmt.Errorf("%s gate: %w", gateNames[g], err)
		}
	}
	if c.projected {
		if f.proj, err = newMatrix(c.Node, c.projection, "projection weights", c.units, c.cells, c.order.atOnce(), c.asymmetric); err != nil {
			return nil, err
		}
		if c.at(c.projectionBias) != nil {
			if err := wantFloat(c.Node, c.projectionBias, "projection bias"); err != nil {
				return nil, err
			}
		}
	}
	if err := wantState(c.Node, c.output, "output state", c.order.batch, c.units, tensor.Float32); err != nil {
		return nil, err
	}
	if err := wantState(c.Node, c.cell, "cell state", c.order.batch, c.cells, tensor.Float32); err != nil {
		return nil, err
	}
	rows := c.order.atOnce()
	if f.x, err = newVectors(c.Node, rows, c.depth, anyHybrid(f.w[:]...), c.asymmetric); err != nil {
		return nil, err
	}
	if f.h, err = newVectors(c.Node, rows, c.units, anyHybrid(f.r[:]...), c.asymmetric); err != nil {
		return nil, err
	}
	if f.x.hybrid {
		f.h.sparseScales = f.x
	}
	if c.linked {
		if f.side, err = newVectors(c.Node, rows, c.auxDepth, anyHybrid(f.a[:]...), c.asymmetric); err != nil {
			return nil, err
		}
	}
	if c.projected {
		if f.out, err = newVectors(c.Node, rows, c.cells, f.proj.hybrid, c.asymmetric); err != nil {
			return nil, err
		}
	}
	f.visit = f.step
	f.z, err = c.Scratch(tensor.Float32, gates, rows, c.cells)
	return f, err
}

func (f *floatLSTM) prepareGate(g int) (err error) {
	c := f.lstmCell
	if g == gateInput && c.coupled {
		return nil
	}
	if f.w[g], err = newMatrix(c.Node, c.weights[g], "weights", c.cells, c.depth, c.order.atOnce(), c.asymmetric); err != nil {
		return err
	}
	if c.diagonals[g] {
		f.r[g], err = newDiagonal(c.Node, c.recurrent[g], "recurrent weights", c.cells)
	} else {
		f.r[g], err = newMatrix(c.Node, c.recurrent[g], "recurrent weights", c.cells, c.units, c.order.atOnce(), c.asymmetric)
	}
	if err != nil {
		return err
	}
	if c.linked {
		if f.a[g], err = newMatrix(c.Node, c.auxWeights[g], "auxiliary weights", c.cells, c.auxDepth, c.order.atOnce(), c.asymmetric); err != nil {
			return err
		}
	}
	if c.peepholed && g != gateCell {
		if f.p[g], err = newVector(c.Node, c.peephole[g], "peephole weights", c.cells); err != nil {
			return err
		}
	}
	if c.normed {
		if f.n[g], err = newVector(c.Node, c.norm[g], "layer norm coefficients", c.cells); err != nil {
			return err
		}
	}
	return wantFloat(c.Node, c.bias[g], "bias")
}

// run takes all steps. Rows of dst lie pitch apart.
func (f *floatLSTM) run(in, aux, dst []float32, pitch int) {
	if f.plain != nil {
		f.plain.run(in, dst, pitch)
		return
	}
	f.in, f.aux, f.dst, f.pitch = in, aux, dst, pitch
	for g := range gates {
		if f.w[g] == nil {
			continue
		}
		f.w[g].load()
		f.r[g].load()
		f.a[g].load()
		if f.p[g] != nil {
			f.peepholes[g] = f.p[g]()
		}
		if f.n[g] != nil {
			f.norms[g] = f.n[g]()
		}
		f.biases[g] = tensor.Data[float32](f.Inputs[f.bias[g]])
	}
	f.proj.load()
	f.order.each(f.visit)
}

func (f *floatLSTM) step(row, batch, rows int) {
	cells, units := f.cells, f.units
	h := tensor.Data[float32](f.Inputs[f.output])[batch*units : (batch+rows)*units]
	c := tensor.Data[float32](f.Inputs[f.cell])[batch*cells : (batch+rows)*cells]
	z := tensor.Data[float32](f.z)
	for g := range gates {
		f.sums[g] = z[g*rows*cells : (g+1)*rows*cells]
	}
	f.x.load(f.in[row*f.depth:], rows)
	if f.linked {
		f.side.load(f.aux[row*f.auxDepth:], rows)
	}
	f.h.load(h, rows)

	var in []float32
	if !f.coupled {
		in = f.gate(gateInput, c, rows)
		f32.Logistic(in, in)
	}
	forget := f.gate(gateForget, c, rows)
	f32.Logistic(forget, forget)
	update := f.gate(gateCell, nil, rows)
	f.activate(update)
	f32.UpdateCell(c, forget, in, update, f.cellClip)
	out := f.gate(gateOutput, c, rows)
	f32.Logistic(out, out)

	hidden := update
	copy(hidden, c)
	f.activate(hidden)
	f32.ApplyGate(hidden, out, hidden)
	if f.projected {
		f.project(h, hidden, rows)
	} else {
		copy(h, hidden)
	}
	copyRows(f.dst[row*f.pitch:], f.pitch, h, units, rows)
}

// gate returns what a gate's activation is applied to. c is the cell state that peephole weights look at.
func (f *floatLSTM) gate(g int, c []float32, rows int) []float32 {
	z, cells := f.sums[g], f.cells
	if f.normed {
		clear(z)
	} else {
		for r := range rows {
			copy(z[r*cells:(r+1)*cells], f.biases[g])
		}
	}
	f.w[g].accumulate(z, f.x)
	if f.linked {
		f.a[g].accumulate(z, f.side)
	}
	f.r[g].accumulate(z, f.h)
	if f.peepholed && g != gateCell {
		for r := range rows {
			f32.MultiplyAccumulate(z[r*cells:(r+1)*cells], f.peepholes[g], c[r*cells:(r+1)*cells])
		}
	}
	if f.normed {
		f32.Normalize(z, f.norms[g], f.biases[g])
	}
	return z
}

func (f *floatLSTM) project(h, hidden []float32, rows int) {
	if bias := f.at(f.projectionBias); bias != nil {
		b := tensor.Data[float32](bias)
		for r := range rows {
			copy(h[r*f.units:(r+1)*f.units], b)
		}
	} else {
		clear(h)
	}
	f.out.load(hidden, rows)
	f.proj.accumulate(h, f.out)
	if f.projClip > 0 {
		f32.Clamp(h, h, -f.projClip, f.projClip)
	}
}
