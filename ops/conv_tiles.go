package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/tensor"
)

// convLayer is the geometry of a convolution as products of rows: a tile of output positions at a time, the inputs under their
// windows are gathered into rows of width elements and multiplied with the outC rows of the filter. Where a window is one
// position the input itself has these rows.
type convLayer struct {
	grid              window.Grid
	channels, outC    int
	groups            int
	depth, width      int    // input channels of a group; elements of a row
	positions, inputs int    // of one image
	order             string // of a filter that is not stored as CONV_2D's, to tell what is packed from it
}

func newConvLayer(grid window.Grid, channels, outC, groups int) *convLayer {
	depth := channels / groups
	return &convLayer{
		grid: grid, channels: channels, outC: outC, groups: groups,
		depth: depth, width: grid.Taps() * depth, positions: grid.Outputs(), inputs: grid.Inputs(),
	}
}

// tileBytes is the memory that a tile's rows and sums should fit: part of a second-level cache.
const tileBytes = 64 << 10

// tileRows returns how many positions to take at a time, so that gathered rows and sums of the given sizes fit tileBytes but
// weights are read for several of them.
func (l *convLayer) tileRows(elementSize, sumSize int) int {
	row := int64(l.width)*int64(elementSize) + int64(l.outC/l.groups)*int64(sumSize)
	return int(max(1, min(max(tileBytes/row, 8)&^1, int64(l.positions))))
}

// convRows returns the operand rows of count positions from first on, and the distance between them.
func convRows[T int8 | uint8 | int16 | float32](l *convLayer, patches, image []T, group, first, count int, pad T) ([]T, int) {
	c0 := group * l.depth
	if patches == nil {
		return image[first*l.channels+c0:], l.channels
	}
	move.Patches(patches, image, &l.grid, l.channels, c0, l.depth, first, count, pad)
	return patches, l.width
}

// patchScratch asks for room for a tile of gathered rows; nil where none is needed.
func (l *convLayer) patchScratch(n *Node, t tensor.Type, tile int) (*tensor.Tensor, error) {
	if l.grid.Trivial() {
		return nil, nil
	}
	return n.Scratch(t, tile, l.width)
}

// optionalData is tensor.Data, nil for no tensor.
func optionalData[T tensor.Element](t *tensor.Tensor) []T {
	if t == nil {
		return nil
	}
	return tensor.Data[T](t)
}
