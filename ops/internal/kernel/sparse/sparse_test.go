//go:build (amd64 || arm64) && !noasm

package sparse

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/ops/internal/kernel/q"
)

// matrix is a random one, whose rows keep blocks of size columns with probability keep.
type matrix[T float32 | int8] struct {
	values            []T
	segments, columns []int32
	size, width       int
	dense             []T
}

// uneven has rows of probabilities of their own about keep, the first 0, the last 1.
func uneven(rng *rand.Rand, rows int, keep float64) func(r int) float64 {
	return func(r int) float64 {
		switch {
		case keep == 0 || keep == 1:
			return keep
		case r == 0:
			return 0
		case r == rows-1:
			return 1
		}
		return keep * (0.5 + rng.Float64())
	}
}

func random[T float32 | int8](rng *rand.Rand, rows, width, size int, keep func(r int) float64, value func() T) *matrix[T] {
	m := &matrix[T]{segments: []int32{0}, size: size, width: width, dense: make([]T, rows*width)}
	for r := range rows {
		share := keep(r)
		for c := 0; c+size <= width; c += size {
			if rng.Float64() >= share {
				continue
			}
			m.columns = append(m.columns, int32(c))
			for i := range size {
				v := value()
				m.values = append(m.values, v)
				m.dense[r*width+c+i] = v
			}
		}
		m.segments = append(m.segments, int32(len(m.columns)))
	}
	return m
}

func (m *matrix[T]) rows() int { return len(m.segments) - 1 }

func (m *matrix[T]) raw() []byte {
	if len(m.values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&m.values[0])), len(m.values)*int(unsafe.Sizeof(m.values[0])))
}

type shape struct {
	rows, width int
	keep        float64
}

func shapes(multiple int) (s []shape) {
	for _, rows := range []int{1, 2, 7, 8, 9, 15, 16, 17, 33, 35, 50} {
		for _, width := range []int{32, 36, 44, 100, 128, 252} {
			for _, keep := range []float64{0, 0.05, 0.2, 0.6, 1} {
				s = append(s, shape{rows, (width + multiple - 1) / multiple * multiple, keep})
			}
		}
	}
	return append(s, shape{3, 4096, 0.1})
}

func normal(rng *rand.Rand) func() float32 {
	return func() float32 { return float32(rng.NormFloat64()) }
}

// requireSums compares within what rounding n products and their sums can make.
func requireSums(t *testing.T, want, got, x []float32, m *matrix[float32], name string) {
	t.Helper()
	for j := range want {
		bound := 0.0
		for i, v := range m.dense[j*m.width : (j+1)*m.width] {
			bound += math.Abs(float64(v) * float64(x[i]))
		}
		require.LessOrEqual(t, math.Abs(float64(want[j])-float64(got[j])), bound*float64(m.width+2)*0x1p-23, "%s row %d", name, j)
	}
}

// Every kernel of single float rows against the product of the dense matrix: shapes around whole slices and windows, no
// elements, all of them; slices that end at a guard page; slices one at a time.
func TestPackedFloats(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 4} {
		for _, s := range shapes(4) {
			m := random(rng, s.rows, s.width, size, uneven(rng, s.rows, s.keep), normal(rng))
			x := guardtest.After[float32](t, s.width)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			want := make([]float32, s.rows)
			f32.Products(want, s.rows, x, s.width, 1, m.dense, s.rows, s.width, nil, float32(math.Inf(-1)), float32(math.Inf(1)))
			words := Floats(m.values, m.segments, m.columns, size, s.width)
			require.Equal(t, len(m.values), words.Stored())
			for i := range kernels {
				k := &kernels[i]
				if !k.available || k.bytes || k.window == 0 && size == 1 || s.width < k.window {
					continue
				}
				var p *Packed
				if k.window > 0 {
					p = k.packWords(words, math.MaxInt)
				} else {
					p = k.packBlocks(m.raw(), m.segments, m.columns, 4, s.width)
				}
				name := fmt.Sprintf("%s %+v", k.name, s)
				got := guardtest.After[float32](t, s.rows)
				for j := range got {
					got[j] = 77
				}
				p.Floats(got, x, 0, p.Slices())
				requireSums(t, want, got, x, m, name)
				apart := make([]float32, s.rows)
				for j := p.Slices() - 1; j >= 0; j-- {
					p.Floats(apart, x, j, j+1)
				}
				require.Equal(t, got, apart, name)
			}
		}
	}
}

// Every kernel of single int8 rows against the dense product, extremes included.
func TestPackedBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, size := range []int{1, 4, 16} {
		for _, s := range shapes(16) {
			for _, value := range []func() int8{func() int8 { return int8(rng.IntN(256)) }, func() int8 { return -128 }} {
				m := random(rng, s.rows, s.width, size, uneven(rng, s.rows, s.keep), value)
				x := guardtest.After[int8](t, s.width)
				for i := range x {
					x[i] = value()
				}
				want := make([]int32, s.rows)
				q.MatMulTransposed(want, x, m.dense, 1, s.rows, s.width)
				words := Bytes(m.values, m.segments, m.columns, size, s.width)
				for i := range kernels {
					k := &kernels[i]
					if !k.available || !k.bytes || k.window == 0 && size != 16 || s.width/4 < k.window {
						continue
					}
					var p *Packed
					if k.window > 0 {
						p = k.packWords(words, math.MaxInt)
					} else {
						p = k.packBlocks(m.raw(), m.segments, m.columns, 1, s.width)
					}
					got := guardtest.After[int32](t, s.rows)
					for j := range got {
						got[j] = 77
					}
					p.Bytes8(got, x, 0, p.Slices())
					require.Equal(t, want, append([]int32(nil), got...), "%s %+v", k.name, s)
				}
			}
		}
	}
}

// turnedKinds are the kernels of a kind that this processor has: the best one and those behind it.
func turnedKinds(bytes bool) (list []turnedKind) {
	all := [][]turnedKind{{turnedF32AVX512, turnedF32AVX2}, {turnedS8VNNI512, turnedS8VNNI256}, {turnedF32NEON}}
	for _, kinds := range all {
		if i := slices.Index(kinds, turnedKernel(bytes)); i >= 0 {
			list = kinds[i:]
		}
	}
	return list
}

// Several rows, whose words stand in columns.
func TestTurned(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, at := range []int{16, 32} {
		for _, s := range shapes(4) {
			m := random(rng, s.rows, s.width, 4, uneven(rng, s.rows, s.keep), normal(rng))
			x, turned := make([]float32, at*s.width), guardtest.After[float32](t, at*s.width)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
				turned[i%s.width*at+i/s.width] = x[i]
			}
			bias := make([]float32, s.rows)
			for j := range bias {
				bias[j] = float32(rng.NormFloat64())
			}
			want := make([]float32, at*s.rows)
			f32.Products(want, s.rows, x, s.width, at, m.dense, s.rows, s.width, bias, -2, 3)
			words := Floats(m.values, m.segments, m.columns, 4, s.width)
			for _, kind := range turnedKinds(false) {
				got := guardtest.After[float32](t, at*s.rows)
				words.floats(kind, got, turned, bias, at, -2, 3)
				for i := range at {
					row := make([]float32, s.rows)
					for j := range row {
						row[j] = got[j*at+i]
						require.InDelta(t, want[i*s.rows+j], row[j], 1e-4, "%d %+v", kind, s)
					}
				}
			}
			bytes := random(rng, s.rows, s.width*4, 4, uneven(rng, s.rows, s.keep), func() int8 { return int8(rng.IntN(256)) })
			x8, turned8 := make([]int8, at*s.width*4), guardtest.After[int8](t, at*s.width*4)
			for i := range x8 {
				x8[i] = int8(rng.IntN(256))
				row, c := i/(s.width*4), i%(s.width*4)
				turned8[(c/4*at+row)*4+c%4] = x8[i]
			}
			want8 := make([]int32, at*s.rows)
			q.MatMulTransposed(want8, x8, bytes.dense, at, s.rows, s.width*4)
			words = Bytes(bytes.values, bytes.segments, bytes.columns, 4, s.width*4)
			for _, kind := range turnedKinds(true) {
				got := guardtest.After[int32](t, at*s.rows)
				words.bytes8(kind, got, turned8, at)
				for i := range at {
					for j := range s.rows {
						require.Equal(t, want8[i*s.rows+j], got[j*at+i], "%d %+v", kind, s)
					}
				}
			}
		}
	}
}

// Where there are no kernels for several rows, nobody is offered them.
func TestTurnedCost(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	even := func(int) float64 { return 0.1 }
	m := random(rng, 20, 64, 4, even, func() int8 { return 1 })
	require.Equal(t, turnedKernel(true) != noTurned, Bytes(m.values, m.segments, m.columns, 4, 64).Cost(16) > 0)
	f := random(rng, 20, 64, 4, even, normal(rng))
	require.Equal(t, turnedKernel(false) != noTurned, Floats(f.values, f.segments, f.columns, 4, 64).Cost(16) > 0)
}

func TestFinite(t *testing.T) {
	for n := range 40 {
		x := guardtest.After[float32](t, n)
		for i := range x {
			x[i] = math.MaxFloat32
		}
		require.True(t, Finite(x))
		for i := range x {
			for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				x[i] = float32(v)
				require.False(t, Finite(x))
				require.False(t, finiteGeneric(x))
			}
			x[i] = -math.MaxFloat32
		}
		require.True(t, finiteGeneric(x))
	}
}

func BenchmarkPacked(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, s := range [][2]int{{128, 640}, {128, 128}, {1024, 1024}, {512, 2048}} {
		rows, width := s[0], s[1]
		run := func(name string, f func()) {
			b.Run(fmt.Sprintf("%dx%d/%s", width, rows, name), func(b *testing.B) {
				for b.Loop() {
					f()
				}
			})
		}
		x, x8 := make([]float32, width), make([]int8, width)
		for i := range x {
			x[i], x8[i] = float32(rng.NormFloat64()), int8(rng.IntN(256))
		}
		dst, dst8 := make([]float32, rows), make([]int32, rows)
		first := true
		for _, zeros := range []float64{0.5, 0.75, 0.9, 0.95} {
			even := func(int) float64 { return 1 - zeros }
			for _, size := range []int{1, 4} {
				m := random(rng, rows, width, size, even, normal(rng))
				if first {
					run("f32/dense", func() {
						f32.Products(dst, rows, x, width, 1, m.dense, rows, width, nil, float32(math.Inf(-1)), float32(math.Inf(1)))
					})
				}
				for i := range kernels {
					k := &kernels[i]
					if !k.available || k.bytes || (k.window == 0) != (size == 4) {
						continue
					}
					var p *Packed
					if k.window > 0 {
						p = k.packWords(Floats(m.values, m.segments, m.columns, size, width), math.MaxInt)
					} else {
						p = k.packBlocks(m.raw(), m.segments, m.columns, 4, width)
					}
					run(fmt.Sprintf("f32/%.0f/%s/bytes=%.2f", 100*zeros, k.name, float64(p.Bytes())/float64(4*rows*width)), func() { p.Floats(dst, x, 0, p.Slices()) })
				}
			}
			for _, size := range []int{1, 4, 16} {
				m := random(rng, rows, width, size, even, func() int8 { return int8(rng.IntN(256)) })
				if first {
					first = false
					run("s8/dense", func() { q.MatMulTransposed(dst8, x8, m.dense, 1, rows, width) })
				}
				for i := range kernels {
					k := &kernels[i]
					if !k.available || !k.bytes || (k.window == 0) != (size == 16) {
						continue
					}
					var p *Packed
					if k.window > 0 {
						p = k.packWords(Bytes(m.values, m.segments, m.columns, size, width), math.MaxInt)
					} else {
						p = k.packBlocks(m.raw(), m.segments, m.columns, 1, width)
					}
					run(fmt.Sprintf("s8/%.0f/1x%d/%s/bytes=%.2f", 100*zeros, size, k.name, float64(p.Bytes())/float64(rows*width)), func() { p.Bytes8(dst8, x8, 0, p.Slices()) })
				}
			}
		}
	}
}
