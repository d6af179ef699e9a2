package q

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// depthwiseWordBlock is how many channels the kernels with weights in words compute at a time, wordParams how many numbers tell
// them of a block what becomes of its sums.
const (
	depthwiseWordBlock = 8
	wordParams         = 4 * depthwiseWordBlock
)

// maxDepthwiseRows is how many rows a kernel can be told of.
const maxDepthwiseRows = 24

// depthwiseKind names a kernel with weights in words.
type depthwiseKind uint8

const (
	depthwise3Stride1 depthwiseKind = iota
	depthwise3Stride2
	depthwise5Stride1
	depthwise5Stride2
	depthwiseTaps // any number of taps in a row, any stride and dilation
)

// depthwiseTile is how many outputs the kernels compute side by side.
const depthwiseTile = 4

// kindOfDepthwise returns the kernel for rows of an image. With a dilation d the outputs that share columns are d apart: there
// are d phases of them.
func kindOfDepthwise(columns *window.Axis) depthwiseKind {
	switch {
	case columns.Stride == 1 && columns.Kernel == 3:
		return depthwise3Stride1
	case columns.Stride == 1 && columns.Kernel == 5:
		return depthwise5Stride1
	case columns.Stride == 2 && columns.Dilation == 1 && columns.Kernel == 3:
		return depthwise3Stride2
	case columns.Stride == 2 && columns.Dilation == 1 && columns.Kernel == 5:
		return depthwise5Stride2
	}
	return depthwiseTaps
}

// wordDepthwise reports whether the kernels with weights in words compute such a convolution.
func wordDepthwise(g *window.Grid, channels int) bool {
	return channels >= depthwiseWordBlock && kindOfDepthwise(&g.Columns) != depthwiseTaps && g.Rows.Kernel <= maxDepthwiseRows
}

// eachWordBlock visits the blocks of channels. The last one overlaps the one before it.
func eachWordBlock(channels int, visit func(block, first int)) {
	for block, c := 0, 0; ; block++ {
		visit(block, c)
		if c+depthwiseWordBlock >= channels {
			return
		}
		c = min(c+depthwiseWordBlock, channels-depthwiseWordBlock)
	}
}

// packWords packs weights less their zero point: [blocks][kernel rows][kernel columns][channels of a block].
func (p *DepthwiseWeights) packWords(at func(tap, channel int) int32, taps, channels int) {
	blocks := (channels + depthwiseWordBlock - 1) / depthwiseWordBlock
	p.words = make([]int16, 0, blocks*taps*depthwiseWordBlock)
	eachWordBlock(channels, func(_, first int) {
		for t := range taps {
			for c := range depthwiseWordBlock {
				p.words = append(p.words, int16(at(t, first+c)))
			}
		}
	})
}

// newWordDepthwise is NewDepthwise for weights in words.
func newWordDepthwise(w *DepthwiseWeights, g *window.Grid, bias []int32, zeroIn int32, signed bool, c *Channels) *Depthwise {
	channels := len(w.sums)
	least, most := int32(0), int32(math.MaxUint8)
	if signed {
		least, most = math.MinInt8, math.MaxInt8
	}
	for _, v := range []int32{zeroIn, c.ZeroOut, c.Min, c.Max} {
		if v < least || v > most {
			return nil
		}
	}
	for j := range channels {
		if m, s := c.Multiplier[j], c.Shift[j]; m < 0 || s > 0 || s < -31 {
			return nil
		}
		// SQRDMULH and what follows are exact for sums whose negative is no ordinary number's.
		reach := math.MaxUint8 * w.magnitudes[j]
		if bias != nil {
			reach += max(int64(bias[j]), -int64(bias[j]))
		}
		if reach >= 1<<30 {
			return nil
		}
	}
	d := &Depthwise{weights: w, kind: kindOfDepthwise(&g.Columns), signed: signed, zeroIn: zeroIn, c: c}
	d.params = make([]int32, (channels+depthwiseWordBlock-1)/depthwiseWordBlock*wordParams)
	eachWordBlock(channels, func(block, first int) {
		to := d.params[block*wordParams:]
		for i := range depthwiseWordBlock {
			j := first + i
			if bias != nil {
				to[i] = bias[j]
			}
			shift := int32(c.Shift[j])
			to[8+i], to[16+i] = c.Multiplier[j], shift
			if shift < 0 {
				to[24+i] = -1
			}
		}
	})
	return d
}

func fourBytes(v int32) uint32 { return uint32(uint8(v)) * 0x01010101 }
