// VAR_HANDLE: the number of the variable of that container and name, the same in all subgraphs.

package ops

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var varHandle = Op{
	Code: tflite.BuiltinOperatorVAR_HANDLE, Name: "VAR_HANDLE",
	Inputs: Exactly(0), Outputs: Exactly(1), Stateful: true, Settled: true,
	Types:   "RESOURCE",
	Prepare: prepareVarHandle,
}

func prepareVarHandle(n *Node) (Eval, error) {
	opts, err := options[tflite.VarHandleOptionsT](n)
	if err != nil {
		return nil, err
	}
	out := n.Output(0)
	if out.Type != tensor.Resource && out.Type != tensor.Int32 {
		return nil, unsupportedTypes(n)
	}
	if out.Elements() != 1 {
		return nil, invalidf("output: shape %v, want one element", out.Shape)
	}
	if err := n.SetOutput(0, out.Shape); err != nil {
		return nil, err
	}
	id := n.Host.Resources().ID("variable", opts.Container, opts.SharedName)
	return func() error {
		tensor.Data[int32](out)[0] = id
		return nil
	}, nil
}

// checkHandle verifies that a tensor can hold the number of a resource.
func checkHandle(n *Node, t *tensor.Tensor) error {
	if t.Type != tensor.Resource && t.Type != tensor.Int32 {
		return unsupportedTypes(n)
	}
	if t.Elements() != 1 {
		return invalidf("resource: shape %v, want one element", t.Shape)
	}
	return nil
}
