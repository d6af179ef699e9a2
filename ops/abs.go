// ABS: y = |x|.
//
//	FLOAT32, INT32, INT16   as written; the smallest integer stays what it is
//	INT8, INT16 quantized   clamp(zero_out + M*|x - zero_in|), M = scale_in/scale_out in double-rounding fixed point; zero points
//	                        of 0 for INT16

package ops

import (
	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/elem"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var absOp = Op{
	Code: tflite.BuiltinOperatorABS, Name: "ABS", MaxVersion: 5,
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
	Types: "FLOAT32; INT32; INT16; quantized INT8, INT16",
	Prepare: func(n *Node) (Eval, error) {
		in, out := n.Input(0), n.Output(0)
		if in.Type != out.Type {
			return nil, unsupportedTypes(n)
		}
		switch in.Type {
		case tensor.Float32:
			return prepareUnary(n, f32.Abs)
		case tensor.Int32:
			return prepareUnary(n, elem.Abs[int32])
		case tensor.Int8:
			p, err := absParams(in, out)
			if err != nil {
				return nil, err
			}
			table := storedTable(in.Type, p.At)
			return prepareTable8(n, table)
		case tensor.Int16:
			if !quantized(in) && !quantized(out) {
				return prepareUnary(n, elem.Abs[int16])
			}
			if err := symmetric16(in, out); err != nil {
				return nil, err
			}
			p, err := absParams(in, out)
			if err != nil {
				return nil, err
			}
			return prepareUnary(n, func(dst, x []int16) { q.Abs16(dst, x, p) })
		}
		return nil, unsupportedTypes(n)
	},
}

func absParams(in, out *tensor.Tensor) (*q.AbsParams, error) {
	scaleIn, zeroIn, err := perTensor(in, "input")
	if err != nil {
		return nil, err
	}
	scaleOut, zeroOut, err := perTensor(out, "output")
	if err != nil {
		return nil, err
	}
	lo, hi, _ := out.Type.Range()
	p := &q.AbsParams{RescaleParams: q.RescaleParams{ZeroIn: zeroIn, ZeroOut: zeroOut, Min: int32(lo), Max: int32(hi)}}
	p.Multiplier, p.Shift = fixedpoint.QuantizeMultiplier(float64(scaleIn / scaleOut))
	if p.Shift > 31 {
		return nil, unsupportedf("input scale %v with output scale %v", scaleIn, scaleOut)
	}
	return p, nil
}

// symmetric16 verifies that an INT16 input and output are quantized with zero points of 0.
func symmetric16(in, out *tensor.Tensor) error {
	if _, err := symmetric(in, "input"); err != nil {
		return err
	}
	_, err := symmetric(out, "output")
	return err
}

// storedTable tabulates a function of stored 8-bit values for q.Lookup8.
func storedTable(t tensor.Type, f func(v int32) int32) *[256]uint8 {
	table := new([256]uint8)
	for b := range table {
		v := int32(b)
		if t == tensor.Int8 {
			v = int32(int8(b))
		}
		table[b] = uint8(f(v))
	}
	return table
}

// prepareTable8 gives output 0 the shape of input 0 and returns the evaluation of a table over stored 8-bit values.
func prepareTable8(n *Node, table *[256]uint8) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	return func() error {
		q.Lookup8(out.Bytes(), in.Bytes(), table)
		return nil
	}, nil
}
