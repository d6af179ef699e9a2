package q

import (
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// Sums and products of all pairs of bytes are those of the generic kernels, for many scales.
func TestByteArithmetic(t *testing.T) {
	t.Run("int8", testByteArithmetic[int8])
	t.Run("uint8", testByteArithmetic[uint8])
}

func testByteArithmetic[T int8 | uint8](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	const all = 256 * 256
	a, b := make([]T, all), make([]T, all)
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
	zero := func() int32 { return int32(T(r.IntN(256))) }
	got, want := make([]T, all), make([]T, all)
	for range 60 {
		p := OutParams{Zero: zero(), Multiplier: 1<<30 + r.Int32N(1<<30), Shift: -16 - r.IntN(4), Min: least, Max: most}
		if r.IntN(3) == 0 {
			p.Min, p.Shift = p.Zero, -r.IntN(31)
		}
		x := Operand{Zero: zero(), Left: 20, Multiplier: 1 << 30}
		y := Operand{Zero: zero(), Left: 20, Multiplier: 1<<30 + r.Int32N(1<<30), Shift: -r.IntN(12)}
		if r.IntN(2) == 0 {
			x, y = y, x
		}
		for _, sign := range []int32{1, -1} {
			s := NewAddition8[T](&x, &y, sign, &p)
			Add8(want, a, b, s.ta, s.tb, &p)
			s.Run(got, a, b)
			require.Equal(t, want, got)
			require.NotNil(t, s.vector)
		}
		if signed {
			x, y, p := x, y, p
			x.Left, y.Left, p.Shift = 7, 7, -r.IntN(31)
			square := NewSquaredDifference8(&x, &y, &p)
			require.NotNil(t, square.vector)
			a, b, got, want := any(a).([]int8), any(b).([]int8), any(got).([]int8), any(want).([]int8)
			squaredDifference8(want, a, b, square.ta, square.tb, &p)
			square.Run(got, a, b)
			require.Equal(t, want, got)
		}

		m := MulParams{ZeroA: zero(), ZeroB: zero(), ZeroOut: p.Zero, Multiplier: p.Multiplier, Shift: -r.IntN(14), Min: p.Min, Max: p.Max}
		Mul(want, a, b, &m)
		NewProduct8[T](&m).Run(got, a, b)
		require.Equal(t, want, got)
	}
	// Lengths, neighbours, and results in place of operands.
	p := OutParams{Zero: 3, Multiplier: 1 << 30, Shift: -17, Min: least, Max: most}
	x := Operand{Zero: 5, Left: 20, Multiplier: 1 << 30}
	y := Operand{Zero: 7, Left: 20, Multiplier: 1<<30 + 12345, Shift: -1}
	for _, sign := range []int32{1, -1} {
		s := NewAddition8[T](&x, &y, sign, &p)
		m := NewProduct8[T](&MulParams{ZeroA: 2, ZeroB: 1, Multiplier: 1 << 30, Shift: -5, Min: p.Min, Max: p.Max})
		for n := range 90 {
			at := r.IntN(all - n)
			c, d := guardtest.Copy(t, a[at:at+n]), guardtest.Copy(t, b[at:at+n])
			Add8(want[:n], c, d, s.ta, s.tb, &p)
			s.Run(c, c, d)
			require.Equal(t, want[:n], c)
			Mul(want[:n], c, d, &m.p)
			m.Run(d, c, d)
			require.Equal(t, want[:n], d)
		}
	}
}

func TestLookup8(t *testing.T) {
	var table [256]uint8
	for i := range table {
		table[i] = uint8(i*i + 7*i + 3)
	}
	for n := range 300 {
		x, dst, want := guardtest.After[uint8](t, n), guardtest.Before[uint8](t, n), make([]uint8, n)
		for i := range x {
			x[i] = uint8(i*5 + n)
		}
		lookupGeneric(want, x, &table)
		Lookup8(dst, x, &table)
		require.Equal(t, want, dst)
		Lookup8(x, x, &table)
		require.Equal(t, want, x)
	}
}

func BenchmarkBytes(b *testing.B) {
	x, y, dst := make([]int8, 1<<14), make([]int8, 1<<14), make([]int8, 1<<14)
	p := OutParams{Multiplier: 1 << 30, Shift: -17, Min: -128, Max: 127}
	s := NewAddition8[int8](&Operand{Left: 20, Multiplier: 1 << 30}, &Operand{Left: 20, Multiplier: 1<<30 + 12345}, 1, &p)
	b.Run("add", func(b *testing.B) {
		for range b.N {
			s.Run(dst, x, y)
		}
	})
	b.Run("addGeneric", func(b *testing.B) {
		for range b.N {
			Add8(dst, x, y, s.ta, s.tb, &p)
		}
	})
	m := NewProduct8[int8](&MulParams{ZeroA: 1, ZeroB: 2, Multiplier: 1<<30 + 12345, Shift: -6, Min: -128, Max: 127})
	b.Run("mul", func(b *testing.B) {
		for range b.N {
			m.Run(dst, x, y)
		}
	})
	square := NewSquaredDifference8(&Operand{Left: 7, Multiplier: 1 << 30}, &Operand{Left: 7, Multiplier: 1<<30 - 12345}, &OutParams{Multiplier: 1<<30 + 12345, Shift: -20, Min: -128, Max: 127})
	b.Run("square", func(b *testing.B) {
		for range b.N {
			square.Run(dst, x, y)
		}
	})
	var table [256]uint8
	b.Run("lookup", func(b *testing.B) {
		for range b.N {
			Lookup8(raw(dst), raw(x), &table)
		}
	})
	b.Run("lookupGeneric", func(b *testing.B) {
		for range b.N {
			lookupGeneric(raw(dst), raw(x), &table)
		}
	})
}
