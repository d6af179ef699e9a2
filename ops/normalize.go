// NORMALIZE: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, over the last dimension of each row (layer norm) or over
// all dimensions between the first and the last, for each channel of each image (instance norm). gamma and beta, of one element
// for each channel, may be absent: 1 and 0.
//
//	x, gamma, beta, y
//	FLOAT32
//
// This operator is fused: rewrites put it in place of several nodes. No registry holds it, so no file can ask for it.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Normalize is the fused operator NORMALIZE, with *NormalizeOptions.
var Normalize = &Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "NORMALIZE",
	Inputs: Between(1, 3), Outputs: Exactly(1), InPlace: []int{0},
	Types:   "FLOAT32",
	Prepare: prepareNormalize,
}

// NormalizeOptions are the options of Normalize.
type NormalizeOptions struct {
	Epsilon float32
	// Channels says that each channel of each image is normalized, not each row.
	Channels bool
	// Shape is the shape that x must have, nil where any will do.
	Shape tensor.Shape
	// Activation clamps the result.
	Activation tflite.ActivationFunctionType
}

func prepareNormalize(n *Node) (Eval, error) {
	opts, err := options[NormalizeOptions](n)
	if err != nil {
		return nil, err
	}
	in, gamma, beta, out := n.Input(0), n.Input(1), n.Input(2), n.Output(0)
	rank := len(in.Shape)
	if in.Type != tensor.Float32 || out.Type != tensor.Float32 {
		return nil, unsupportedTypes(n)
	}
	if rank < 1 || opts.Channels && rank < 3 || in.Elements() == 0 {
		return nil, unsupportedf("shape %v", in.Shape)
	}
	channels := in.Shape[rank-1]
	groups, size := in.Elements()/channels, channels
	if opts.Channels {
		groups, size = in.Shape[0], in.Elements()/in.Shape[0]
	}
	if opts.Shape != nil && !opts.Shape.Equal(in.Shape) {
		return nil, unsupportedf("shape %v, want %v", in.Shape, opts.Shape)
	}
	for i, t := range []*tensor.Tensor{gamma, beta} {
		if t != nil && (t.Type != tensor.Float32 || t.Elements() != channels || len(t.Shape) > rank || t.Shape[len(t.Shape)-1] != channels) {
			return nil, unsupportedf("input %d: %s%v for %d channels", 1+i, t.Type, t.Shape, channels)
		}
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	if err := n.Claim(2*int64(channels), 4); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(opts.Activation)
	if err != nil {
		return nil, err
	}
	clamp := func(y []float32) {
		if opts.Activation != tflite.ActivationFunctionTypeNONE {
			f32.Clamp(y, y, lo, hi)
		}
	}
	ones, zeros := make([]float32, channels), make([]float32, channels)
	for i := range ones {
		ones[i] = 1
	}
	factors := func() (g, b []float32) {
		g, b = ones, zeros
		if gamma != nil {
			g = tensor.Data[float32](gamma)
		}
		if beta != nil {
			b = tensor.Data[float32](beta)
		}
		return g, b
	}
	chunks := n.Chunks(groups, int64(in.Elements())/4)
	if opts.Channels {
		chunks = min(chunks, groups)
		scratch, err := n.Scratch(tensor.Float32, n.Host.Threads(), 2, channels)
		if err != nil {
			return nil, err
		}
		run := func(thread, chunk int) {
			x, y, ab := tensor.Data[float32](in), tensor.Data[float32](out), tensor.Data[float32](scratch)
			g, b := factors()
			ab = ab[thread*2*channels:][:2*channels]
			first, last := Span(groups, chunks, chunk)
			for i := first; i < last; i++ {
				f32.InstanceNorm(y[i*size:(i+1)*size], x[i*size:(i+1)*size], g, b, ab[:channels], ab[channels:], channels, opts.Epsilon)
				clamp(y[i*size : (i+1)*size])
			}
		}
		return func() error { n.Host.Fork(chunks, run); return n.Host.Err() }, nil
	}
	run := func(_, chunk int) {
		first, last := Span(groups, chunks, chunk)
		g, b := factors()
		y := tensor.Data[float32](out)[first*size : last*size]
		f32.LayerNorm(y, tensor.Data[float32](in)[first*size:last*size], g, b, size, opts.Epsilon)
		clamp(y)
	}
	return func() error { n.Host.Fork(chunks, run); return n.Host.Err() }, nil
}
