package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// evalHybrid returns the evaluation of a FLOAT32 convolution with quantized weights. Each image is quantized on its own,
// symmetrically or around a zero point, whose share of the sums is sum(w)*zero.
func (l *convLayer) evalHybrid(n *Node, in, out *tensor.Tensor, weights *form[int8], bias *form[float32], scales []float32, symmetric bool, lo, hi float32) (Eval, error) {
	image, err := newHybridImage(n, l.inputs*l.channels, symmetric)
	if err != nil {
		return nil, err
	}
	tile := l.tileRows(1, 4)
	scratch, err := l.patchScratch(n, tensor.Int8, tile)
	if err != nil {
		return nil, err
	}
	outC := l.outC / l.groups
	sums, err := n.Scratch(tensor.Int32, tile, outC)
	if err != nil {
		return nil, err
	}
	base, err := newHybridSource(n, 1, weights, l.outC, l.width, symmetric)
	if err != nil {
		return nil, err
	}
	return func() error {
		x, dst, patches := tensor.Data[float32](in), tensor.Data[float32](out), optionalData[int8](scratch)
		w, b, acc := weights.values(), bias.values(), tensor.Data[int32](sums)
		for ; len(dst) > 0; x, dst = x[l.inputs*l.channels:], dst[l.positions*l.outC:] {
			img, scale, zero := image.quantize(x)
			from := base.of(zero)
			for first := 0; first < l.positions; first += tile {
				if err := n.Host.Err(); err != nil {
					return err
				}
				count := min(tile, l.positions-first)
				for g := range l.groups {
					rows, ld := convRows(l, patches, img, g, first, count, int8(zero))
					q.Products(acc, rows, ld, count, w[g*outC*l.width:], outC, l.width, from[g*outC:])
					sg, bg := scales, b
					if len(scales) > 1 {
						sg = scales[g*outC:][:outC:outC]
					}
					if b != nil {
						bg = b[g*outC:]
					}
					hybrid.ScaleRows(dst[first*l.outC+g*outC:], l.outC, acc, count, outC, sg, scale, bg, lo, hi)
				}
			}
		}
		return nil
	}, nil
}
