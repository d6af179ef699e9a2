package q

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// depthwiseAxes are axes of every kind of kernel: shared columns with strides 1 and 2, phases of dilations, other kernels, images
// smaller than the window, and outputs without any tap.
func depthwiseAxes() (axes []window.Axis) {
	for _, kernel := range []int{1, 2, 3, 4, 5, 7} {
		for _, stride := range []int{1, 2, 3} {
			for _, dilation := range []int{1, 2, 3} {
				for _, in := range []int{1, 2, 5, 9, 22} {
					span := (kernel-1)*dilation + 1
					for _, before := range []int{0, 1, span / 2} {
						for _, after := range []int{0, before, span + 1} {
							if in+before+after >= span {
								axes = append(axes, window.Axis{In: in, Out: (in+before+after-span)/stride + 1, Kernel: kernel, Stride: stride, Dilation: dilation, Before: before})
							}
						}
					}
				}
			}
		}
	}
	return axes
}

func randomBytes[T int8 | uint8](t *testing.T, rng *rand.Rand, n int) []T {
	v := guardtest.After[T](t, n)
	for i := range v {
		v[i] = T(rng.Uint32())
		if i%5 == 0 { // the ends of the range
			v[i] = T(0x7F + rng.IntN(2))
		}
	}
	return v
}

// randomChannels has multipliers of all sizes, among them exact powers of two, with which sums often lie half way between two.
func randomChannels(rng *rand.Rand, n int, zero, lo, hi int32) *Channels {
	c := &Channels{Multiplier: make([]int32, n), Shift: make([]int8, n), ZeroOut: zero, Min: lo, Max: hi}
	for j := range n {
		c.Multiplier[j] = 1<<30 + rng.Int32N(1<<30)
		c.Shift[j] = int8(-rng.IntN(12))
		switch rng.IntN(8) {
		case 0:
			c.Multiplier[j] = 1 << 30
		case 1:
			c.Multiplier[j] = math.MaxInt32
		case 2:
			c.Multiplier[j], c.Shift[j] = 0, 0
		case 3:
			c.Shift[j] = int8(-rng.IntN(29))
		}
	}
	return c
}

func testDepthwisePacked[T int8 | uint8](t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	least, most := int32(-128), int32(127)
	signed := T(0)-1 > 0
	signed = !signed
	if !signed {
		least, most = 0, 255
	}
	axes := depthwiseAxes()
	ran := 0
	for i := range 700 {
		g := window.NewGrid(axes[rng.IntN(len(axes))], axes[i*len(axes)/700])
		channels := 1 + (i*7)%71
		if i%9 == 0 {
			channels = 64*(1+i%3) + i%2*32
		}
		if g.Inputs() > 200 || g.Outputs() > 400 {
			continue
		}
		if i%5 == 0 { // rows that are worked on in parts
			kernel, stride := 2+i%2, 1+i%3
			g.Rows = window.Axis{In: 3, Out: 3, Kernel: 3, Stride: 1, Dilation: 1, Before: 1}
			g.Columns = window.Axis{In: 66, Out: 63/stride + 1, Kernel: kernel, Stride: stride, Dilation: 1, Before: 1}
			channels = 56 + i%17
		}
		x := randomBytes[T](t, rng, g.Inputs()*channels)
		w := randomBytes[T](t, rng, g.Taps()*channels)
		zeroIn, zeroW := least+rng.Int32N(256), int32(0)
		if !signed {
			zeroW = 128 // then weights fit in 8 bits
			if i%2 == 0 {
				zeroW = rng.Int32N(256)
			}
		}
		c := randomChannels(rng, channels, least+rng.Int32N(256), least, most)
		if i%3 == 0 {
			c.Min, c.Max = least+rng.Int32N(128), most-rng.Int32N(128)
		}
		var bias []int32
		if i%4 > 0 {
			bias = make([]int32, channels)
			for j := range bias {
				bias[j] = rng.Int32N(1<<14) - 1<<13
			}
		}
		packed := PackDepthwise(w, zeroW, &g, channels)
		d := NewDepthwise(packed, &g, bias, zeroIn, signed, c)
		if d == nil {
			require.True(t, packed == nil || !depthwiseAvailable(), "%+v", g)
			continue
		}
		ran++
		first := rng.IntN(g.Rows.Out)
		last := first + rng.IntN(g.Rows.Out-first) + 1
		centred := make([]int16, len(w))
		for i, v := range w {
			centred[i] = int16(int32(v) - zeroW)
		}
		if bias == nil {
			bias = make([]int32, channels)
		}
		want, acc := make([]T, g.Outputs()*channels), make([]int32, g.Columns.Out*channels)
		for oy := first; oy < last; oy++ {
			depthwiseRowGeneric(acc, x, centred, &g, oy, channels, 1, zeroIn, bias)
			requantizeGeneric(want[oy*g.Columns.Out*channels:], channels, acc, g.Columns.Out, 0, channels, c)
		}
		got := guardtest.After[T](t, len(want))
		DepthwiseRows(d, guardtest.After[byte](t, d.Scratch()), got, x, &g, first, last)
		require.Equal(t, want, got, "%+v %d channels, rows %d to %d", g, channels, first, last)
	}
	if depthwiseAvailable() {
		least := 200
		if depthwiseInWords { // not for kernels of any width, nor few channels
			least = 60
		}
		require.Greater(t, ran, least)
	}
}

// Packed depthwise convolutions give the bits of the generic kernels.
func TestDepthwisePacked(t *testing.T) {
	t.Run("int8", testDepthwisePacked[int8])
	t.Run("uint8", testDepthwisePacked[uint8])
}

// Depthwise convolutions of int16 give the bits of the generic kernels, which add up in 64 bits.
func TestDepthwiseWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	axes := depthwiseAxes()
	ran := 0
	for i := range 500 {
		g := window.NewGrid(axes[rng.IntN(len(axes))], axes[i*len(axes)/500])
		channels := 1 + (i*7)%71
		if i%9 == 0 {
			channels = 64*(1+i%3) + i%2*32
		}
		if g.Inputs() > 200 || g.Outputs() > 400 {
			continue
		}
		if i%5 == 0 { // rows that are worked on in parts
			g.Rows = window.Axis{In: 3, Out: 3, Kernel: 3, Stride: 1, Dilation: 1, Before: 1}
			g.Columns = window.Axis{In: 66, Out: 63/(1+i%3) + 1, Kernel: 2, Stride: 1 + i%3, Dilation: 1, Before: 1}
			channels = 56 + i%17
		}
		x, w := guardtest.After[int16](t, g.Inputs()*channels), randomBytes[int8](t, rng, g.Taps()*channels)
		fillStored(rng, x, i%3)
		c := &Channels{Min: math.MinInt16, Max: math.MaxInt16}
		bias := make([]int64, channels)
		for j := range bias {
			bias[j] = int64(rng.Int32N(1<<20) - 1<<19)
			c.Multiplier, c.Shift = append(c.Multiplier, 1<<30+rng.Int32N(1<<30)), append(c.Shift, int8(4-rng.IntN(20)))
		}
		if i%4 == 0 {
			c.Min = 0
		}
		d := NewDepthwiseWords(PackDepthwiseWords(w, &g, channels), &g, bias, c)
		if d == nil {
			require.Empty(t, DepthwiseWordsKind(&g, channels), "%+v", g)
			continue
		}
		ran++
		want, acc := make([]int16, g.Outputs()*channels), make([]int64, g.Columns.Out*channels)
		first := rng.IntN(g.Rows.Out)
		last := first + rng.IntN(g.Rows.Out-first) + 1
		for oy := first; oy < last; oy++ {
			depthwiseRowGeneric(acc, x, w, &g, oy, channels, 1, 0, bias)
			RequantizeChannels64(want[oy*g.Columns.Out*channels:], channels, acc, g.Columns.Out, 0, channels, c)
		}
		got := guardtest.After[int16](t, len(want))
		DepthwiseRows(d, guardtest.After[byte](t, d.Scratch()), got, x, &g, first, last)
		require.Equal(t, want, []int16(got), "%+v %d channels, rows %d to %d", g, channels, first, last)
	}
	if depthwiseAvailable() && !depthwiseInWords {
		require.Greater(t, ran, 200)
	}
	g := window.NewGrid(window.Axis{In: 9, Out: 7, Kernel: 3, Stride: 1, Dilation: 1}, window.Axis{In: 9, Out: 7, Kernel: 3, Stride: 1, Dilation: 1})
	c := &Channels{Multiplier: []int32{1 << 30}, Shift: []int8{0}}
	require.Nil(t, NewDepthwiseWords(PackDepthwiseWords(make([]int8, 9), &g, 1), &g, []int64{1 << 31}, c), "beyond 32 bits")
}

func BenchmarkDepthwisePacked(b *testing.B) {
	for _, s := range []struct{ size, channels, kernel, stride int }{
		{48, 8, 3, 1}, {112, 32, 3, 1}, {112, 64, 3, 2}, {28, 256, 3, 1}, {14, 512, 3, 1}, {7, 1024, 3, 1}, {28, 96, 5, 1}, {28, 96, 5, 2}, {28, 96, 7, 1},
	} {
		axis := window.Axis{In: s.size, Out: (s.size + s.stride - 1) / s.stride, Kernel: s.kernel, Stride: s.stride, Dilation: 1, Before: s.kernel / 2}
		g := window.NewGrid(axis, axis)
		x, w, dst := make([]int8, g.Inputs()*s.channels), make([]int8, g.Taps()*s.channels), make([]int8, g.Outputs()*s.channels)
		rng := rand.New(rand.NewPCG(1, 1))
		for i := range x {
			x[i] = int8(rng.Uint32())
		}
		for i := range w {
			w[i] = int8(rng.Uint32())
		}
		c := randomChannels(rng, s.channels, 0, -128, 127)
		for j := range c.Shift {
			c.Multiplier[j], c.Shift[j] = 1<<30+rng.Int32N(1<<30), -7
		}
		d := NewDepthwise(PackDepthwise(w, 0, &g, s.channels), &g, nil, 0, true, c)
		scratch := []byte(nil)
		if d != nil {
			scratch = aligned(d.Scratch())
		}
		acc, bias := make([]int32, g.Columns.Out*s.channels), make([]int32, s.channels)
		ops := 2 * float64(len(dst)*g.Taps())
		for name, run := range map[string]func(){
			"generic": func() {
				for oy := range g.Rows.Out {
					depthwiseRowGeneric(acc, x, w, &g, oy, s.channels, 1, 0, bias)
					requantizeGeneric(dst[oy*g.Columns.Out*s.channels:], s.channels, acc, g.Columns.Out, 0, s.channels, c)
				}
			},
			"sums": func() {
				for oy := range g.Rows.Out {
					DepthwiseRow(acc, x, w, &g, oy, s.channels, 1, 0, bias)
					RequantizeChannels(dst[oy*g.Columns.Out*s.channels:], s.channels, acc, g.Columns.Out, 0, s.channels, c)
				}
			},
			"packed": func() { DepthwiseRows(d, scratch, dst, x, &g, 0, g.Rows.Out) },
		} {
			b.Run(fmt.Sprintf("%dx%dx%d/%ds%d/%s", s.size, s.size, s.channels, s.kernel, s.stride, name), func(b *testing.B) {
				if d == nil {
					b.Skip("not on this processor")
				}
				for b.Loop() {
					run()
				}
				b.ReportMetric(ops*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GOP/s")
			})
		}
	}
}
