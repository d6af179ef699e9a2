package ops

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// winogradLayer is the layer of a convolution with zeros around the image.
func winogradLayer(rows, columns, kernel, stride, dilation, channels, outC, groups int) *convLayer {
	axis := func(in int) window.Axis {
		return window.Axis{In: in, Out: (in + stride - 1) / stride, Kernel: kernel, Stride: stride, Dilation: dilation, Before: kernel / 2 * dilation}
	}
	return newConvLayer(window.NewGrid(axis(rows), axis(columns)), channels, outC, groups)
}

// Winograd's convolution is for layers of 3x3 taps side by side whose image is large enough for the transforms and the weights.
func TestWinogradPays(t *testing.T) {
	if !f32.HasWinograd(8, 8) {
		require.False(t, winogradLayer(32, 32, 3, 1, 1, 16, 16, 1).winogradPays())
		t.Skip("no kernels")
	}
	for name, c := range map[string]struct {
		l    *convLayer
		want bool
	}{
		"large":         {winogradLayer(96, 96, 3, 1, 1, 32, 32, 1), true},
		"few channels":  {winogradLayer(32, 32, 3, 1, 1, 16, 16, 1), true},
		"small image":   {winogradLayer(8, 8, 3, 1, 1, 64, 64, 1), true},
		"one channel":   {winogradLayer(96, 96, 3, 1, 1, 1, 32, 1), false},
		"odd channels":  {winogradLayer(96, 96, 3, 1, 1, 12, 32, 1), false},
		"odd outputs":   {winogradLayer(96, 96, 3, 1, 1, 32, 21, 1), false},
		"stride":        {winogradLayer(96, 96, 3, 2, 1, 32, 32, 1), false},
		"dilation":      {winogradLayer(96, 96, 3, 1, 2, 32, 32, 1), false},
		"groups":        {winogradLayer(96, 96, 3, 1, 1, 32, 32, 2), false},
		"kernel":        {winogradLayer(96, 96, 5, 1, 1, 32, 32, 1), false},
		"one tile":      {winogradLayer(3, 3, 3, 1, 1, 64, 64, 1), false},
		"large weights": {winogradLayer(14, 14, 3, 1, 1, 512, 512, 1), false},
	} {
		require.Equal(t, c.want, c.l.winogradPays(), name)
	}
}
