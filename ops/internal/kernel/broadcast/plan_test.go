package broadcast

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// element returns the offset in an operand of what the result reads at flat index i.
func element(out, shape []int, i int) int {
	offset, step := 0, 1
	for j := 1; j <= len(out); j++ {
		d := out[len(out)-j]
		at := i % d
		i /= d
		if j <= len(shape) && shape[len(shape)-j] != 1 {
			offset += at * step
			step *= d
		}
	}
	return offset
}

func count(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func iota(n int) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(i)
	}
	return x
}

func checkPlan(t *testing.T, out []int, shapes [3][]int) {
	t.Helper()
	n := count(out)
	var x [3][]int32
	for i := range x {
		x[i] = iota(count(shapes[i]))
	}
	got := make([][3]int32, n)
	p := New(out, shapes[0], shapes[1], shapes[2])
	buffer := func() []int32 { return make([]int32, BlockSize) }
	Run3(p, got, x[0], x[1], x[2], buffer(), buffer(), buffer(), func(dst [][3]int32, a, b, c []int32) {
		require.Equal(t, [3]int{len(dst), len(dst), len(dst)}, [3]int{len(a), len(b), len(c)})
		for i := range dst {
			dst[i] = [3]int32{a[i], b[i], c[i]}
		}
	})
	pairs := make([][2]int32, n)
	Run2(New(out, shapes[0], shapes[1]), pairs, x[0], x[1], buffer(), buffer(), func(dst [][2]int32, a, b []int32) {
		for i := range dst {
			dst[i] = [2]int32{a[i], b[i]}
		}
	})
	for i := range got {
		var want [3]int32
		for k := range want {
			want[k] = int32(element(out, shapes[k], i))
		}
		if want != got[i] || [2]int32{want[0], want[1]} != pairs[i] {
			require.Failf(t, "wrong element", "out %v from %v: [%d] got %v and %v, want %v", out, shapes, i, got[i], pairs[i], want)
		}
	}
}

func TestPlanReadsTheRightElements(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sizes := []int{1, 2, 3, 5, 7, 130}
	for range 2000 {
		out := make([]int, r.IntN(9))
		total := 1
		for i := range out {
			out[i] = sizes[r.IntN(len(sizes))]
			if total*out[i] > 20000 {
				out[i] = 1
			}
			total *= out[i]
		}
		var shapes [3][]int
		for k := range shapes {
			shape := append([]int{}, out[r.IntN(len(out)+1):]...)
			for i := range shape {
				if r.IntN(3) == 0 {
					shape[i] = 1
				}
			}
			shapes[k] = shape
		}
		checkPlan(t, out, shapes)
	}
	checkPlan(t, []int{5000}, [3][]int{{5000}, {}, {1}})
	checkPlan(t, []int{3, 5000}, [3][]int{{3, 1}, {5000}, {3, 5000}})
	checkPlan(t, []int{700, 3}, [3][]int{{700, 3}, {3}, {700, 1}})
	checkPlan(t, []int{2, 0, 3}, [3][]int{{2, 1, 3}, {0, 1}, {3}})
}

func checkSingles(t *testing.T, out, a, b []int) {
	t.Helper()
	number := func(shape []int) []int32 {
		x := make([]int32, count(shape))
		for i := range x {
			x[i] = int32(i)
		}
		return x
	}
	pack := func(x, y int32) int64 { return int64(x)<<32 | int64(y) }
	got, buffer := make([]int64, count(out)), make([]int32, BlockSize)
	p := NewSingles(out, a, b)
	x, y := number(a), number(b)
	dst := make([]int32, count(out))
	second := make([]int32, BlockSize)
	at := 0 // blocks come in order
	put := func(x, y int32) { got[at] = pack(x, y); at++ }
	k := Kernels[int32, int32]{
		Run: func(_, a, b []int32) {
			for i := range a {
				put(a[i], b[i])
			}
		},
		OneA: func(_ []int32, a int32, b []int32) {
			for i := range b {
				put(a, b[i])
			}
		},
		OneB: func(_, a []int32, b int32) {
			for i := range a {
				put(a[i], b)
			}
		},
	}
	RunSingles(p, dst, x, y, buffer, second, &k)
	require.Equal(t, len(got), at)
	for i, v := range got {
		require.Equal(t, pack(int32(element(out, a, i)), int32(element(out, b, i))), v, "out %v from %v and %v: [%d]", out, a, b, i)
	}
}

func TestSingles(t *testing.T) {
	for _, c := range [][3][]int{
		{{100}, {100}, {}},
		{{100}, {1}, {100}},
		{{15}, {1}, {15}},
		{{4, 5, 32}, {4, 5, 1}, {4, 5, 32}},
		{{4, 5, 32}, {4, 5, 32}, {5, 1}},
		{{4, 5, 32}, {4, 1, 1}, {32}},
		{{4, 5, 300}, {4, 5, 300}, {1}},
		{{3, 16}, {3, 1}, {1, 16}},
		{{3, 16}, {1, 1}, {1, 1}},
		{{0, 16}, {0, 1}, {16}},
	} {
		checkSingles(t, c[0], c[1], c[2])
		checkSingles(t, c[0], c[2], c[1])
	}
	p := NewSingles([]int{4, 100}, []int{4, 100}, []int{1})
	single, flat := p.Flat()
	require.True(t, flat)
	require.Equal(t, 2, single)
	_, flat = NewSingles([]int{4, 100}, []int{4, 100}, []int{4, 1}).Flat()
	require.False(t, flat)
	_, flat = NewSingles([]int{4, 8}, []int{4, 8}, []int{8}).Flat()
	require.False(t, flat)
}

func TestPlanUsesFewBlocks(t *testing.T) {
	for _, c := range []struct {
		out, a, b []int
		want      int
	}{
		{[]int{8, 64, 64, 3}, []int{8, 64, 64, 3}, []int{8, 64, 64, 3}, 1},
		{[]int{1, 64, 1, 64}, []int{64, 1, 64}, []int{1, 64, 1, 64}, 1},
		{[]int{64, 64}, []int{64, 64}, []int{}, 4},
		{[]int{1024, 3}, []int{1024, 3}, []int{3}, 4},
		{[]int{16, 256}, []int{16, 256}, []int{256}, 16},
		{[]int{1}, []int{}, []int{1}, 1},
	} {
		blocks := 0
		a, b := make([]bool, count(c.a)), make([]bool, count(c.b))
		buffer := make([]bool, BlockSize)
		dst := make([]bool, count(c.out))
		Run2(New(c.out, c.a, c.b), dst, a, b, buffer, buffer, func(_, _, _ []bool) { blocks++ })
		require.Equal(t, c.want, blocks, "%v from %v and %v", c.out, c.a, c.b)
	}
}

func TestFillBytes(t *testing.T) {
	for n := range 70 {
		x := make([]int8, n+2)
		fill(x[1:n+1], -3)
		for i, v := range x {
			want := int8(-3)
			if i == 0 || i == n+1 {
				want = 0
			}
			require.Equal(t, want, v, "%d of %d", i, n)
		}
	}
}

// Every byte of a row that repeats along the last dimension.
func TestExpandBytes(t *testing.T) {
	for n := 1; n < 140; n++ {
		for _, count := range []int{1, 2, 5} {
			src, dst := make([]int8, count), make([]int8, count*n+1)
			for i := range src {
				src[i] = int8(-5 * i)
			}
			dst[count*n] = 77
			expand(dst[:count*n], src, dim{size: count, stride: [maxOperands]int{1}}, []dim{{size: n}}, 0)
			for i, v := range dst[:count*n] {
				require.Equal(t, src[i/n], v, "%d times, element %d", n, i)
			}
			require.Equal(t, int8(77), dst[count*n])
		}
	}
}
