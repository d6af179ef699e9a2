// HARD_SWISH: y = x * min(6, max(0, x+3)) / 6.
//
//	FLOAT32       as written
//	INT8, UINT8   in 16-bit fixed point, tabulated

package ops

import (
	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var hardSwish = Op{
	Code: tflite.BuiltinOperatorHARD_SWISH, Name: "HARD_SWISH",
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32; INT8; UINT8",
	Prepare: prepareHardSwish,
}

func prepareHardSwish(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	switch in.Type {
	case tensor.Float32:
		return activationFloats(n, 120, f32.HardSwish), nil
	case tensor.Int8, tensor.Uint8:
		table, err := hardSwishTable(in, out)
		if err != nil {
			return nil, err
		}
		return activationBytes(in, out, table), nil
	}
	return nil, unsupportedTypes(n)
}

// hardSwishTable holds the result for each stored byte. Source: HardSwishPrepare in TFLite's activations.
func hardSwishTable(in, out *tensor.Tensor) (*[256]uint8, error) {
	scaleIn, zeroIn, err := perTensor(in, "input")
	if err != nil {
		return nil, err
	}
	scaleOut, zeroOut, err := perTensor(out, "output")
	if err != nil {
		return nil, err
	}
	fine := float32(1./128) * scaleIn
	output, exponent := fixedpoint.QuantizeMultiplier(float64(fine / scaleOut))
	if exponent > 0 {
		return nil, unsupportedf("scales %v to %v: an input step is more than 128 output steps", scaleIn, scaleOut)
	}
	const rectifierScale = float32(3. / 32768)
	rectifier, rectifierExponent := fixedpoint.QuantizeMultiplier(float64(fine / rectifierScale))
	lo, hi, _ := in.Type.Range()
	p := q.HardSwishParams{
		ZeroIn: zeroIn, ZeroOut: zeroOut,
		OutputMultiplier: multiplier16(output), OutputExponent: exponent,
		RectifierMultiplier: multiplier16(rectifier), RectifierExponent: rectifierExponent,
		Min: int32(lo), Max: int32(hi),
	}
	table := new([256]uint8)
	for v := int32(lo); v <= int32(hi); v++ {
		table[uint8(v)] = uint8(p.At(v))
	}
	return table, nil
}

// multiplier16 rounds a 31-bit multiplier to 15 bits.
func multiplier16(m int32) int16 {
	if m >= 1<<31-1-1<<15 {
		return 1<<15 - 1
	}
	return int16((m + 1<<15) >> 16)
}
