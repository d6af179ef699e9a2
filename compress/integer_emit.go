package compress

import (
	"fmt"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// emit changes the graph: types and parameters of tensors, constants, versions, and QUANTIZE and DEQUANTIZE where integer
// meets float.
func (q *integerizer) emit() error {
	if q.config.Interface != FloatInterface {
		q.integerInputs()
		q.floatOutputs()
	}
	for _, op := range slices.Clone(q.g.Operators) {
		rule, ok := q.nodes[op]
		if !ok {
			continue
		}
		if err := q.emitNode(op, rule); err != nil {
			return fmt.Errorf("node %s %q: %w", q.m.Name(op), q.nameOf(op), err)
		}
	}
	return nil
}

func (q *integerizer) emitNode(op *tflite.OperatorT, rule integerRule) error {
	if rule.recurrent {
		return q.emitRecurrent(op)
	}
	var out affine
	for _, t := range op.Outputs {
		if p, ok := q.params[t]; ok && q.g.IsFloat(t) {
			out = p
			break
		}
	}
	inputs := slices.Clone(op.Inputs)
	var data affine
	if rule.data < len(inputs) && inputs[rule.data] >= 0 {
		if data = q.params[inputs[rule.data]]; q.g.IsConstant(inputs[rule.data]) {
			data = q.constantParams(inputs[rule.data])
		}
	}
	var w []float32 // scales of the weights
	for i, t := range inputs {
		if _, changed := q.integer[t]; !changed && !q.g.IsFloat(t) {
			continue // never was a float
		}
		var err error
		switch {
		case rule.role(i) == weights && q.g.IsConstant(t):
			axis := rule.axis
			if q.m.Code(op) == tflite.BuiltinOperatorFULLY_CONNECTED && q.config.PerChannelFC {
				axis = 0
			}
			op.Inputs[i], w, err = q.weightsOf(op, t, axis, data, biasInput(inputs, rule))
		case rule.role(i) == weights:
			op.Inputs[i] = q.integerForm(t)
			w = []float32{q.params[t].scale}
		case rule.role(i) == bias:
			op.Inputs[i], err = q.biasOf(op, t, data, w)
		default:
			want := q.params[t]
			if q.g.IsConstant(t) {
				want = q.constantParams(t)
			}
			if rule.adopt || rule.same {
				want = out
			}
			if q.g.IsConstant(t) {
				op.Inputs[i], err = q.constantOf(op, t, want)
			} else {
				op.Inputs[i] = q.requantize(op, t, want)
			}
		}
		if err != nil {
			return err
		}
	}
	for i, t := range op.Outputs {
		if q.g.IsFloat(t) {
			q.output(op, i, t)
		}
	}
	version := rule.version8
	if q.config.Activations == 16 {
		version = rule.v16
		generalScales(op)
	}
	q.m.RaiseVersion(op, version)
	return nil
}

// generalScales tells ADD and SUB of int16 that scales need not be powers of two.
func generalScales(op *tflite.OperatorT) {
	if o, ok := schema.Options[tflite.AddOptionsT](op); ok {
		o.PotScaleInt16 = false
	} else if o, ok := schema.Options[tflite.SubOptionsT](op); ok {
		o.PotScaleInt16 = false
	}
}

// biasInput returns the tensor of the bias, -1 when there is none.
func biasInput(inputs []int32, rule integerRule) int32 {
	if i := slices.Index(rule.roles, bias); i >= 0 && i < len(inputs) {
		return inputs[i]
	}
	return -1
}

// output makes output i of an integer node, float tensor t before, integer.
func (q *integerizer) output(op *tflite.OperatorT, i int, t int32) {
	outside := q.g.IsOutput(t)
	floats := q.floatUses(t)
	switch {
	case outside && q.config.Interface == Uint8Interface:
		n := q.newForm(t)
		op.Outputs[i] = n
		q.integer[t] = n
		q.toUint8(t)
		q.g.InsertAfter(op, q.node(tflite.BuiltinOperatorQUANTIZE, n, t))
		q.floatCopy(op, n, t, floats)
	case outside && q.config.Interface != FloatInterface:
		q.toInteger(t)
		q.integer[t] = t
		q.floatCopy(op, t, t, floats)
	case outside || len(floats) > 0:
		n := q.newForm(t)
		op.Outputs[i] = n
		q.integer[t] = n
		q.g.InsertAfter(op, q.node(tflite.BuiltinOperatorDEQUANTIZE, n, t))
	default:
		q.toInteger(t)
		q.integer[t] = t
	}
}

// floatUses lists the nodes that read t as a float.
func (q *integerizer) floatUses(t int32) []edit.Use {
	var uses []edit.Use
	if int(t) < len(q.uses) {
		for _, u := range q.uses[t] {
			if _, ok := q.nodes[u.Op]; !ok {
				uses = append(uses, u)
			}
		}
	}
	return uses
}

// floatCopy lets float nodes that read tensor t read a dequantized copy of its integer form n.
func (q *integerizer) floatCopy(after *tflite.OperatorT, n, t int32, uses []edit.Use) {
	if len(uses) == 0 {
		return
	}
	x := q.g.Tensors[t]
	f := q.g.AddTensor(&tflite.TensorT{
		Name: x.Name + "_dequantized", Shape: slices.Clone(x.Shape), ShapeSignature: slices.Clone(x.ShapeSignature),
		HasRank: x.HasRank, Type: tflite.TensorTypeFLOAT32,
	})
	node := q.node(tflite.BuiltinOperatorDEQUANTIZE, n, f)
	if after == nil {
		q.g.InsertAt(0, node)
	} else {
		q.g.InsertAfter(after, node)
	}
	for _, u := range uses {
		u.Op.Inputs[u.Input] = f
	}
}

// integerForm returns the integer form of float tensor t for a node that reads it, quantizing it where it is computed.
func (q *integerizer) integerForm(t int32) int32 {
	if n, ok := q.integer[t]; ok {
		return n
	}
	n := q.newForm(t)
	q.integer[t] = n
	node := q.node(tflite.BuiltinOperatorQUANTIZE, t, n)
	if producer := q.g.Producer(t); producer != nil {
		q.g.InsertAfter(producer, node)
	} else {
		q.g.InsertAt(0, node)
	}
	return n
}

// requantize returns the integer form of t with the wanted parameters.
func (q *integerizer) requantize(op *tflite.OperatorT, t int32, want affine) int32 {
	n := q.integerForm(t)
	if q.params[t] == want {
		return n
	}
	key := requantized{n, want}
	if done, ok := q.moved[key]; ok {
		return done
	}
	x := *q.g.Tensors[n]
	x.Name += "_requantized"
	x.Shape, x.ShapeSignature = slices.Clone(x.Shape), slices.Clone(x.ShapeSignature)
	x.Quantization = quantizationOf(want)
	moved := q.g.AddTensor(&x)
	q.moved[key] = moved
	q.g.InsertBefore(op, q.node(tflite.BuiltinOperatorQUANTIZE, n, moved))
	return moved
}

func quantizationOf(p affine) *tflite.QuantizationParametersT {
	return &tflite.QuantizationParametersT{Scale: []float32{p.scale}, ZeroPoint: []int64{p.zero}}
}

// newForm adds the integer form of float tensor t as a tensor of its own.
func (q *integerizer) newForm(t int32) int32 {
	x := q.g.Tensors[t]
	return q.g.AddTensor(&tflite.TensorT{
		Name: x.Name + "_quantized", Shape: slices.Clone(x.Shape), ShapeSignature: slices.Clone(x.ShapeSignature),
		HasRank: x.HasRank, Type: q.activationType(), Quantization: quantizationOf(q.params[t]),
	})
}

func (q *integerizer) activationType() tflite.TensorType {
	if q.config.Activations == 16 {
		return tflite.TensorTypeINT16
	}
	return tflite.TensorTypeINT8
}

// toInteger makes tensor t itself integer.
func (q *integerizer) toInteger(t int32) {
	x := q.g.Tensors[t]
	x.Type, x.Quantization = q.activationType(), quantizationOf(q.params[t])
}

func (q *integerizer) toUint8(t int32) {
	x := q.g.Tensors[t]
	p := q.params[t]
	x.Type, x.Quantization = tflite.TensorTypeUINT8, quantizationOf(affine{p.scale, p.zero + 128})
}

// node makes a QUANTIZE or DEQUANTIZE node with the version that its types need.
func (q *integerizer) node(code tflite.BuiltinOperator, in, out int32) *tflite.OperatorT {
	version := int32(1)
	switch {
	case code == tflite.BuiltinOperatorDEQUANTIZE && q.config.Activations == 16:
		version = 3
	case code == tflite.BuiltinOperatorDEQUANTIZE, q.config.Activations == 16:
		version = 2
	}
	return q.g.Node(code, version, []int32{in}, []int32{out}, nil)
}

// integerInputs makes the float inputs of the subgraph integer, those whose range is known.
func (q *integerizer) integerInputs() {
	for _, t := range q.g.Inputs {
		if !q.g.IsFloat(t) || q.g.Tensors[t].IsVariable {
			continue
		}
		if _, ok := q.params[t]; !ok {
			if _, ok := q.ranges(t); !ok {
				q.r.warn("input %q stays float: its range is not known", q.g.Tensors[t].Name)
				continue
			}
			q.fromRange(t)
		}
		uses := q.floatUses(t)
		if q.config.Interface != Uint8Interface {
			q.toInteger(t)
			q.integer[t] = t
			q.floatCopy(nil, t, t, uses)
			continue
		}
		n := q.newForm(t)
		q.integer[t] = n
		q.floatCopy(nil, n, t, uses)
		q.toUint8(t)
		q.g.InsertAt(0, q.node(tflite.BuiltinOperatorQUANTIZE, t, n))
	}
}

// floatOutputs gives outputs of the subgraph that float nodes compute a QUANTIZE.
func (q *integerizer) floatOutputs() {
	for _, t := range slices.Compact(slices.Sorted(slices.Values(q.g.Outputs))) {
		producer := q.g.Producer(t)
		if !q.g.IsFloat(t) || producer == nil {
			continue
		}
		if _, ok := q.nodes[producer]; ok {
			continue
		}
		if _, ok := q.ranges(t); !ok {
			q.r.warn("output %q stays float: its range is not known", q.g.Tensors[t].Name)
			continue
		}
		q.fromRange(t)
		x := *q.g.Tensors[t]
		x.Name += "_float"
		x.Shape, x.ShapeSignature = slices.Clone(x.Shape), slices.Clone(x.ShapeSignature)
		f := q.g.AddTensor(&x)
		producer.Outputs[slices.Index(producer.Outputs, t)] = f
		for _, u := range q.floatUses(t) {
			u.Op.Inputs[u.Input] = f
		}
		node := q.node(tflite.BuiltinOperatorQUANTIZE, f, t)
		if q.config.Interface == Uint8Interface {
			n := q.newForm(t)
			q.integer[t] = n
			q.g.InsertAfter(producer, q.node(tflite.BuiltinOperatorQUANTIZE, n, t))
			node.Outputs[0] = n
			q.toUint8(t)
		} else {
			q.toInteger(t)
			q.integer[t] = t
		}
		q.g.InsertAfter(producer, node)
	}
}

// computedWeights reports whether a node's weights may be computed by other nodes: only FULLY_CONNECTED's kernel takes
// zero points and one scale for all.
func computedWeights(code tflite.BuiltinOperator) bool {
	return code == tflite.BuiltinOperatorFULLY_CONNECTED
}
