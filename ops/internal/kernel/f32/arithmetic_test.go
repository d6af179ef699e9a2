package f32

import (
	"math"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/elem"
	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// TestArithmetic compares each kernel of two operands with its definition, bit for bit but for the signs of NaNs, in place and
// elsewhere.
func TestArithmetic(t *testing.T) {
	inf := float32(math.Inf(1))
	values := []float32{1, -2.5, 0, float32(math.Copysign(0, -1)), 7, -inf, inf, float32(math.NaN()), 1e-40, 3e38, -3e38, 0.1, -8, 5}
	first := func(run func(dst, a []float32, b float32)) func(dst, a, b []float32) {
		return func(dst, a, b []float32) {
			if len(a) > 0 {
				run(dst, a, b[0])
			}
		}
	}
	second := func(run func(dst []float32, a float32, b []float32)) func(dst, a, b []float32) {
		return func(dst, a, b []float32) {
			if len(a) > 0 {
				run(dst, a[0], b)
			}
		}
	}
	type binary = func(dst, a, b []float32)
	clamped := func(run func(dst, a, b []float32, lo, hi float32)) binary {
		return func(dst, a, b []float32) { run(dst, a, b, -2, 6) }
	}
	kernels := []struct {
		name            string
		run, want       binary
		repeatA, repeat bool
	}{
		{name: "Add", run: clamped(Add), want: clamped(elem.Add[float32])},
		{name: "Sub", run: clamped(Sub), want: clamped(elem.Sub[float32])},
		{name: "Mul", run: clamped(Mul), want: clamped(elem.Mul[float32])},
		{name: "Div", run: clamped(Div), want: clamped(elem.Div[float32])},
		{name: "Max", run: Max, want: elem.Max[float32]},
		{name: "Min", run: Min, want: elem.Min[float32]},
		{name: "SquaredDifference", run: SquaredDifference, want: elem.SquaredDifference[float32]},
		{name: "AddOne", run: first(func(d, a []float32, b float32) { AddOne(d, a, b, -2, 6) }), want: clamped(elem.Add[float32]), repeat: true},
		{name: "SubOne", run: first(func(d, a []float32, b float32) { SubOne(d, a, b, -2, 6) }), want: clamped(elem.Sub[float32]), repeat: true},
		{name: "OneSub", run: second(func(d []float32, a float32, b []float32) { OneSub(d, a, b, -2, 6) }), want: clamped(elem.Sub[float32]), repeatA: true},
		{name: "MulOne", run: first(func(d, a []float32, b float32) { MulOne(d, a, b, -2, 6) }), want: clamped(elem.Mul[float32]), repeat: true},
		{name: "DivOne", run: first(func(d, a []float32, b float32) { DivOne(d, a, b, -2, 6) }), want: clamped(elem.Div[float32]), repeat: true},
		{name: "OneDiv", run: second(func(d []float32, a float32, b []float32) { OneDiv(d, a, b, -2, 6) }), want: clamped(elem.Div[float32]), repeatA: true},
		{name: "MaxOne", run: first(MaxOne), want: elem.Max[float32], repeat: true},
		{name: "OneMax", run: second(OneMax), want: elem.Max[float32], repeatA: true},
		{name: "MinOne", run: first(MinOne), want: elem.Min[float32], repeat: true},
		{name: "OneMin", run: second(OneMin), want: elem.Min[float32], repeatA: true},
		{name: "SquaredDifferenceOne", run: first(SquaredDifferenceOne), want: elem.SquaredDifference[float32], repeat: true},
		{name: "PRelu", run: func(d, a, b []float32) { PRelu(d, b, a) }, want: func(d, a, b []float32) { preluGeneric(d, b, a) }},
		{name: "PReluOne", run: first(PReluOne), want: func(d, a, b []float32) { preluGeneric(d, b, a) }, repeat: true},
		{name: "LeakyRelu", run: first(LeakyRelu), want: first(leakyReluGeneric), repeat: true},
		{name: "Clamp", run: func(d, a, _ []float32) { Clamp(d, a, 0, 6) }, want: func(d, a, _ []float32) { clampGeneric(d, a, 0, 6) }},
		{name: "Abs", run: func(d, a, _ []float32) { Abs(d, a) }, want: func(d, a, _ []float32) { elem.AbsFloat(d, a) }},
		{name: "Neg", run: func(d, a, _ []float32) { Neg(d, a) }, want: func(d, a, _ []float32) { elem.Neg(d, a) }},
		{name: "Square", run: func(d, a, _ []float32) { Square(d, a) }, want: func(d, a, _ []float32) { elem.Square(d, a) }},
	}
	for _, k := range kernels {
		for n := range 140 {
			a, b := guardtest.After[float32](t, n), guardtest.Before[float32](t, n)
			for i := range a {
				a[i], b[i] = values[(i*5+n)%len(values)], values[(i*3+n/2)%len(values)]
				if k.repeat && i > 0 {
					b[i] = b[0]
				}
				if k.repeatA && i > 0 {
					a[i] = a[0]
				}
			}
			want, dst := make([]float32, n), guardtest.After[float32](t, n)
			k.want(want, a, b)
			k.run(dst, a, b)
			check := func(got []float32) {
				for i, w := range want {
					if w != w {
						require.True(t, got[i] != got[i], "%s(%v, %v) = %v", k.name, a[i], b[i], got[i])
						continue
					}
					require.Equal(t, math.Float32bits(w), math.Float32bits(got[i]), "%s: %v, %v", k.name, w, got[i])
				}
			}
			check(dst)
			if !k.repeat && !k.repeatA {
				k.run(a, a, b)
				check(a)
			}
		}
	}
}
