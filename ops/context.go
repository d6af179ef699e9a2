// CONTEXT: a CONV_2D of 1x1 over an image beside whose channels every pixel has those of one pixel more, which says something of the
// whole image. The product with that pixel is the same everywhere, so that it is computed once and added like a bias:
//
//	y[n,h,w,o] = act(sum(c; x[n,h,w,c]*w[o,c]) + sum(c; p[n,c]*v[o,c]) + bias[o])
//	x, p, the filter of both and the bias, which may be absent
//	FLOAT32, filter and bias FLOAT16 too
//
// This operator is fused: a rewrite puts it in place of a resize of p, a CONCATENATION and a CONV_2D. No registry holds it, so no file
// can ask for it.

package ops

import (
	"fmt"

	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Context is the fused operator CONTEXT, with *ContextOptions.
var Context = &Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "CONTEXT",
	Inputs: Between(3, 4), Outputs: Exactly(1), Optional: []int{3},
	Types:   "FLOAT32 (filter FLOAT32, FLOAT16)",
	Prepare: prepareContext,
}

// ContextOptions are the options of Context.
type ContextOptions struct {
	Conv          *tflite.Conv2DOptionsT
	First         bool // the filter has the channels of the pixel before those of the image
	Height, Width int  // of the image
}

// imageContext is a prepared CONTEXT.
type imageContext struct {
	*Node
	x, p, out *tensor.Tensor
	bias      *form[float32]
	image     f32.Gemm // but for what it reads and writes, as is the next
	pixel     f32.Gemm
	terms     *tensor.Tensor // what the pixels and the bias add
}

func prepareContext(n *Node) (Eval, error) {
	opts, err := options[ContextOptions](n)
	if err != nil {
		return nil, err
	}
	if opts.Conv == nil {
		return nil, invalidf("no options")
	}
	x, p, filter, out := n.Input(0), n.Input(1), n.Input(2), n.Output(0)
	if x.Type != tensor.Float32 || p.Type != tensor.Float32 || out.Type != tensor.Float32 || filter.Type != tensor.Float32 && filter.Type != tensor.Float16 || !n.IsConst(2) {
		return nil, unsupportedTypes(n)
	}
	if len(x.Shape) != 4 || len(p.Shape) != 4 || len(filter.Shape) != 4 || x.Elements() == 0 || p.Elements() == 0 || filter.Elements() == 0 {
		return nil, unsupportedf("shapes %v, %v and %v", x.Shape, p.Shape, filter.Shape)
	}
	images, channels, more, outC := x.Shape[0], x.Shape[3], p.Shape[3], filter.Shape[0]
	if x.Shape[1] != opts.Height || x.Shape[2] != opts.Width || p.Shape[0] != images || p.Shape[1] != 1 || p.Shape[2] != 1 {
		return nil, unsupportedf("shapes %v and %v for an image of %d x %d", x.Shape, p.Shape, opts.Height, opts.Width)
	}
	if filter.Shape[1] != 1 || filter.Shape[2] != 1 || filter.Shape[3] != channels+more || f32.PanelElements(outC, channels) == 0 {
		return nil, unsupportedf("filter %v for %d and %d channels", filter.Shape, channels, more)
	}
	if err := checkBias(n, 3, outC, tensor.Float32, tensor.Float16); err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, tensor.Shape{images, opts.Height, opts.Width, outC}); err != nil {
		return nil, err
	}
	c := &imageContext{Node: n, x: x, p: p, out: out}
	lo, hi, err := activationRange(opts.Conv.FusedActivationFunction)
	if err != nil {
		return nil, err
	}
	if c.bias, err = floatForm(n, 3); err != nil {
		return nil, err
	}
	ofImage, ofPixel := 0, channels
	if opts.First {
		ofImage, ofPixel = more, 0
	}
	noLo, noHi, err := activationRange(tflite.ActivationFunctionTypeNONE)
	if err != nil {
		return nil, err
	}
	c.image = f32.Gemm{Ldd: outC, Ldx: channels, Runs: f32.OneRun, Run: channels, N: outC, Lo: lo, Hi: hi}
	c.pixel = f32.Gemm{Ldd: outC, Ldx: more, Runs: f32.OneRun, Run: more, N: outC, Lo: noLo, Hi: noHi}
	if c.image.Panels, err = channelPanels(n, 2, ofImage, channels); err != nil {
		return nil, err
	}
	if c.pixel.Panels, err = channelPanels(n, 2, ofPixel, more); err != nil {
		return nil, err
	}
	n.Spare(2)
	if c.terms, err = n.Scratch(tensor.Float32, images, outC); err != nil {
		return nil, err
	}
	return c.eval(), nil
}

// channelPanels packs, of filter i of 1x1 taps, the weights of some channels in panels.
func channelPanels(n *Node, i, first, count int) ([]float32, error) {
	t := n.Input(i)
	outC, channels := t.Shape[0], t.Shape[3]
	size := f32.PanelElements(outC, count)
	if err := n.Claim(int64(size), 4); err != nil {
		return nil, err
	}
	return PackOnce(n, i, fmt.Sprintf("panels of channels %d to %d", first, first+count), func() []float32 {
		rows := make([]float32, outC*count)
		for o := range outC {
			row, at := rows[o*count:(o+1)*count], o*channels+first
			if t.Type == tensor.Float16 {
				convert.FromFloat16(row, tensor.Data[uint16](t)[at:at+count])
			} else {
				copy(row, tensor.Data[float32](t)[at:])
			}
		}
		panels := tensor.Zeros[float32](size)
		f32.Pack(panels, rows, outC, count)
		return panels
	}), nil
}

func (c *imageContext) eval() Eval {
	images, channels, outC := c.x.Shape[0], c.x.Shape[3], c.image.N
	positions := c.x.Shape[1] * c.x.Shape[2]
	unit, _ := f32.GemmUnit(channels)
	bands := (positions + unit - 1) / unit
	units := images * bands
	chunks := c.Chunks(units, floatWork(images*positions, outC, channels))
	gemms := make([]f32.Gemm, c.Host.Threads())
	for i := range gemms {
		gemms[i] = c.image
	}
	run := func(thread, chunk int) {
		x, y, terms := tensor.Data[float32](c.x), tensor.Data[float32](c.out), tensor.Data[float32](c.terms)
		g := &gemms[thread]
		for u, last := Span(units, chunks, chunk); u < last; u++ {
			if c.Host.Err() != nil {
				return
			}
			image, first := u/bands, u%bands*unit
			g.X, g.Dst = x[image*positions*channels:], y[image*positions*outC:]
			g.Bias = terms[image*outC : (image+1)*outC]
			g.Do(first, min(unit, positions-first), 0, outC)
		}
	}
	return func() error {
		g := &c.pixel
		g.X, g.Dst, g.Bias = tensor.Data[float32](c.p), tensor.Data[float32](c.terms), c.bias.values()
		g.Do(0, images, 0, outC)
		fork(c.Node, chunks, run)
		return c.Host.Err()
	}
}
