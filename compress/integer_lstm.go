package compress

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/compress/calibrate"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// Inputs of LSTM (full kernel) and UNIDIRECTIONAL_SEQUENCE_LSTM. Those of gates come four in a row: input, forget, cell, output.
const (
	lstmWeights         = 1
	lstmRecurrent       = 5
	lstmPeepholes       = 9 // three: none for the cell gate
	lstmBiases          = 12
	lstmProjection      = 16
	lstmProjectionBias  = 17
	lstmOutputState     = 18
	lstmCellState       = 19
	lstmNorms           = 20
	lstmGates           = 4
	lstmFullInputs      = 20
	lstmInputsWithNorms = 24
	lstmHidden          = 4 // intermediate tensor
)

// refuseLSTM says why an LSTM must stay float, "" if it need not.
func refuseLSTM(g *edit.Graph, op *tflite.OperatorT) string {
	if n := len(op.Inputs); n != lstmFullInputs && n != lstmInputsWithNorms || len(op.Outputs) != 1 {
		return "the basic kernel of LSTM takes no int8"
	}
	activation := tflite.ActivationFunctionTypeTANH
	if o, ok := schema.Options[tflite.UnidirectionalSequenceLSTMOptionsT](op); ok {
		activation = o.FusedActivationFunction
		if o.DiagonalRecurrentTensors {
			return "recurrent weights may be diagonals"
		}
	} else if o, ok := schema.Options[tflite.LSTMOptionsT](op); ok {
		activation = o.FusedActivationFunction
	}
	if activation != tflite.ActivationFunctionTypeTANH {
		return fmt.Sprintf("activation %s, and the integer kernel has TANH only", activation)
	}
	for i, t := range op.Inputs {
		if i == 0 || i == lstmOutputState || i == lstmCellState {
			continue
		}
		if why := refuseConstants(g, op, i); why != "" {
			return why
		}
		// A gate that is not there is one with an input gate coupled to the forget gate.
		if optional := i == lstmWeights || i == lstmRecurrent || i == lstmBiases || i >= lstmPeepholes && i < lstmBiases ||
			i == lstmProjection || i == lstmProjectionBias || i >= lstmNorms; t < 0 && !optional {
			return fmt.Sprintf("input %d is absent", i)
		}
	}
	if why := refuseState(g, op, lstmOutputState); why != "" {
		return why
	}
	if why := refuseState(g, op, lstmCellState); why != "" {
		return why
	}
	if op.Inputs[lstmPeepholes+2] >= 0 && op.Inputs[lstmProjection] >= 0 && !square(g.Tensors[op.Inputs[lstmProjection]]) {
		// The reference kernel takes the rows of the peephole product to be as long as the output.
		return "peepholes with a projection to another width, which the integer kernel gets wrong"
	}
	return ""
}

func square(t *tflite.TensorT) bool { return len(t.Shape) == 2 && t.Shape[0] == t.Shape[1] }

// lstm makes an LSTM run on integers, with an int16 cell state (TFLite's 8x8_16): weights int8 per tensor, peephole
// weights and layer norm coefficients int16, biases int32, the output state as the output, the cell state int16 with a scale
// of a power of two. cell is the range of the cell state; inside that of the sums of the four gates before layer norm, int16,
// and of the hidden row before the projection, int8. Sums without layer norm have the fixed scale 2^-12.
func (n *recurrentNode) lstm(cell calibrate.Range, inside [5]calibrate.Range) error {
	op := n.op
	in, _, err := n.scaleOf(op.Inputs[0])
	if err != nil {
		return err
	}
	out, zero, err := n.scaleOf(op.Outputs[0])
	if err != nil {
		return err
	}
	normed := len(op.Inputs) == lstmInputsWithNorms && op.Inputs[lstmNorms+1] >= 0
	for k := range lstmGates {
		if op.Inputs[lstmWeights+k] < 0 {
			continue
		}
		if err := n.gate(k, in, normed); err != nil {
			return err
		}
	}
	hidden, hiddenZero := out, zero
	if op.Inputs[lstmProjection] >= 0 {
		hidden, hiddenZero = lstmRowScale(inside[lstmHidden]), 0
		w, err := n.weights(lstmProjection)
		if err != nil {
			return err
		}
		if err := n.bias(lstmProjectionBias, float64(float32(w))*hidden); err != nil {
			return err
		}
	}
	n.state(lstmOutputState, tflite.TensorTypeINT8, out, zero)
	n.state(lstmCellState, tflite.TensorTypeINT16, cellScale(cell), 0)
	n.intermediates(normed, inside, hidden, hiddenZero)
	return nil
}

// gate quantizes what belongs to gate k.
func (n *recurrentNode) gate(k int, in float64, normed bool) error {
	w, err := n.weights(lstmWeights + k)
	if err != nil {
		return err
	}
	if _, err := n.weights(lstmRecurrent + k); err != nil {
		return err
	}
	const cellGate = 2
	if i := lstmPeepholes + min(k, cellGate); k != cellGate && n.op.Inputs[i] >= 0 {
		if _, err := n.symmetric(i, math.MaxInt16); err != nil {
			return err
		}
	}
	scale := float64(float32(in * w))
	if normed {
		// The layer norm leaves 10 fractional bits for the bias.
		c, err := n.symmetric(lstmNorms+k, math.MaxInt16)
		if err != nil {
			return err
		}
		scale = math.Ldexp(c, -10)
	}
	if n.op.Inputs[lstmBiases+k] < 0 {
		return fmt.Errorf("bias of gate %d is absent: %w", k, ops.ErrInvalidModel)
	}
	return n.bias(lstmBiases+k, scale)
}

// intermediates gives the node the five tensors that tell the kernel how to scale what it holds inside: tensors without
// elements. Those of the gates mean nothing without layer norm; the last must have parameters in any case.
func (n *recurrentNode) intermediates(normed bool, inside [5]calibrate.Range, hidden float64, zero int64) {
	n.op.Intermediates = nil
	for k, name := range []string{"input", "forget", "cell", "output", "hidden"} {
		x := &tflite.TensorT{Name: n.g.Tensors[n.op.Outputs[0]].Name + "_" + name + "_intermediate", Shape: []int32{0}}
		switch {
		case k == lstmHidden:
			x.Type = tflite.TensorTypeINT8
			x.Quantization = &tflite.QuantizationParametersT{Scale: []float32{float32(hidden)}, ZeroPoint: []int64{zero}}
		case normed:
			x.Type = tflite.TensorTypeINT16
			x.Quantization = &tflite.QuantizationParametersT{
				Scale: []float32{positive(magnitude(inside[k]) / math.MaxInt16)}, ZeroPoint: []int64{0},
			}
		}
		n.op.Intermediates = append(n.op.Intermediates, n.g.AddTensor(x))
	}
}

// cellScale is the scale of the cell state: 2^-15 times the smallest power of two from 1 to 64 that holds the range. The
// kernels take no others; beyond 64 the state saturates.
func cellScale(r calibrate.Range) float64 {
	const most = 6
	bits := 0
	for bits < most && magnitude(r) > math.Ldexp(1, bits) {
		bits++
	}
	return math.Ldexp(1, bits-15)
}

// zeroInMiddle reports whether the output of a recurrent node is one that lstmRowScale is for.
func zeroInMiddle(code tflite.BuiltinOperator, op *tflite.OperatorT) bool {
	return code != tflite.BuiltinOperatorSVDF && op.Inputs[lstmProjection] < 0
}

// lstmRowScale is the scale for a range with zero point 0, over all 256 values. Rows that an LSTM's output gate has been applied
// to (its output without a projection, what the projection multiplies with one) need that zero point: TFLite up to 2.9 at
// least subtracts it where later runtimes add it.
func lstmRowScale(r calibrate.Range) float64 {
	return float64(positive(math.Max(-float64(r.Min)/128, float64(r.Max)/127)))
}
