//go:build (amd64 || arm64) && !noasm

package f32

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
					for _, before := range []int{0, 1, (kernel - 1) * dilation / 2} {
						span := (kernel-1)*dilation + 1
						for _, after := range []int{0, before, span + 1} {
							if out := (in+before+after-span)/stride + 1; in+before+after >= span && out > 0 {
								axes = append(axes, window.Axis{In: in, Out: out, Kernel: kernel, Stride: stride, Dilation: dilation, Before: before})
							}
						}
					}
				}
			}
		}
	}
	return axes
}

// All kinds of windows and channel tails in every variant: whole numbers, whose sums are exact in any order.
func TestDepthwiseVector(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	whole := func(n int) []float32 {
		v := guardtest.After[float32](t, n)
		for i := range v {
			v[i] = float32(rng.IntN(17) - 8)
		}
		return v
	}
	axes := depthwiseAxes()
	for i := range 600 {
		g := window.NewGrid(axes[rng.IntN(len(axes))], axes[i*len(axes)/600])
		if g.Inputs() > 200 || g.Outputs() > 400 {
			continue
		}
		channels := 1 + i%37
		x, w, bias := whole(g.Inputs()*channels), whole(g.Taps()*channels), whole(channels)
		if i%3 == 0 {
			bias = nil
		}
		lo, hi := float32(-60), float32(40)
		if i%2 == 0 {
			lo, hi = float32(math.Inf(-1)), float32(math.Inf(1))
		}
		first := rng.IntN(g.Rows.Out)
		last := first + rng.IntN(g.Rows.Out-first+1)
		want := make([]float32, g.Outputs()*channels)
		depthwiseGeneric(want, x, w, &g, channels, 1, first, last, bias, lo, hi)
		for set := range depthwiseSets() {
			got := guardtest.After[float32](t, len(want))
			depthwiseRows(got, x, w, &g, channels, first, last, bias, lo, hi, set > 0)
			require.Equal(t, want, got, "%+v %d channels, rows %d to %d, set %d", g, channels, first, last, set)
		}
	}
}

// A NaN passes the clamp; infinities outside the window do no harm.
func TestDepthwiseVectorNaN(t *testing.T) {
	axis := window.Axis{In: 9, Out: 9, Kernel: 3, Stride: 1, Dilation: 1, Before: 1}
	g := window.NewGrid(axis, axis)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x, w := make([]float32, 81*17), make([]float32, 9*17)
	for i := range w {
		w[i] = 1
	}
	for c := range 17 {
		x[c], x[80*17+c] = nan, inf
	}
	for set := range depthwiseSets() {
		want, got := make([]float32, len(x)), make([]float32, len(x))
		depthwiseGeneric(want, x, w, &g, 17, 1, 0, 9, nil, 0, 6)
		depthwiseRows(got, x, w, &g, 17, 0, 9, nil, 0, 6, set > 0)
		for i := range want {
			require.Equal(t, math.Float32bits(want[i]), math.Float32bits(got[i]), "%d", i)
		}
		require.True(t, math.IsNaN(float64(got[17*10])))
		require.Equal(t, float32(6), got[17*70])
	}
}

func BenchmarkDepthwise(b *testing.B) {
	for _, s := range []struct{ size, channels, kernel, stride int }{
		{112, 8, 3, 1}, {112, 32, 3, 1}, {112, 64, 3, 2}, {28, 256, 3, 1}, {14, 512, 3, 1}, {7, 1024, 3, 1}, {28, 96, 5, 1}, {28, 96, 5, 2}, {28, 96, 7, 1},
	} {
		in := window.Axis{In: s.size, Out: (s.size + s.stride - 1) / s.stride, Kernel: s.kernel, Stride: s.stride, Dilation: 1, Before: s.kernel / 2}
		g := window.NewGrid(in, in)
		x, w, dst := make([]float32, g.Inputs()*s.channels), make([]float32, g.Taps()*s.channels), make([]float32, g.Outputs()*s.channels)
		flop := 2 * float64(len(dst)*g.Taps())
		for name, run := range map[string]func(){
			"generic": func() { depthwiseGeneric(dst, x, w, &g, s.channels, 1, 0, g.Rows.Out, w[:s.channels], 0, 6) },
			"first":   func() { depthwiseRows(dst, x, w, &g, s.channels, 0, g.Rows.Out, w[:s.channels], 0, 6, false) },
			"last": func() {
				depthwiseRows(dst, x, w, &g, s.channels, 0, g.Rows.Out, w[:s.channels], 0, 6, depthwiseSets() > 1)
			},
		} {
			b.Run(fmt.Sprintf("%dx%dx%d/%ds%d/%s", s.size, s.size, s.channels, s.kernel, s.stride, name), func(b *testing.B) {
				for b.Loop() {
					run()
				}
				b.ReportMetric(flop*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
