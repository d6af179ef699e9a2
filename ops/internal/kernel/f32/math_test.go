package f32

import (
	"math"
	"runtime"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// functions are the vector functions with their generic twins, the real functions, and the error that each is allowed, in
// units of the last place.
var functions = []struct {
	name            string
	vector, generic func(dst, x []float32)
	real            func(x float64) float64
	ulps            float64
	slack           func(x float64) float64 // absolute error allowed besides
	flushed         float64                 // below this the results are subnormal, and 0 on amd64
}{
	{name: "Exp", vector: Exp, generic: expGeneric, real: math.Exp, ulps: 1},
	{name: "Log", vector: Log, generic: logGeneric, real: math.Log, ulps: 1.5},
	{name: "Sin", vector: Sin, generic: sinGeneric, real: math.Sin, ulps: 1.5},
	{name: "Cos", vector: Cos, generic: cosGeneric, real: math.Cos, ulps: 1.5},
	{name: "Sqrt", vector: Sqrt, generic: sqrtGeneric, real: math.Sqrt, ulps: 0.5},
	{name: "Rsqrt", vector: Rsqrt, generic: rsqrtGeneric, real: func(x float64) float64 { return 1 / math.Sqrt(x) }, ulps: 1.5},
	{name: "Logistic", vector: Logistic, generic: logisticGeneric, real: func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		ulps: 2.5, flushed: -126 * math.Ln2},
	{name: "Tanh", vector: Tanh, generic: tanhGeneric, real: math.Tanh, ulps: 2.5},
	{name: "Elu", vector: Elu, generic: eluGeneric, real: func(x float64) float64 {
		if x < 0 {
			return math.Expm1(x)
		}
		return x
	}, ulps: 2},
	{name: "HardSwish", vector: HardSwish, generic: hardSwishGeneric, real: func(x float64) float64 {
		return x * min(6, max(0, x+3)) / 6
	}, ulps: 2, slack: func(x float64) float64 {
		if math.Abs(x) > math.MaxFloat32/6 {
			return math.Inf(1) // the product overflows
		}
		return math.Abs(x) * 0x1p-24
	}},
	{name: "Gelu", vector: Gelu, generic: geluGeneric, real: func(x float64) float64 {
		return x / 2 * math.Erfc(-x/math.Sqrt2)
	}, ulps: 7, flushed: -13.2163},
	{name: "GeluTanh", vector: GeluTanh, generic: geluTanhGeneric, real: func(x float64) float64 {
		u := 2 * math.Sqrt2 / math.SqrtPi * (x + 0.044715*x*x*x)
		return x / (1 + math.Exp(-u))
	}, ulps: 3, slack: func(x float64) float64 {
		if x > -1 {
			return 0
		}
		return -x * 0x1p-22
	}},
}

// ulp is the distance of the float32 numbers around v.
func ulp(v float64) float64 {
	_, e := math.Frexp(v)
	return math.Ldexp(1, max(e-24, -149))
}

func TestFunctionErrors(t *testing.T) {
	if !expVector(nil, nil) {
		t.Skip("the bounds are those of the vector functions")
	}
	step := 1009
	if testing.Short() {
		step *= 64
	}
	x, y, z := make([]float32, 4096), make([]float32, 4096), make([]float32, 4096)
	for _, f := range functions {
		t.Run(f.name, func(t *testing.T) {
			worst, at := 0., float32(0)
			for first := int64(0); first < 1<<32; first += int64(step * len(x)) {
				for i := range x {
					x[i] = math.Float32frombits(uint32(min(first+int64(i*step), 1<<32-1)))
				}
				f.vector(y, x)
				f.generic(z, x)
				for i, v := range x {
					want := f.real(float64(v))
					if math.IsNaN(float64(z[i])) || math.IsNaN(want) || math.IsInf(float64(float32(want)), 0) {
						require.Equal(t, z[i] != z[i], y[i] != y[i], "%v: got %v, generic %v", v, y[i], z[i])
						if z[i] == z[i] {
							require.Equal(t, z[i], y[i], "%v", v)
						}
						continue
					}
					if float64(v) < f.flushed && f.flushed < 0 && runtime.GOARCH == "amd64" {
						require.Zero(t, y[i], "%v", v)
						require.Less(t, math.Abs(want), 0x1p-126, "%v", v)
						continue
					}
					off := math.Abs(float64(y[i]) - want)
					if f.slack != nil {
						off = max(0, off-f.slack(float64(v)))
					}
					if e := off / ulp(want); !(e <= worst) {
						worst, at = e, v
					}
				}
			}
			t.Logf("%.3f ulp at %v", worst, at)
			require.LessOrEqual(t, worst, f.ulps, "at %v", at)
		})
	}
}

// Special values come out as from the generic kernels, signs of zeros included; lengths and neighbours do not matter.
func TestFunctionSpecials(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	special := []float32{0, float32(math.Copysign(0, -1)), inf, -inf, nan, math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32,
		0x1p-126, -0x1p-126, math.MaxFloat32, -math.MaxFloat32, 1, -1, 88, -88, 89, -89, 104, -104, 0x1p17, 0x1p17 + 1, 20, -20, 3, -3, 6}
	for _, f := range functions {
		for n := range 70 {
			x := guardtest.After[float32](t, n)
			for i := range x {
				x[i] = special[(i*7+n)%len(special)]
			}
			want := make([]float32, n)
			f.generic(want, x)
			before := guardtest.Before[float32](t, n)
			copy(before, x)
			dst := guardtest.After[float32](t, n)
			f.vector(dst, before)
			f.vector(x, x)
			for i, w := range want {
				v := before[i]
				switch {
				case w != w:
					require.True(t, x[i] != x[i], "%s(%v) = %v", f.name, v, x[i])
				case math.IsInf(float64(w), 0):
					require.Equal(t, w, x[i], "%s(%v)", f.name, v)
				default:
					require.InEpsilon(t, 1+math.Abs(float64(w)), 1+math.Abs(float64(x[i])), 1e-6, "%s(%v)", f.name, v)
					require.Equal(t, math.Signbit(float64(w)), math.Signbit(float64(x[i])), "%s(%v): %v, %v", f.name, v, w, x[i])
				}
				require.Equal(t, math.Float32bits(x[i]), math.Float32bits(dst[i]), "%s(%v)", f.name, v)
			}
		}
	}
}

func TestExpSum(t *testing.T) {
	for n := 1; n < 70; n++ {
		x, dst, want := guardtest.After[float32](t, n), guardtest.After[float32](t, n), make([]float32, n)
		for i := range x {
			x[i] = float32(math.Sin(float64(i*i))) * 9
		}
		top := largestGeneric(x)
		require.Equal(t, top, largest(x))
		sum := expSumGeneric(want, x, top, 0.7)
		require.InEpsilon(t, sum, expSum(dst, x, top, 0.7), 1e-6)
		for i, w := range want {
			require.InEpsilon(t, w, dst[i], 1e-6)
		}
		require.InEpsilon(t, sumExpGeneric(x, top), sumExp(x, top), 1e-6)
		x[n/2] = float32(math.NaN())
		require.Equal(t, largestGeneric(x), largest(x))
		for i := range x {
			x[i] = float32(math.Inf(-1))
		}
		require.Equal(t, float32(-math.MaxFloat32), largest(x))
	}
}

// Rows of any length, in place or not, add up to 1, keep their proportions, and are NaN where nothing is left of them.
func TestSoftmax(t *testing.T) {
	for depth := 1; depth < 70; depth++ {
		const rows = 5
		x, dst := guardtest.After[float32](t, rows*depth), guardtest.Before[float32](t, rows*depth)
		for i := range x {
			x[i] = float32(math.Sin(float64(i*i))) * 5
		}
		Softmax(dst, x, depth, 0.5)
		for r := range rows {
			row, sum := x[r*depth:(r+1)*depth], 0.
			for _, v := range row {
				sum += math.Exp(float64(v) / 2)
			}
			for i, v := range row {
				require.InEpsilon(t, math.Exp(float64(v)/2)/sum, dst[r*depth+i], 2e-6)
			}
		}
		Softmax(x, x, depth, 0.5)
		require.Equal(t, dst, x)
		for i := range x[:depth] {
			x[i] = float32(math.Inf(-1))
		}
		Softmax(x, x, depth, 1)
		require.True(t, x[0] != x[0])
		require.Equal(t, rows*depth > depth, x[rows*depth-1] > 0)
	}
	x := make([]float32, 3*softmaxBlock)
	Softmax(x, x, 3, 1)
	for _, v := range x {
		require.InEpsilon(t, 1./3, v, 1e-6)
	}
}

func TestSum(t *testing.T) {
	for n := range 300 {
		x, y := guardtest.After[float32](t, n), guardtest.Before[float32](t, n)
		want := float32(0)
		for i := range x {
			x[i] = float32(i*i%17) - 5 // sums of small integers are exact
			y[i] = x[i]
			want += x[i]
		}
		require.Equal(t, want, Sum(x))
		require.Equal(t, want, Sum(y))
		Accumulate(x, y)
		for i, v := range y {
			require.Equal(t, 2*v, x[i])
		}
	}
	long := make([]float32, 3*sumRun+5)
	for i := range long {
		long[i] = float32(i & 1)
	}
	require.Equal(t, float32(len(long)/2), Sum(long))
}

func BenchmarkFunctions(b *testing.B) {
	x, y := make([]float32, 4096), make([]float32, 4096)
	for i := range x {
		x[i] = float32(i%400)/20 - 10
	}
	for _, f := range functions {
		for _, k := range []struct {
			name string
			run  func(dst, x []float32)
		}{{"vector", f.vector}, {"generic", f.generic}} {
			b.Run(f.name+"/"+k.name, func(b *testing.B) {
				for range b.N {
					k.run(y, x)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/element")
			})
		}
	}
}
