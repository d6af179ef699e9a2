//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// rowPays compares cycles, as measured: for each vector of products, to add up the lanes of eight sums, and for a call, with those
// for an element of x and a panel, and for a panel besides.
func rowPays(n, k int) bool {
	const sums, call, wide, panel = 28, 25, 2.2, 27
	dot := float64(n*((k+15)/16) + (n+7)/8*sums + call)
	packed := float64((n+31)/32) * (wide*float64(k) + panel)
	if n%32 > 0 && n%32 <= 16 {
		packed -= wide / 2 * float64(k) // the last panel is half as wide
	}
	return isa.AVX512 && packed < dot
}

func (r *Row) do(dst, x []float32) {
	for j := 0; j < r.n; j += 32 {
		var bias *float32
		if r.bias != nil {
			bias = &r.bias[j]
		}
		if columns := r.n - j; columns > 16 {
			gemm1x32F32AVX512(&dst[j], 0, &x[0], 0, &r.panels[j*r.k], 4*32, &OneRun[0], 1, r.k, bias, 1, min(columns, 32), r.lo, r.hi)
		} else {
			gemm1x16F32AVX512(&dst[j], 0, &x[0], 0, &r.panels[j*r.k], 4*16, &OneRun[0], 1, r.k, bias, 1, columns, r.lo, r.hi)
		}
	}
}
