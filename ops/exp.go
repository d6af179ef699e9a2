// EXP, LOG: y = e^x, y = ln x.
//
//	FLOAT32   as written
//	INT8      a table of all 256 values
//	INT16     a table of 513 samples; zero points are 0
//
// The logarithm of what is not positive is the smallest stored value.

package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	expOp = tabulatedOp(tflite.BuiltinOperatorEXP, 2, f32.Exp, func(*tensor.Tensor) func(float32) float32 {
		return func(x float32) float32 { return float32(math.Exp(float64(x))) }
	})
	logOp = tabulatedOp(tflite.BuiltinOperatorLOG, 2, f32.Log, func(out *tensor.Tensor) func(float32) float32 {
		lo, _, _ := out.Type.Range()
		least := float32(int32(lo)-out.Quant.ZeroPoint[0]) * out.Quant.Scale[0]
		return func(x float32) float32 {
			if x <= 0 {
				return least
			}
			return float32(math.Log(float64(x)))
		}
	})
)

// tabulatedOp describes a function of FLOAT32, computed by kernel, and of quantized INT8 and INT16, tabulated from what real
// returns for a per-tensor quantized output.
func tabulatedOp(code tflite.BuiltinOperator, maxVersion int, kernel func(dst, x []float32),
	real func(out *tensor.Tensor) func(float32) float32) Op {
	return Op{
		Code: code, Name: code.String(), MaxVersion: maxVersion,
		Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
		Types: "FLOAT32; quantized INT8, INT16",
		Prepare: func(n *Node) (Eval, error) {
			in, out := n.Input(0), n.Output(0)
			if in.Type != out.Type {
				return nil, unsupportedTypes(n)
			}
			switch in.Type {
			case tensor.Float32:
				return prepareUnary(n, kernel)
			case tensor.Int8:
				if _, _, err := perTensor(out, "output"); err != nil {
					return nil, err
				}
				table, err := lut8(in, out, real(out))
				if err != nil {
					return nil, err
				}
				return prepareTable8(n, table)
			case tensor.Int16:
				if err := symmetric16(in, out); err != nil {
					return nil, err
				}
				table, err := lut16(in, out, real(out))
				if err != nil {
					return nil, err
				}
				return prepareUnary(n, func(dst, x []int16) { q.Lookup16(dst, x, table) })
			}
			return nil, unsupportedTypes(n)
		},
	}
}
