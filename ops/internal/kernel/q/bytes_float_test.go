package q

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Results are those of fixed point for all pairs of bytes where they are computed in float32: for usual and extreme factors, zero
// points at the ends, bounds of activations, and scales of which many pairs are ties.
func TestByteFloat(t *testing.T) {
	t.Run("int8", testByteFloat[int8])
	t.Run("uint8", testByteFloat[uint8])
}

func testByteFloat[T int8 | uint8](t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	const all = 256 * 256
	a, b, got, want := make([]T, all), make([]T, all), make([]T, all), make([]T, all)
	for i := range a {
		a[i], b[i] = T(i), T(i>>8)
	}
	least, most := int32(0), int32(255)
	minusOne := T(0)
	minusOne--
	signed := minusOne < 0
	if signed {
		least, most = -128, 127
	}
	zero := func() int32 {
		switch r.IntN(4) {
		case 0:
			return least
		case 1:
			return most
		}
		return least + r.Int32N(256)
	}
	multiplier := func() int32 {
		switch r.IntN(4) {
		case 0:
			return 1 << 30
		case 1:
			return 1<<31 - 1 - r.Int32N(3)
		case 2:
			return 3 << 29
		}
		return 1<<30 + r.Int32N(1<<30)
	}
	sets, sums, products, squares := 100, 0, 0, 0
	if testing.Short() {
		sets = 20
	}
	for range sets {
		p := OutParams{Zero: zero(), Multiplier: multiplier(), Shift: -12 - r.IntN(10), Min: least, Max: most}
		if r.IntN(3) == 0 {
			p.Min = p.Zero
			p.Max = p.Min + r.Int32N(most-p.Min+1)
		}
		x := Operand{Zero: zero(), Left: 20, Multiplier: 1 << 30}
		y := Operand{Zero: zero(), Left: 20, Multiplier: multiplier(), Shift: -r.IntN(5)}
		if r.IntN(8) == 0 {
			y.Shift = -r.IntN(31)
		}
		if r.IntN(2) == 0 {
			x, y = y, x
		}
		for _, sign := range []int32{1, -1} {
			s := NewAddition8[T](&x, &y, sign, &p)
			if s.vector[rowNear][0] != 0 {
				sums++
			}
			Add8(want, a, b, s.ta, s.tb, &p)
			s.Run(got, a, b)
			require.Equal(t, want, got, "%v: %v, %v to %v", sign, x, y, p)
		}
		if signed {
			x, y, p := x, y, p
			x.Left, y.Left, p.Shift = 7, 7, -r.IntN(22)
			square := NewSquaredDifference8(&x, &y, &p)
			if square.vector[rowNear][0] != 0 {
				squares++
			}
			a, b, got, want := any(a).([]int8), any(b).([]int8), any(got).([]int8), any(want).([]int8)
			squaredDifference8(want, a, b, square.ta, square.tb, &p)
			square.Run(got, a, b)
			require.Equal(t, want, got, "%v, %v to %v", x, y, p)
		}
		m := MulParams{ZeroA: zero(), ZeroB: zero(), ZeroOut: p.Zero, Multiplier: p.Multiplier, Shift: -r.IntN(12), Min: p.Min, Max: p.Max}
		product := NewProduct8[T](&m)
		if product.vector[rowNear][0] != 0 {
			products++
		}
		Mul(want, a, b, &m)
		product.Run(got, a, b)
		require.Equal(t, want, got, "%v", m)
	}
	require.Greater(t, sums, sets)
	require.Greater(t, products, sets/2)
	if signed {
		require.Greater(t, squares, sets/8)
	}
}

// The factors of a sum of equal scales leave 1 of 2^9 fractions, or less, to fixed point.
func TestByteFloatNear(t *testing.T) {
	p := OutParams{Zero: -3, Multiplier: 1<<30 + 99, Shift: -18, Min: -128, Max: 127}
	s := NewAddition8[int8](&Operand{Zero: 5, Left: 20, Multiplier: 1 << 30}, &Operand{Zero: 7, Left: 20, Multiplier: 1<<30 + 12345}, 1, &p)
	require.Zero(t, s.vector[rowNear][0]&^0xffff)
	require.Equal(t, int32(0xff80), s.vector[rowNear][0]&0xff80)
	m := NewProduct8[int8](&MulParams{ZeroA: 3, ZeroB: -4, ZeroOut: 5, Multiplier: 1<<30 + 99, Shift: -6, Min: -128, Max: 127})
	require.Equal(t, int32(0xff80), m.vector[rowNear][0]&0xff80)
}

// Half of all averages are ties.
func TestByteFloatTies(t *testing.T) {
	x := Operand{Left: 20, Multiplier: 1 << 30}
	p := OutParams{Multiplier: 1 << 30, Shift: -19, Min: -128, Max: 127}
	require.Zero(t, NewAddition8[int8](&x, &x, 1, &p).vector[rowNear][0])
	p.Shift++ // the sum itself
	require.NotZero(t, NewAddition8[int8](&x, &x, 1, &p).vector[rowNear][0])
}
