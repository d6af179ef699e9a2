//go:build !noasm

package f32

import (
	"fmt"
	"math"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/stretchr/testify/require"
)

var softmaxRowsKernels = []struct {
	name      string
	available bool
	least     int // elements of a row
	run       func(dst, x *float32, rows, depth int, beta float32)
	few       func(dst, x *float32, n int, beta float32)
}{
	{"AVX512", isa.AVX512, 16, softmaxRowsF32AVX512, softmaxFewF32AVX512},
	{"AVX2", isa.AVX2, 8, softmaxRowsF32AVX2, softmaxFewF32AVX2},
}

// Rows are what the portable steps make of them, one by one, special values included.
func TestSoftmaxRows(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, kernel := range softmaxRowsKernels {
		if !kernel.available {
			continue
		}
		for depth := 1; depth < 70; depth++ {
			run, most := kernel.run, 4
			if depth < kernel.least {
				run, most = func(dst, x *float32, _, depth int, beta float32) { kernel.few(dst, x, depth, beta) }, 1
			}
			for rows := 1; rows <= most; rows++ {
				x, dst := guardtest.After[float32](t, rows*depth), guardtest.Before[float32](t, rows*depth)
				for i := range x {
					x[i] = float32(i*7919%1013)/40 - 3*float32(i%50)
				}
				special := [][]float32{nil, {nan}, {-inf, -120}, {inf}, {-inf, nan}}[(depth+rows)%5]
				for i, v := range special {
					x[(depth*5+i*3)%len(x)] = v
				}
				want := make([]float32, len(x))
				for r := 0; r < len(x); r += depth {
					row, w := x[r:r+depth], want[r:r+depth]
					sum := expSumGeneric(w, row, largestGeneric(row), 0.7)
					scaleNormalGeneric(w, w, 1/sum, sum*leastQuotient)
				}
				run(&dst[0], &x[0], rows, depth, 0.7)
				run(&x[0], &x[0], rows, depth, 0.7)
				for i, w := range want {
					at := fmt.Sprintf("%s: element %d of %d rows of %d: got %v, want %v", kernel.name, i, rows, depth, dst[i], w)
					switch {
					case w != w:
						require.True(t, dst[i] != dst[i], at)
					case w < 0x1p-125:
						require.InDelta(t, w, dst[i], 0x1p-125, at)
					default:
						// The exponential, some additions and the quotient each round.
						require.InEpsilon(t, w, dst[i], 1e-6, at)
					}
					require.True(t, dst[i] != dst[i] && x[i] != x[i] || dst[i] == x[i], at)
				}
			}
		}
	}
}

func BenchmarkSoftmaxRows(b *testing.B) {
	for _, depth := range []int{10, 16, 17, 99, 512} {
		for _, rows := range []int{1, 100} {
			x, other := make([]float32, rows*depth), make([]float32, rows*depth)
			for i := range x {
				x[i] = -10 * float32(i*7%100) / 100
			}
			for _, to := range []string{"", "/in place"} {
				dst := other
				if to != "" {
					dst = x
				}
				for _, kernel := range softmaxRowsKernels {
					b.Run(fmt.Sprintf("%dx%d/%s%s", rows, depth, kernel.name, to), func(b *testing.B) {
						if !kernel.available || depth < kernel.least {
							b.Skip("not for these")
						}
						for b.Loop() {
							kernel.run(&dst[0], &x[0], rows, depth, 1)
						}
					})
				}
				b.Run(fmt.Sprintf("%dx%d/steps%s", rows, depth, to), func(b *testing.B) {
					for b.Loop() {
						if depth <= shortSoftmax {
							softmaxShort(dst, x, depth, 1)
							continue
						}
						for r := 0; r < len(x); r += depth {
							softmaxRow(dst[r:r+depth], x[r:r+depth], 1)
						}
					}
				})
			}
		}
	}
}
