package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/schema/tflite"
)

// maxWindow bounds kernel extents, strides and dilations.
const maxWindow = 65535

// windowAxis works out one spatial dimension of a convolution or pooling from the input extent:
//
//	span = (kernel-1)*dilation + 1
//	SAME:  out = ceil(in/stride), padding = max((out-1)*stride + span - in, 0), the smaller half in front
//	VALID: out = floor((in-span)/stride) + 1, no padding; span > in is an error unless the dimension is empty
func windowAxis(p tflite.Padding, what string, in, kernel, stride, dilation int) (window.Axis, error) {
	a := window.Axis{In: in, Kernel: kernel, Stride: stride, Dilation: dilation}
	for _, v := range []struct {
		name  string
		value int
	}{{"kernel", kernel}, {"stride", stride}, {"dilation", dilation}} {
		if v.value < 1 || v.value > maxWindow {
			return a, invalidf("%s %s %d, want 1 to %d", what, v.name, v.value, maxWindow)
		}
	}
	span := int64(kernel-1)*int64(dilation) + 1
	if span+int64(in)+int64(stride) > math.MaxInt32 {
		return a, unsupportedf("%s: kernel %d with dilation %d spans too much", what, kernel, dilation)
	}
	switch p {
	case tflite.PaddingSAME:
		a.Out = (in + stride - 1) / stride
		a.Before = max((a.Out-1)*stride+int(span)-in, 0) / 2
	case tflite.PaddingVALID:
		if in > 0 && int64(in) < span {
			return a, invalidf("%s: window spans %d, input has %d", what, span, in)
		}
		if in > 0 {
			a.Out = (in-int(span))/stride + 1
		}
	default:
		return a, invalidf("padding %d, want SAME or VALID", p)
	}
	return a, nil
}

// Padding is the zeros around an image. No file can ask for it: the interpreter gives it to a convolution whose PAD it leaves out.
type Padding struct{ Top, Bottom, Left, Right int }

// Fits reports whether every window of a convolution still sees a part of an image of that size.
func (p *Padding) Fits(height, width, kernelH, kernelW, strideH, strideW, dilationH, dilationW int) bool {
	_, rows := paddedAxis("height", height, kernelH, strideH, dilationH, p.Top, p.Bottom)
	_, columns := paddedAxis("width", width, kernelW, strideW, dilationW, p.Left, p.Right)
	return rows == nil && columns == nil
}

// axes works out the rows and columns that a convolution of input 0 reads.
func (n *Node) axes(p tflite.Padding, kernelH, kernelW int, strideH, strideW, dilationH, dilationW int32) (rows, columns window.Axis, err error) {
	height, width := n.Input(0).Shape[1], n.Input(0).Shape[2]
	if e := n.Padding; e != nil {
		if rows, err = paddedAxis("height", height, kernelH, int(strideH), int(dilationH), e.Top, e.Bottom); err != nil {
			return rows, columns, err
		}
		columns, err = paddedAxis("width", width, kernelW, int(strideW), int(dilationW), e.Left, e.Right)
		return rows, columns, err
	}
	if rows, err = windowAxis(p, "height", height, kernelH, int(strideH), int(dilationH)); err != nil {
		return rows, columns, err
	}
	columns, err = windowAxis(p, "width", width, kernelW, int(strideW), int(dilationW))
	return rows, columns, err
}

// paddedAxis is windowAxis of an input with zeros before and after it. Each window must see a part of the input.
func paddedAxis(what string, in, kernel, stride, dilation, before, after int) (window.Axis, error) {
	if before < 0 || after < 0 || before > maxWindow || after > maxWindow || in < 1 || in > math.MaxInt32-2*maxWindow {
		return window.Axis{}, invalidf("%s: padding %d and %d around %d", what, before, after, in)
	}
	a, err := windowAxis(tflite.PaddingVALID, what, before+in+after, kernel, stride, dilation)
	if err != nil {
		return a, err
	}
	a.In, a.Before = in, before
	if before > (kernel-1)*dilation || a.Start(a.Out-1) >= in {
		return a, unsupportedf("%s: padding %d and %d is wider than a window", what, before, after)
	}
	return a, nil
}
