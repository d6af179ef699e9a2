//go:build (amd64 || arm64) && !noasm

package q

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOutputExactVector(t *testing.T) {
	if !outputFast(make([]int8, 1), []int32{0}, []int32{0}, 0, &OutputParams{Scales: []float64{1}}) {
		t.Skip("not on this processor")
	}
	checkOutput[int8](t, -128, 127)
	checkOutput[uint8](t, 0, 255)
	checkOutput[int16](t, -32768, 32767)
}

func checkOutput[Out int8 | uint8 | int16](t *testing.T, lo, hi int32) {
	rng := rand.New(rand.NewPCG(9, 10))
	for n := 1; n < 50; n++ {
		for round := range 40 {
			p := &OutputParams{Zero: lo + rng.Int32N(hi-lo+1), Min: lo, Max: hi}
			if round%3 == 0 {
				p.Min, p.Max = p.Zero, hi-3
			}
			scales := make([]float64, 1+(n-1)*(round%2))
			for j := range scales {
				// powers of two make ties
				scales[j] = []float64{0, 0.5, 0.25, 1, 0x1p-9, rng.Float64() / 100, rng.Float64() * 1e6, 0.49999999999999994}[rng.IntN(8)]
			}
			p.SetScales(scales)
			acc, offsets := guarded[int32](t, n, round%4 < 2), guarded[int32](t, n, round%4 < 2)
			for j := range acc {
				acc[j], offsets[j] = rng.Int32N(1000)-500, rng.Int32N(9)
				if rng.IntN(8) == 0 {
					acc[j] = []int32{math.MaxInt32, math.MinInt32, 1, -1}[rng.IntN(4)]
				}
			}
			dst := guarded[Out](t, n, round%4 < 2)
			want := make([]Out, n)
			less := rng.Int32N(3)
			outputExact(want, []int32(acc), []int32(offsets), less, p)
			require.True(t, outputFast(dst, []int32(acc), []int32(offsets), less, p))
			require.Equal(t, want, []Out(dst), "%v %v %+v", acc, offsets, p)
		}
	}
}

// TestOutputNarrowed mixes sums that fit 32 bits with sums that do not.
func TestOutputNarrowed(t *testing.T) {
	if !outputFast(make([]int16, 1), []int32{0}, []int32{0}, 0, &OutputParams{Scales: []float64{1}}) {
		t.Skip("not on this processor")
	}
	rng := rand.New(rand.NewPCG(11, 12))
	for n := 64; n < 300; n += 7 {
		for round := range 8 {
			p := &OutputParams{Min: -32768, Max: 32767}
			scales := make([]float64, 1+(n-1)*(round%2))
			for j := range scales {
				scales[j] = rng.Float64() / 1000
			}
			p.SetScales(scales)
			acc, offsets := make([]int64, n), make([]int64, n)
			for j := range acc {
				acc[j], offsets[j] = rng.Int64N(1<<26)-1<<25, rng.Int64N(99)
				if round%4 == 3 && rng.IntN(100) == 0 {
					acc[j] = (rng.Int64N(3) - 1) << (31 + rng.IntN(8))
				}
			}
			got, want := make([]int16, n), make([]int16, n)
			outputExact(want, acc, offsets, 7, p)
			require.True(t, outputNarrowed(got, acc, offsets, 7, p))
			require.Equal(t, want, got)
		}
	}
	require.False(t, outputNarrowed(make([]int16, 64), make([]int32, 64), make([]int32, 64), 0, &OutputParams{}), "sums of 32 bits are not for it")
}
