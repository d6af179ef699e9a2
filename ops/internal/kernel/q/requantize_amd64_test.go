//go:build amd64 && !noasm

package q

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/stretchr/testify/require"
)

// Both variants give the bits of the generic kernel for every shift, ties and sums at the ends of the range included.
func TestRequantizeVariants(t *testing.T) {
	for _, avx512 := range []bool{true, false} {
		t.Run(fmt.Sprint("AVX512 ", avx512), func(t *testing.T) {
			if avx512 && !isa.AVX512 || !isa.AVX2 {
				t.Skip("not on this processor")
			}
			checkRequantize[int8](t, avx512, -128, 127)
			checkRequantize[uint8](t, avx512, 0, 255)
			checkRequantize[int16](t, avx512, -32768, 32767)
		})
	}
}

func checkRequantize[Out int8 | uint8 | int16](t *testing.T, avx512 bool, lo, hi int32) {
	rng := rand.New(rand.NewPCG(5, 6))
	edges := []int32{0, 1, -1, 2, 3, -2, -3, math.MaxInt32, math.MinInt32, math.MinInt32 + 1, 1 << 30, -1 << 30}
	for n := 1; n < 40; n++ {
		if !avx512 && n < 8 {
			continue
		}
		for round := range 60 {
			rows, ldd, from := 1+round%3, n+round%2, round%4
			c := &Channels{ZeroOut: lo + rng.Int32N(hi-lo+1), Min: lo, Max: hi}
			if round%3 == 0 {
				c.Min, c.Max = c.ZeroOut, hi-rng.Int32N(3)
			}
			for range from + n {
				m := 1<<30 + rng.Int32N(1<<30)
				switch rng.IntN(8) {
				case 0:
					m = 1 << 30
				case 1:
					m = 0
				}
				shift := rng.IntN(12) - 11
				if round%4 == 1 {
					shift = rng.IntN(62) - 31
				}
				c.Multiplier, c.Shift = append(c.Multiplier, m), append(c.Shift, int8(shift))
			}
			acc := guarded[int32](t, rows*n, round%2 == 0)
			for i := range acc {
				s := uint(max(0, -int(c.Shift[from+i%n])))
				switch rng.IntN(4) {
				case 0:
					acc[i] = edges[rng.IntN(len(edges))]
				case 1: // about a tie
					acc[i] = (rng.Int32N(200)-100)<<s + 1<<s>>1 + rng.Int32N(3) - 1
				case 2:
					acc[i] = int32(rng.Uint32())
				default:
					acc[i] = rng.Int32N(1<<20) - 1<<19
				}
			}
			dst := guarded[Out](t, (rows-1)*ldd+n, round%2 == 0)
			want := append([]Out(nil), dst...)
			requantizeGeneric(want, ldd, acc, rows, from, n, c)
			requantizeRows(avx512, dst, ldd, acc, rows, from, n, c)
			require.Equal(t, want, []Out(dst), "n %d, %+v, %v", n, c, acc)
		}
	}
}
