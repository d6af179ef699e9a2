//go:build (amd64 || arm64) && !noasm

package q

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

func TestLeakyWords(t *testing.T) {
	if !leakyFast(make([]int16, 1), []int16{1}, &LeakyParams{Min: math.MinInt16, Max: math.MaxInt16}) {
		t.Skip("not on this processor")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	multiplier := func() int32 {
		switch rng.IntN(6) {
		case 0:
			return []int32{1 << 30, math.MaxInt32, math.MinInt32, 0}[rng.IntN(4)]
		case 1:
			return -1<<30 - rng.Int32N(1<<30)
		}
		return 1<<30 + rng.Int32N(1<<30)
	}
	for round := range 400 {
		p := &LeakyParams{
			Multiplier: multiplier(), AlphaMultiplier: multiplier(), Shift: rng.IntN(42) - 28, AlphaShift: rng.IntN(42) - 28,
			Min: math.MinInt16, Max: math.MaxInt16,
		}
		if round%2 == 0 {
			p.Shift, p.AlphaShift = rng.IntN(6)-4, rng.IntN(8)-6
		}
		n := 1 + rng.IntN(70)
		if round == 7 {
			n = 2*bytesRun + 5
		}
		x, dst := guardtest.After[int16](t, n), guardtest.After[int16](t, n)
		if round%3 == 0 {
			x, dst = guardtest.Before[int16](t, n), guardtest.Before[int16](t, n)
		}
		for i := range x {
			x[i] = int16(rng.IntN(1 << 16))
			switch rng.IntN(4) {
			case 0:
				x[i] = []int16{math.MinInt16, math.MaxInt16, 0, -1, 1}[rng.IntN(5)]
			case 1:
				x[i] = int16(rng.IntN(64) - 32)
			}
		}
		want := make([]int16, n)
		leakyGeneric(want, x, p)
		require.True(t, leakyFast(dst, x, p))
		require.Equal(t, want, dst, "%+v of %d", p, n)
		LeakyRelu(x, x, p)
		require.Equal(t, want, x)
	}
	for _, p := range []LeakyParams{{Shift: 14}, {AlphaShift: -29}, {ZeroIn: 1}, {ZeroOut: 1}, {Min: 1}} {
		p.Min, p.Max = p.Min+math.MinInt16, math.MaxInt16
		require.False(t, leakyFast(make([]int16, 1), make([]int16, 1), &p))
	}
	require.False(t, leakyFast(make([]int8, 1), make([]int8, 1), &LeakyParams{Min: math.MinInt16, Max: math.MaxInt16}))
}
