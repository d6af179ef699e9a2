// LOGISTIC: y = 1 / (1 + exp(-x)).
//
//	FLOAT32, FLOAT16, BFLOAT16   as written
//	INT8, UINT8                  a table of 256 entries; output scale 1/256
//	INT16                        interpolation in a table of 256 entries; zero points 0, output scale 1/32768

package ops

import (
	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var logistic = Op{
	Code: tflite.BuiltinOperatorLOGISTIC, Name: "LOGISTIC", MaxVersion: 3,
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32; FLOAT16; BFLOAT16; INT8; UINT8; INT16",
	Prepare: prepareLogistic,
}

func prepareLogistic(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	switch in.Type {
	case tensor.Float32, tensor.Float16, tensor.BFloat16:
		return activationFloats(n, 200, f32.Logistic), nil
	case tensor.Int8, tensor.Uint8:
		if scale, _, err := perTensor(out, "output"); err != nil {
			return nil, err
		} else if scale != 1./256 {
			return nil, invalidf("output: scale %v, want 1/256", scale)
		}
		return activationLUT(in, out, f32.LogisticOf)
	case tensor.Int16:
		scale, err := sigmoidScale(in, out)
		if err != nil {
			return nil, err
		}
		multiplier, shift := sigmoidMultiplier(scale)
		if power, exact := fixedpoint.Log2(scale); exact && power == -12 {
			multiplier, shift = 3, 0 // no rounding needed
		}
		table := q.SigmoidTable()
		return func() error {
			q.Logistic16(tensor.Data[int16](out), tensor.Data[int16](in), table, multiplier, shift)
			return nil
		}, nil
	}
	return nil, unsupportedTypes(n)
}

// sigmoidScale checks the INT16 quantization of LOGISTIC and TANH and returns the input's scale.
func sigmoidScale(in, out *tensor.Tensor) (float32, error) {
	scale, err := symmetric(in, "input")
	if err != nil {
		return 0, err
	}
	scaleOut, err := symmetric(out, "output")
	if err != nil {
		return 0, err
	}
	if scaleOut != 1./32768 {
		return 0, invalidf("output: scale %v, want 1/32768", scaleOut)
	}
	return scale, nil
}

// sigmoidMultiplier returns scale*4096*3, in which the sigmoid table is indexed, as multiplier / 2^shift with a multiplier of
// up to 15 bits. Source: Logistic and Tanh for int16 in TFLite's kernels.
func sigmoidMultiplier(scale float32) (multiplier int32, shift int) {
	m := float64(scale) * 4096 * 3
	for m <= 32767./2 && shift <= 30 {
		shift++
		m *= 2
	}
	return int32(min(m, 1<<31-1)), shift
}
