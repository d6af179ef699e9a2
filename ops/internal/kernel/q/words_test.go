package q

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// Sums, differences and multiples of int16 are those of the generic kernels, at the ends of the range too.
func TestWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for round := range 600 {
		n := rng.IntN(70)
		x, y, got := guardtest.After[int16](t, n), guardtest.After[int16](t, n), guardtest.After[int16](t, n)
		fillStored(rng, x, round%3)
		fillStored(rng, y, (round+1)%3)
		want := make([]int16, n)

		sign := int32(1 - 2*(round%2))
		a, b, p := Operand{Left: 15}, Operand{Left: 15}, OutParams{Min: math.MinInt16, Max: math.MaxInt16}
		if round%5 == 0 {
			p.Min = 0
		}
		scaleA, scaleB := 0.1+rng.Float64(), 0.1+rng.Float64()
		twice := 2 * max(scaleA, scaleB)
		a.Multiplier, a.Shift = fixedpoint.QuantizeMultiplier(scaleA / twice)
		b.Multiplier, b.Shift = fixedpoint.QuantizeMultiplier(scaleB / twice)
		p.Multiplier, p.Shift = fixedpoint.QuantizeMultiplier(twice / (1 << 15) / (0.3 + 2*rng.Float64()))
		Add16(want, x, y, &a, &b, sign, &p)
		NewAddition16(&a, &b, sign, &p).Run(got, x, y)
		require.Equal(t, want, []int16(got), "%+v %+v %+v %d", a, b, p, sign)

		r := RescaleParams{ZeroIn: rng.Int32N(3) - 1, ZeroOut: rng.Int32N(9) - 4, Min: math.MinInt16, Max: math.MaxInt16}
		r.Multiplier, r.Shift = fixedpoint.QuantizeMultiplier(math.Exp2(rng.Float64()*24 - 18))
		Rescale(want, x, &r)
		NewRescale16(&r).Run(got, x)
		require.Equal(t, want, []int16(got), "%+v", r)
	}
}
