package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// convEvalQuantized returns the evaluation of a convolution of stored values with 32-bit sums.
func convEvalQuantized[T int8 | uint8 | int16, W int8 | int16](l *convLayer, n *Node, in, out *tensor.Tensor, weights *form[W], base *form[int32], c *convQuantization) (Eval, error) {
	tile := l.tileRows(in.Type.Size(), 4)
	scratch, err := l.patchScratch(n, in.Type, tile)
	if err != nil {
		return nil, err
	}
	outC := l.outC / l.groups
	sums, err := n.Scratch(tensor.Int32, tile, outC)
	if err != nil {
		return nil, err
	}
	return func() error {
		x, dst, patches := tensor.Data[T](in), tensor.Data[T](out), optionalData[T](scratch)
		w, b, acc := weights.values(), base.values(), tensor.Data[int32](sums)
		for ; len(dst) > 0; x, dst = x[l.inputs*l.channels:], dst[l.positions*l.outC:] {
			for first := 0; first < l.positions; first += tile {
				if err := n.Host.Err(); err != nil {
					return err
				}
				count := min(tile, l.positions-first)
				for g := range l.groups {
					rows, ld := convRows(l, patches, x, g, first, count, T(c.zeroIn))
					q.Products(acc, rows, ld, count, w[g*outC*l.width:], outC, l.width, b[g*outC:])
					q.RequantizeChannels(dst[first*l.outC+g*outC:], l.outC, acc, count, g*outC, outC, &c.Channels)
				}
			}
		}
		return nil
	}, nil
}

// evalWide returns the evaluation of an INT16 convolution with 64-bit sums.
func (l *convLayer) evalWide(n *Node, in, out *tensor.Tensor, weights *form[int8], bias *form[int64], c *convQuantization) (Eval, error) {
	tile := l.tileRows(2, 8)
	scratch, err := l.patchScratch(n, tensor.Int16, tile)
	if err != nil {
		return nil, err
	}
	outC := l.outC / l.groups
	sums, err := n.Scratch(tensor.Int64, tile, outC)
	if err != nil {
		return nil, err
	}
	return func() error {
		x, dst, patches := tensor.Data[int16](in), tensor.Data[int16](out), optionalData[int16](scratch)
		w, b, acc := weights.values(), bias.values(), tensor.Data[int64](sums)
		for ; len(dst) > 0; x, dst = x[l.inputs*l.channels:], dst[l.positions*l.outC:] {
			for first := 0; first < l.positions; first += tile {
				if err := n.Host.Err(); err != nil {
					return err
				}
				count := min(tile, l.positions-first)
				for g := range l.groups {
					rows, ld := convRows(l, patches, x, g, first, count, 0)
					q.Products(acc, rows, ld, count, w[g*outC*l.width:], outC, l.width, b[g*outC:])
					q.RequantizeChannels64(dst[first*l.outC+g*outC:], l.outC, acc, count, g*outC, outC, &c.Channels)
				}
			}
		}
		return nil
	}, nil
}
