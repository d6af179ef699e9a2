// Max pooling that keeps where the maxima were, and its inverse (custom operators). FLOAT32.
//
// MaxPoolWithArgmax: outputs are the maxima and, INT32, their indexes in the image, (row*width + column)*channels + channel.
// Options (FlexBuffers): ksize, strides, padding, include_batch_in_index (false).
//
// MaxPoolingWithArgmax2D (MediaPipe): the indexes are FLOAT32 and count within the window, row*filter width + column, plus 0.1
// so that they survive rounding in half precision.
//
// MaxUnpooling2D: an image of zeros but for the elements of the first input, each where the second input tells: INT32 indexes
// in the image or FLOAT32 ones within the window, as above.
//
// Options of the latter two: TFLite's C structure TfLitePoolParams, little-endian int32: padding (1 SAME, 2 VALID), horizontal
// and vertical stride, filter width, filter height, activation.

package ops

import (
	"encoding/binary"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/schema/flex"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	maxPoolWithArgmax = Op{
		Code: tflite.BuiltinOperatorCUSTOM, Name: "MaxPoolWithArgmax",
		Inputs: Exactly(1), Outputs: Exactly(2),
		Types:   "FLOAT32 -> FLOAT32, INT32",
		Prepare: prepareMaxPoolWithArgmax,
	}
	maxPoolingWithArgmax2D = Op{
		Code: tflite.BuiltinOperatorCUSTOM, Name: "MaxPoolingWithArgmax2D",
		Inputs: Exactly(1), Outputs: Exactly(2),
		Types:   "FLOAT32",
		Prepare: prepareMaxPoolingWithArgmax2D,
	}
	maxUnpooling2D = Op{
		Code: tflite.BuiltinOperatorCUSTOM, Name: "MaxUnpooling2D",
		Inputs: Exactly(2), Outputs: Exactly(1),
		Types:   "FLOAT32 by INT32 or FLOAT32",
		Prepare: prepareMaxUnpooling2D,
	}
)

func prepareMaxPoolWithArgmax(n *Node) (Eval, error) {
	v, err := flex.Parse(n.CustomOptions)
	if err != nil {
		return nil, invalidf("options: %v", err)
	}
	if v.Key("include_batch_in_index").Bool() {
		return nil, unsupportedf("include_batch_in_index")
	}
	in := n.Input(0)
	if len(in.Shape) != 4 {
		return nil, invalidf("input %v, want 4 dimensions", in.Shape)
	}
	axes, err := flexWindow(v, in.Shape, []string{"height", "width"})
	if err != nil {
		return nil, err
	}
	return prepareArgmax[int32](n, axes, tflite.ActivationFunctionTypeNONE, true, 0)
}

func prepareMaxPoolingWithArgmax2D(n *Node) (Eval, error) {
	p, err := poolParams(n.CustomOptions)
	if err != nil {
		return nil, err
	}
	in := n.Input(0)
	if len(in.Shape) != 4 {
		return nil, invalidf("input %v, want 4 dimensions", in.Shape)
	}
	axes, err := p.axes(in.Shape)
	if err != nil {
		return nil, err
	}
	return prepareArgmax[float32](n, axes, p.activation, false, 0.1)
}

func prepareArgmax[I int32 | float32](n *Node, axes []window.Axis, act tflite.ActivationFunctionType, flat bool, more I) (Eval, error) {
	in, out, at := n.Input(0), n.Output(0), n.Output(1)
	if in.Type != tensor.Float32 || out.Type != tensor.Float32 || flat && at.Type != tensor.Int32 || !flat && at.Type != tensor.Float32 {
		return nil, unsupportedTypes(n)
	}
	lo, hi, err := activationRange(act)
	if err != nil {
		return nil, err
	}
	shape := tensor.Shape{in.Shape[0], axes[0].Out, axes[1].Out, in.Shape[3]}
	for i := range n.Outputs {
		if err := n.SetOutput(i, shape); err != nil {
			return nil, err
		}
	}
	channels := in.Shape[3]
	best, err := n.Scratch(tensor.Int32, n.Host.Threads(), channels)
	if err != nil {
		return nil, err
	}
	l := &poolLayer{grid: window.NewGrid(axes...), channels: channels}
	g := &l.grid
	return l.fork(n, in, 4, func(thread, image, first, last int) {
		from, to := image*g.Inputs()*channels, image*g.Outputs()*channels
		dst, index, x := tensor.Data[float32](out)[to:], tensor.Data[I](at)[to:], tensor.Data[float32](in)[from:]
		f32.ArgMaxPool(dst, index, x, tensor.Data[int32](best)[thread*channels:][:channels], g, flat, more, first, last, lo, hi)
	}), nil
}

func prepareMaxUnpooling2D(n *Node) (Eval, error) {
	p, err := poolParams(n.CustomOptions)
	if err != nil {
		return nil, err
	}
	in, at, out := n.Input(0), n.Input(1), n.Output(0)
	if in.Type != tensor.Float32 || out.Type != tensor.Float32 || !oneOf(at.Type, tensor.Int32, tensor.Float32) {
		return nil, unsupportedTypes(n)
	}
	if len(in.Shape) != 4 || !in.Shape.Equal(at.Shape) {
		return nil, invalidf("input %v and indexes %v, want the same 4 dimensions", in.Shape, at.Shape)
	}
	height, width, channels := in.Shape[1], in.Shape[2], in.Shape[3]
	shape := tensor.Shape{in.Shape[0], 0, 0, channels}
	if at.Type == tensor.Float32 {
		if shape[1], err = dimension(int64(height)*int64(p.height), invalidf); err != nil {
			return nil, err
		}
		if shape[2], err = dimension(int64(width)*int64(p.width), invalidf); err != nil {
			return nil, err
		}
	} else if shape, err = p.unpooled(in.Shape); err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, shape); err != nil {
		return nil, err
	}
	if at.Type == tensor.Int32 {
		return func() error { return unpool(out, in, at) }, nil
	}
	// The padding is that of the pooling that leads from the output to as many windows as the input has pixels.
	axis := func(in, out, kernel, stride int) window.Axis {
		return window.Axis{In: out, Out: in, Kernel: kernel, Stride: stride, Dilation: 1, Before: max((in-1)*stride+kernel-out, 0) / 2}
	}
	g := window.NewGrid(axis(height, shape[1], p.height, p.strideY), axis(width, shape[2], p.width, p.strideX))
	return func() error {
		dst, x, index := tensor.Data[float32](out), tensor.Data[float32](in), tensor.Data[float32](at)
		for len(x) > 0 {
			f32.UnpoolTaps(dst, x, index, &g, channels)
			size := g.Outputs() * channels
			dst, x, index = dst[g.Inputs()*channels:], x[size:], index[size:]
		}
		return nil
	}, nil
}

// unpool scatters the elements of every image by their indexes in it.
func unpool(out, in, at *tensor.Tensor) error {
	dst, x, index := tensor.Data[float32](out), tensor.Data[float32](in), tensor.Data[int32](at)
	clear(dst)
	images := in.Shape[0]
	for ; images > 0; images-- {
		from, to := len(x)/images, len(dst)/images
		for i, k := range index[:from] {
			if k < 0 || int(k) >= to {
				return valuef("index %d, want 0 to %d", k, to-1)
			}
			dst[k] = x[i]
		}
		dst, x, index = dst[to:], x[from:], index[from:]
	}
	return nil
}

// pooling is a TfLitePoolParams.
type pooling struct {
	padding          tflite.Padding
	strideX, strideY int
	width, height    int
	activation       tflite.ActivationFunctionType
}

// poolParams reads the options of perception operators.
func poolParams(b []byte) (pooling, error) {
	v, err := structInts(b, 6)
	if err != nil {
		return pooling{}, err
	}
	p := pooling{strideX: v[1], strideY: v[2], width: v[3], height: v[4], activation: tflite.ActivationFunctionType(v[5])}
	if v[5] < 0 || v[5] > 127 {
		return p, invalidf("options: activation %d", v[5])
	}
	p.padding, err = structPadding(v[0])
	if err != nil {
		return p, err
	}
	for _, x := range v[1:5] {
		if x < 1 || x > maxWindow {
			return p, invalidf("options: strides and filter %v, want 1 to %d", v[1:5], maxWindow)
		}
	}
	return p, nil
}

// structInts reads the first n numbers of options that are a C structure.
func structInts(b []byte, n int) ([]int, error) {
	if len(b) < 4*n {
		return nil, invalidf("options: got %d bytes, want at least %d", len(b), 4*n)
	}
	v := make([]int, n)
	for i := range v {
		v[i] = int(int32(binary.LittleEndian.Uint32(b[4*i:])))
	}
	return v, nil
}

// structPadding maps a TfLitePadding.
func structPadding(v int) (tflite.Padding, error) {
	switch v {
	case 1:
		return tflite.PaddingSAME, nil
	case 2:
		return tflite.PaddingVALID, nil
	}
	return 0, invalidf("options: padding %d, want 1 or 2", v)
}

func (p *pooling) axes(in tensor.Shape) ([]window.Axis, error) {
	rows, err := windowAxis(p.padding, "height", in[1], p.height, p.strideY, 1)
	if err != nil {
		return nil, err
	}
	columns, err := windowAxis(p.padding, "width", in[2], p.width, p.strideX, 1)
	return []window.Axis{rows, columns}, err
}

// unpooled returns the shape of the image that a pooling makes in of.
func (p *pooling) unpooled(in tensor.Shape) (tensor.Shape, error) {
	shape := in.Clone()
	for i, v := range [][2]int{{p.height, p.strideY}, {p.width, p.strideX}} {
		size := int64(in[1+i]) * int64(v[1])
		if p.padding == tflite.PaddingVALID && in[1+i] > 0 {
			size += int64(v[0] - v[1])
		}
		var err error
		if shape[1+i], err = dimension(size, invalidf); err != nil {
			return nil, err
		}
	}
	return shape, nil
}
