package ops

import (
	"fmt"

	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/tensor"
)

// evalFloat returns the evaluation of a FLOAT32 convolution whose filter, input 1, stored reads with the output channels first.
// Constant filters are packed in panels where the processor has kernels for those.
func (l *convLayer) evalFloat(n *Node, in, out *tensor.Tensor, stored func() (*form[float32], error), bias *form[float32], lo, hi float32) (Eval, error) {
	if t := n.Input(1).Type; t != tensor.Float32 && t != tensor.Float16 {
		return nil, unsupportedTypes(n)
	}
	if n.IsConst(1) && in.Shape[0] > 0 && l.winogradPays() {
		return l.evalWinograd(n, in, out, bias, lo, hi)
	}
	outC := l.outC / l.groups
	var s *convSource
	if n.IsConst(1) && l.positions > 0 && in.Shape[0] > 0 {
		s = l.source()
	}
	// Few columns leave most of a panel empty.
	if s != nil && l.groups == 1 && f32.FewElements(outC, len(s.runs), s.run) > 0 {
		packed, err := l.packed(n, stored, fmt.Sprintf("few columns of %d elements", s.run), f32.FewElements(outC, len(s.runs), s.run),
			func(dst, w []float32) { f32.PackFew(dst, w, outC, len(s.runs), s.run) })
		if err != nil {
			return nil, err
		}
		n.Spare(1)
		return l.evalPanels(n, in, out, s, packed, true, bias, lo, hi)
	}
	dots := outC <= 4 && l.width >= 32 && (l.grid.Trivial() || !f32.HasFew()) || outC <= 8 && l.width >= 128 && l.grid.Trivial()
	if n.IsConst(1) && f32.PanelElements(outC, l.width) > 0 && !dots {
		panels, err := l.panels(n, stored)
		if err != nil {
			return nil, err
		}
		n.Spare(1)
		return l.evalPanels(n, in, out, s, panels, false, bias, lo, hi)
	}
	weights, err := stored()
	if err != nil {
		return nil, err
	}
	return l.evalProducts(n, in, out, weights, bias, lo, hi)
}

// panels packs the constant filter in panels.
func (l *convLayer) panels(n *Node, stored func() (*form[float32], error)) ([]float32, error) {
	outC := l.outC / l.groups
	return l.packed(n, stored, "panels", f32.PanelElements(outC, l.width), func(dst, w []float32) { f32.Pack(dst, w, outC, l.width) })
}

// packed packs the constant filter, group by group, into size elements each, once for each model and form.
func (l *convLayer) packed(n *Node, stored func() (*form[float32], error), kind string, size int, pack func(dst, w []float32)) ([]float32, error) {
	count := l.outC / l.groups * l.width
	if err := n.Claim(int64(size)*int64(l.groups), 4); err != nil {
		return nil, err
	}
	t := n.Input(1)
	widen := t.Type == tensor.Float16 && len(t.Shape) == 4 && l.order == "" // not kept beside the panels
	var f *form[float32]
	if !widen {
		var err error
		if f, err = stored(); err != nil {
			return nil, err
		}
	}
	return PackOnce(n, 1, fmt.Sprintf("%s%s of %d groups", l.order, kind, l.groups), func() []float32 {
		var w []float32
		if widen {
			w = tensor.Zeros[float32](t.Elements())
			convert.FromFloat16(w, tensor.Data[uint16](t))
		} else {
			w = f.values()
		}
		dst := tensor.Zeros[float32](size * l.groups)
		for g := range l.groups {
			pack(dst[g*size:(g+1)*size], w[g*count:(g+1)*count])
		}
		return dst
	}), nil
}

// evalProducts multiplies rows with the filter as it is stored, a tile of output positions at a time.
func (l *convLayer) evalProducts(n *Node, in, out *tensor.Tensor, weights, bias *form[float32], lo, hi float32) (Eval, error) {
	tile := l.tileRows(4, 4)
	if l.positions == 0 {
		return func() error { return nil }, nil
	}
	scratch, err := l.patchScratch(n, tensor.Float32, tile*n.Host.Threads())
	if err != nil {
		return nil, err
	}
	outC := l.outC / l.groups
	tiles := (l.positions + tile - 1) / tile
	units := tiles * in.Shape[0]
	chunks := n.Chunks(units, floatWork(units*tile, l.outC, l.width))
	post := n.post
	n.posts = post != nil
	var w, b []float32
	run := func(thread, chunk int) {
		x, dst, patches := tensor.Data[float32](in), tensor.Data[float32](out), optionalData[float32](scratch)
		if patches != nil {
			patches = patches[thread*tile*l.width:][:tile*l.width]
		}
		for u, last := Span(units, chunks, chunk); u < last; u++ {
			if n.Host.Err() != nil {
				return
			}
			x, dst := x[u/tiles*l.inputs*l.channels:], dst[u/tiles*l.positions*l.outC:]
			first := u % tiles * tile
			count := min(tile, l.positions-first)
			for g := range l.groups {
				rows, ld := convRows(l, patches, x, g, first, count, 0)
				d, wg, bg := dst[first*l.outC+g*outC:], w[g*outC*l.width:], b
				if b != nil {
					bg = b[g*outC:]
				}
				f32.Products(d, l.outC, rows, ld, count, wg, outC, l.width, bg, lo, hi)
			}
			if post != nil {
				at := u/tiles*l.positions + first
				post(thread, at*l.outC, (at+count)*l.outC)
			}
		}
	}
	return func() error {
		w, b = weights.values(), bias.values()
		fork(n, chunks, run)
		return n.Host.Err()
	}, nil
}

// floatWork estimates the nanoseconds of a product of rows x k and k x columns on one thread.
func floatWork(rows, columns, k int) int64 {
	return int64(float64(rows) * float64(columns) * float64(k) / 60)
}

// fork runs the chunks, a single one without ceremony.
func fork(n *Node, chunks int, run func(thread, chunk int)) {
	if chunks == 1 {
		run(0, 0)
		return
	}
	n.Host.Fork(chunks, run)
}
