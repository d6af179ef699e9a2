package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// hybridConv is a FLOAT32 convolution with quantized weights. Each image is quantized on its own, symmetrically or around a zero
// point, whose share of the sums is sum(w)*zero.
type hybridConv struct {
	*convLayer
	node          *Node
	scales        []float32 // one, or one for each channel of the output
	lo, hi        float32
	tile, tiles   int // positions of a tile, tiles of an image
	chunks        int
	patches, sums *tensor.Tensor // a tile for each thread; no patches where the image has the rows

	// What belongs to the image under way.
	image   []int8
	dst     []float32
	scale   float32
	zero    int32
	weights []int8
	bias    []float32
	from    []int32
}

// evalHybrid returns the evaluation of a hybridConv.
func (l *convLayer) evalHybrid(n *Node, in, out *tensor.Tensor, weights *form[int8], bias *form[float32], scales []float32, symmetric bool, lo, hi float32) (Eval, error) {
	image, err := newHybridImage(n, l.inputs*l.channels, symmetric)
	if err != nil {
		return nil, err
	}
	c := &hybridConv{convLayer: l, node: n, scales: scales, lo: lo, hi: hi, tile: l.tileRows(1, 4)}
	c.tiles = (l.positions + c.tile - 1) / c.tile
	// A nanosecond is some 50 products.
	c.chunks = n.Chunks(c.tiles, int64(l.positions)*int64(l.outC)*int64(l.width)/50)
	threads := 1
	if c.chunks > 1 {
		threads = n.Host.Threads()
	}
	if c.patches, err = l.patchScratch(n, tensor.Int8, c.tile*threads); err != nil {
		return nil, err
	}
	if c.sums, err = n.Scratch(tensor.Int32, c.tile*threads, l.outC/l.groups); err != nil {
		return nil, err
	}
	base, err := newHybridSource(n, 1, weights, l.outC, l.width, symmetric)
	if err != nil {
		return nil, err
	}
	run := c.chunk
	return func() error {
		x, dst := tensor.Data[float32](in), tensor.Data[float32](out)
		c.weights, c.bias = weights.values(), bias.values()
		for ; len(dst) > 0; x, dst = x[l.inputs*l.channels:], dst[l.positions*l.outC:] {
			c.dst = dst
			c.image, c.scale, c.zero = image.quantize(x)
			c.from = base.of(c.zero)
			if c.chunks == 1 {
				run(0, 0)
			} else {
				n.Host.Fork(c.chunks, run)
			}
			if err := n.Host.Err(); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// chunk computes the tiles of a chunk.
func (c *hybridConv) chunk(thread, chunk int) {
	outC := c.outC / c.groups
	acc := tensor.Data[int32](c.sums)[thread*c.tile*outC:][:c.tile*outC]
	patches := optionalData[int8](c.patches)
	if patches != nil {
		patches = patches[thread*c.tile*c.width:][:c.tile*c.width]
	}
	first, last := Span(c.tiles, c.chunks, chunk)
	for first, last = first*c.tile, min(last*c.tile, c.positions); first < last; first += c.tile {
		if c.node.Host.Err() != nil {
			return
		}
		count := min(c.tile, last-first)
		for g := range c.groups {
			rows, ld := convRows(c.convLayer, patches, c.image, g, first, count, int8(c.zero))
			q.Products(acc, rows, ld, count, c.weights[g*outC*c.width:], outC, c.width, c.from[g*outC:])
			scales, bias := c.scales, c.bias
			if len(scales) > 1 {
				scales = scales[g*outC:][:outC:outC]
			}
			if bias != nil {
				bias = bias[g*outC:]
			}
			hybrid.ScaleRows(c.dst[first*c.outC+g*outC:], c.outC, acc, count, outC, scales, c.scale, bias, c.lo, c.hi)
		}
	}
}
