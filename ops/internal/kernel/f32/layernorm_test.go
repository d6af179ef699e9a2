package f32

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// The vector variants against sums in float64.
func TestLayerNorm(t *testing.T) {
	for _, n := range []int{1, 3, 7, 8, 15, 16, 24, 32, 40, 48, 64, 80, 96, 200, 1000} {
		for _, rows := range []int{1, 2, 5, 200} {
			x, gamma, beta, dst := guardtest.After[float32](t, rows*n), guardtest.After[float32](t, n), guardtest.After[float32](t, n), guardtest.Before[float32](t, rows*n)
			for i := range x {
				x[i] = float32(i*7919%1013)/300 - 1
			}
			for i := range gamma {
				gamma[i], beta[i] = float32(i%5)-2, float32(i%3)
			}
			LayerNorm(dst, x, gamma, beta, n, 1e-3)
			for r := range rows {
				row := x[r*n : (r+1)*n]
				var sum, squares float64
				for _, v := range row {
					sum += float64(v)
				}
				mean := sum / float64(n)
				for _, v := range row {
					squares += (float64(v) - mean) * (float64(v) - mean)
				}
				for i, v := range row {
					want := (float64(v)-mean)/math.Sqrt(squares/float64(n)+1e-3)*float64(gamma[i]) + float64(beta[i])
					require.InDelta(t, want, dst[r*n+i], 1e-5*float64(1+n/100), "%d rows of %d: row %d element %d", rows, n, r, i)
				}
			}
		}
	}
}

// Columns normalized in place are rows of the transposed image.
func TestInstanceNorm(t *testing.T) {
	for _, rows := range []int{1, 3, 4, 37, 90} {
		for _, n := range []int{1, 8, 12, 16, 24, 32, 48} {
			x, columns := guardtest.After[float32](t, rows*n), make([]float32, rows*n)
			gamma, beta := guardtest.After[float32](t, n), guardtest.After[float32](t, n)
			for i := range x {
				x[i] = float32(i*7919%1013)/300 - 1
				columns[i%n*rows+i/n] = x[i]
			}
			for i := range gamma {
				gamma[i], beta[i] = float32(i%5)-2, float32(i%3)
			}
			InstanceNorm(x, x, gamma, beta, make([]float32, n), make([]float32, n), n, 1e-3)
			for c := range n {
				g, b := make([]float32, rows), make([]float32, rows)
				for i := range g {
					g[i], b[i] = gamma[c], beta[c]
				}
				column := columns[c*rows : (c+1)*rows]
				layerNormGeneric(column, column, g, b, 1, rows, 1e-3)
				for r := range rows {
					require.InDelta(t, column[r], x[r*n+c], 1e-5, "%d rows of %d: row %d column %d", rows, n, r, c)
				}
			}
		}
	}
}

func BenchmarkInstanceNorm(b *testing.B) {
	x, gamma := make([]float32, 96*96*32), make([]float32, 32)
	for b.Loop() {
		InstanceNorm(x, x, gamma, gamma, gamma, gamma, 32, 1e-3)
	}
}

func BenchmarkLayerNorm(b *testing.B) {
	for _, n := range []int{64, 80} {
		x, gamma := make([]float32, 99*n), make([]float32, n)
		for i := range x {
			x[i] = float32(i % 17)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				LayerNorm(x, x, gamma, gamma, n, 1e-3)
			}
		})
		b.Run(fmt.Sprint(n, " generic"), func(b *testing.B) {
			for b.Loop() {
				layerNormGeneric(x, x, gamma, gamma, 99, n, 1e-3)
			}
		})
	}
}
