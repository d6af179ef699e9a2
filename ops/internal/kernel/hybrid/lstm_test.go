package hybrid

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// hybridCell makes an LSTM with random weights, packed.
func hybridCell(t testing.TB, rng *rand.Rand, cells, depth int, clip float32) (*LSTM, []int8) {
	l := newLSTM(cells, depth, clip)
	var w, r [4][]int8
	var wSums, rSums [4][]int32
	var bias [4][]float32
	random := func(rows, cols int) (x []int8, sums []int32) {
		x, sums = make([]int8, rows*cols), make([]int32, rows)
		for i := range x {
			x[i] = int8(rng.IntN(256) - 128)
			sums[i/cols] += int32(x[i])
		}
		return x, sums
	}
	for g := range 4 {
		w[g], wSums[g] = random(cells, depth)
		r[g], rSums[g] = random(cells, cells)
		bias[g] = make([]float32, cells)
		for i := range bias[g] {
			bias[g][i] = float32(rng.NormFloat64())
		}
	}
	packed := guardtest.After[int8](t, l.Packed())
	l.Pack(packed, &w, &r, &wSums, &rSums, &bias)
	return l, packed
}

func lstmRow(t testing.TB, rng *rand.Rand, n, padded int) *LSTMRow {
	row := &LSTMRow{Values: guardtest.After[int8](t, padded), Zero: int32(rng.IntN(256) - 128)}
	for i := range row.Values[:n] {
		row.Values[i] = int8(rng.IntN(256) - 128)
	}
	for g := range row.Scales {
		row.Scales[g] = float32(rng.Float64() * 2e-4 / math.Sqrt(float64(max(n, 1))))
	}
	return row
}

// One step: the sums and what they are scaled to are exact, the sigmoids differ by a few roundings of numbers up to 1.
func TestLSTMStep(t *testing.T) {
	if !lstmAvailable {
		t.Skip("generic only")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, cells := range []int{1, 3, 15, 16, 17, 35, 64} {
		for _, depth := range []int{0, 1, 4, 5, 8, 11, 28} {
			for _, clip := range []float32{0, 0.3} {
				l, packed := hybridCell(t, rng, cells, depth, clip)
				n := l.Padded()
				x, h := lstmRow(t, rng, depth, l.PaddedInput()), lstmRow(t, rng, cells, n)
				if depth == 28 {
					h.Zero, x.Zero = -128, 127
				}
				c, dst := guardtest.After[float32](t, n), guardtest.After[float32](t, n)
				for i := range c[:cells] {
					c[i] = float32(rng.NormFloat64())
				}
				wantC, want := append([]float32{}, c...), make([]float32, n)
				l.Step(packed, x, h, c, dst)
				l.stepGeneric(packed, x, h, wantC, want)
				require.InDeltaSlice(t, want, dst, 1e-6)
				require.InDeltaSlice(t, wantC, c, 2e-6)
				require.Equal(t, make([]float32, n-cells), append([]float32{}, dst[cells:]...))
				require.Equal(t, make([]float32, n-cells), append([]float32{}, c[cells:]...))
			}
		}
	}
}

// stepGeneric computes the formula of LSTM, here in float64 from weights that are not packed.
func TestLSTMFormula(t *testing.T) {
	l := newLSTM(2, 3, 0)
	w := [4][]int8{{1, 2, 3, -4, 5, 6}, {7, -8, 9, 1, 0, 2}, {-128, 127, 3, 4, 5, 6}, {1, 1, 1, 2, 2, 2}}
	r := [4][]int8{{1, -1, 2, 3}, {4, 4, 5, -5}, {6, 7, 8, 9}, {0, 1, -1, 0}}
	var wSums, rSums [4][]int32
	var bias [4][]float32
	for g := range 4 {
		wSums[g], rSums[g] = make([]int32, 2), make([]int32, 2)
		for i := range 2 {
			for k := range 3 {
				wSums[g][i] += int32(w[g][3*i+k])
			}
			rSums[g][i] = int32(r[g][2*i]) + int32(r[g][2*i+1])
		}
		bias[g] = []float32{0.1 * float32(g), -0.2}
	}
	packed := make([]int8, l.Packed())
	l.Pack(packed, &w, &r, &wSums, &rSums, &bias)
	x := &LSTMRow{Values: []int8{10, -20, 127, 99}, Zero: 5, Scales: [4]float32{1e-3, 2e-3, 3e-4, 4e-3}}
	h := &LSTMRow{Values: make([]int8, l.Padded()), Zero: -7, Scales: [4]float32{1e-2, 2e-2, 3e-2, 4e-2}}
	h.Values[0], h.Values[1], h.Values[2] = 3, -9, 77
	c, dst := make([]float32, l.Padded()), make([]float32, l.Padded())
	c[0], c[1] = 0.5, -0.25
	l.stepGeneric(packed, x, h, c, dst)
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for i, before := range []float64{0.5, -0.25} {
		var z [4]float64
		for g := range 4 {
			z[g] = float64(bias[g][i])
			for k := range 3 {
				z[g] += float64((int(x.Values[k])-5)*int(w[g][3*i+k])) * float64(x.Scales[g])
			}
			for k := range 2 {
				z[g] += float64((int(h.Values[k])+7)*int(r[g][2*i+k])) * float64(h.Scales[g])
			}
		}
		after := sigmoid(z[1])*before + sigmoid(z[0])*math.Tanh(z[2])
		require.InDelta(t, after, c[i], 1e-6)
		require.InDelta(t, sigmoid(z[3])*math.Tanh(after), dst[i], 1e-6)
	}
}

func BenchmarkLSTM(b *testing.B) {
	if !lstmAvailable {
		b.Skip("generic only")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{64, 64}, {128, 128}, {256, 256}} {
		l, packed := hybridCell(b, rng, size[0], size[1], 0)
		x, h := lstmRow(b, rng, size[1], l.PaddedInput()), lstmRow(b, rng, size[0], l.Padded())
		c, dst := make([]float32, l.Padded()), make([]float32, l.Padded())
		b.Run("", func(b *testing.B) {
			for b.Loop() {
				l.Step(packed, x, h, c, dst)
			}
		})
	}
}
