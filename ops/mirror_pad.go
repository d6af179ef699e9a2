// MIRROR_PAD: the input continued on all sides by its mirror image, with its border repeated (SYMMETRIC) or not (REFLECT).
//
//	FLOAT32, UINT8, INT8, INT16, INT32, INT64

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var mirrorPad = Op{
	Code: tflite.BuiltinOperatorMIRROR_PAD, Name: "MIRROR_PAD", MaxVersion: 3,
	Inputs: Exactly(2), Outputs: Exactly(1),
	Types:   "FLOAT32; UINT8; INT8; INT16; INT32; INT64",
	Prepare: prepareMirrorPad,
}

func prepareMirrorPad(n *Node) (Eval, error) {
	err := sameType(n, 0, func(t tensor.Type) bool {
		return oneOf(t, tensor.Float32, tensor.Uint8, tensor.Int8, tensor.Int16, tensor.Int32, tensor.Int64)
	})
	if err != nil {
		return nil, err
	}
	if !oneOf(n.Input(1).Type, tensor.Int32, tensor.Int64) {
		return nil, unsupportedTypes(n)
	}
	if err := movedQuantization(n.Input(0), n.Output(0)); err != nil {
		return nil, err
	}
	return byWidth(n, n.Input(0).Type,
		mirrorPadEval[uint8], mirrorPadEval[uint16], mirrorPadEval[uint32], mirrorPadEval[uint64])
}

func mirrorPadEval[T move.Word](n *Node) (Eval, error) {
	opts, err := options[tflite.MirrorPadOptionsT](n)
	if err != nil {
		return nil, err
	}
	offset := 0
	switch opts.Mode {
	case tflite.MirrorPadModeREFLECT:
		offset = 1
	case tflite.MirrorPadModeSYMMETRIC:
	default:
		return nil, invalidf("mode %d", opts.Mode)
	}
	p, err := newPadding(n)
	if err != nil {
		return nil, err
	}
	check := func(d move.PadDim, fail failf) error {
		if most := max(d.N-offset, 0); d.Before < 0 || d.After < 0 || d.Before > most || d.After > most {
			return fail("paddings %d and %d of %d elements, want 0 to %d", d.Before, d.After, d.N, most)
		}
		return nil
	}
	in, out := n.Input(0), n.Output(0)
	return shaped(n, []int{1}, func(fail failf) (tensor.Shape, error) { return p.read(fail, check, false) }, func() error {
		// Inner dimensions without padding move together.
		dims, unit := p.dims, 1
		for last := len(dims) - 1; last >= 0 && dims[last].Before == 0 && dims[last].After == 0; last-- {
			unit *= dims[last].N
			dims = dims[:last]
		}
		move.MirrorPad(words[T](out), words[T](in), dims, unit, offset)
		return nil
	})
}
