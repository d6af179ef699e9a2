package fixedpoint

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuantizeMultiplier(t *testing.T) {
	cases := []struct {
		d     float64
		m     int32
		shift int
	}{
		{0, 0, 0},
		{0.5, 1 << 30, 0},
		{1, 1 << 30, 1},
		{0.75, 3 << 29, 0},
		{-0.75, -3 << 29, 0},
		{-1 + 0x1p-40, -1 << 31, 0},             // the magnitude rounds up to 2^31, which only fits negative
		{1 - 0x1p-40, 1 << 30, 1},               // rounds up to one
		{0x1p-32, 1 << 30, -31},                 // the smallest shift
		{0x1p-33, 0, 0},                         // one less
		{0x1p-33 * (2 - 0x1p-40), 1 << 30, -31}, // rounds up first, then is large enough
		{0x1p-1074, 0, 0},
		{0x1p40, 1 << 30, 41},
		{math.NaN(), 0, 0},
		{math.Inf(1), 0, 0},
		{math.Inf(-1), 0, 0},
	}
	for _, c := range cases {
		m, s := QuantizeMultiplier(c.d)
		require.Equal(t, c.m, m, "%g", c.d)
		require.Equal(t, c.shift, s, "%g", c.d)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 10000 {
		d := math.Ldexp(1+r.Float64(), r.IntN(60)-31)
		m, s := QuantizeMultiplier(d)
		require.GreaterOrEqual(t, m, int32(1<<30))
		require.InEpsilon(t, d, math.Ldexp(float64(m), s-31), 0x1p-30)
	}
}

func TestQuantizeMultiplierRanges(t *testing.T) {
	for _, d := range []float64{0, 1, 2, -0.5, math.NaN(), math.Inf(1), math.Inf(-1), 1 - 0x1p-50} {
		_, _, ok := QuantizeMultiplierSmallerThanOneExp(d)
		require.False(t, ok, "%g", d)
	}
	for _, d := range []float64{0, 1, 0.5, -2, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, _, ok := QuantizeMultiplierGreaterThanOne(d)
		require.False(t, ok, "%g", d)
	}
	m, s, ok := QuantizeMultiplierSmallerThanOneExp(0.25)
	require.True(t, ok)
	require.Equal(t, int32(1<<30), m)
	require.Equal(t, -1, s)
	m, s, ok = QuantizeMultiplierGreaterThanOne(3)
	require.True(t, ok)
	require.Equal(t, int32(3<<29), m)
	require.Equal(t, 2, s)
}

func TestInputRadius(t *testing.T) {
	require.Equal(t, int32(31<<26>>20), InputRadius(5, 20, 31))
	require.Equal(t, int32(31), InputRadius(5, 26, 31))
	require.Equal(t, int32(7), InputRadius(5, 28, 31), "31/4 rounded down")
	require.Equal(t, int32(math.MaxInt32), InputRadius(5, -20, 31))
}

func TestLog2(t *testing.T) {
	for e := -126; e <= 127; e++ {
		got, exact := Log2(float32(math.Ldexp(1, e)))
		require.True(t, exact, "2^%d", e)
		require.Equal(t, e, got)
	}
	got, exact := Log2(0.75)
	require.False(t, exact)
	require.Equal(t, 0, got)
	_, exact = Log2(float32(math.Exp2(-11 + 0.0009)))
	require.True(t, exact, "within a thousandth")
	_, exact = Log2(float32(math.Exp2(-11 + 0.0011)))
	require.False(t, exact)
	for _, x := range []float32{0, -1, float32(math.NaN()), float32(math.Inf(1))} {
		_, exact := Log2(x)
		require.False(t, exact)
	}
}

func TestRound(t *testing.T) {
	cases := []struct {
		x    float32
		away int32
		even int32
	}{
		{0, 0, 0},
		{0.49999997, 0, 0},
		{0.5, 1, 0},
		{-0.5, -1, 0},
		{1.5, 2, 2},
		{2.5, 3, 2},
		{-2.5, -3, -2},
		{8388607.5, 8388608, 8388608},
		{8388609, 8388609, 8388609},
		{2147483520, 2147483520, 2147483520},
		{2147483648, math.MaxInt32, math.MaxInt32},
		{-2147483648, math.MinInt32, math.MinInt32},
		{float32(math.Inf(1)), math.MaxInt32, math.MaxInt32},
		{float32(math.Inf(-1)), math.MinInt32, math.MinInt32},
		{float32(math.NaN()), 0, 0},
	}
	for _, c := range cases {
		require.Equal(t, c.away, RoundToInt32(c.x), "%g", c.x)
		require.Equal(t, c.even, RoundHalfEvenToInt32(c.x), "%g", c.x)
		if c.x == c.x && c.away < math.MaxInt32 && c.away > math.MinInt32 {
			require.Equal(t, float32(c.away), RoundAway(c.x))
			require.Equal(t, float32(c.even), RoundHalfEven(c.x))
		}
	}
	require.Equal(t, int32(0), RoundFloat64ToInt32(0.49999999999999994))
	require.Equal(t, int32(math.MaxInt32), RoundFloat64ToInt32(2147483646.5))
	require.Equal(t, int32(math.MinInt32), RoundFloat64ToInt32(-2147483647.5))
	require.Equal(t, int32(math.MaxInt32), RoundFloat64ToInt32(1e300))
	r := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		x := (r.Float64() - 0.5) * math.Ldexp(1, r.IntN(32))
		require.Equal(t, int32(math.Round(x)), RoundFloat64ToInt32(x), "%g", x)
	}
}

func TestQuantizeRowSymmetric(t *testing.T) {
	dst := make([]int8, 5)
	scale := QuantizeRowSymmetric(dst, []float32{-127, 0.5, -0.5, 63.5, 2.4})
	require.Equal(t, float32(1), scale)
	require.Equal(t, []int8{-127, 1, -1, 64, 2}, dst)

	require.Equal(t, float32(1), QuantizeRowSymmetric(dst, make([]float32, 5)))
	require.Equal(t, make([]int8, 5), dst)
	require.Equal(t, float32(1), QuantizeRowSymmetric(nil, nil))
	QuantizeRowSymmetric(dst, []float32{float32(math.NaN()), float32(math.Inf(1)), 1, -1, 0}) // defined, if senseless
}

func TestQuantizeRowAsymmetric(t *testing.T) {
	dst := make([]int8, 4)
	scale, zero := QuantizeRowAsymmetric(dst, []float32{0, 255, 127.4, 0.5})
	require.Equal(t, float32(1), scale)
	require.Equal(t, int32(-128), zero)
	require.Equal(t, []int8{-128, 127, -1, -127}, dst, "127.4 rounds to 127, 0.5 to 1, before -128 is added")

	scale, zero = QuantizeRowAsymmetric(dst, []float32{-255, -1, -2, -254})
	require.Equal(t, float32(1), scale)
	require.Equal(t, int32(127), zero, "the range always holds zero")
	require.Equal(t, []int8{-128, 126, 125, -127}, dst)

	scale, zero = QuantizeRowAsymmetric(dst, make([]float32, 4))
	require.Equal(t, float32(1), scale)
	require.Zero(t, zero)
	require.Equal(t, make([]int8, 4), dst)

	r := rand.New(rand.NewPCG(7, 8))
	row, q := make([]float32, 64), make([]int8, 64)
	for range 200 {
		for i := range row {
			row[i] = (r.Float32() - r.Float32()) * 10
		}
		scale, zero := QuantizeRowAsymmetric(q, row)
		for i, v := range row {
			require.InDelta(t, v, float32(int32(q[i])-zero)*scale, float64(scale)*1.01)
		}
	}
}

// TestQuantizeMultiplierBits compares the way by bits with the one by frexp, also where rounding carries.
func TestQuantizeMultiplierBits(t *testing.T) {
	check := func(d float64) {
		m, s := QuantizeMultiplier(d)
		wantM, wantS := quantizeMultiplier(d)
		require.Equal(t, [2]int{int(wantM), wantS}, [2]int{int(m), s}, "%x", d)
	}
	for exponent := -1074; exponent <= 1023; exponent++ {
		d := math.Ldexp(1, exponent)
		for _, d := range []float64{d, math.Nextafter(d, 0), math.Nextafter(d, math.MaxFloat64), d * (1 + 0x1p-31), d * (1 + 0x1p-32)} {
			check(d)
			check(-d)
			check(math.Nextafter(d, 0))
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 200000 {
		check(math.Float64frombits(r.Uint64()))
		check(math.Ldexp(float64(int64(r.Uint64()>>33)*2+1), -31-r.IntN(40))) // halfway cases
	}
}

func BenchmarkQuantizeMultiplier(b *testing.B) {
	sum := 0
	for i := range b.N {
		m, s := QuantizeMultiplier(float64(i+1) * 0x1.23p-20)
		sum += int(m) + s
	}
	if sum == 0 {
		b.Fatal()
	}
}

// A product is rounded before it is rounded to an integer, on processors too that could fuse it with the subtraction inside.
func TestRoundProduct(t *testing.T) {
	scale := 0.0013
	for a := int32(-255000); a <= 255000; a += 500 { // every tenth product is near a half
		product := math.Float64frombits(math.Float64bits(float64(a) * scale))
		require.Equal(t, int32(math.Round(product)), RoundFloat64ToInt32(float64(a)*scale), "%d", a)
	}
}
