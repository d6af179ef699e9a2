package move

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// fresh returns n elements that are all different as far as their width allows, right before a page without access.
func fresh[T Word](t *testing.T, r *rand.Rand, n int) []T {
	x := guardtest.After[T](t, n)
	for i := range x {
		switch v := any(&x[i]).(type) {
		case *uint8:
			*v = uint8(r.Uint32())
		case *uint16:
			*v = uint16(r.Uint32())
		case *uint32:
			*v = r.Uint32()
		case *uint64:
			*v = r.Uint64()
		case *complex128:
			*v = complex(r.Float64(), r.Float64())
		}
	}
	return x
}

func testRows[T Word](t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for n := 1; n < 300; n++ {
		for _, rows := range []int{1, 2, 5} {
			gap, srcGap := r.IntN(3), r.IntN(3)
			dstRow, srcRow, s := n+gap, n+srcGap, 0
			switch r.IntN(4) {
			case 0:
				s, srcRow = (rows-1)*srcRow, -srcRow
			case 1:
				srcRow = 0
			}
			src := fresh[T](t, r, (rows-1)*(n+srcGap)+n)
			got := guardtest.After[T](t, (rows-1)*dstRow+n)
			want := make([]T, len(got))
			copyRowsGeneric(want, src, 0, s, rows, n, dstRow, srcRow)
			copyRows(got, src, 0, s, rows, n, dstRow, srcRow)
			require.Equal(t, want, got, "%d rows of %d, steps %d and %d", rows, n, dstRow, srcRow)
			early, first := guardtest.Before[T](t, len(src)), guardtest.Before[T](t, len(got))
			copy(early, src)
			copyRows(first, early, 0, s, rows, n, dstRow, srcRow)
			require.Equal(t, want, first)
		}
	}
}

func TestCopyRows(t *testing.T) {
	t.Run("uint8", testRows[uint8])
	t.Run("uint16", testRows[uint16])
	t.Run("uint32", testRows[uint32])
	t.Run("uint64", testRows[uint64])
	t.Run("complex128", testRows[complex128])
}

func testTurn[T Word](t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for rows := 1; rows < 40; rows++ {
		for n := 1; n < 40; n++ {
			dstRow, srcRow := n+r.IntN(3), rows+r.IntN(3)
			src := fresh[T](t, r, (n-1)*srcRow+rows)
			got := guardtest.After[T](t, (rows-1)*dstRow+n)
			want := make([]T, len(got))
			for y := range rows {
				for x := range n {
					want[y*dstRow+x] = src[x*srcRow+y]
				}
			}
			turnGeneric(got, src, 0, 0, rows, n, dstRow, srcRow)
			require.Equal(t, want, got, "generic: %d rows of %d", rows, n)
			clear(got)
			turn(got, src, 0, 0, rows, n, dstRow, srcRow)
			require.Equal(t, want, got, "%d rows of %d", rows, n)
			early, first := guardtest.Before[T](t, len(src)), guardtest.Before[T](t, len(got))
			copy(early, src)
			turn(first, early, 0, 0, rows, n, dstRow, srcRow)
			require.Equal(t, want, first)
		}
	}
	// More rows than a block.
	const rows, n = 773, 21
	src, got, want := fresh[T](t, r, rows*n), guardtest.After[T](t, rows*n), make([]T, rows*n)
	turnGeneric(want, src, 0, 0, rows, n, n, rows)
	TransposeMatrices(got, src, 1, n, rows)
	require.Equal(t, want, got)
}

func TestTurn(t *testing.T) {
	t.Run("uint8", testTurn[uint8])
	t.Run("uint16", testTurn[uint16])
	t.Run("uint32", testTurn[uint32])
	t.Run("uint64", testTurn[uint64])
	t.Run("complex128", testTurn[complex128])
}

func TestFill(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 40, 2047, 2048, 2049, 9000} {
		x := guardtest.After[uint16](t, n)
		Fill(x, 0x1234)
		for _, v := range x {
			require.Equal(t, uint16(0x1234), v)
		}
	}
}

func BenchmarkTurn(b *testing.B) {
	for _, shape := range [][2]int{{64, 64}, {512, 512}, {1024, 1024}, {3, 50176}, {50176, 3}, {188, 144}} {
		b.Run(fmt.Sprintf("uint32/%dx%d", shape[0], shape[1]), func(b *testing.B) { benchTurn[uint32](b, shape[0], shape[1]) })
		b.Run(fmt.Sprintf("uint16/%dx%d", shape[0], shape[1]), func(b *testing.B) { benchTurn[uint16](b, shape[0], shape[1]) })
		b.Run(fmt.Sprintf("uint8/%dx%d", shape[0], shape[1]), func(b *testing.B) { benchTurn[uint8](b, shape[0], shape[1]) })
	}
}

func benchTurn[T Word](b *testing.B, rows, n int) {
	src, dst := make([]T, rows*n), make([]T, rows*n)
	for _, c := range []struct {
		name string
		f    func(dst, src []T, d, s, rows, n, dstRow, srcRow int)
	}{{"best", turn[T]}, {"generic", turnGeneric[T]}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(rows * n * int(unsafe.Sizeof(*new(T)))))
			for b.Loop() {
				c.f(dst, src, 0, 0, rows, n, n, rows)
			}
		})
	}
}

func BenchmarkCopyRows(b *testing.B) {
	for _, n := range []int{3, 4, 8, 12, 16, 24, 32, 48, 64, 128, 512, 2048} {
		rows := 1 << 16 / n
		src, dst := make([]uint8, 2*rows*n), make([]uint8, rows*n)
		b.Run(fmt.Sprintf("%d/best", n), func(b *testing.B) {
			b.SetBytes(int64(rows * n))
			for b.Loop() {
				copyRows(dst, src, 0, 0, rows, n, n, 2*n)
			}
		})
		b.Run(fmt.Sprintf("%d/generic", n), func(b *testing.B) {
			b.SetBytes(int64(rows * n))
			for b.Loop() {
				copyRowsGeneric(dst, src, 0, 0, rows, n, n, 2*n)
			}
		})
	}
}

func testGatherRows[T Word](t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for n := 1; n < 140; n++ {
		for _, count := range []int{1, 2, 9} {
			src := fresh[T](t, r, 7*n)
			picks := guardtest.After[int32](t, count)
			for i := range picks {
				picks[i] = int32(r.IntN(7))
			}
			picks[0] = 6
			got := guardtest.After[T](t, count*n)
			want := make([]T, len(got))
			gatherRowsGeneric(want, src, picks, n)
			gatherRows(got, src, picks, n)
			require.Equal(t, want, got, "%d rows of %d", count, n)
			early, first := guardtest.Before[T](t, len(src)), guardtest.Before[T](t, len(got))
			copy(early, src)
			gatherRows(first, early, picks, n)
			require.Equal(t, want, first)
			for _, wrong := range []int32{-1, 7} {
				picks[count-1] = wrong
				require.Panics(t, func() { gatherRows(got, src, picks, n) })
			}
		}
	}
}

func TestGatherRows(t *testing.T) {
	t.Run("uint8", testGatherRows[uint8])
	t.Run("uint16", testGatherRows[uint16])
	t.Run("uint32", testGatherRows[uint32])
	t.Run("uint64", testGatherRows[uint64])
}
