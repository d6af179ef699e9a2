package calibrate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func histogramOf(parts ...[]float32) *histogram {
	h := &histogram{}
	for _, p := range parts {
		h.add(p, slices.Min(p), slices.Max(p))
	}
	return h
}

func normal(seed uint64, n int, f func(x float64) float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 2))
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(f(r.NormFloat64()))
	}
	return list
}

// TestHistogramIsCanonical: order and partition of the values do not matter, and every value is in its bin.
func TestHistogramIsCanonical(t *testing.T) {
	a := normal(1, 1000, func(x float64) float64 { return x * 1e-3 })
	b := normal(2, 3000, func(x float64) float64 { return x*x*x*70 - 1000 })
	c := []float32{0, -1e-30, 1e-40, 5}
	want := histogramOf(slices.Concat(a, b, c))
	require.EqualValues(t, 4004, want.total)
	require.Equal(t, want, histogramOf(a, b, c))
	require.Equal(t, want, histogramOf(c, b, a))
	left, right := histogramOf(b), histogramOf(c, a)
	left.merge(right)
	require.Equal(t, want, left)
	right.merge(histogramOf(b))
	require.Equal(t, want, right)
	require.LessOrEqual(t, len(want.counts), bins)
	require.Greater(t, len(want.counts), bins/2-2)
	counts := make([]int64, len(want.counts))
	for _, v := range slices.Concat(a, b, c) {
		for i := range counts {
			if begin := float64(want.first+int64(i)) * want.width(); begin <= float64(v) && float64(v) < begin+want.width() {
				counts[i]++
			}
		}
	}
	require.Equal(t, counts, want.counts)
}

func TestHistogramExtremes(t *testing.T) {
	for _, values := range [][]float32{
		{0}, {-0.25}, {math.MaxFloat32, -math.MaxFloat32, 0}, {math.SmallestNonzeroFloat32, 0},
		{1e30, math.Nextafter32(1e30, 2e30)}, {-7, -7}, {math.MaxFloat32, math.SmallestNonzeroFloat32},
	} {
		h := histogramOf(values)
		require.EqualValues(t, len(values), h.total, values)
		require.LessOrEqual(t, len(h.counts), bins)
		for i := range h.counts {
			require.GreaterOrEqual(t, h.centre(i), float64(h.min))
			require.LessOrEqual(t, h.centre(i), float64(h.max))
		}
	}
}

func observedOf(values []float32) *observed {
	h := histogramOf(values)
	return &observed{extremes: extremes{h.min, h.max}, histogram: *h, histograms: true, samples: 1}
}

// squaredError is that of affine quantization to 8 bits, value by value.
func squaredError(values []float32, r Range) float64 {
	lo, hi := min(float64(r.Min), 0), max(float64(r.Max), 0)
	scale, sum := (hi-lo)/255, 0.0
	for _, v := range values {
		q := math.Round(min(max(float64(v), lo), hi)/scale) * scale
		sum += (q - float64(v)) * (q - float64(v))
	}
	return sum
}

// TestLeastSquares compares the errors of the chosen range, quantized value by value, with a search over the real errors.
func TestLeastSquares(t *testing.T) {
	for name, values := range map[string][]float32{
		"normal":  normal(3, 20000, func(x float64) float64 { return x }),
		"relu":    normal(4, 20000, func(x float64) float64 { return max(0, x-1) }),
		"cubes":   normal(5, 20000, func(x float64) float64 { return x * x * x }),
		"outlier": append(normal(6, 20000, func(x float64) float64 { return 0.1 * x }), -40),
		"below":   normal(7, 20000, func(x float64) float64 { return -x * x * x * x }),
	} {
		o := observedOf(values)
		got := squaredError(values, o.clip(MSE))
		best := math.Inf(1)
		for i := 1; i <= 32; i++ {
			for k := 1; k <= 32; k++ {
				best = min(best, squaredError(values, Range{o.min * float32(i) / 32, o.max * float32(k) / 32}))
			}
		}
		require.LessOrEqual(t, got, 1.03*best, name)
		require.LessOrEqual(t, got, squaredError(values, o.clip(MinMax)), name)
		wide := o.clip("mse:16")
		require.InDelta(t, o.max-o.min, wide.Max-wide.Min, 0.3*float64(o.max-o.min), "16 bits clip little: %s", name)
	}
}

func TestPercentile(t *testing.T) {
	values := make([]float32, 10000)
	for i := range values {
		values[i] = float32(i) / 100 // 0 to 99.99
	}
	r := observedOf(values).clip("percentile:99")
	require.InDelta(t, 0.5, r.Min, 0.05)
	require.InDelta(t, 99.5, r.Max, 0.05)
	require.Equal(t, Range{0, 99.99}, observedOf(values).clip("percentile:100"))
}

// TestEntropy: rare outliers are cut off, an even distribution is not.
func TestEntropy(t *testing.T) {
	spiky := append(normal(8, 50000, func(x float64) float64 { return x }), 60, -55)
	r := observedOf(spiky).clip(Entropy)
	require.Less(t, r.Max, float32(20))
	require.Greater(t, r.Max, float32(2))
	require.Equal(t, -r.Max, r.Min)
	even := make([]float32, 50000)
	for i := range even {
		even[i] = float32(i)/25000 - 1
	}
	r = observedOf(even).clip(Entropy)
	require.Greater(t, r.Max, float32(0.95))
	require.Less(t, r.Min, float32(-0.95))
}

func TestAverages(t *testing.T) {
	m := newMerged(&plan{slots: 1})
	m.sample([]extremes{{-1, 2}})
	m.sample([]extremes{noExtremes()})
	m.sample([]extremes{{-3, 10}})
	require.Equal(t, Range{-1.1, 2.4}, m.slots[0].clip(MovingAverage))
	require.Equal(t, Range{-2, 6}, m.slots[0].clip(MeanOfExtremes))
	require.Equal(t, Range{-3, 10}, m.slots[0].clip(""))
}

func TestMethodCheck(t *testing.T) {
	for _, m := range append(Methods(), "", "percentile:99.9", "mse:4") {
		require.NoError(t, m.Check(), m)
	}
	for _, m := range []Method{"median", "percentile:101", "percentile:x", "mse:0", "min-max:3", "percentile:"} {
		require.ErrorIs(t, m.Check(), ErrMethod, m)
	}
}

// TestShape compares with moments and errors taken over the values themselves.
func TestShape(t *testing.T) {
	values := normal(9, 30000, func(x float64) float64 { return x*x*x + 2 })
	h := histogramOf(values)
	var mean, second, fourth, power float64
	n := float64(len(values))
	for _, v := range values {
		mean += float64(v) / n
		power += float64(v) * float64(v)
	}
	for _, v := range values {
		d := float64(v) - mean
		second += d * d / n
		fourth += d * d * d * d / n
	}
	gotMean, deviation, kurtosis := h.shape()
	require.InDelta(t, mean, gotMean, 1e-3)
	require.InEpsilon(t, math.Sqrt(second), deviation, 1e-3)
	require.InEpsilon(t, fourth/second/second, kurtosis, 1e-3)
	for _, r := range []Range{{h.min, h.max}, h.leastSquares(8)} {
		require.InDelta(t, 10*math.Log10(power/squaredError(values, r)), h.sqnr(r, 8), 1.5, "but for how evenly values lie in a step")
	}
}
