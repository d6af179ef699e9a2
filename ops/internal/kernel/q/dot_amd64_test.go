//go:build amd64 && !noasm

package q

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

var dotShapes = [][3]int{ // rows, n, k
	{1, 1, 1}, {1, 4, 1}, {2, 5, 3}, {3, 7, 15}, {4, 4, 16}, {5, 9, 17}, {6, 3, 31}, {7, 12, 32}, {4, 6, 33}, {2, 4, 47},
	{1, 8, 63}, {4, 5, 64}, {9, 11, 65}, {3, 2, 95}, {1, 70, 127}, {5, 4, 128}, {6, 130, 129}, {2, 4, 200}, {1, 5, 480}, {3, 68, 481}, {2, 6, 1500},
}

// Every variant gives the bits of the generic kernel, in all tails, and touches nothing but its operands.
func TestDotVariants(t *testing.T) {
	for i := range dotVariants {
		v := &dotVariants[i]
		t.Run(v.name, func(t *testing.T) {
			if !v.available {
				t.Skip("not on this processor")
			}
			switch v.kind {
			case dotS8S8VNNI512, dotS8S8VNNI256, dotS8S8AVX2:
				checkDot[int8, int8](t, v)
			case dotU8U8VNNI512, dotU8U8VNNI256, dotU8U8AVX2:
				checkDot[uint8, uint8](t, v)
			case dotU8S16VNNI512, dotU8S16AVX2:
				checkDot[uint8, int16](t, v)
			default:
				checkDot[int16, int8](t, v)
				checkDotWide(t, v)
			}
		})
	}
}

func checkDot[X, W int8 | uint8 | int16](t *testing.T, v *dotVariant) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range dotShapes {
		rows, n, k := s[0], s[1], s[2]
		if k < v.least {
			continue
		}
		for extreme := range 3 {
			for _, front := range []bool{false, true} {
				ldx := k + s[0]%3
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
				sizeX, sizeW := int(unsafe.Sizeof(x[0])), int(unsafe.Sizeof(w[0]))
				v.products(&dst[0], n, unsafe.Pointer(&x[0]), ldx*sizeX, rows, sizeX, unsafe.Pointer(&w[0]), n, k, k*sizeW, nil)
				require.Equal(t, want, []int32(dst), "%v", s)
				for i := range want {
					want[i] += base[i%n]
				}
				v.products(&dst[0], n, unsafe.Pointer(&x[0]), ldx*sizeX, rows, sizeX, unsafe.Pointer(&w[0]), n, k, k*sizeW, &base[0])
				require.Equal(t, want, []int32(dst), "%v with a base", s)
			}
		}
	}
}

func checkDotWide(t *testing.T, v *dotVariant) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range dotShapes {
		rows, n, k := s[0], s[1], s[2]
		if k < v.least {
			continue
		}
		for extreme := range 3 {
			x, w, base := guarded[int16](t, rows*k, false), guarded[int8](t, n*k, false), make([]int64, n)
			fillStored(rng, x, extreme)
			fillStored(rng, w, extreme)
			for j := range base {
				base[j] = int64(rng.Uint64())
			}
			got, want := make([]int64, rows*n), make([]int64, rows*n)
			productsWide(v, got, unsafe.Pointer(&x[0]), k, rows, unsafe.Pointer(&w[0]), n, k, base)
			productsGeneric(want, x, k, rows, w, n, k, base)
			require.Equal(t, want, got, "%v", s)
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
