// WHILE, STABLEHLO_WHILE: outputs = inputs; while cond(outputs) { outputs = body(outputs) }.
//
// The condition's subgraph gives one BOOL. Outputs are static when the body keeps every shape.

package ops

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	while = Op{
		Code: tflite.BuiltinOperatorWHILE, Name: "WHILE",
		Inputs: AtLeast(0), Outputs: AtLeast(0), Stateful: true, OptionalOutputs: true,
		Types:   "any",
		Prepare: prepareWhile,
	}
	stablehloWhile = Op{
		Code: tflite.BuiltinOperatorSTABLEHLO_WHILE, Name: "STABLEHLO_WHILE",
		Inputs: AtLeast(0), Outputs: AtLeast(0), Stateful: true, OptionalOutputs: true,
		Types:   "any",
		Prepare: prepareStablehloWhile,
	}
)

// whileLoop carries its values in state: the node's outputs, and tensors of its own for outputs nobody wants.
type whileLoop struct {
	n          *Node
	cond, body *callee
	out        *results
	state      []*tensor.Tensor
}

func prepareWhile(n *Node) (Eval, error) {
	opts, err := options[tflite.WhileOptionsT](n)
	if err != nil {
		return nil, err
	}
	return prepareLoop(n, opts.CondSubgraphIndex, opts.BodySubgraphIndex)
}

// prepareStablehloWhile prepares what is WHILE under another name.
func prepareStablehloWhile(n *Node) (Eval, error) {
	opts, err := options[tflite.StablehloWhileOptionsT](n)
	if err != nil {
		return nil, err
	}
	return prepareLoop(n, opts.CondSubgraphIndex, opts.BodySubgraphIndex)
}

func prepareLoop(n *Node, cond, body int32) (Eval, error) {
	if cond == body {
		return nil, invalidf("condition and body are the same subgraph %d", cond)
	}
	if len(n.Inputs) != len(n.Outputs) {
		return nil, invalidf("got %d outputs, want %d like inputs", len(n.Outputs), len(n.Inputs))
	}
	w := &whileLoop{n: n}
	verdict := []*tensor.Tensor{{Type: tensor.Bool}}
	var err error
	if w.cond, err = newCallee(n, cond, "condition", n.Inputs, verdict); err != nil {
		return nil, err
	}
	if w.body, err = newCallee(n, body, "body", n.Inputs, n.Outputs); err != nil {
		return nil, err
	}
	if err := w.cond.prepare(n.Inputs); err != nil {
		return nil, err
	}
	if err := w.body.prepare(n.Inputs); err != nil {
		return nil, err
	}
	// One value whose shape changes may change any other one in the next iteration.
	static := true
	for i, in := range n.Inputs {
		s, ok := w.body.staticShape(i)
		static = static && ok && s.Equal(in.Shape)
	}
	w.out = &results{n: n, dynamic: make([]bool, len(n.Outputs))}
	w.state = make([]*tensor.Tensor, len(n.Outputs))
	for i, out := range n.Outputs {
		w.state[i] = out
		if out == nil {
			w.state[i] = &tensor.Tensor{Type: n.Inputs[i].Type}
			continue
		}
		if out.Type != n.Inputs[i].Type {
			return nil, invalidf("output %d: got %s, want %s like input", i, out.Type, n.Inputs[i].Type)
		}
		if static {
			err = n.SetOutput(i, n.Inputs[i].Shape)
		} else {
			w.out.dynamic[i] = true
			n.SetDynamic(i)
		}
		if err != nil {
			return nil, err
		}
	}
	return w.eval, nil
}

func (w *whileLoop) eval() error {
	if err := w.carry(w.n.Inputs); err != nil {
		return err
	}
	for {
		if err := w.cond.call(w.state); err != nil {
			return err
		}
		again, err := scalarBool(w.cond.sub.Outputs()[0], "condition")
		if err != nil || !again {
			return err
		}
		if err := w.body.call(w.state); err != nil {
			return err
		}
		if err := w.carry(w.body.sub.Outputs()); err != nil {
			return err
		}
	}
}

func (w *whileLoop) carry(values []*tensor.Tensor) error {
	for i, v := range values {
		if v != nil && v == w.body.sub.Inputs()[i] {
			continue // the body passes on what it was given
		}
		if w.n.Outputs[i] != nil {
			if err := w.out.set(i, v); err != nil {
				return err
			}
			continue
		}
		s := w.state[i]
		s.Shape = append(s.Shape[:0], v.Shape...)
		if cap(s.Bytes()) < len(v.Bytes()) || s.Bytes() == nil {
			s.SetBytes(tensor.AlignedBytes(len(v.Bytes())))
		}
		s.SetBytes(s.Bytes()[:len(v.Bytes())])
		copy(s.Bytes(), v.Bytes())
	}
	return nil
}
