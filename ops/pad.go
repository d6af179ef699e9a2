// PAD, PADV2: the input with paddings[i][0] elements before it and paddings[i][1] behind it along dimension i. They are 0
// (PAD), in quantized tensors the zero point, or the constant given (PADV2).
//
//	FLOAT32, FLOAT16, BFLOAT16, UINT8, INT8, INT16, INT32, INT64, BOOL, of rank up to 8

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	pad   = padOp(tflite.BuiltinOperatorPAD)
	padV2 = padOp(tflite.BuiltinOperatorPADV2)
)

func padOp(code tflite.BuiltinOperator) Op {
	return Op{
		Code: code, Name: code.String(), MaxVersion: 6,
		Inputs: Between(2, 3), Outputs: Exactly(1),
		Types:   "FLOAT32; FLOAT16; BFLOAT16; UINT8; INT8; INT16; INT32; INT64; BOOL",
		Prepare: preparePad,
	}
}

func preparePad(n *Node) (Eval, error) {
	in, value := n.Input(0), n.Input(2)
	err := sameType(n, 0, func(t tensor.Type) bool {
		return oneOf(t, tensor.Float32, tensor.Float16, tensor.BFloat16, tensor.Uint8, tensor.Int8, tensor.Int16,
			tensor.Int32, tensor.Int64, tensor.Bool)
	})
	if err != nil {
		return nil, err
	}
	if !oneOf(n.Input(1).Type, tensor.Int8, tensor.Int16, tensor.Int32, tensor.Int64, tensor.Bool) {
		return nil, unsupportedTypes(n)
	}
	if err := movedQuantization(in, n.Output(0)); err != nil {
		return nil, err
	}
	if value != nil {
		if value.Type != in.Type {
			return nil, unsupportedTypes(n)
		}
		if value.Elements() != 1 {
			return nil, invalidf("pad value: shape %v, want one element", value.Shape)
		}
		if oneOf(in.Type, tensor.Int8, tensor.Uint8, tensor.Int16) {
			if err := sameQuantization(value, in); err != nil {
				return nil, err
			}
		}
	}
	return byWidth(n, in.Type, padEval[uint8], padEval[uint16], padEval[uint32], padEval[uint64])
}

func padEval[T uint8 | uint16 | uint32 | uint64](n *Node) (Eval, error) {
	in, out, value := n.Input(0), n.Output(0), n.Input(2)
	fixed := T(0)
	if quantized(in) && oneOf(in.Type, tensor.Int8, tensor.Uint8, tensor.Int16) {
		fixed = T(in.Quant.ZeroPoint[0])
	}
	p, err := newPadding(n)
	if err != nil {
		return nil, err
	}
	check := func(d move.PadDim, fail failf) error {
		if d.Before < 0 || d.After < 0 {
			return fail("paddings %d and %d, want no negative ones", d.Before, d.After)
		}
		return nil
	}
	var v T
	var dims []move.PadDim
	parts := newSpans(n, func(first, last int) { move.PadPart(words[T](out), words[T](in), dims, v, first, last) })
	return shaped(n, []int{1}, func(fail failf) (tensor.Shape, error) { return p.read(fail, check, true) }, func() error {
		v, dims = fixed, p.dims
		if value != nil {
			v = words[T](value)[0]
		}
		for len(dims) > 1 && dims[0] == (move.PadDim{N: 1}) {
			dims = dims[1:]
		}
		if len(dims) == 0 {
			move.Pad(words[T](out), words[T](in), dims, v)
			return nil
		}
		parts.do(dims[0].Before+dims[0].N+dims[0].After, moveWork(len(out.Bytes())))
		return nil
	})
}

// padding reads the paddings of PAD and MIRROR_PAD.
type padding struct {
	in            tensor.Shape
	operand       *tensor.Tensor
	amounts       []int
	shape         tensor.Shape
	whole, merged []move.PadDim
	dims          []move.PadDim
}

func newPadding(n *Node) (*padding, error) {
	p := &padding{in: n.Input(0).Shape, operand: n.Input(1)}
	if len(p.in) > maxRank {
		return nil, unsupportedf("rank %d, at most %d", len(p.in), maxRank)
	}
	if want := (tensor.Shape{len(p.in), 2}); !p.operand.Shape.Equal(want) {
		return nil, invalidf("paddings: shape %v, want %v", p.operand.Shape, want)
	}
	return p, nil
}

func (p *padding) read(fail failf, check func(move.PadDim, failf) error, collapse bool) (_ tensor.Shape, err error) {
	if p.operand.Type == tensor.Bool {
		p.amounts = p.amounts[:0]
		for _, b := range tensor.Raw[uint8](p.operand) {
			p.amounts = append(p.amounts, int(b))
		}
	} else if p.amounts, err = readInts(p.amounts[:0], p.operand, "paddings"); err != nil {
		return nil, err
	}
	p.shape, p.whole = p.shape[:0], p.whole[:0]
	for i, d := range p.in {
		pd := move.PadDim{Before: p.amounts[2*i], N: d, After: p.amounts[2*i+1]}
		if err := check(pd, fail); err != nil {
			return nil, err
		}
		size, err := dimension(int64(pd.Before)+int64(d)+int64(pd.After), fail)
		if err != nil {
			return nil, err
		}
		p.shape, p.whole = append(p.shape, size), append(p.whole, pd)
	}
	p.dims = p.whole
	if collapse && p.shape.Check() == nil {
		p.merged = move.CollapsePad(p.merged[:0], p.whole)
		p.dims = p.merged
	}
	return p.shape, nil
}
