//go:build (amd64 || arm64) && !noasm

package sparse

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// The products of several rows, words turned and sums turned back, against dense ones.
func BenchmarkTurned(b *testing.B) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, s := range [][2]int{{128, 640}, {128, 128}, {1024, 1024}} {
		n, k := s[0], s[1]
		for _, m := range []int{2, 4, 8, 16, 64} {
			run := func(name string, f func()) {
				b.Run(fmt.Sprintf("%dx%d/rows=%d/%s", k, n, m, name), func(b *testing.B) {
					for b.Loop() {
						f()
					}
				})
			}
			x, x8 := make([]float32, m*k), make([]int8, m*k)
			for i := range x {
				x[i], x8[i] = float32(rng.NormFloat64()), int8(rng.IntN(256))
			}
			dst, dst8, bias := make([]float32, m*n), make([]int32, m*n), make([]float32, n)
			lo, hi := float32(math.Inf(-1)), float32(math.Inf(1))
			for i, zeros := range []float64{0.5, 0.75, 0.9, 0.95} {
				even := func(int) float64 { return 1 - zeros }
				fm := random(rng, n, k, 1, even, normal(rng))
				bm := random(rng, n, k, 4, even, func() int8 { return int8(rng.IntN(256)) })
				if i == 0 {
					if m < 4 {
						run("f32/dense", func() { f32.Products(dst, n, x, k, m, fm.dense, n, k, bias, lo, hi) })
						run("s8/dense", func() { q.MatMulTransposed(dst8, x8, bm.dense, m, n, k) })
					} else {
						panels := make([]float32, f32.PanelElements(n, k))
						f32.Pack(panels, fm.dense, n, k)
						g := &f32.Gemm{Ldd: n, Ldx: k, Runs: f32.OneRun, Run: k, Panels: panels, N: n, Lo: lo, Hi: hi, Dst: dst, X: x, Bias: bias}
						run("f32/dense", func() { g.Do(0, m, 0, n) })
						window := &q.Window{Length: k, Segments: 1}
						kernel := q.GemmFor()
						packed := q.Pack(kernel, tensor.AlignedBytes(int(kernel.Bytes(n, window))), bm.dense, n, window)
						gemm, _ := q.NewGemm[int8, int8](packed, window, 1, make([]int32, n), nil, 0, 0)
						flipped := make([]int8, m*k)
						run("s8/dense", func() {
							x := x8
							if gemm.Flipped() {
								q.Flip(flipped, x8)
								x = flipped
							}
							q.Multiply(gemm, 0, dst8, n, x, k, m, nil)
						})
					}
				}
				words, bytes := Floats(fm.values, fm.segments, fm.columns, 1, k), Bytes(bm.values, bm.segments, bm.columns, 4, k)
				at := TurnedRows(k, m)
				turned, sums := make([]float32, k*at), make([]float32, n*at)
				run(fmt.Sprintf("f32/%.0f", 100*zeros), func() {
					for r := 0; r < m; r += at {
						rows := min(at, m-r)
						move.TransposeRows(turned, at, x[r*k:], k, rows, k)
						words.Floats(sums, turned, bias, at, lo, hi)
						move.TransposeRows(dst[r*n:], n, sums, at, n, rows)
					}
				})
				at = TurnedRows(k/4, m)
				turned8, sums8 := make([]uint32, k/4*at), make([]int32, n*at)
				run(fmt.Sprintf("s8/%.0f", 100*zeros), func() {
					for r := 0; r < m; r += at {
						rows := min(at, m-r)
						move.TransposeRows(turned8, at, unsafe.Slice((*uint32)(unsafe.Pointer(&x8[r*k])), rows*k/4), k/4, rows, k/4)
						bytes.Bytes8(sums8, unsafe.Slice((*int8)(unsafe.Pointer(&turned8[0])), len(turned8)*4), at)
						move.TransposeRows(dst8[r*n:], n, sums8, at, n, rows)
					}
				})
			}
		}
	}
}
