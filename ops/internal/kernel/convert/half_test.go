package convert

import (
	"math"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// All FLOAT16 values widen exactly, and all float32 around them and between them narrow as by the generic kernel. A NaN stays
// one.
func TestHalf(t *testing.T) {
	x := make([]uint16, 1<<16)
	for i := range x {
		x[i] = uint16(i)
	}
	wide, want := make([]float32, len(x)), make([]float32, len(x))
	FromFloat16(wide, x)
	fromFloat16Generic(want, x)
	for i, v := range want {
		if v != v {
			require.True(t, wide[i] != wide[i])
			continue
		}
		require.Equal(t, math.Float32bits(v), math.Float32bits(wide[i]))
	}
	narrow, generic := make([]uint16, len(x)), make([]uint16, len(x))
	for _, add := range []uint32{0, 1, 0xfff, 0x1000, 0x1001, 0x1fff} {
		for i, v := range want {
			wide[i] = math.Float32frombits(math.Float32bits(v) + add)
		}
		ToFloat16(narrow, wide)
		toFloat16Generic(generic, wide)
		for i, h := range generic {
			if wide[i] != wide[i] {
				require.True(t, narrow[i]&0x7fff > 0x7c00)
				continue
			}
			require.Equal(t, h, narrow[i], "%v", wide[i])
		}
	}
	for n := range 70 {
		a, b := guardtest.Copy(t, x[0x3c00:0x3c00+n]), guardtest.After[float32](t, n)
		FromFloat16(b, a)
		require.Equal(t, want[0x3c00:0x3c00+n], []float32(b))
		clear(a)
		ToFloat16(a, b)
		require.Equal(t, x[0x3c00:0x3c00+n], a)
	}
}
