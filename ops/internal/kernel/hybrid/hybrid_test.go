package hybrid

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuantizeRows(t *testing.T) {
	x := []float32{-1, 0, 0.5, 1.5, 2}
	got := make([]int8, len(x))
	require.Equal(t, float32(2)/127, QuantizeSymmetric(got, x))
	require.Equal(t, []int8{-64, 0, 32, 95, 127}, got) // 63.5 and 31.75 and 95.25 rounded half away from zero

	scale, zero := QuantizeAsymmetric(got, x)
	require.Equal(t, float32(3.0/255), scale)
	require.Equal(t, int32(-43), zero)                   // 255 steps from -1 to 2
	require.Equal(t, []int8{-128, -43, 0, 85, 127}, got) // 42.5 and 127.5 rounded half away from zero, then -43 added

	zeros := make([]float32, 5)
	scale, zero = QuantizeAsymmetric(got, zeros)
	require.Equal(t, []any{float32(1), int32(0), make([]int8, 5)}, []any{scale, zero, got})
	require.True(t, AllZero(zeros))
	require.False(t, AllZero(x))
}

func TestAccumulateScaled(t *testing.T) {
	acc, sums, per := []int32{100, -200, 300}, []int32{1, 2, -3}, []float32{1, 0.5, 2}
	out := []float32{1, 2, 3}
	AccumulateScaled(out, acc, 0.25, nil, 0, nil)
	require.Equal(t, []float32{26, -48, 78}, out)
	out = []float32{1, 2, 3}
	AccumulateScaled(out, acc, 0.25, per, -8, sums)
	require.Equal(t, []float32{1 + 27, 2 - 184./8, 3 + 276./2}, out)
}
