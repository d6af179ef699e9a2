package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/tensor"
)

// evalFloat returns the evaluation of a FLOAT32 convolution.
func (l *convLayer) evalFloat(n *Node, in, out *tensor.Tensor, weights, bias *form[float32], lo, hi float32) (Eval, error) {
	tile := l.tileRows(4, 4)
	scratch, err := l.patchScratch(n, tensor.Float32, tile)
	if err != nil {
		return nil, err
	}
	outC := l.outC / l.groups
	return func() error {
		x, dst, patches := tensor.Data[float32](in), tensor.Data[float32](out), optionalData[float32](scratch)
		w, b := weights.values(), bias.values()
		for ; len(dst) > 0; x, dst = x[l.inputs*l.channels:], dst[l.positions*l.outC:] {
			for first := 0; first < l.positions; first += tile {
				if err := n.Host.Err(); err != nil {
					return err
				}
				count := min(tile, l.positions-first)
				for g := range l.groups {
					rows, ld := convRows(l, patches, x, g, first, count, 0)
					d, wg, bg := dst[first*l.outC+g*outC:], w[g*outC*l.width:], b
					if b != nil {
						bg = b[g*outC:]
					}
					f32.Products(d, l.outC, rows, ld, count, wg, outC, l.width, bg, lo, hi)
				}
			}
		}
		return nil
	}, nil
}
