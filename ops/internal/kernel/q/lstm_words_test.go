//go:build (amd64 || arm64) && !noasm

package q

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// Every int16 with every number of integer bits.
func TestSigmoidWords(t *testing.T) {
	eachWordVariant(t, func(t *testing.T) {
		x, got := make([]int16, 1<<16), make([]int16, 1<<16)
		for i := range x {
			x[i] = int16(i)
		}
		for bits := 0; bits <= 8; bits++ {
			want := append([]int16(nil), x...)
			for i, v := range x {
				want[i] = fixedpoint.Logistic16(v, bits)
			}
			copy(got, x)
			LogisticGate(got, bits)
			require.Equal(t, want, got, "logistic %d", bits)
			for i, v := range x {
				want[i] = fixedpoint.Tanh16(v, bits)
			}
			TanhGate(got, x, bits)
			require.Equal(t, want, got, "tanh %d", bits)
		}
		for n := range 70 {
			dst, src := guardtest.After[int16](t, n), guardtest.Copy(t, x[1000:1000+n])
			TanhGate(dst, src, 3)
			for i, v := range src {
				require.Equal(t, fixedpoint.Tanh16(v, 3), dst[i])
			}
			LogisticGate(src, 3)
			for i, v := range src {
				require.Equal(t, fixedpoint.Logistic16(x[1000+i], 3), v)
			}
		}
	})
}

func randomWords(t *testing.T, rng *rand.Rand, n int, gate bool) []int16 {
	x := guardtest.After[int16](t, n)
	for i := range x {
		x[i] = int16(rng.Uint32()) >> rng.IntN(12)
		switch rng.IntN(10) {
		case 0:
			x[i] = math.MinInt16
		case 1:
			x[i] = math.MaxInt16
		}
		if gate {
			x[i] = max(x[i], -math.MaxInt16)
			x[i] = max(x[i], -x[i])
		}
	}
	return x
}

func TestLSTMWords(t *testing.T) {
	eachWordVariant(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for n := range 90 {
			for _, shift := range []int{15, 16, 19, 21} {
				cell, forget, in, update := randomWords(t, rng, n, false), randomWords(t, rng, n, true), randomWords(t, rng, n, true), randomWords(t, rng, n, false)
				if n%3 == 0 {
					in = nil
				}
				limit := []int16{0, 1000, 32767}[rng.IntN(3)]
				want := append([]int16(nil), cell...)
				updateCellGeneric(want, forget, in, update, shift, limit)
				UpdateCell(cell, forget, in, update, shift, limit)
				require.Equal(t, want, append([]int16(nil), cell...))
			}
			for _, shift := range []int{-31, -30, -17, -7, -1, 0, 1, 5, 31} {
				f := Factor{1<<30 + rng.Int32N(1<<30), shift}
				gate, x := randomWords(t, rng, n, true), randomWords(t, rng, n, false)
				zero := rng.Int32N(256) - 128
				got, want := guardtest.After[int8](t, n), make([]int8, n)
				hideGeneric(want, gate, x, f, zero)
				Hide(got, gate, x, f, zero)
				require.Equal(t, want, got)

				acc := guardtest.After[int32](t, n)
				for i := range acc {
					acc[i] = int32(rng.Uint32()) >> rng.IntN(31)
				}
				z := randomWords(t, rng, n, false)
				words := append([]int16(nil), z...)
				accumulateWordsGeneric(words, acc, f)
				accumulateWords(z, acc, f)
				require.Equal(t, words, append([]int16(nil), z...), "%d elements, shift %d", n, shift)
			}
		}
	})
}

func TestLSTMStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	bytes := func(n int) []int8 {
		x := guardtest.After[int8](t, n)
		for i := range x {
			x[i] = int8(rng.Uint32())
		}
		return x
	}
	for _, units := range []int{1, 3, 16, 20, 37, 64} {
		for _, depth := range []int{0, 1, 4, 7, 16, 28} {
			for _, bits := range []int{0, 3, 4} {
				l := &LSTM{Depth: depth, Units: units, ZeroIn: int32(int8(rng.Uint32())), ZeroOut: int32(int8(rng.Uint32())), CellBits: bits}
				factor := func() Factor { return Factor{1<<30 + rng.Int32N(1<<30), -12 + rng.IntN(14)} }
				var w, r [4][]int8
				var bias [4][]int32
				for g := range 4 {
					l.In[g], l.Recurrent[g] = factor(), factor()
					w[g], r[g], bias[g] = bytes(units*depth), bytes(units*units), guardtest.After[int32](t, units)
					for i := range bias[g] {
						bias[g][i] = rng.Int32N(20000) - 10000
					}
				}
				l.Hidden = Factor{1<<30 + rng.Int32N(1<<30), -21 - rng.IntN(3)}
				l.Limit = []int16{0, 5000}[rng.IntN(2)]
				if !l.Available() {
					t.Skip("generic only")
				}
				l.Prepare()
				packed := guardtest.After[int8](t, l.Packed())
				l.Pack(packed, &w, &r, &bias)
				requireLSTMPacked(t, l, packed, &w, &r, &bias)
				n := l.Padded()
				h, next, c := bytes(n), bytes(n), randomWords(t, rng, n, false)
				wantH, wantNext, wantC := append([]int8{}, h...), make([]int8, n), append([]int16{}, c...)
				for range 4 {
					x := bytes(l.PaddedInput())
					l.Step(packed, x, h, c, next)
					l.stepGeneric(packed, x, wantH, wantC, wantNext)
					h, next, wantH, wantNext = next, h, wantNext, wantH
					require.Equal(t, wantH, append([]int8{}, h...), "%d units, depth %d, %d bits", units, depth, bits)
					require.Equal(t, wantC, append([]int16{}, c...))
				}
			}
		}
	}
}

// requireLSTMPacked checks where the weights of each gate and cell are, and what their sums start from.
func requireLSTMPacked(t *testing.T, l *LSTM, packed []int8, w, r *[4][]int8, bias *[4][]int32) {
	t.Helper()
	const tile, row = 32, 512
	check := func(at, g, i int, weights []int8, bias, zero int32) {
		b := packed[i/tile*l.tileBytes()+at+(g*tile+i%tile)*4:]
		for k, v := range weights {
			require.Equal(t, v, b[row*(1+k/4)+k%4], "gate %d, weight %d of cell %d of %d", g, k, i, l.Units)
			bias -= (zero + 128) * int32(v)
		}
		start := int32(uint8(b[0])) | int32(uint8(b[1]))<<8 | int32(uint8(b[2]))<<16 | int32(b[3])<<24
		require.Equal(t, bias, start, "gate %d, cell %d of %d, %d weights", g, i, l.Units, len(weights))
	}
	for g := range 4 {
		for i := range l.Units {
			check(0, g, i, w[g][i*l.Depth:(i+1)*l.Depth], bias[g][i], l.ZeroIn)
			check(row*(1+(l.Depth+3)/4), g, i, r[g][i*l.Units:(i+1)*l.Units], 0, l.ZeroOut)
		}
	}
}

func TestWordRowProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for rows := range 9 {
		for n := range 50 {
			a, b := randomWords(t, rng, rows*n, false), randomWords(t, rng, rows*n, false)
			init := guardtest.After[int32](t, rows)
			for i := range init {
				init[i] = int32(rng.Uint32())
			}
			for _, from := range [][]int32{nil, init} {
				got, want := guardtest.After[int32](t, rows), make([]int32, rows)
				wordRows(got, a, b, n, from)
				wordRowsGeneric(want, a, b, n, from)
				require.Equal(t, want, append([]int32{}, got...))
			}
		}
	}
}

func TestSumRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for rows := range 7 {
		for _, cols := range []int{0, 1, 5, 64, 100, 5000} {
			x := guardtest.After[int8](t, rows*cols)
			want, got := make([]int32, rows), make([]int32, rows)
			for i := range x {
				x[i] = int8(rng.Uint32())
				want[i/cols] += int32(x[i])
			}
			SumRows(got, x, cols)
			require.Equal(t, want, got)
			require.Zero(t, testing.AllocsPerRun(2, func() { SumRows(got, x, cols) }))
		}
	}
}

// Runs of several calls end where the elements do.
func TestWordRuns(t *testing.T) {
	for _, n := range []int{wordRun + 5, wordRun + 17, 2*wordRun + 20} {
		x := make([]int16, n)
		for at := 0; at < n; {
			step := run(n - at)
			require.GreaterOrEqual(t, step, 16)
			at += step
			require.LessOrEqual(t, at, n)
		}
		for i := range x {
			x[i] = int16(i * 7)
		}
		got := append([]int16(nil), x...)
		LogisticGate(got, 3)
		for i, v := range x {
			if w := fixedpoint.Logistic16(v, 3); w != got[i] {
				require.Equal(t, w, got[i], "element %d", i)
			}
		}
	}
}

func BenchmarkLSTMWords(b *testing.B) {
	x, c := make([]int16, 1024), make([]int16, 1024)
	for i := range x {
		x[i] = int16(i * 31)
	}
	b.Run("logistic", func(b *testing.B) {
		for b.Loop() {
			LogisticGate(x, 3)
		}
	})
	b.Run("update", func(b *testing.B) {
		for b.Loop() {
			UpdateCell(c, x, x, x, 18, 0)
		}
	})
}
