package f32

import (
	"math"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// Exponentials are 0 from the first float32 on whose exponential is below 2^-126, in every place of a row.
func TestExpSumLeast(t *testing.T) {
	const last = -87.33654 // ln(2^-126) is between this float32 and the next one
	next := math.Nextafter32(last, -100)
	require.Less(t, math.Exp(float64(next)), 0x1p-126)
	require.Greater(t, math.Exp(last), 0x1p-126)
	for n := 2; n < 70; n++ {
		x := guardtest.After[float32](t, n)
		dst := guardtest.Before[float32](t, n)
		for i := range x {
			x[i] = []float32{last, next, -100, float32(math.Inf(-1)), -104, -1e30, -89}[(i+n)%7]
		}
		x[n/2] = 0
		sum := expSum(dst, x, 0, 1)
		require.Equal(t, float32(1), sum)
		for i, v := range x {
			switch v {
			case 0:
				require.Equal(t, float32(1), dst[i])
			case last:
				require.InEpsilon(t, math.Exp(last), dst[i], 0x1p-22)
			default:
				require.Zero(t, math.Float32bits(dst[i]), "%v", v)
			}
		}
		require.Equal(t, float32(1), sumExp(x, 0))
	}
}

// No result is subnormal, and those that are not 0 are right.
func TestSoftmaxLeast(t *testing.T) {
	for _, depth := range []int{2, 3, 16, 17, 64, 1000, 5003} {
		x, dst := guardtest.After[float32](t, depth), guardtest.After[float32](t, depth)
		for i := range x {
			x[i] = -95 * float32(i) / float32(depth)
			if depth > 16 {
				x[i] = min(0, 8-105*float32(i)/float32(depth)) // many ones, so that their sum matters
			}
		}
		x[depth-1] = -88
		sum := 0.
		for _, v := range x {
			sum += math.Exp(float64(v))
		}
		Softmax(dst, x, depth, 1)
		zeros := 0
		for i, v := range x {
			want := math.Exp(float64(v)) / sum
			switch {
			case dst[i] == 0:
				zeros++
				require.Zero(t, math.Float32bits(dst[i]))
				require.Less(t, want, 0x1p-126*(1+0x1p-19), "%v", v)
			default:
				require.GreaterOrEqual(t, dst[i], float32(0x1p-126), "%v", v)
				require.InEpsilon(t, want, dst[i], 2e-6)
			}
		}
		require.NotZero(t, zeros)
	}
}

func TestScaleNormal(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	values := []float32{0, 1, 0.25, nan, 0x1p-126, 0x1p-149, 0.5, inf, 0x1p-120, 0x1.000002p-120, 3}
	for _, scale := range []float32{1, 0.125, inf, 0, nan} {
		for _, least := range []float32{0x1.000002p-120, 0, 0.5, inf, nan} {
			for n := range 70 {
				x, dst, want := guardtest.After[float32](t, n), guardtest.Before[float32](t, n), make([]float32, n)
				for i := range x {
					x[i] = values[(i*i+n)%len(values)]
				}
				scaleNormalGeneric(want, x, scale, least)
				if n > 0 {
					scaleNormal(dst, x, scale, least)
					scaleNormal(x, x, scale, least)
				}
				for i, w := range want {
					require.True(t, w != w && dst[i] != dst[i] || math.Float32bits(w) == math.Float32bits(dst[i]), "%v, %v", w, dst[i])
					require.True(t, w != w && x[i] != x[i] || math.Float32bits(w) == math.Float32bits(x[i]), "%v, %v", w, x[i])
				}
			}
		}
	}
}

// Scores far below the largest cost no more than others.
func BenchmarkSoftmax(b *testing.B) {
	x, dst := make([]float32, 1000), make([]float32, 1000)
	for _, c := range []struct {
		name string
		span float32
	}{{"near", 10}, {"far", 200}} {
		for i := range x {
			x[i] = -c.span * float32(i*7%1000) / 1000
		}
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				Softmax(dst, x, 1000, 1)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/element")
		})
	}
}
