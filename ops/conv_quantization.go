package ops

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// convQuantization is what a quantized convolution needs besides its weights.
type convQuantization struct {
	q.Channels
	zeroIn     int32
	zeroFilter int32 // UINT8 only
	wide       bool  // sums of 64 bits; INT16 only
}

// convQuantize computes the multiplier of each output channel, scale_in*scale_filter[c]/scale_out. The filter's scales are one
// for all or one for each index of a dimension of the filter that has outC of them. UINT8 is per-tensor only, rounds the
// product of the first two scales to float32, and wants the bias to have that scale. Source:
// PopulateConvolutionQuantizationParams in TFLite's kernel_util.
func convQuantize(in, filter, bias, out *tensor.Tensor, outC int, act tflite.ActivationFunctionType) (*convQuantization, error) {
	scaleIn, zeroIn, err := perTensor(in, "input")
	if err != nil {
		return nil, err
	}
	scaleOut, zeroOut, err := perTensor(out, "output")
	if err != nil {
		return nil, err
	}
	if in.Type == tensor.Int16 && (zeroIn != 0 || zeroOut != 0) {
		return nil, invalidf("zero points %d and %d, want 0 for INT16", zeroIn, zeroOut)
	}
	scales, err := filterScales(filter, outC)
	if err != nil {
		return nil, err
	}
	c := &convQuantization{zeroIn: zeroIn}
	c.ZeroOut = zeroOut
	if c.Min, c.Max, err = quantizedActivationRange(act, out); err != nil {
		return nil, err
	}
	if in.Type == tensor.Uint8 {
		if len(scales) != 1 {
			return nil, invalidf("filter: got %d scales, want 1 for UINT8", len(scales))
		}
		if _, c.zeroFilter, err = perTensor(filter, "filter"); err != nil {
			return nil, err
		}
		if err := checkBiasScale(scaleIn*scales[0], scaleOut, bias); err != nil {
			return nil, err
		}
	} else {
		for i, z := range filter.Quant.ZeroPoint {
			if z != 0 {
				return nil, invalidf("filter: zero point %d is %d, want 0", i, z)
			}
		}
	}
	c.Multiplier, c.Shift = make([]int32, outC), make([]int8, outC)
	for j := range outC {
		s := scales[0]
		if len(scales) > 1 {
			s = scales[j]
		}
		d := float64(scaleIn) * float64(s) / float64(scaleOut)
		if in.Type == tensor.Uint8 {
			d = float64(scaleIn*s) / float64(scaleOut)
		}
		m, shift := fixedpoint.QuantizeMultiplier(d)
		if shift > 30 {
			return nil, invalidf("channel %d: multiplier %v, want less than 2^30", j, d)
		}
		c.Multiplier[j], c.Shift[j] = m, int8(shift)
	}
	return c, nil
}

// biasTolerance is the distance in output steps that a bias scale may have from the product of the other two.
const biasTolerance = 0.02

func checkBiasScale(product, scaleOut float32, bias *tensor.Tensor) error {
	if bias == nil || !quantized(bias) {
		return nil
	}
	scale := bias.Quant.Scale[0]
	if !(math.Abs(float64(product)-float64(scale))/float64(scaleOut) <= biasTolerance) {
		return invalidf("bias: scale %v, want %v", scale, product)
	}
	return nil
}

// filterScales returns the scales of a filter: one, or one for each of outC output channels. A channel's scale may be 0 where
// all of its weights are.
func filterScales(filter *tensor.Tensor, outC int) ([]float32, error) {
	if !quantized(filter) || len(filter.Quant.ZeroPoint) != len(filter.Quant.Scale) {
		return nil, invalidf("filter: %s without scales", filter.Type)
	}
	scales, axis := filter.Quant.Scale, filter.Quant.Axis
	if len(scales) > 1 {
		if len(scales) != outC {
			return nil, invalidf("filter: per-axis scales: got %d, want %d", len(scales), outC)
		}
		if axis < 0 || axis >= len(filter.Shape) || filter.Shape[axis] != outC {
			return nil, invalidf("filter: per-axis scales along dimension %d of %v, want one of extent %d", axis, filter.Shape, outC)
		}
	}
	for i, s := range scales {
		if !(s >= 0 && s <= math.MaxFloat32) { // no NaN compares
			return nil, invalidf("filter: scale %d is %v, want a positive number", i, s)
		}
	}
	return scales, nil
}

// checkBias verifies that the bias in input i, if present, is a vector of outC elements of one of the types.
func checkBias(n *Node, i, outC int, types ...tensor.Type) error {
	bias := n.Input(i)
	if bias == nil {
		return nil
	}
	if got := bias.Elements(); got != outC {
		return invalidf("bias: got %d elements, want %d", got, outC)
	}
	for _, t := range types {
		if bias.Type == t {
			return nil
		}
	}
	return unsupportedTypes(n)
}

// wideSums reports whether the sums of an INT16 convolution are 64 bits wide: a matter of the bias in input i, or of the
// declared bias type where there is none.
func wideSums(n *Node, i int, declared tflite.TensorType) (bool, error) {
	bias := n.Input(i)
	switch declared {
	case tflite.TensorTypeINT32, tflite.TensorTypeINT64:
		if bias != nil && bias.Type != tensor.Type(declared) {
			return false, invalidf("bias: type %s, declared as %s", bias.Type, tensor.Type(declared))
		}
		return declared == tflite.TensorTypeINT64, nil
	case tflite.TensorTypeFLOAT32: // not declared
		return bias == nil || bias.Type == tensor.Int64, nil
	}
	return false, unsupportedf("bias type %s", tensor.Type(declared))
}

// sumsForm returns the sum of each row of k weights.
func sumsForm[W int8 | int16](n *Node, i int, weights *form[W], rows, k int) (*form[int32], error) {
	kind := fmt.Sprintf("sums of %d %T", k, *new(W))
	return formOf(n, i, kind, tensor.Int32, rows, func(dst []int32) { q.RowSums(dst, weights.values(), k) })
}

// startForm returns what the sum of each row of k weights starts from where the inputs have a zero point: for row j
//
//	bias[j] - zero*sum(i, w[j*k+i])
//
// wrapping around, with the bias in input b (none where b is negative) and weights in input i.
func startForm[W int8 | int16](n *Node, i, b int, weights *form[W], rows, k int, zero int32) (*form[int32], error) {
	var bias *tensor.Tensor
	if b >= 0 {
		bias = n.Input(b)
	}
	var sums *form[int32]
	var err error
	if zero != 0 {
		if sums, err = sumsForm(n, i, weights, rows, k); err != nil {
			return nil, err
		}
	}
	fill := func(dst []int32) {
		clear(dst)
		if bias != nil {
			copy(dst, tensor.Data[int32](bias))
		}
		if zero != 0 {
			for j, s := range sums.values() {
				dst[j] -= zero * s
			}
		}
	}
	if (bias == nil || n.IsConst(b)) && (zero == 0 || n.IsConst(i)) {
		ready := make([]int32, rows)
		fill(ready)
		return &form[int32]{ready: ready}, nil
	}
	scratch, err := n.Scratch(tensor.Int32, rows)
	return &form[int32]{scratch: scratch, fill: fill}, err
}

// bias32Form returns the INT32 bias in input b, zeros where it is absent.
func bias32Form(n *Node, b, outC int) *form[int32] {
	if bias := n.Input(b); bias != nil {
		return &form[int32]{direct: bias}
	}
	return &form[int32]{ready: make([]int32, outC)}
}

// bias64Form returns the INT64 bias in input b, zeros where it is absent.
func bias64Form(n *Node, b, outC int) *form[int64] {
	if bias := n.Input(b); bias != nil {
		return &form[int64]{direct: bias}
	}
	return &form[int64]{ready: make([]int64, outC)}
}
