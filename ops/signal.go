// The audio front end of TFLite Micro (custom operators), part one: windows and spectra. Leading dimensions are batches.
//
//	SignalWindow          INT16 x, weights[n] -> INT16: saturate(x*weights >> shift) for every run of n samples
//	SignalFftAutoScale    INT16 -> INT16 shifted left to fill its range, INT32 the shift
//	SignalRfft            INT16, INT32, FLOAT32 [...,n] -> the same [...,fft_length+2]: pairs (re, im) of fft_length/2+1 bins
//	SignalIrfft           the inverse, [...,fft_length+2] -> [...,fft_length]
//	SignalEnergy          INT16 pairs -> UINT32: re^2 + im^2 of bins start_index to end_index-1, 0 elsewhere
//
// Transforms of integers are scaled by 1/fft_length; that of FLOAT32 is not, but its inverse is.

package ops

import (
	"math/bits"

	"github.com/litewren/litewren/ops/internal/kernel/fft"
	"github.com/litewren/litewren/ops/internal/kernel/signal"
	"github.com/litewren/litewren/schema/flex"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	signalWindow       = signalOp("SignalWindow", 2, 1, "INT16", prepareSignalWindow)
	signalFftAutoScale = signalOp("SignalFftAutoScale", 1, 2, "INT16 -> INT16, INT32", prepareSignalFftAutoScale)
	signalRfft         = signalOp("SignalRfft", 1, 1, "INT16; INT32; FLOAT32", prepareSignalRfft)
	signalIrfft        = signalOp("SignalIrfft", 1, 1, "INT16; INT32; FLOAT32", prepareSignalIrfft)
	signalEnergy       = signalOp("SignalEnergy", 1, 1, "INT16 -> UINT32", prepareSignalEnergy)
)

// maxFFTLength bounds the tables of a transform.
const maxFFTLength = 1 << 16

func signalOp(name string, inputs, outputs int, types string, prepare func(n *Node, v flex.Value) (Eval, error)) Op {
	return Op{
		Code: tflite.BuiltinOperatorCUSTOM, Name: name,
		Inputs: Exactly(inputs), Outputs: Exactly(outputs), Types: types,
		Prepare: func(n *Node) (Eval, error) {
			v, err := flex.Parse(n.CustomOptions)
			if err != nil {
				return nil, invalidf("options: %v", err)
			}
			return prepare(n, v)
		},
	}
}

// signalTypes verifies the element types of inputs and outputs.
func signalTypes(n *Node, inputs, outputs []tensor.Type) error {
	for i, t := range inputs {
		if n.Input(i).Type != t {
			return unsupportedTypes(n)
		}
	}
	for i, t := range outputs {
		if n.Output(i).Type != t {
			return unsupportedTypes(n)
		}
	}
	return nil
}

func prepareSignalWindow(n *Node, v flex.Value) (Eval, error) {
	if err := signalTypes(n, []tensor.Type{tensor.Int16, tensor.Int16}, []tensor.Type{tensor.Int16}); err != nil {
		return nil, err
	}
	x, weights, out := n.Input(0), n.Input(1), n.Output(0)
	shift, err := flexInt(v, "shift", 0, 31)
	if err != nil {
		return nil, err
	}
	depth, err := lastDimension(x)
	if err != nil {
		return nil, err
	}
	if w := weights.Elements(); w < 1 || depth%w != 0 {
		return nil, invalidf("weights: got %d, which does not divide the last dimension of %v", w, x.Shape)
	}
	if err := n.SetOutput(0, x.Shape); err != nil {
		return nil, err
	}
	return func() error {
		signal.Window(tensor.Data[int16](out), tensor.Data[int16](x), tensor.Data[int16](weights), uint(shift))
		return nil
	}, nil
}

func prepareSignalFftAutoScale(n *Node, _ flex.Value) (Eval, error) {
	if err := signalTypes(n, []tensor.Type{tensor.Int16}, []tensor.Type{tensor.Int16, tensor.Int32}); err != nil {
		return nil, err
	}
	x, out, shift := n.Input(0), n.Output(0), n.Output(1)
	if err := n.SetOutput(0, x.Shape); err != nil {
		return nil, err
	}
	if shift.Elements() != 1 {
		return nil, invalidf("scale bits: shape %v, want one element", shift.Shape)
	}
	if err := n.SetOutput(1, shift.Shape); err != nil {
		return nil, err
	}
	return func() error {
		tensor.Data[int32](shift)[0] = signal.AutoScale(tensor.Data[int16](out), tensor.Data[int16](x))
		return nil
	}, nil
}

func prepareSignalEnergy(n *Node, v flex.Value) (Eval, error) {
	if err := signalTypes(n, []tensor.Type{tensor.Int16}, []tensor.Type{tensor.Uint32}); err != nil {
		return nil, err
	}
	x, out := n.Input(0), n.Output(0)
	depth, err := lastDimension(x)
	if err != nil {
		return nil, err
	}
	if depth%2 != 0 {
		return nil, invalidf("input: shape %v does not hold pairs", x.Shape)
	}
	bins := depth / 2
	first, err := flexInt(v, "start_index", 0, int64(bins))
	if err != nil {
		return nil, err
	}
	last, err := flexInt(v, "end_index", 0, int64(bins))
	if err != nil {
		return nil, err
	}
	shape := x.Shape.Clone()
	shape[len(shape)-1] = bins
	if err := n.SetOutput(0, shape); err != nil {
		return nil, err
	}
	return func() error {
		src, dst := tensor.Data[int16](x), tensor.Data[uint32](out)
		for ; len(dst) > 0; src, dst = src[depth:], dst[bins:] {
			signal.Energy(dst[:bins], src, first, last)
		}
		return nil
	}, nil
}

// transformShape checks the options of a transform and states its output: the last dimension becomes to(fft_length).
func transformShape(n *Node, v flex.Value, to func(length int) int) (length, depth int, err error) {
	x, out := n.Input(0), n.Output(0)
	if x.Type != out.Type || !oneOf(x.Type, tensor.Int16, tensor.Int32, tensor.Float32) {
		return 0, 0, unsupportedTypes(n)
	}
	if length, err = flexInt(v, "fft_length", 4, maxFFTLength); err != nil {
		return 0, 0, err
	}
	if bits.OnesCount(uint(length)) != 1 {
		return 0, 0, unsupportedf("fft_length %d, want a power of two", length)
	}
	if depth, err = lastDimension(x); err != nil {
		return 0, 0, err
	}
	if err := n.Claim(int64(length), 32); err != nil {
		return 0, 0, err
	}
	shape := x.Shape.Clone()
	shape[len(shape)-1] = to(length)
	return length, depth, n.SetOutput(0, shape)
}

func prepareSignalRfft(n *Node, v flex.Value) (Eval, error) {
	length, depth, err := transformShape(n, v, func(length int) int { return length + 2 })
	if err != nil {
		return nil, err
	}
	if depth > length {
		return nil, invalidf("input: shape %v, want at most fft_length %d samples", n.Input(0).Shape, length)
	}
	switch n.Input(0).Type {
	case tensor.Int16:
		return rfftEval[int16](n, length, depth), nil
	case tensor.Int32:
		return rfftEval[int32](n, length, depth), nil
	}
	x, out := n.Input(0), n.Output(0)
	transform := fft.NewReal(length)
	return func() error {
		src, dst := tensor.Data[float32](x), tensor.Data[float32](out)
		for ; len(dst) > 0; src, dst = src[depth:], dst[length+2:] {
			transform.Set(src[:depth])
			re, im := transform.Forward()
			for k, v := range re {
				dst[2*k], dst[2*k+1] = float32(v), float32(im[k])
			}
		}
		return nil
	}, nil
}

func rfftEval[T signal.Sample](n *Node, length, depth int) Eval {
	x, out := n.Input(0), n.Output(0)
	f := signal.NewFFT[T](length, false)
	padded, bins, work := make([]T, length), make([]signal.Complex[T], length/2+1), make([]signal.Complex[T], f.Scratch())
	return func() error {
		src, dst := tensor.Data[T](x), tensor.Data[T](out)
		for ; len(dst) > 0; src, dst = src[depth:], dst[length+2:] {
			copy(padded, src[:depth]) // the rest stays 0
			f.Forward(bins, padded, work)
			for k, c := range bins {
				dst[2*k], dst[2*k+1] = c.Re, c.Im
			}
		}
		return nil
	}
}

func prepareSignalIrfft(n *Node, v flex.Value) (Eval, error) {
	length, depth, err := transformShape(n, v, func(length int) int { return length })
	if err != nil {
		return nil, err
	}
	if depth != length+2 {
		return nil, invalidf("input: shape %v, want fft_length+2 = %d numbers", n.Input(0).Shape, length+2)
	}
	switch n.Input(0).Type {
	case tensor.Int16:
		return irfftEval[int16](n, length), nil
	case tensor.Int32:
		return irfftEval[int32](n, length), nil
	}
	x, out := n.Input(0), n.Output(0)
	transform := fft.NewReal(length)
	scale := 1 / float64(length)
	return func() error {
		src, dst := tensor.Data[float32](x), tensor.Data[float32](out)
		for ; len(dst) > 0; src, dst = src[depth:], dst[length:] {
			re, im := transform.Spectrum()
			for k := range re {
				re[k], im[k] = float64(src[2*k]), float64(src[2*k+1])
			}
			even, odd := transform.Inverse()
			for i, v := range even {
				dst[2*i], dst[2*i+1] = float32(v*scale), float32(odd[i]*scale)
			}
		}
		return nil
	}, nil
}

func irfftEval[T signal.Sample](n *Node, length int) Eval {
	x, out := n.Input(0), n.Output(0)
	f := signal.NewFFT[T](length, true)
	bins, work := make([]signal.Complex[T], length/2+1), make([]signal.Complex[T], f.Scratch())
	return func() error {
		src, dst := tensor.Data[T](x), tensor.Data[T](out)
		for ; len(dst) > 0; src, dst = src[length+2:], dst[length:] {
			for k := range bins {
				bins[k] = signal.Complex[T]{Re: src[2*k], Im: src[2*k+1]}
			}
			f.Inverse(dst[:length], bins, work)
		}
		return nil
	}
}
