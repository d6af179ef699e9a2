package compress

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/calibrate"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
)

// recurrentNode is a recurrent node that becomes integer: it replaces the node's weights, biases and states by new tensors.
// What it reads and writes, input 0 and output 0, must be INT8 with parameters already.
type recurrentNode struct {
	g       *edit.Graph
	op      *tflite.OperatorT
	config  IntegerConfig
	changes []TensorChange
}

// refuseRecurrent says why a node of a recurrent operator must stay float with 8-bit activations, "" if it need not. Operators
// that are not recurrent are none of its business and are not refused.
func refuseRecurrent(g *edit.Graph, op *tflite.OperatorT) string {
	switch code := g.Model.Code(op); code {
	case tflite.BuiltinOperatorLSTM, tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM:
		return refuseLSTM(g, op)
	case tflite.BuiltinOperatorSVDF:
		return refuseSVDF(g, op)
	default:
		if onlyHybrid(code) {
			return fmt.Sprintf("%s has no integer kernel; its weights are int8 by dynamic range", code)
		}
	}
	return ""
}

// onlyHybrid reports whether a recurrent operator has kernels with int8 weights, but none for int8 activations.
func onlyHybrid(code tflite.BuiltinOperator) bool {
	switch code {
	case tflite.BuiltinOperatorRNN, tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_RNN, tflite.BuiltinOperatorBIDIRECTIONAL_SEQUENCE_RNN,
		tflite.BuiltinOperatorBIDIRECTIONAL_SEQUENCE_LSTM:
		return true
	}
	return false
}

// integerRecurrent makes a node that refuseRecurrent does not refuse integer, given its output tensor in the file that was
// calibrated. Input 0 and output 0 must be INT8 with parameters; everything else is done here: weights, biases, states,
// intermediates, version. What becomes int16 takes all values seen, whatever the method: it has bits to spare, and states
// that saturate stay wrong.
func integerRecurrent(g *edit.Graph, op *tflite.OperatorT, output int32, stats *calibrate.Stats, c IntegerConfig) ([]TensorChange, error) {
	n := &recurrentNode{g: g, op: op, config: c}
	code := g.Model.Code(op)
	state := stateOf(code, op)
	r, ok := stats.Range(g.Index, int(state), calibrate.MinMax)
	if !ok {
		return nil, fmt.Errorf("%s: no range of state %q: %w", code, g.Tensors[state].Name, ops.ErrUnsupported)
	}
	if code == tflite.BuiltinOperatorSVDF {
		err := n.svdf(r)
		return n.changes, err
	}
	inside, ok := stats.Intermediates(g.Index, int(output), calibrate.MinMax)
	if !ok {
		return nil, fmt.Errorf("%s: no ranges of its inside: %w", code, ops.ErrUnsupported)
	}
	clipped, _ := stats.Intermediates(g.Index, int(output), c.Method)
	inside[lstmHidden] = clipped[lstmHidden]
	err := n.lstm(r, inside)
	return n.changes, err
}

// refuseRecurrent is refuse for operators that integerRecurrent handles.
func (q *integerizer) refuseRecurrent(op *tflite.OperatorT) string {
	if why := refuseRecurrent(q.g, op); why != "" {
		return why
	}
	if !q.g.IsFloat(op.Inputs[0]) || !q.g.IsFloat(op.Outputs[0]) || q.g.IsConstant(op.Inputs[0]) {
		return "its input is no FLOAT32 activation"
	}
	for _, t := range []int32{op.Inputs[0], op.Outputs[0], stateOf(q.m.Code(op), op)} {
		if _, ok := q.ranges(t); !ok {
			return fmt.Sprintf("no range of %q: it was never computed", q.g.Tensors[t].Name)
		}
	}
	if _, ok := q.stats.Intermediates(q.g.Index, int(op.Outputs[0]), q.config.Method); !ok && q.m.Code(op) != tflite.BuiltinOperatorSVDF {
		return "what it holds inside was not observed"
	}
	return ""
}

// chooseRecurrent gives input 0 and output 0 their parameters.
func (q *integerizer) chooseRecurrent(op *tflite.OperatorT) {
	q.fromRange(op.Inputs[0])
	if q.config.Activations == 16 || !zeroInMiddle(q.m.Code(op), op) {
		q.fromRange(op.Outputs[0])
		return
	}
	q.params[op.Outputs[0]] = q.int8Output(op, op.Outputs[0])
}

// int8Output are the parameters of the INT8 output of a node, given its output tensor in the file that was calibrated.
func (q *integerizer) int8Output(op *tflite.OperatorT, output int32) affine {
	r, _ := q.ranges(output) // refuse has seen to it
	if zeroInMiddle(q.m.Code(op), op) {
		return affine{float32(lstmRowScale(r)), 0}
	}
	return activationParams(r.Min, r.Max, 8)
}

// emitRecurrent makes a node integer. The kernels take INT8 rows only (inside they have 16 bits); among activations of 16 bits
// a QUANTIZE stands before the node, and DEQUANTIZE and QUANTIZE behind it: TFLite 2.9 has no QUANTIZE from INT8 to INT16.
func (q *integerizer) emitRecurrent(op *tflite.OperatorT) error {
	in, out := op.Inputs[0], op.Outputs[0]
	op.Inputs[0] = q.requantize(op, in, q.params[in])
	q.output(op, 0, out)
	if q.config.Activations == 16 {
		r, _ := q.ranges(in)
		narrow := q.int8Form(in, activationParams(r.Min, r.Max, 8))
		q.g.InsertBefore(op, q.node(tflite.BuiltinOperatorQUANTIZE, op.Inputs[0], narrow))
		op.Inputs[0] = narrow
		wide := op.Outputs[0]
		op.Outputs[0] = q.int8Form(out, q.int8Output(op, out))
		float := q.g.AddTensor(&tflite.TensorT{
			Name: q.g.Tensors[out].Name + "_float", Shape: slices.Clone(q.g.Tensors[out].Shape),
			ShapeSignature: slices.Clone(q.g.Tensors[out].ShapeSignature), HasRank: q.g.Tensors[out].HasRank,
		})
		const dequantizesInt8 = 2
		q.g.InsertAfter(op, q.node(tflite.BuiltinOperatorQUANTIZE, float, wide))
		q.g.InsertAfter(op, q.g.Node(tflite.BuiltinOperatorDEQUANTIZE, dequantizesInt8, []int32{op.Outputs[0]}, []int32{float}, nil))
	}
	changes, err := integerRecurrent(q.g, op, out, q.stats, q.config)
	q.r.Changes = append(q.r.Changes, changes...)
	return err
}

// int8Form adds a tensor like t, of INT8.
func (q *integerizer) int8Form(t int32, p affine) int32 {
	x := *q.g.Tensors[t]
	return q.g.AddTensor(&tflite.TensorT{
		Name: x.Name + "_int8", Shape: slices.Clone(x.Shape), ShapeSignature: slices.Clone(x.ShapeSignature), HasRank: x.HasRank,
		Type: tflite.TensorTypeINT8, Quantization: quantizationOf(p),
	})
}

// stateOf is the state whose range must be known.
func stateOf(code tflite.BuiltinOperator, op *tflite.OperatorT) int32 {
	if code == tflite.BuiltinOperatorSVDF {
		return op.Inputs[svdfState]
	}
	return op.Inputs[lstmCellState]
}

// refuseConstants says which of the inputs is no dense float constant, "" when all are or are absent.
func refuseConstants(g *edit.Graph, op *tflite.OperatorT, inputs ...int) string {
	for _, i := range inputs {
		if i >= len(op.Inputs) || op.Inputs[i] < 0 {
			continue
		}
		x := g.Tensors[op.Inputs[i]]
		switch {
		case x.Type != tflite.TensorTypeFLOAT32 || x.Sparsity != nil:
			return fmt.Sprintf("%q is not dense FLOAT32", x.Name)
		case !g.IsConstant(op.Inputs[i]):
			return fmt.Sprintf("%q is computed", x.Name)
		}
	}
	return ""
}

// refuseState says why a state cannot become integer: it is nobody else's business otherwise.
func refuseState(g *edit.Graph, op *tflite.OperatorT, input int) string {
	t := op.Inputs[input]
	if t < 0 {
		return "a state is absent"
	}
	x := g.Tensors[t]
	switch {
	case !x.IsVariable || x.Type != tflite.TensorTypeFLOAT32:
		return fmt.Sprintf("state %q is no FLOAT32 variable", x.Name)
	case len(g.UsesOf(t)) != 1 || g.IsInput(t) || g.IsOutput(t):
		return fmt.Sprintf("state %q is used elsewhere too", x.Name)
	}
	return ""
}

// scaleOf returns the scale and zero point of a tensor that is quantized as a whole.
func (n *recurrentNode) scaleOf(t int32) (float64, int64, error) {
	x := n.g.Tensors[t]
	q := x.Quantization
	if x.Type != tflite.TensorTypeINT8 || q == nil || len(q.Scale) != 1 || len(q.ZeroPoint) != 1 {
		return 0, 0, fmt.Errorf("%q: %s is not INT8 with one scale: %w", x.Name, x.Type, ops.ErrUnsupported)
	}
	return float64(q.Scale[0]), q.ZeroPoint[0], nil
}

// weights replaces input i by INT8 weights with one scale, and returns it.
func (n *recurrentNode) weights(i int) (float64, error) {
	t := n.op.Inputs[i]
	values, err := n.g.Floats(t)
	if err != nil {
		return 0, err
	}
	w := quantizeWeights(values, n.g.Tensors[t].Shape, -1, weightGrid{bits: 8, clip: n.config.Clip, fixed: n.config.Grids.of(n.g, t), entropy: n.config.Entropy})
	n.set(i, tflite.TensorTypeINT8, w.bytes(8), float64(w.scale[0]), len(values), w.sqnr)
	return float64(w.scale[0]), nil
}

// symmetric replaces input i by INT16 constants with zero point 0, of which the largest magnitude becomes top. It returns
// the scale.
func (n *recurrentNode) symmetric(i int, top float64) (float64, error) {
	values, err := n.g.Floats(n.op.Inputs[i])
	if err != nil {
		return 0, err
	}
	most := 0.0
	for _, v := range values {
		if a := math.Abs(float64(v)); !math.IsInf(a, 0) {
			most = math.Max(most, a)
		}
	}
	scale := float64(positive(most / top))
	n.replace(i, tflite.TensorTypeINT16, values, scale, top)
	return scale, nil
}

// bias replaces input i, where present, by INT32 of a scale.
func (n *recurrentNode) bias(i int, scale float64) error {
	if i >= len(n.op.Inputs) || n.op.Inputs[i] < 0 {
		return nil
	}
	values, err := n.g.Floats(n.op.Inputs[i])
	if err == nil {
		n.replace(i, tflite.TensorTypeINT32, values, float64(positive(scale)), math.MaxInt32)
	}
	return err
}

// replace gives input i a new constant, INT16 or INT32: values over scale, rounded half away from zero.
func (n *recurrentNode) replace(i int, kind tflite.TensorType, values []float32, scale, limit float64) {
	var data []byte
	restored := make([]float32, len(values))
	for k, v := range values {
		r := math.Round(float64(v) / scale)
		if math.IsNaN(r) {
			r = 0
		}
		r = math.Min(math.Max(r, -limit), limit)
		restored[k] = float32(r * scale)
		if kind == tflite.TensorTypeINT16 {
			data = binary.LittleEndian.AppendUint16(data, uint16(int16(r)))
		} else {
			data = binary.LittleEndian.AppendUint32(data, uint32(int32(r)))
		}
	}
	n.set(i, kind, data, scale, len(values), SQNR(values, restored))
}

// set gives input i a new constant with zero point 0.
func (n *recurrentNode) set(i int, kind tflite.TensorType, data []byte, scale float64, elements int, sqnr Decibel) {
	old := n.op.Inputs[i]
	x := n.g.Tensors[old]
	n.op.Inputs[i] = n.g.AddTensor(&tflite.TensorT{
		Name: x.Name + "_quantized", Shape: slices.Clone(x.Shape), Type: kind, Buffer: n.g.Model.AddBuffer(data), HasRank: x.HasRank,
		Quantization: &tflite.QuantizationParametersT{Scale: []float32{float32(scale)}, ZeroPoint: []int64{0}},
	})
	n.changes = append(n.changes, TensorChange{
		Subgraph: n.g.Index, Tensor: x.Name, Operator: n.g.Model.Name(n.op), Action: fmt.Sprintf("%s per tensor", kind),
		Elements: int64(elements), BytesBefore: int64(len(n.g.Data(old))), BytesAfter: int64(len(data)), SQNR: sqnr,
	})
}

// state makes input i, a variable, integer.
func (n *recurrentNode) state(i int, kind tflite.TensorType, scale float64, zero int64) {
	x := n.g.Tensors[n.op.Inputs[i]]
	x.Type = kind
	x.Quantization = &tflite.QuantizationParametersT{Scale: []float32{float32(scale)}, ZeroPoint: []int64{zero}}
}

// magnitude is the largest of a range.
func magnitude(r calibrate.Range) float64 {
	return math.Max(math.Abs(float64(r.Min)), math.Abs(float64(r.Max)))
}
