//go:build (amd64 || arm64) && !noasm

package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

func guarded(t testing.TB, rng *rand.Rand, n int, scale float64) []float32 {
	x := guardtest.After[float32](t, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * scale)
	}
	return x
}

// The states after some steps differ from the generic ones by a few roundings of numbers up to 1 in size.
func TestLSTMVariants(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, lanes := range []int{8, 16} {
		if narrow := lstmLanes(8); narrow == 0 || lanes == 16 && lstmLanes(16) < 16 {
			continue
		}
		for _, cells := range []int{1, 7, 8, 9, 16, 20, 33} {
			for _, depth := range []int{0, 1, 2, 3, 4, 5, 28} {
				for _, clip := range []float32{0, 0.3} {
					l := newLSTM(lanes, cells, depth, clip)
					var w, r, bias [4][]float32
					for g := range 4 {
						w[g], r[g], bias[g] = guarded(t, rng, cells*depth, 1), guarded(t, rng, cells*cells, 0.5), guarded(t, rng, cells, 1)
					}
					packed := guardtest.After[float32](t, l.Packed())
					l.Pack(packed, &w, &r, &bias)
					n := l.Padded()
					h, c, next := guardtest.After[float32](t, n), guardtest.After[float32](t, n), guardtest.After[float32](t, n)
					wantH, wantC, wantNext := make([]float32, n), make([]float32, n), make([]float32, n)
					for range 4 {
						x := guarded(t, rng, depth, 1)
						l.Step(packed, x, h, c, next)
						l.stepGeneric(packed, x, wantH, wantC, wantNext)
						h, next, wantH, wantNext = next, h, wantNext, wantH
						require.InDeltaSlice(t, wantH, h, 4e-6)
						require.InDeltaSlice(t, wantC, c, 8e-6)
						require.Equal(t, make([]float32, n-cells), append([]float32{}, h[cells:]...))
					}
				}
			}
		}
	}
}

// A NaN comes through the gates and the clipping.
func TestLSTMNaN(t *testing.T) {
	l, ok := NewLSTM(8, 1, 1)
	if !ok {
		t.Skip("generic only")
	}
	packed := make([]float32, l.Packed())
	packed[0] = float32(math.NaN()) // input gate of cell 0
	h, c, dst := make([]float32, l.Padded()), make([]float32, l.Padded()), make([]float32, l.Padded())
	c[1] = 5
	packed[l.Lanes+1] = 100 // its forget gate
	l.Step(packed, []float32{1}, h, c, dst)
	require.True(t, c[0] != c[0] && dst[0] != dst[0]) // NaN
	require.Equal(t, float32(1), c[1])
}

func BenchmarkLSTM(b *testing.B) {
	for _, size := range [][2]int{{20, 28}, {128, 128}, {256, 256}} {
		l, ok := NewLSTM(size[0], size[1], 0)
		if !ok {
			b.Skip("generic only")
		}
		packed, x := make([]float32, l.Packed()), make([]float32, size[1])
		h, c, dst := make([]float32, l.Padded()), make([]float32, l.Padded()), make([]float32, l.Padded())
		b.Run("", func(b *testing.B) {
			for b.Loop() {
				l.Step(packed, x, h, c, dst)
			}
			b.ReportMetric(float64(2*len(packed))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
