package q

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

type gemmCase struct {
	rows, n int
	win     Window
}

// packRows is Pack into memory of its own.
func packRows[W int8 | uint8](k *GemmKernel, w []W, n int, win *Window) *PackedBytes {
	return Pack(k, aligned(int(k.Bytes(n, win))), w, n, win)
}

func gemmCases() (cases []gemmCase) {
	for rows := 1; rows <= 27; rows++ {
		cases = append(cases, gemmCase{rows, 1 + rows*7%70, Window{Length: 4 + rows%9, Segments: 1}})
	}
	for n := 1; n <= 70; n++ {
		cases = append(cases, gemmCase{1 + n%5, n, Window{Length: 1 + n%40, Segments: 1}})
	}
	for length := 1; length <= 70; length++ {
		steps := []int{length + 3, 2 * length}
		cases = append(cases, gemmCase{1 + length%14, 1 + length%35, Window{Length: length, Segments: 3, Steps: steps}})
	}
	return append(cases, gemmCase{200, 40, Window{Length: 128, Segments: 1}}, gemmCase{61, 33, Window{Length: 700, Segments: 1}})
}

// Every set of tile kernels gives the sums and stored values that the generic kernels give.
func TestGemmKernels(t *testing.T) {
	for i := range gemmKernels {
		k := &gemmKernels[i]
		t.Run(k.Name, func(t *testing.T) {
			if !k.Available {
				t.Skip("not on this processor")
			}
			for i, c := range gemmCases() {
				checkGemm[int8, int8](t, k, c, i)
				checkGemm[uint8, uint8](t, k, c, i)
			}
		})
	}
}

func checkGemm[X, W int8 | uint8](t *testing.T, k *GemmKernel, s gemmCase, seed int) {
	rng := rand.New(rand.NewPCG(uint64(seed), 8))
	size := s.win.Length * s.win.Segments
	ldx, ldd := s.win.Length+seed%3, s.n+seed%4
	reach := s.win.reach()
	if k.Overreads(&s.win) {
		reach += k.KR - 1
	}
	x := guardtest.After[X](t, (s.rows-1)*ldx+reach)
	w, centred := make([]W, s.n*size), make([]int16, s.n*size)
	extreme := seed % 3
	fillStored(rng, x, extreme)
	fillStored(rng, w, extreme)
	zero := int32(0) // of unsigned weights
	terms := []int32(nil)
	unsigned := W(0)-1 > 0
	if unsigned {
		zero = rng.Int32N(256)
		terms = guardtest.After[int32](t, s.rows)
	}
	for i, v := range w {
		centred[i] = int16(int32(v) - zero)
	}
	start := make([]int32, s.n)
	c := &Channels{ZeroOut: rng.Int32N(256) - 128, Min: -128, Max: 127}
	if unsigned {
		c = &Channels{ZeroOut: rng.Int32N(256), Max: 255}
	}
	if seed%2 == 0 {
		c.Min, c.Max = c.ZeroOut, c.Max-3
	}
	limit := int64(size)*255*255 + 1<<20
	least := 0 // shift; some kernels do not take 0
	if seed%5 != 0 {
		least = -1
	}
	for j := range start {
		start[j] = rng.Int32N(1<<20) - 1<<19
		c.Multiplier, c.Shift = append(c.Multiplier, 1<<30+rng.Int32N(1<<30)), append(c.Shift, int8(least-rng.IntN(13)))
		switch rng.IntN(9) {
		case 0:
			c.Multiplier[j], c.Shift[j] = 0, 0
		case 1:
			c.Multiplier[j] = 1 << 30
		case 2:
			c.Shift[j] = -31
		}
	}
	rows := make([]X, s.rows*size)
	for p := range s.rows {
		at, sum := p*ldx, int32(0)
		for i := range s.win.Segments {
			if i > 0 {
				at += s.win.Steps[i-1]
			}
			copy(rows[p*size+i*s.win.Length:], x[at:at+s.win.Length])
			for _, v := range x[at : at+s.win.Length] {
				sum += int32(v)
			}
		}
		if unsigned {
			terms[p] = (128 - zero) * sum
		}
	}
	acc := make([]int32, s.rows*s.n)
	productsGeneric(acc, rows, size, s.rows, centred, s.n, size, start)

	p := packRows(k, w, s.n, &s.win)
	sums, ok := NewGemm[X, X](p, &s.win, 1, start, nil, 0, limit)
	require.True(t, ok)
	if sums.Flipped() {
		flip(x)
	}
	got := guardtest.After[int32](t, (s.rows-1)*ldd+s.n)
	Multiply(sums, 0, got, ldd, x, ldx, s.rows, terms)
	for p := range s.rows {
		require.Equal(t, acc[p*s.n:(p+1)*s.n], []int32(got[p*ldd:p*ldd+s.n]), "%+v row %d", s, p)
	}

	fused, ok := NewGemm[X, X](p, &s.win, 1, start, c, 0, limit)
	if least < 0 {
		require.Equal(t, k.fuse != nil, ok)
	}
	if !ok {
		return
	}
	dst := guardtest.After[X](t, (s.rows-1)*ldd+s.n)
	fillStored(rng, dst, 0)
	want := append([]X(nil), dst...)
	requantizeGeneric(want, ldd, acc, s.rows, 0, s.n, c)
	Multiply(fused, 0, dst, ldd, x, ldx, s.rows, terms)
	require.Equal(t, want, []X(dst), "%+v", s)
}

// Sums next to where the stored value changes, and far from there, become what the generic kernels make of them: with fixed point
// above the zero point only and on both sides of it, and with factors.
func TestGemmRounding(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	for i := range gemmKernels {
		k := &gemmKernels[i]
		if !k.Available || k.fuse == nil {
			continue
		}
		for round := range 600 {
			n, rows := 1+rng.IntN(40), 1+round%13
			win := &Window{Length: 4, Segments: 1}
			p := packRows(k, make([]int8, 4*n), n, win)
			c := &Channels{ZeroOut: rng.Int32N(256) - 128, Min: -128, Max: 127}
			if round%3 == 0 {
				c.Min = c.ZeroOut
			}
			factors := k.factor != nil && round%2 == 0
			o := &OutputParams{Zero: c.ZeroOut, Min: c.Min, Max: c.Max, Scales: make([]float64, n)}
			start := make([]int32, n)
			for j := range start {
				shift := -1 - rng.IntN(20)
				c.Multiplier, c.Shift = append(c.Multiplier, 1<<30+rng.Int32N(1<<30)), append(c.Shift, int8(shift))
				scale := math.Ldexp(float64(c.Multiplier[j]), shift-31)
				if rng.IntN(4) == 0 {
					c.Multiplier[j] = 1 << 30
				}
				o.Scales[j] = scale * (1 + rng.Float64()/(1<<30))
				value := float64(rng.IntN(520)-260) - 0.5
				start[j] = int32(max(min(value/scale, 1<<29), -1<<29)) + rng.Int32N(5) - 2
				if rng.IntN(8) == 0 {
					start[j] = rng.Int32N(1<<30) - 1<<29
				}
			}
			acc := make([]int32, rows*n)
			for i := range acc {
				acc[i] = start[i%n]
			}
			want, got := make([]int8, rows*n), make([]int8, rows*n)
			requantizeGeneric(want, n, acc, rows, 0, n, c)
			if factors {
				c.Factors = o.Scales
				for i := range rows {
					outputExact(want[i*n:(i+1)*n], acc[i*n:(i+1)*n], make([]int32, n), 0, o)
				}
			}
			g, ok := NewGemm[int8, int8](p, win, 1, start, c, 0, 1<<29)
			require.True(t, ok)
			Multiply(g, 0, got, n, make([]int8, 4*rows), 4, rows, nil)
			require.Equal(t, want, got, "%s %+v %v", k.Name, c, start)
		}
	}
}

// flip flips the top bits of signed elements.
func flip[X int8 | uint8](x []X) {
	if x, signed := any(x).([]int8); signed {
		Flip(x, x)
	}
}

func TestFlip(t *testing.T) {
	for n := range 700 {
		x, dst := guardtest.After[int8](t, n), guardtest.After[int8](t, n)
		for i := range x {
			x[i] = int8(i * 37)
		}
		Flip(dst, x)
		for i := range x {
			require.Equal(t, x[i]^-128, dst[i])
		}
	}
}

// What cannot be exact is refused: left shifts, sums beyond 2^30.
func TestGemmRefuses(t *testing.T) {
	block := make([]int32, columnBlock)
	require.True(t, fuseColumn(block, 0, 1<<30, 0, -128, 1<<29, true))
	require.False(t, fuseColumn(block, 0, 1<<30, 1, 0, 1<<20, true))
	require.False(t, fuseColumn(block, 0, 1<<30, -1, 0, 1<<30, true))
	require.True(t, fuseColumn(block, 0, 1<<30, -22, 0, 1<<29, true))
	require.True(t, fuseColumn(block, 0, 1<<30, -31, 7, 1<<29, true))
	require.False(t, fuseColumn(block, 0, -1<<30, -3, 0, 1<<20, true))
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range [][3]int{{12544, 32, 27}, {3136, 128, 64}, {784, 256, 128}, {49, 1024, 1024}, {1024, 16, 144}, {64, 64, 576}} {
		for i := range gemmKernels {
			k := &gemmKernels[i]
			if !k.Available {
				continue
			}
			b.Run(fmt.Sprintf("%s/%dx%dx%d", k.Name, s[0], s[1], s[2]), func(b *testing.B) {
				win := &Window{Length: s[2], Segments: 1}
				x, w, dst := make([]int8, s[0]*s[2]+4), make([]int8, s[1]*s[2]), make([]int8, s[0]*s[1])
				c := &Channels{Multiplier: make([]int32, s[1]), Shift: make([]int8, s[1]), Min: -128, Max: 127}
				for i := range c.Multiplier {
					c.Multiplier[i], c.Shift[i] = 1<<30+int32(i), -7
				}
				p, start, sums := packRows(k, w, s[1], win), make([]int32, s[1]), make([]int32, s[0]*s[1])
				g, fused := NewGemm[int8, int8](p, win, 1, start, c, 0, 1<<28)
				if !fused {
					g, _ = NewGemm[int8, int8](p, win, 1, start, nil, 0, 1<<28)
				}
				for b.Loop() {
					if fused {
						Multiply(g, 0, dst, s[1], x, s[2], s[0], nil)
					} else {
						Multiply(g, 0, sums, s[1], x, s[2], s[0], nil)
					}
				}
				b.ReportMetric(2*float64(s[0]*s[1]*s[2])*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gop/s")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func BenchmarkPack(b *testing.B) {
	for i := range gemmKernels {
		k := &gemmKernels[i]
		if !k.Available {
			continue
		}
		b.Run(k.Name, func(b *testing.B) {
			w := make([]int8, 1280*320)
			b.SetBytes(int64(len(w)))
			for b.Loop() {
				packRows(k, w, 1280, &Window{Length: 320, Segments: 1})
			}
		})
	}
}

func TestMagnitude(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for n := range 70 {
		w, want := guardtest.After[int8](t, n), int64(0)
		for i := range w {
			w[i] = int8(rng.Uint32())
			if i%7 == 0 || n == 64 {
				w[i] = -128
			}
			want += max(int64(w[i]), -int64(w[i]))
		}
		require.Equal(t, want, Magnitude(w))
	}
}

func TestSumBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 1000 {
		v, want := rng.Uint64()|rng.Uint64()&-uint64(rng.Uint32()&1), int32(0)
		for i := range 8 {
			want += int32(int8(v >> (8 * i)))
		}
		require.Equal(t, want, sumBytes(v))
	}
	require.Equal(t, int32(-8*128), sumBytes(0x8080808080808080))
	require.Equal(t, int32(8*127), sumBytes(0x7F7F7F7F7F7F7F7F))
}
