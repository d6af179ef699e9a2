// CONCATENATION: the inputs side by side along an axis.
//
//	FLOAT32, FLOAT16, BFLOAT16, INT8, INT16, INT32, UINT32, INT64, BOOL, INT4   as they are
//	UINT8                                                                       requantized where the parameters differ

package ops

import (
	"math"
	"slices"

	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var concatenation = Op{
	Code: tflite.BuiltinOperatorCONCATENATION, Name: "CONCATENATION", MaxVersion: 7,
	Inputs: AtLeast(1), Outputs: Exactly(1),
	Types:   "FLOAT32; FLOAT16; BFLOAT16; UINT8; INT8; INT16; INT32; UINT32; INT64; BOOL; INT4",
	Prepare: prepareConcatenation,
}

func prepareConcatenation(n *Node) (Eval, error) {
	opts, err := options[tflite.ConcatenationOptionsT](n)
	if err != nil {
		return nil, err
	}
	if a := opts.FusedActivationFunction; a != tflite.ActivationFunctionTypeNONE {
		return nil, unsupportedf("fused activation %d", a)
	}
	return concatenate(n, int(opts.Axis))
}

// concatenate prepares a concatenation along an axis.
func concatenate(n *Node, axis int) (Eval, error) {
	out := n.Output(0)
	if !oneOf(out.Type, tensor.Float32, tensor.Float16, tensor.BFloat16, tensor.Uint8, tensor.Int8, tensor.Int16,
		tensor.Int32, tensor.Uint32, tensor.Int64, tensor.Bool, tensor.Int4) {
		return nil, unsupportedTypes(n)
	}
	for _, in := range n.Inputs {
		if in.Type != out.Type {
			return nil, unsupportedTypes(n)
		}
		if in.Type != tensor.Uint8 {
			if err := movedQuantization(in, out); err != nil {
				return nil, err
			}
		}
	}
	shape, axis, err := concatShape(n, axis)
	if err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, shape); err != nil {
		return nil, err
	}
	outer, row := product(shape[:axis]), product(shape[axis:])
	run := func(in *tensor.Tensor) int {
		if len(in.Shape) == 0 {
			return 1
		}
		return product(in.Shape[axis:])
	}
	return joined(n, outer, row, run), nil
}

// joined evaluates an operator that puts runs of all inputs side by side, outer times; row elements apart.
func joined(n *Node, outer, row int, run func(*tensor.Tensor) int) Eval {
	parts := make([]part, 0, len(n.Inputs))
	out, at := n.Output(0), 0
	for _, in := range n.Inputs {
		size := run(in)
		if outer > 0 && size > 0 {
			parts = append(parts, part{in, size, at, requantizeBytes(in, out)})
		}
		at += size
	}
	copyRows := rowCopier(out.Type)
	if size := out.Type.Size(); outer == 1 && size > 0 && !slices.ContainsFunc(parts, func(p part) bool { return p.table != nil }) {
		return func() error {
			dst := out.Bytes()
			for i := range parts {
				p := &parts[i]
				copy(dst[p.at*size:(p.at+p.size)*size], p.in.Bytes())
			}
			return nil
		}
	}
	rows := newSpans(n, func(first, last int) {
		for i := range parts {
			p := &parts[i]
			if p.table == nil {
				copyRows(out, p.in, first*row+p.at, first*p.size, last-first, p.size, row, p.size)
				continue
			}
			dst, src := tensor.Data[uint8](out), tensor.Data[uint8](p.in)
			for o := first; o < last; o++ {
				q.Lookup8(dst[o*row+p.at:][:p.size], src[o*p.size:][:p.size], p.table)
			}
		}
	})
	return func() error {
		work := moveWork(len(out.Bytes()))
		if out.Type.Packed() { // rows share bytes
			work = 0
		}
		rows.do(outer, work)
		return nil
	}
}

// part is one input of a concatenation: size elements of each row, from at on.
type part struct {
	in       *tensor.Tensor
	size, at int
	table    *[256]uint8 // what becomes of each value; nil where it stays
}

// concatShape checks the inputs' shapes and adds them up along the axis. Scalars count as vectors of one element.
func concatShape(n *Node, axis int) (tensor.Shape, int, error) {
	first := n.Inputs[0].Shape
	rank := max(len(first), 1)
	axis, err := normalAxis(axis, rank)
	if err != nil {
		return nil, 0, err
	}
	sum := int64(0)
	for i, in := range n.Inputs {
		if len(in.Shape) != len(first) {
			return nil, 0, invalidf("input %d: shape %v, want rank %d", i, in.Shape, len(first))
		}
		if len(in.Shape) == 0 {
			sum++
			continue
		}
		for d := range in.Shape {
			if d != axis && in.Shape[d] != first[d] {
				return nil, 0, invalidf("input %d: shape %v, want %v but for axis %d", i, in.Shape, first, axis)
			}
		}
		sum += int64(in.Shape[axis])
	}
	size, err := dimension(sum, invalidf)
	if err != nil {
		return nil, 0, err
	}
	shape := append(tensor.Shape{}, first...)
	if len(shape) == 0 {
		shape = tensor.Shape{0}
	}
	shape[axis] = size
	return shape, axis, nil
}

// requantizeBytes returns the values that UINT8 elements become in a tensor of other quantization, nil where they stay.
func requantizeBytes(in, out *tensor.Tensor) *[256]uint8 {
	if in.Type != tensor.Uint8 || !in.Quant.PerTensor() || !out.Quant.PerTensor() || sameQuantization(in, out) == nil {
		return nil
	}
	// Source: ConcatenationWithScaling in TFLite's reference kernels.
	inverse := 1 / out.Quant.Scale[0]
	scale := in.Quant.Scale[0] * inverse
	bias := float32(-in.Quant.ZeroPoint[0]) * scale
	if math.IsNaN(float64(scale)) || math.IsInf(float64(scale), 0) {
		return nil
	}
	table := new([256]uint8)
	for i := range table {
		table[i] = uint8(i)
	}
	q.Affine(table[:], table[:], scale, bias, out.Quant.ZeroPoint[0])
	return table
}
