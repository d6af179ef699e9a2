package q

import (
	"math"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// Quotients around all halves, and special values, are stored as by the generic kernel; stored values come back alike.
func TestQuantizeVectors(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testQuantizeVectors[int8](t, -128, 127) })
	t.Run("uint8", func(t *testing.T) { testQuantizeVectors[uint8](t, 0, 255) })
	t.Run("int16", func(t *testing.T) { testQuantizeVectors[int16](t, -32768, 32767) })
}

func testQuantizeVectors[T int8 | uint8 | int16](t *testing.T, lo, hi int32) {
	inf := float32(math.Inf(1))
	x := []float32{0, float32(math.Copysign(0, -1)), inf, -inf, float32(math.NaN()), 1e-40, math.MaxFloat32, -math.MaxFloat32, 1 << 21}
	for i := -600; i <= 600; i++ {
		h := float32(i) / 2
		x = append(x, h, math.Nextafter32(h, inf), math.Nextafter32(h, -inf))
	}
	dst, want := make([]T, len(x)), make([]T, len(x))
	for _, scale := range []float32{1, 0.5, 0.1, 3e-3} {
		for _, zero := range []int32{lo, 3, hi} {
			quantizeRun(dst, x, scale, zero, lo, hi)
			quantizeGeneric(want, x, scale, zero, lo, hi)
			require.Equal(t, want, dst)
			back, again := make([]float32, len(x)), make([]float32, len(x))
			DequantizeTensor(back, dst, scale, zero)
			dequantizeGeneric(again, dst, scale, zero)
			require.Equal(t, again, back)
		}
	}
	for n := range 70 {
		from, to := guardtest.Copy(t, x[20:20+n]), guardtest.After[T](t, n)
		quantizeGeneric(want[:n], from, 2, 3, lo, hi)
		quantizeRun(to, from, 2, 3, lo, hi)
		require.Equal(t, want[:n], to)
		DequantizeTensor(from, to, 2, 3)
		for i, v := range to {
			require.Equal(t, 2*float32(int32(v)-3), from[i])
		}
	}
}
