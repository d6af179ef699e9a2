// CALL_ONCE: runs a subgraph without inputs and outputs, the first time only; it fills the variables of the interpreter.

package ops

import "github.com/litewren/litewren/schema/tflite"

var callOnce = Op{
	Code: tflite.BuiltinOperatorCALL_ONCE, Name: "CALL_ONCE",
	Inputs: Exactly(0), Outputs: Exactly(0), Stateful: true,
	Types:   "none",
	Prepare: prepareCallOnce,
}

func prepareCallOnce(n *Node) (Eval, error) {
	opts, err := options[tflite.CallOnceOptionsT](n)
	if err != nil {
		return nil, err
	}
	c, err := newCallee(n, opts.InitSubgraphIndex, "init", nil, nil)
	if err != nil {
		return nil, err
	}
	if err := c.prepare(nil); err != nil {
		return nil, err
	}
	resources := n.Host.Resources()
	index := int(opts.InitSubgraphIndex)
	known := -1 // the Reset since which it is known to have run
	return func() error {
		if known == resources.resets {
			return nil
		}
		if !resources.Initialized(index) {
			if err := c.call(nil); err != nil {
				return err
			}
			resources.SetInitialized(index)
		}
		known = resources.resets
		return nil
	}, nil
}
