//go:build arm64 && !noasm

package q

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// Every variant gives the bits of the naive loop, in all tails, and touches nothing but its operands.
func TestDotVariants(t *testing.T) {
	for i := range dotVariants {
		v := &dotVariants[i]
		t.Run(v.name, func(t *testing.T) {
			if !v.available {
				t.Skip("not on this processor")
			}
			switch v.types {
			case dotS8S8:
				checkDot[int8, int8](t, v)
			case dotU8U8:
				checkDot[uint8, uint8](t, v)
			case dotU8S16:
				checkDot[uint8, int16](t, v)
			}
		})
	}
}

func checkDot[X, W int8 | uint8 | int16](t *testing.T, v *dotVariant) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{
		{1, 4, 8}, {4, 6, 9}, {3, 8, 15}, {1, 4, 16}, {2, 5, 17}, {3, 7, 31}, {4, 4, 16}, {5, 9, 18}, {6, 6, 32}, {7, 12, 33}, {8, 11, 47}, {1, 8, 63}, {4, 5, 64},
		{9, 15, 65}, {1, 70, 127}, {6, 130, 129}, {1, 5, 480}, {4, 68, 481}, {2, 6, 1500}, {4, 9, 70000},
	} {
		rows, n, k := s[0], s[1], s[2]
		if k < v.least {
			continue
		}
		for extreme := range 3 {
			for _, front := range []bool{false, true} {
				ldx := k + rows%3
				x, w := guarded[X](t, (rows-1)*ldx+k, front), guarded[W](t, n*k, front)
				base, dst := guarded[int32](t, n, front), guarded[int32](t, rows*n, front)
				fillStored(rng, x, extreme)
				fillStored(rng, w, extreme)
				want := make([]int32, rows*n)
				for j := range base {
					base[j] = int32(rng.Uint32())
				}
				for p := range rows {
					for j := range n {
						for i := range k {
							want[p*n+j] += int32(x[p*ldx+i]) * int32(w[j*k+i])
						}
					}
				}
				v.products(dst, unsafe.Pointer(&x[0]), ldx, rows, unsafe.Pointer(&w[0]), n, k, k*int(unsafe.Sizeof(w[0])), nil)
				require.Equal(t, want, []int32(dst), "%v", s)
				for i := range want {
					want[i] += base[i%n]
				}
				v.products(dst, unsafe.Pointer(&x[0]), ldx, rows, unsafe.Pointer(&w[0]), n, k, k*int(unsafe.Sizeof(w[0])), base)
				require.Equal(t, want, []int32(dst), "%v with a base", s)
			}
		}
	}
}

// The kernel gives the bits of the generic one for every shift, ties and sums at the ends of the range included.
func TestRequantizeNEON(t *testing.T) {
	checkRequantize[int8](t, -128, 127)
	checkRequantize[uint8](t, 0, 255)
}

func checkRequantize[Out int8 | uint8](t *testing.T, lo, hi int32) {
	rng := rand.New(rand.NewPCG(5, 6))
	edges := []int32{0, 1, -1, 2, 3, -2, -3, math.MaxInt32, math.MinInt32, math.MinInt32 + 1, 1 << 30, -1 << 30}
	for n := 8; n < 40; n++ {
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
				case 2:
					m = math.MinInt32
				}
				shift := rng.IntN(12) - 11
				if round%4 == 1 {
					shift = rng.IntN(63) - 31
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
			require.True(t, requantizeFast(dst, ldd, acc, rows, from, n, c))
			require.Equal(t, want, []Out(dst), "n %d, %+v, %v", n, c, acc)
		}
	}
}

// guarded returns count elements that end, or start, at a page without access.
func guarded[T any](t *testing.T, count int, front bool) []T {
	if front {
		return guardtest.Before[T](t, count)
	}
	return guardtest.After[T](t, count)
}

// Sums of 64 bits of products of words and bytes, with rows longer than 32 bits hold.
func TestProductsWide(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, s := range [][3]int{{1, 4, 8}, {2, 5, 9}, {3, 6, 16}, {1, 7, 31}, {2, 4, 40}, {1, 9, 2047}, {2, 5, 2048}, {1, 4, 2049}, {1, 6, 5000}} {
		rows, n, k := s[0], s[1], s[2]
		for extreme := range 3 {
			x, w := guarded[int16](t, rows*k, extreme == 0), guarded[int8](t, n*k, extreme == 0)
			base, dst := guarded[int64](t, n, false), guarded[int64](t, rows*n, false)
			for i := range x {
				x[i] = []int16{int16(rng.Uint32()), math.MinInt16, math.MaxInt16}[extreme]
			}
			for i := range w {
				w[i] = []int8{int8(rng.Uint32()), math.MinInt8, math.MinInt8}[extreme]
			}
			for j := range base {
				base[j] = rng.Int64()
			}
			for _, from := range [][]int64{nil, base} {
				want := make([]int64, rows*n)
				zeros := make([]int64, n)
				if from != nil {
					zeros = from
				}
				productsGeneric(want, []int16(x), k, rows, []int8(w), n, k, zeros)
				require.True(t, productsFast([]int64(dst), []int16(x), k, rows, []int8(w), n, k, from))
				require.Equal(t, want, []int64(dst), "%v", s)
			}
		}
	}
}
