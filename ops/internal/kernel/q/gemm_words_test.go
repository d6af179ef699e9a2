package q

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// Products of words by bytes are those of the generic kernel.
func TestGemmWords(t *testing.T) {
	k := GemmForWords()
	if k == nil {
		t.Skip("not on this processor")
	}
	for seed, s := range gemmCases() {
		rng := rand.New(rand.NewPCG(uint64(seed), 18))
		size := s.win.Length * s.win.Segments
		ldx, ldd, reach := s.win.Length+seed%3, s.n+seed%4, s.win.reach()
		if k.Overreads(&s.win) {
			reach += k.KR - 1
		}
		x, w, start := guardtest.After[int16](t, (s.rows-1)*ldx+reach), make([]int8, s.n*size), make([]int32, s.n)
		fillStored(rng, x, seed%3)
		fillStored(rng, w, seed%3)
		rows := make([]int16, s.rows*size)
		for p := range s.rows {
			at := p * ldx
			for i := range s.win.Segments {
				if i > 0 {
					at += s.win.Steps[i-1]
				}
				copy(rows[p*size+i*s.win.Length:], x[at:at+s.win.Length])
			}
		}
		for j := range start {
			start[j] = rng.Int32()
		}
		want, got := make([]int32, s.rows*s.n), guardtest.After[int32](t, (s.rows-1)*ldd+s.n)
		productsGeneric(want, rows, size, s.rows, w, s.n, size, start)
		g, ok := NewGemm[int16, int8](packRows(k, w, s.n, &s.win), &s.win, 1, start, nil, 0, 0)
		require.True(t, ok)
		Multiply(g, 0, got, ldd, x, ldx, s.rows, nil)
		for p := range s.rows {
			require.Equal(t, want[p*s.n:(p+1)*s.n], []int32(got[p*ldd:p*ldd+s.n]), "%+v row %d", s, p)
		}
	}
}

// Rounding once gives the bits of the generic loop, ties and the ends of the range included.
func TestOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for n := 1; n < 40; n++ {
		for round := range 40 {
			rows, ldd, from := 1+round%3, n+round%2, round%4
			c := &Channels{Min: math.MinInt16, Max: math.MaxInt16}
			if round%3 == 0 {
				c.Min, c.Max = 0, math.MaxInt16-rng.Int32N(3)
			}
			for range from + n {
				c.Multiplier = append(c.Multiplier, 1<<30+rng.Int32N(1<<30))
				c.Shift = append(c.Shift, int8(14-rng.IntN(44)))
				if rng.IntN(8) == 0 {
					c.Multiplier[len(c.Multiplier)-1] = []int32{0, 1 << 30, math.MaxInt32, 0x7FFF0000}[rng.IntN(4)]
				}
			}
			o, ok := NewOnce(c)
			require.True(t, ok)
			acc := guardtest.After[int32](t, rows*n)
			for i := range acc {
				switch rng.IntN(3) {
				case 0:
					acc[i] = int32(rng.Uint32())
				case 1:
					acc[i] = []int32{math.MinInt32, math.MaxInt32, 0, -1}[rng.IntN(4)]
				default:
					acc[i] = (rng.Int32N(200) - 100) << rng.IntN(20)
				}
			}
			got := guardtest.After[int16](t, (rows-1)*ldd+n)
			want := append([]int16(nil), got...)
			o.generic(want, ldd, acc, rows, from, n)
			o.Rows(got, ldd, acc, rows, from, n)
			require.Equal(t, want, []int16(got), "n %d, %+v, %v", n, c, acc)
		}
	}
	_, ok := NewOnce(&Channels{Multiplier: []int32{1 << 30}, Shift: []int8{15}})
	require.False(t, ok)
}
