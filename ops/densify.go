// DENSIFY: the dense form of a sparse constant, of any type of whole bytes (FLOAT32, FLOAT16 and INT8 in TFLite).

package ops

import (
	"fmt"

	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var densify = Op{
	Code: tflite.BuiltinOperatorDENSIFY, Name: "DENSIFY", MaxVersion: 1,
	Inputs: Exactly(1), Outputs: Exactly(1), Sparse: []int{0},
	Types:   "FLOAT32; FLOAT16; INT8",
	Prepare: prepareDensify,
}

func prepareDensify(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if in.Type != out.Type || in.Type.Size() == 0 {
		return nil, unsupportedTypes(n)
	}
	if in.Sparsity == nil {
		return nil, invalidf("input: not sparse")
	}
	if !n.IsConst(0) {
		return nil, invalidf("input: sparse but not constant")
	}
	dense, err := tensor.NewDensifier(in)
	if err != nil {
		return nil, fmt.Errorf("input: %w: %w", err, ErrInvalidModel)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	// Nothing is kept: mostly this is computed once, before anything is invoked.
	return func() error {
		dense.Write(out.Bytes())
		return nil
	}, nil
}
