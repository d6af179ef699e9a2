package tensor

import (
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// Populate must neither change what memory holds nor reach beyond it, however it lies to pages.
func TestPopulate(t *testing.T) {
	const size = 3 * leastPopulated
	for _, skip := range []int{0, 1, 64, 4095, 4096, 5000} {
		b := make([]byte, size+skip)
		for i := range b {
			b[i] = byte(i * 7)
		}
		Populate(b[skip:])
		for i := range b {
			require.Equal(t, byte(i*7), b[i])
		}
	}
	Populate(nil)
	Populate(make([]byte, 1))
	populate(make([]byte, 1)) // less than a page
	populate(nil)
}

func TestZeros(t *testing.T) {
	for _, n := range []int{0, 1, 1000, leastPopulated} {
		x := Zeros[float32](n)
		require.Len(t, x, n)
		require.Equal(t, n, cap(x))
		require.Zero(t, uintptr(unsafe.Pointer(unsafe.SliceData(x)))%64*uintptr(min(n, 1)))
		for _, v := range x {
			require.Zero(t, v)
		}
	}
	require.Len(t, Zeros[complex128](3), 3)
}

func BenchmarkFreshMemory(b *testing.B) {
	const size = 4 << 20
	for _, c := range []struct {
		name     string
		populate func([]byte)
	}{{"touched", func([]byte) {}}, {"populated", Populate}} {
		b.Run(c.name, func(b *testing.B) {
			var keep [][]byte
			for range b.N {
				x := make([]byte, size)
				c.populate(x)
				for i := 0; i < size; i += 64 {
					x[i] = 1
				}
				if keep = append(keep, x); len(keep) == 16 {
					keep = nil
					runtime.GC()
				}
			}
		})
	}
}
