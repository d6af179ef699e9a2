//go:build arm64 && !noasm

package f32

// gemmKernels has the family for NEON, which every arm64 processor has.
var gemmKernels = []gemmKernel{{
	Name: "gemm8x8F32NEON", MR: 8, NR: 8, Available: true,
	Wide: []gemmFunc{
		gemm1x8F32NEON, gemm2x8F32NEON, gemm3x8F32NEON, gemm4x8F32NEON, gemm5x8F32NEON, gemm6x8F32NEON, gemm7x8F32NEON, gemm8x8F32NEON,
	},
	Narrow: []gemmFunc{
		gemm1x4F32NEON, gemm2x4F32NEON, gemm3x4F32NEON, gemm4x4F32NEON, gemm5x4F32NEON, gemm6x4F32NEON, gemm7x4F32NEON, gemm8x4F32NEON,
	},
}}

func pickGemm() *gemmKernel { return &gemmKernels[0] }

func packPanel(dst []float32, width int, w []float32, rows, k int) {
	packPanelGeneric(dst, width, w, rows, k)
}

func matMul(dst, x, w []float32, m, n, k int) {
	if m == 0 || n == 0 || k == 0 {
		matMulGeneric(dst, x, w, m, n, k)
		return
	}
	gemmKernels[0].matMul(dst, x, w, m, n, k)
}

// matMul is matMulGeneric for m, n and k > 0, with w read where it is. The last columns, fewer than a vector, are left to the
// generic twin: the kernels would read beside them.
func (kernel *gemmKernel) matMul(dst, x, w []float32, m, n, k int) {
	dst, x, w = dst[:m*n], x[:m*k], w[:k*n]
	for first := 0; first < m; {
		count := min(m-first, gemmRows(kernel.MR, k))
		for j := 0; j < n; {
			run, columns := kernel.Wide, kernel.NR
			switch {
			case n-j < kernel.NR/2:
				columns = n - j
				gemmGeneric(dst[first*n+j:], n, x[first*k:], k, w[j:], n, OneRun, k, nil, count, columns, negInf, posInf)
				j += columns
				continue
			case n-j < kernel.NR:
				run, columns = kernel.Narrow, kernel.NR/2
			}
			tiles := (count + kernel.MR - 1) / kernel.MR
			size, larger := count/tiles, count%tiles
			at := first
			if larger > 0 {
				run[size](&dst[at*n+j], 4*n, &x[at*k], 4*k, &w[j], 4*n, &OneRun[0], 1, k, nil, larger, columns, negInf, posInf)
				at += larger * (size + 1)
			}
			run[size-1](&dst[at*n+j], 4*n, &x[at*k], 4*k, &w[j], 4*n, &OneRun[0], 1, k, nil, tiles-larger, columns, negInf, posInf)
			j += columns
		}
		first += count
	}
}

// gemm1x8F32NEON is gemmGeneric for tiles of 1 row and up to 8 columns.
//
//go:noescape
func gemm1x8F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm2x8F32NEON is gemmGeneric for tiles of 2 rows and up to 8 columns.
//
//go:noescape
func gemm2x8F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm3x8F32NEON is gemmGeneric for tiles of 3 rows and up to 8 columns.
//
//go:noescape
func gemm3x8F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm4x8F32NEON is gemmGeneric for tiles of 4 rows and up to 8 columns.
//
//go:noescape
func gemm4x8F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm5x8F32NEON is gemmGeneric for tiles of 5 rows and up to 8 columns.
//
//go:noescape
func gemm5x8F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm6x8F32NEON is gemmGeneric for tiles of 6 rows and up to 8 columns.
//
//go:noescape
func gemm6x8F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm7x8F32NEON is gemmGeneric for tiles of 7 rows and up to 8 columns.
//
//go:noescape
func gemm7x8F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm8x8F32NEON is gemmGeneric for tiles of 8 rows and up to 8 columns.
//
//go:noescape
func gemm8x8F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm1x4F32NEON is gemmGeneric for tiles of 1 row and up to 4 columns.
//
//go:noescape
func gemm1x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm2x4F32NEON is gemmGeneric for tiles of 2 rows and up to 4 columns.
//
//go:noescape
func gemm2x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm3x4F32NEON is gemmGeneric for tiles of 3 rows and up to 4 columns.
//
//go:noescape
func gemm3x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm4x4F32NEON is gemmGeneric for tiles of 4 rows and up to 4 columns.
//
//go:noescape
func gemm4x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm5x4F32NEON is gemmGeneric for tiles of 5 rows and up to 4 columns.
//
//go:noescape
func gemm5x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm6x4F32NEON is gemmGeneric for tiles of 6 rows and up to 4 columns.
//
//go:noescape
func gemm6x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm7x4F32NEON is gemmGeneric for tiles of 7 rows and up to 4 columns.
//
//go:noescape
func gemm7x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm8x4F32NEON is gemmGeneric for tiles of 8 rows and up to 4 columns.
//
//go:noescape
func gemm8x4F32NEON(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)
