// SOFTMAX: y = exp(beta*x) / sum(exp(beta*x)) over the last dimension.
//
//	FLOAT32                     exp(beta*(x - max)) in float32, summed in order; results below 2^-126 are 0
//	FLOAT16                     likewise, with the exponentials rounded to FLOAT16 before the division
//	INT8 -> INT8, INT16         fixed point; INT8 outputs have scale 1/256 and zero point -128,
//	UINT8 -> UINT8, INT16       INT16 outputs scale 1/65536 and zero point -32768
//	INT16 -> INT16              two tables of 513 entries; output scale 1/32768 and zero point 0

package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var softmax = Op{
	Code: tflite.BuiltinOperatorSOFTMAX, Name: "SOFTMAX", MaxVersion: 4,
	Inputs: Exactly(1), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32; FLOAT16; INT8 -> INT8, INT16; UINT8 -> UINT8, INT16; INT16",
	Prepare: prepareSoftmax,
}

func prepareSoftmax(n *Node) (Eval, error) {
	opts, err := options[tflite.SoftmaxOptionsT](n)
	if err != nil {
		return nil, err
	}
	in, out, beta := n.Input(0), n.Output(0), opts.Beta
	depth, err := lastDimension(in)
	if err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	switch in.Type {
	case tensor.Float32:
		if out.Type != in.Type {
			return nil, unsupportedTypes(n)
		}
		rows := in.Shape.Elements() / max(depth, 1)
		return forkSpans(n, rows, 200*depth, func(i, j int) {
			f32.Softmax(tensor.Data[float32](out)[i*depth:j*depth], tensor.Data[float32](in)[i*depth:j*depth], depth, beta)
		}), nil
	case tensor.Float16:
		if out.Type != in.Type {
			return nil, unsupportedTypes(n)
		}
		return func() error {
			f32.SoftmaxHalf(tensor.Data[uint16](out), tensor.Data[uint16](in), depth, beta)
			return nil
		}, nil
	}
	scale, _, err := perTensor(in, "input")
	if err != nil {
		return nil, err
	}
	if err := checkSoftmaxOutput(in, out); err != nil {
		return nil, err
	}
	if in.Type == tensor.Int16 {
		if out.Type != tensor.Int16 {
			return nil, unsupportedTypes(n)
		}
		if _, err := symmetric(in, "input"); err != nil {
			return nil, err
		}
		s := softmax16(scale, beta)
		return func() error {
			s.Run(tensor.Data[int16](out), tensor.Data[int16](in), depth)
			return nil
		}, nil
	}
	multiplier, shift, err := softmaxMultiplier(scale, beta)
	if err != nil {
		return nil, err
	}
	table := q.NewSoftmaxTable(multiplier, shift)
	switch {
	case in.Type == tensor.Int8 && out.Type == tensor.Int8:
		return evalSoftmax[int8, int8](n, in, out, depth, table), nil
	case in.Type == tensor.Int8 && out.Type == tensor.Int16:
		return evalSoftmax[int8, int16](n, in, out, depth, table), nil
	case in.Type == tensor.Uint8 && out.Type == tensor.Uint8:
		return evalSoftmax[uint8, uint8](n, in, out, depth, table), nil
	case in.Type == tensor.Uint8 && out.Type == tensor.Int16:
		return evalSoftmax[uint8, int16](n, in, out, depth, table), nil
	}
	return nil, unsupportedTypes(n)
}

func evalSoftmax[In int8 | uint8, Out int8 | uint8 | int16](n *Node, in, out *tensor.Tensor, depth int, table *q.SoftmaxTable) Eval {
	lo, hi, _ := out.Type.Range()
	rows := in.Shape.Elements() / max(depth, 1)
	return forkSpans(n, rows, 500*depth, func(i, j int) {
		q.Softmax(tensor.Data[Out](out)[i*depth:j*depth], tensor.Data[In](in)[i*depth:j*depth], depth, table, int32(lo), int32(hi), out.Type.Bits())
	})
}

// lastDimension returns the size of the dimension a softmax runs over.
func lastDimension(t *tensor.Tensor) (int, error) {
	if t.Shape.Rank() == 0 {
		return 0, invalidf("input: rank 0, want at least 1")
	}
	return t.Shape[len(t.Shape)-1], nil
}

// checkSoftmaxOutput verifies that the output's stored values span [0, 1]. UINT8 outputs are not checked, as in TFLite.
func checkSoftmaxOutput(in, out *tensor.Tensor) error {
	var wantScale float32
	var wantZero int32
	switch {
	case out.Type == tensor.Int8:
		wantScale, wantZero = 1./256, -128
	case out.Type == tensor.Int16 && in.Type == tensor.Int16:
		wantScale, wantZero = 1./32768, 0
	case out.Type == tensor.Int16:
		wantScale, wantZero = 1./65536, -32768
	default:
		return nil
	}
	scale, zero, err := perTensor(out, "output")
	if err != nil {
		return err
	}
	if zero != wantZero {
		return invalidf("output: zero point %d, want %d", zero, wantZero)
	}
	if d := scale - wantScale; d > wantScale/1000 || d < -wantScale/1000 {
		return invalidf("output: scale %v, want %v", scale, wantScale)
	}
	return nil
}

// softmaxMultiplier scales differences of stored values to Q5.26. Source: PreprocessSoftmaxScaling in TFLite's
// quantization_util, which aborts where this returns an error.
func softmaxMultiplier(scale, beta float32) (multiplier int32, shift int, err error) {
	d := min(float64(beta)*float64(scale)*(1<<26), math.MaxInt32)
	multiplier, shift, ok := fixedpoint.QuantizeMultiplierGreaterThanOne(d)
	if !ok {
		return 0, 0, unsupportedf("beta %v with an input scale of %v", beta, scale)
	}
	return multiplier, shift, nil
}

// softmax16 tabulates exp over [-10, 0] and 1/(1+x) over [0, 1], both in steps of 1/32768. Source: SoftmaxPrepare.
func softmax16(scale, beta float32) *q.Softmax16 {
	const (
		steps  = 65535
		outLo  = 2. / steps * math.MinInt16
		outHi  = 2. / steps * math.MaxInt16
		expLow = -10
	)
	s := &q.Softmax16{
		Exp:        tabulate16(expLow, 0, outLo, outHi, math.Exp),
		Reciprocal: tabulate16(0, 1, outLo, outHi, func(x float64) float64 { return 1 / (1 + x) }),
	}
	s.Multiplier, s.Shift = fixedpoint.QuantizeMultiplier(float64(scale*beta) / (10. / steps))
	return s
}
