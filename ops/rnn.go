// RNN, UNIDIRECTIONAL_SEQUENCE_RNN: a fully connected recurrent layer, one step or a sequence of them.
//
//	inputs  x [B,I] (sequence: [B,T,I], or [T,B,I] time major), W [U,I], R [U,U], bias [U], state [B,U]
//	h[t] = activation(bias + W x[t] + R h[t-1]); the state is h of the last step, the output all of them
//
//	x, W, R, bias, state, output
//	FLOAT32, FLOAT32|INT8|UINT8, FLOAT32|INT8|UINT8, FLOAT32, FLOAT32, FLOAT32

package ops

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var rnn = Op{
	Code: tflite.BuiltinOperatorRNN, Name: "RNN", MaxVersion: 3,
	Inputs: Exactly(5), Outputs: Exactly(1), Sparse: []int{1, 2}, Stateful: true,
	Types: "FLOAT32; FLOAT32 x INT8, UINT8",
	Prepare: func(n *Node) (Eval, error) {
		opts, err := options[tflite.RNNOptionsT](n)
		if err != nil {
			return nil, err
		}
		in := n.Input(0).Shape
		if len(in) != 2 {
			return nil, invalidf("input: got shape %v, want rank 2", in)
		}
		order := sequence{steps: 1, batch: in[0], timeMajor: true}
		return prepareRNN(n, order, opts.FusedActivationFunction, opts.AsymmetricQuantizeInputs)
	},
}

var unidirectionalSequenceRNN = Op{
	Code: tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_RNN, Name: "UNIDIRECTIONAL_SEQUENCE_RNN", MaxVersion: 3,
	Inputs: Exactly(5), Outputs: Exactly(1), Sparse: []int{1, 2}, Stateful: true,
	Types: "FLOAT32; FLOAT32 x INT8, UINT8",
	Prepare: func(n *Node) (Eval, error) {
		opts, err := options[tflite.SequenceRNNOptionsT](n)
		if err != nil {
			return nil, err
		}
		order, err := newSequence(n.Input(0).Shape, opts.TimeMajor)
		if err != nil {
			return nil, err
		}
		return prepareRNN(n, order, opts.FusedActivationFunction, opts.AsymmetricQuantizeInputs)
	},
}

func prepareRNN(n *Node, order sequence, activation tflite.ActivationFunctionType, asymmetric bool) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	cell := &rnnCell{weights: 1, recurrent: 2, bias: 3, state: 4, aux: -1, auxWeights: -1}
	cell.depth = in.Shape[len(in.Shape)-1]
	if err := cell.prepare(n, order, activation, asymmetric); err != nil {
		return nil, err
	}
	if in.Type != tensor.Float32 || out.Type != tensor.Float32 {
		return nil, unsupportedTypes(n)
	}
	shape := in.Shape.Clone()
	shape[len(shape)-1] = cell.units
	if err := n.SetOutput(0, shape); err != nil {
		return nil, err
	}
	return func() error {
		cell.run(tensor.Data[float32](in), nil, tensor.Data[float32](out), cell.units)
		return nil
	}, nil
}

// rnnCell is one direction of a recurrent layer. The numbers say which inputs it reads, -1 for none.
type rnnCell struct {
	weights, recurrent, bias, state, aux, auxWeights int

	node                   *Node
	order                  sequence
	depth, auxDepth, units int
	activate               func(x []float32)
	w, r, a                *matrix
	x, h, side             *vectors
	visit                  func(row, batch, rows int)
	sums                   *tensor.Tensor

	// The tensors of this evaluation: rows of out lie pitch apart.
	in, auxIn, out []float32
	pitch          int
}

// prepare needs depth, and auxDepth where there is an auxiliary input.
func (c *rnnCell) prepare(n *Node, order sequence, activation tflite.ActivationFunctionType, asymmetric bool) (err error) {
	c.node, c.order = n, order
	shape := n.Input(c.weights).Shape
	if len(shape) != 2 {
		return invalidf("weights: got shape %v, want [units,%d]", shape, c.depth)
	}
	c.units = shape[0]
	if c.activate, err = recurrentActivation(activation); err != nil {
		return err
	}
	if c.w, err = newMatrix(n, c.weights, "weights", c.units, c.depth, order.atOnce(), asymmetric); err != nil {
		return err
	}
	if c.r, err = newMatrix(n, c.recurrent, "recurrent weights", c.units, c.units, order.atOnce(), asymmetric); err != nil {
		return err
	}
	if c.auxWeights >= 0 {
		if c.a, err = newMatrix(n, c.auxWeights, "auxiliary weights", c.units, c.auxDepth, order.atOnce(), asymmetric); err != nil {
			return err
		}
	}
	if err = wantShape(n.Input(c.bias), "bias", c.units); err != nil {
		return err
	}
	if err = wantFloat(n, c.bias, "bias"); err != nil {
		return err
	}
	if err = wantState(n, c.state, "state", order.batch, c.units, tensor.Float32); err != nil {
		return err
	}
	rows := order.atOnce()
	if c.x, err = newVectors(n, rows, c.depth, c.w.hybrid, asymmetric); err != nil {
		return err
	}
	if c.h, err = newVectors(n, rows, c.units, c.r.hybrid, asymmetric); err != nil {
		return err
	}
	if c.a != nil {
		if c.side, err = newVectors(n, rows, c.auxDepth, c.a.hybrid, asymmetric); err != nil {
			return err
		}
	}
	c.visit = c.step
	c.sums, err = n.Scratch(tensor.Float32, rows, c.units)
	return err
}

// run takes all steps. Rows of out lie pitch apart.
func (c *rnnCell) run(in, aux, out []float32, pitch int) {
	c.in, c.auxIn, c.out, c.pitch = in, aux, out, pitch
	c.w.load()
	c.r.load()
	c.a.load()
	c.order.each(c.visit)
}

func (c *rnnCell) step(row, batch, rows int) {
	units := c.units
	sums, bias := tensor.Data[float32](c.sums)[:rows*units], tensor.Data[float32](c.node.Inputs[c.bias])
	for r := range rows {
		copy(sums[r*units:(r+1)*units], bias)
	}
	c.x.load(c.in[row*c.depth:], rows)
	c.w.accumulate(sums, c.x)
	if c.a != nil {
		c.side.load(c.auxIn[row*c.auxDepth:], rows)
		c.a.accumulate(sums, c.side)
	}
	h := tensor.Data[float32](c.node.Inputs[c.state])[batch*units : (batch+rows)*units]
	c.h.load(h, rows)
	c.r.accumulate(sums, c.h)
	c.activate(sums)
	copy(h, sums)
	copyRows(c.out[row*c.pitch:], c.pitch, h, units, rows)
}
