package interpreter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// imagePooling is image pooling: the average of an image, resized to its size again, beside its channels before a convolution.
type imagePooling struct {
	n, h, w, channels, out int32
	after, nearest, noBias bool // after: the pixel's channels are behind the image's
	pool                   int32
	taps, axis             int32
	both                   bool // options that contradict each other
	read                   bool // the resized pixel is an output too
}

func (c imagePooling) build() *builder {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, c.n, c.h, c.w, c.channels)
	b.inputs(x)
	ph, pw := c.h, c.w
	if c.pool > 0 {
		ph, pw = c.pool, c.pool
	}
	p := b.node(tflite.BuiltinOperatorAVERAGE_POOL_2D, union(tflite.BuiltinOptionsPool2DOptions, &tflite.Pool2DOptionsT{
		Padding: tflite.PaddingVALID, StrideH: ph, StrideW: pw, FilterHeight: ph, FilterWidth: pw,
	}), []int32{x}, c.n, c.h/ph, c.w/pw, c.channels)
	size := b.ints("size", []int32{c.h, c.w}, 2)
	if c.nearest {
		p = b.node(tflite.BuiltinOperatorRESIZE_NEAREST_NEIGHBOR, union(tflite.BuiltinOptionsResizeNearestNeighborOptions,
			&tflite.ResizeNearestNeighborOptionsT{AlignCorners: c.both, HalfPixelCenters: c.both}), []int32{p, size}, c.n, c.h, c.w, c.channels)
	} else {
		p = b.node(tflite.BuiltinOperatorRESIZE_BILINEAR, union(tflite.BuiltinOptionsResizeBilinearOptions,
			&tflite.ResizeBilinearOptionsT{AlignCorners: true, HalfPixelCenters: c.both}), []int32{p, size}, c.n, c.h, c.w, c.channels)
	}
	join := []int32{p, x}
	if c.after {
		join = []int32{x, p}
	}
	shape := []int32{c.n, c.h, c.w, c.channels}
	axis := int32(3)
	if c.axis != 0 {
		axis = c.axis
	}
	shape[axis%4] *= 2
	y := b.node(tflite.BuiltinOperatorCONCATENATION, union(tflite.BuiltinOptionsConcatenationOptions, &tflite.ConcatenationOptionsT{Axis: axis}), join, shape...)
	k := max(c.taps, 1)
	in := []int32{y, b.floats("w", random(int(c.out*k*k*shape[3]), 3), c.out, k, k, shape[3])}
	if !c.noBias {
		in = append(in, b.floats("b", random(int(c.out), 4), c.out))
	}
	b.outputs(b.node(tflite.BuiltinOperatorCONV_2D, conv(tflite.PaddingSAME, 1), in, shape[0], shape[1], shape[2], c.out))
	if c.read {
		b.outputs(b.g.Outputs[0], p)
	}
	return b
}

func TestRewriteContext(t *testing.T) {
	if !ops.Separates() {
		t.Skip("no kernels")
	}
	for _, c := range []imagePooling{
		{n: 1, h: 33, w: 33, channels: 40, out: 48},
		{n: 2, h: 5, w: 9, channels: 7, out: 9, after: true, noBias: true},
		{n: 3, h: 4, w: 4, channels: 1, out: 33, nearest: true},
	} {
		resize := "RESIZE_BILINEAR"
		if c.nearest {
			resize = "RESIZE_NEAREST_NEIGHBOR"
		}
		require.Equal(t, []string{"AVERAGE_POOL_2D", resize + "+CONCATENATION+CONV_2D"}, rewrites(t, c.build(), "context"))
	}
}

// Where more than a pixel is resized, somebody else reads it, the convolution sees neighbours, images lie one below the other, the
// image is small or there are few outputs, nothing is joined.
func TestRewriteContextLeaves(t *testing.T) {
	for name, c := range map[string]imagePooling{
		"pixels":    {n: 1, h: 8, w: 8, channels: 10, out: 12, pool: 4},
		"an output": {n: 1, h: 8, w: 8, channels: 10, out: 12, read: true},
		"taps":      {n: 1, h: 8, w: 8, channels: 10, out: 12, taps: 3},
		"rows":      {n: 1, h: 8, w: 8, channels: 10, out: 12, axis: 1},
		"small":     {n: 1, h: 3, w: 3, channels: 10, out: 12},
		"few":       {n: 1, h: 8, w: 8, channels: 10, out: 4},
	} {
		require.Equal(t, []string{"AVERAGE_POOL_2D", "RESIZE_BILINEAR", "CONCATENATION", "CONV_2D"}, rewrites(t, c.build(), "context"), name)
	}
}

// TestRewriteContextErrors gives the image another size than the pixel is resized to, and the resize options that contradict each
// other: errors are those of the nodes.
func TestRewriteContextErrors(t *testing.T) {
	for _, c := range []struct {
		c     imagePooling
		shape tensor.Shape
	}{
		{imagePooling{n: 1, h: 8, w: 8, channels: 10, out: 12}, tensor.Shape{1, 8, 9, 10}},
		{imagePooling{n: 1, h: 8, w: 8, channels: 10, out: 12, both: true}, tensor.Shape{1, 8, 8, 10}},
		{imagePooling{n: 1, h: 8, w: 8, channels: 10, out: 12}, tensor.Shape{1, 8, 8, 11}},
	} {
		m := c.c.build().load(t)
		_, plain := interpreter.New(m, interpreter.WithInputShapes(c.shape), interpreter.WithoutRewrites())
		_, err := interpreter.New(m, interpreter.WithInputShapes(c.shape))
		require.Error(t, err)
		require.Equal(t, plain.Error(), err.Error())
	}
}
