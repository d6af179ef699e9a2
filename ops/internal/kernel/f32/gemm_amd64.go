//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// gemmKernels are in order of preference.
var gemmKernels = []gemmKernel{
	{
		Name: "gemm14x32F32AVX512", MR: 14, NR: 32, Available: isa.AVX512,
		Wide: []gemmFunc{
			gemm1x32F32AVX512, gemm2x32F32AVX512, gemm3x32F32AVX512, gemm4x32F32AVX512, gemm5x32F32AVX512,
			gemm6x32F32AVX512, gemm7x32F32AVX512, gemm8x32F32AVX512, gemm9x32F32AVX512, gemm10x32F32AVX512,
			gemm11x32F32AVX512, gemm12x32F32AVX512, gemm13x32F32AVX512, gemm14x32F32AVX512,
		},
		Narrow: []gemmFunc{
			gemm1x16F32AVX512, gemm2x16F32AVX512, gemm3x16F32AVX512, gemm4x16F32AVX512, gemm5x16F32AVX512,
			gemm6x16F32AVX512, gemm7x16F32AVX512, gemm8x16F32AVX512, gemm9x16F32AVX512, gemm10x16F32AVX512,
			gemm11x16F32AVX512, gemm12x16F32AVX512, gemm13x16F32AVX512, gemm14x16F32AVX512,
		},
		WideMasked: []gemmFunc{
			gemm1x32F32AVX512, gemm2x32F32AVX512, gemm3x32F32AVX512, gemm4x32F32AVX512, gemm5x32F32AVX512,
			gemm6x32F32AVX512, gemm7x32F32AVX512, gemm8x32F32AVX512, gemm9x32F32AVX512, gemm10x32F32AVX512,
			gemm11x32F32AVX512, gemm12x32F32AVX512, gemm13x32F32AVX512, gemm14x32F32AVX512,
		},
		NarrowMasked: []gemmFunc{
			gemm1x16F32AVX512, gemm2x16F32AVX512, gemm3x16F32AVX512, gemm4x16F32AVX512, gemm5x16F32AVX512,
			gemm6x16F32AVX512, gemm7x16F32AVX512, gemm8x16F32AVX512, gemm9x16F32AVX512, gemm10x16F32AVX512,
			gemm11x16F32AVX512, gemm12x16F32AVX512, gemm13x16F32AVX512, gemm14x16F32AVX512,
		},
	},
	{
		Name: "gemm6x16F32AVX2", MR: 6, NR: 16, Available: isa.AVX2,
		Wide: []gemmFunc{
			gemm1x16F32AVX2, gemm2x16F32AVX2, gemm3x16F32AVX2, gemm4x16F32AVX2, gemm5x16F32AVX2,
			gemm6x16F32AVX2,
		},
		Narrow: []gemmFunc{
			gemm1x8F32AVX2, gemm2x8F32AVX2, gemm3x8F32AVX2, gemm4x8F32AVX2, gemm5x8F32AVX2,
			gemm6x8F32AVX2,
		},
		WideMasked: []gemmFunc{
			gemm1x16F32MaskedAVX2, gemm2x16F32MaskedAVX2, gemm3x16F32MaskedAVX2, gemm4x16F32MaskedAVX2,
		},
		NarrowMasked: []gemmFunc{
			gemm1x8F32MaskedAVX2, gemm2x8F32MaskedAVX2, gemm3x8F32MaskedAVX2, gemm4x8F32MaskedAVX2,
		},
	},
}

// pickGemm returns the best family for this processor, nil where there is none.
func pickGemm() *gemmKernel {
	for i := range gemmKernels {
		if gemmKernels[i].Available {
			return &gemmKernels[i]
		}
	}
	return nil
}

// packPanel is packPanelGeneric, 8 rows of w at a time.
func packPanel(dst []float32, width int, w []float32, rows, k int) {
	blocks := k / 8
	if !isa.AVX2 || blocks == 0 || rows < 8 {
		packPanelGeneric(dst, width, w, rows, k)
		return
	}
	dst, w = dst[:width*k], w[:rows*k]
	j := 0
	for ; j+8 <= rows; j += 8 {
		packRows8F32AVX2(&dst[j], width, &w[j*k], k, blocks)
	}
	for p := 8 * blocks; p < k; p++ {
		for i := range j {
			dst[p*width+i] = w[i*k+p]
		}
	}
	for ; j < rows; j++ {
		at := dst[j:]
		for p, v := range w[j*k : (j+1)*k] {
			at[p*width] = v
		}
	}
	if j < width {
		for p := range k {
			clear(dst[p*width+j : (p+1)*width])
		}
	}
}

// packRows8F32AVX2 is packPanelGeneric for 8 rows of w and the first 8*blocks of the k elements.
//
//go:noescape
func packRows8F32AVX2(dst *float32, width int, w *float32, k, blocks int)

func matMul(dst, x, w []float32, m, n, k int) {
	kernel := pickGemm()
	if kernel == nil || k == 0 {
		matMulGeneric(dst, x, w, m, n, k)
		return
	}
	kernel.matMul(dst, x, w, m, n, k)
}

// matMul is matMulGeneric for k > 0, with w read where it is.
func (kernel *gemmKernel) matMul(dst, x, w []float32, m, n, k int) {
	dst, x, w = dst[:m*n], x[:m*k], w[:k*n]
	for first := 0; first < m; {
		count := min(m-first, gemmRows(kernel.MR, k))
		for j := 0; j < n; j += kernel.NR {
			columns := min(kernel.NR, n-j)
			run := kernel.Wide
			switch {
			case columns <= kernel.NR/2:
				run = kernel.NarrowMasked
			case columns < kernel.NR:
				run = kernel.WideMasked
			}
			mr := len(run)
			tiles := (count + mr - 1) / mr
			size, larger := count/tiles, count%tiles
			at := first
			if larger > 0 {
				run[size](&dst[at*n+j], 4*n, &x[at*k], 4*k, &w[j], 4*n, &OneRun[0], 1, k, nil, larger, columns, negInf, posInf)
				at += larger * (size + 1)
			}
			run[size-1](&dst[at*n+j], 4*n, &x[at*k], 4*k, &w[j], 4*n, &OneRun[0], 1, k, nil, tiles-larger, columns, negInf, posInf)
		}
		first += count
	}
}

// gemm1x32F32AVX512 is gemmGeneric for tiles of 1 row and up to 32 columns.
//
//go:noescape
func gemm1x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm2x32F32AVX512 is gemmGeneric for tiles of 2 rows and up to 32 columns.
//
//go:noescape
func gemm2x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm3x32F32AVX512 is gemmGeneric for tiles of 3 rows and up to 32 columns.
//
//go:noescape
func gemm3x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm4x32F32AVX512 is gemmGeneric for tiles of 4 rows and up to 32 columns.
//
//go:noescape
func gemm4x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm5x32F32AVX512 is gemmGeneric for tiles of 5 rows and up to 32 columns.
//
//go:noescape
func gemm5x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm6x32F32AVX512 is gemmGeneric for tiles of 6 rows and up to 32 columns.
//
//go:noescape
func gemm6x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm7x32F32AVX512 is gemmGeneric for tiles of 7 rows and up to 32 columns.
//
//go:noescape
func gemm7x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm8x32F32AVX512 is gemmGeneric for tiles of 8 rows and up to 32 columns.
//
//go:noescape
func gemm8x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm9x32F32AVX512 is gemmGeneric for tiles of 9 rows and up to 32 columns.
//
//go:noescape
func gemm9x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm10x32F32AVX512 is gemmGeneric for tiles of 10 rows and up to 32 columns.
//
//go:noescape
func gemm10x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm11x32F32AVX512 is gemmGeneric for tiles of 11 rows and up to 32 columns.
//
//go:noescape
func gemm11x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm12x32F32AVX512 is gemmGeneric for tiles of 12 rows and up to 32 columns.
//
//go:noescape
func gemm12x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm13x32F32AVX512 is gemmGeneric for tiles of 13 rows and up to 32 columns.
//
//go:noescape
func gemm13x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm14x32F32AVX512 is gemmGeneric for tiles of 14 rows and up to 32 columns.
//
//go:noescape
func gemm14x32F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm1x16F32AVX512 is gemmGeneric for tiles of 1 row and up to 16 columns.
//
//go:noescape
func gemm1x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm2x16F32AVX512 is gemmGeneric for tiles of 2 rows and up to 16 columns.
//
//go:noescape
func gemm2x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm3x16F32AVX512 is gemmGeneric for tiles of 3 rows and up to 16 columns.
//
//go:noescape
func gemm3x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm4x16F32AVX512 is gemmGeneric for tiles of 4 rows and up to 16 columns.
//
//go:noescape
func gemm4x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm5x16F32AVX512 is gemmGeneric for tiles of 5 rows and up to 16 columns.
//
//go:noescape
func gemm5x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm6x16F32AVX512 is gemmGeneric for tiles of 6 rows and up to 16 columns.
//
//go:noescape
func gemm6x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm7x16F32AVX512 is gemmGeneric for tiles of 7 rows and up to 16 columns.
//
//go:noescape
func gemm7x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm8x16F32AVX512 is gemmGeneric for tiles of 8 rows and up to 16 columns.
//
//go:noescape
func gemm8x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm9x16F32AVX512 is gemmGeneric for tiles of 9 rows and up to 16 columns.
//
//go:noescape
func gemm9x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm10x16F32AVX512 is gemmGeneric for tiles of 10 rows and up to 16 columns.
//
//go:noescape
func gemm10x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm11x16F32AVX512 is gemmGeneric for tiles of 11 rows and up to 16 columns.
//
//go:noescape
func gemm11x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm12x16F32AVX512 is gemmGeneric for tiles of 12 rows and up to 16 columns.
//
//go:noescape
func gemm12x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm13x16F32AVX512 is gemmGeneric for tiles of 13 rows and up to 16 columns.
//
//go:noescape
func gemm13x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm14x16F32AVX512 is gemmGeneric for tiles of 14 rows and up to 16 columns.
//
//go:noescape
func gemm14x16F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm1x16F32AVX2 is gemmGeneric for tiles of 1 row and up to 16 columns.
//
//go:noescape
func gemm1x16F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm2x16F32AVX2 is gemmGeneric for tiles of 2 rows and up to 16 columns.
//
//go:noescape
func gemm2x16F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm3x16F32AVX2 is gemmGeneric for tiles of 3 rows and up to 16 columns.
//
//go:noescape
func gemm3x16F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm4x16F32AVX2 is gemmGeneric for tiles of 4 rows and up to 16 columns.
//
//go:noescape
func gemm4x16F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm5x16F32AVX2 is gemmGeneric for tiles of 5 rows and up to 16 columns.
//
//go:noescape
func gemm5x16F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm6x16F32AVX2 is gemmGeneric for tiles of 6 rows and up to 16 columns.
//
//go:noescape
func gemm6x16F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm1x8F32AVX2 is gemmGeneric for tiles of 1 row and up to 8 columns.
//
//go:noescape
func gemm1x8F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm2x8F32AVX2 is gemmGeneric for tiles of 2 rows and up to 8 columns.
//
//go:noescape
func gemm2x8F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm3x8F32AVX2 is gemmGeneric for tiles of 3 rows and up to 8 columns.
//
//go:noescape
func gemm3x8F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm4x8F32AVX2 is gemmGeneric for tiles of 4 rows and up to 8 columns.
//
//go:noescape
func gemm4x8F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm5x8F32AVX2 is gemmGeneric for tiles of 5 rows and up to 8 columns.
//
//go:noescape
func gemm5x8F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm6x8F32AVX2 is gemmGeneric for tiles of 6 rows and up to 8 columns.
//
//go:noescape
func gemm6x8F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm1x16F32MaskedAVX2 is gemmGeneric for tiles of 1 row and up to 16 columns.
//
//go:noescape
func gemm1x16F32MaskedAVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm2x16F32MaskedAVX2 is gemmGeneric for tiles of 2 rows and up to 16 columns.
//
//go:noescape
func gemm2x16F32MaskedAVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm3x16F32MaskedAVX2 is gemmGeneric for tiles of 3 rows and up to 16 columns.
//
//go:noescape
func gemm3x16F32MaskedAVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm4x16F32MaskedAVX2 is gemmGeneric for tiles of 4 rows and up to 16 columns.
//
//go:noescape
func gemm4x16F32MaskedAVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm1x8F32MaskedAVX2 is gemmGeneric for tiles of 1 row and up to 8 columns.
//
//go:noescape
func gemm1x8F32MaskedAVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm2x8F32MaskedAVX2 is gemmGeneric for tiles of 2 rows and up to 8 columns.
//
//go:noescape
func gemm2x8F32MaskedAVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm3x8F32MaskedAVX2 is gemmGeneric for tiles of 3 rows and up to 8 columns.
//
//go:noescape
func gemm3x8F32MaskedAVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)

// gemm4x8F32MaskedAVX2 is gemmGeneric for tiles of 4 rows and up to 8 columns.
//
//go:noescape
func gemm4x8F32MaskedAVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32, tiles, columns int, lo, hi float32)
