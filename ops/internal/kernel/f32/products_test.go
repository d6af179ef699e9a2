//go:build (amd64 || arm64) && !noasm

package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// Every kernel against the generic twin: all numbers of rows, tails of n and k, leading dimensions, slices that end at a guard
// page; a row gives the same bits in whatever tile it falls.
func TestProductsKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	type shape struct{ rows, n, k int }
	shapes := []shape{{9, 21, 100}, {3, 70000, 1}, {1, 300, 1000}}
	for n := range 14 {
		for k := range 35 {
			shapes = append(shapes, shape{1 + (n+k)%7, n + 1, k})
		}
	}
	for _, s := range shapes {
		ldd, ldx := s.n+rng.IntN(3), s.k+rng.IntN(3)
		x := guardtest.Copy(t, normal(rng, (s.rows-1)*ldx+s.k))
		stored := guardtest.After[uint16](t, s.n*s.k)
		convert.ToFloat16(stored, normal(rng, s.n*s.k))
		w := guardtest.After[float32](t, s.n*s.k)
		convert.FromFloat16(w, stored)
		bias := guardtest.Copy(t, normal(rng, s.n))
		lo, hi := float32(-1), float32(5)
		if s.k%2 == 0 {
			bias = nil
		}
		if s.k%3 == 0 {
			lo, hi = negInf, posInf
		}
		want := make([]float32, (s.rows-1)*ldd+s.n)
		for i := range want {
			want[i] = 77
		}
		productsGeneric(want, ldd, x, ldx, s.rows, w, s.n, s.k, bias, lo, hi)
		half := make([]float32, len(want))
		for i := range half {
			half[i] = 77
		}
		productsHalfGeneric(half, ldd, x, ldx, s.rows, stored, s.n, s.k, bias, lo, hi)
		require.Equal(t, want, half)
		check := func(name string, run func(dst []float32, x []float32, rows int)) {
			name = fmt.Sprintf("%s %+v", name, s)
			got := guardtest.After[float32](t, len(want))
			for i := range got {
				got[i] = 77
			}
			run(got, x, s.rows)
			requireSums(t, want, got, s.k, name)
			alone := make([]float32, s.n)
			for r := range s.rows {
				run(alone, x[r*ldx:], 1)
				require.Equal(t, alone, got[r*ldd:r*ldd+s.n], name)
			}
		}
		for _, kernel := range productsKernels {
			if kernel.available {
				check(kernel.name, func(dst, x []float32, rows int) {
					kernel.products(dst, ldd, x, ldx, rows, w, s.n, s.k, bias, lo, hi)
				})
			}
		}
		for _, kernel := range productsHalfKernels {
			if kernel.available {
				check(kernel.name+" half", func(dst, x []float32, rows int) {
					kernel.products(dst, ldd, x, ldx, rows, stored, s.n, s.k, bias, lo, hi)
				})
			}
		}
	}
}

// Infinities and NaNs go where the generic twin has them; the clamp leaves NaNs.
func TestProductsSpecials(t *testing.T) {
	nan := float32(math.NaN())
	for _, v := range []float32{nan, posInf, negInf, math.MaxFloat32} {
		for at := range 19 {
			x, w := make([]float32, 19), make([]float32, 19*5)
			for i := range x {
				x[i] = 1
			}
			for i := range w {
				w[i] = 2
			}
			w[2*19+at] = v
			for _, lo := range []float32{negInf, 0} {
				want := make([]float32, 5)
				productsGeneric(want, 5, x, 19, 1, w, 5, 19, nil, lo, -lo+6)
				for _, kernel := range productsKernels {
					if kernel.available {
						got := make([]float32, 5)
						kernel.products(got, 5, x, 19, 1, w, 5, 19, nil, lo, -lo+6)
						requireSums(t, want, got, 19, kernel.name)
					}
				}
			}
		}
	}
}

// The bits of a product do not depend on where in a vector its row of w begins, and nothing beside the rows is read: it is NaN,
// or a guard page.
func TestProductsAlignment(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	nan := float32(math.NaN())
	for _, s := range []struct{ rows, n, k int }{{1, 1, 64}, {1, 13, 80}, {1, 24, 128}, {1, 5, 72}, {2, 5, 64}, {3, 6, 160}, {4, 9, 64}} {
		values, stored := normal(rng, s.n*s.k), make([]uint16, s.n*s.k)
		convert.ToFloat16(stored, values)
		convert.FromFloat16(values, stored)
		rows := normal(rng, s.rows*s.k)
		for _, end := range []bool{false, true} {
			x := guardtest.Before[float32](t, s.rows*s.k)
			if end {
				x = guardtest.After[float32](t, s.rows*s.k)
			}
			copy(x, rows)
			check := func(name string, phases int, run func(dst []float32, phase int)) {
				first := make([]float32, s.rows*s.n)
				for phase := range phases {
					got := make([]float32, s.rows*s.n)
					run(got, phase)
					if phase == 0 {
						first = got
						want := make([]float32, s.rows*s.n)
						productsGeneric(want, s.n, x, s.k, s.rows, values, s.n, s.k, nil, negInf, posInf)
						requireSums(t, want, got, s.k, name)
					}
					require.Equal(t, first, got, "%s %+v at %d", name, s, phase)
				}
			}
			for _, kernel := range productsKernels {
				if !kernel.available {
					continue
				}
				check(kernel.name, 16, func(dst []float32, phase int) {
					w := beside(t, values, phase, end, nan)
					kernel.products(dst, s.n, x, s.k, s.rows, w, s.n, s.k, nil, negInf, posInf)
				})
			}
			for _, kernel := range productsHalfKernels {
				if !kernel.available {
					continue
				}
				check(kernel.name+" half", 32, func(dst []float32, phase int) {
					w := beside(t, stored, phase, end, 0x7e00)
					kernel.products(dst, s.n, x, s.k, s.rows, w, s.n, s.k, nil, negInf, posInf)
				})
			}
		}
	}
}

// beside returns values behind so many fillers that a guard page precedes, or before so many that one follows.
func beside[T any](t *testing.T, values []T, count int, end bool, filler T) []T {
	n := len(values)
	all, w, other := guardtest.Before[T](t, n+count), count, 0
	if end {
		all, w, other = guardtest.After[T](t, n+count), 0, n
	}
	for i := range count {
		all[other+i] = filler
	}
	copy(all[w:], values)
	return all[w:][:n]
}

func BenchmarkProducts(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{1, 1024, 1024}, {1, 128, 640}, {1, 64, 10}, {98, 98, 64}, {49, 256, 1024}} {
		rows, n, k := s[0], s[1], s[2]
		x, w, dst := normal(rng, rows*k), normal(rng, n*k), make([]float32, rows*n)
		for _, kernel := range productsKernels {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", kernel.name, rows, n, k), func(b *testing.B) {
				if !kernel.available {
					b.Skip("not available")
				}
				for b.Loop() {
					kernel.products(dst, n, x, k, rows, w, n, k, nil, 0, 6)
				}
				b.ReportMetric(2*float64(rows*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
	}
}
