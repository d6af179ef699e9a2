//go:build (amd64 || arm64) && !noasm

package f32

import "unsafe"

// productsKernel is a family of dot product kernels of one instruction set: run[r] takes r+1 rows of x, as productsGeneric
// does with n > 0 and k >= 0.
type productsKernel[W float32 | uint16] struct {
	name      string
	available bool
	run       []func(dst *float32, ldd int, x *float32, ldx int, w *W, n, k int, bias *float32, lo, hi float32)
}

// productsBlock is how many elements of w the second-level cache keeps.
const productsBlock = 1 << 16

func products(dst []float32, ldd int, x []float32, ldx, rows int, w []float32, n, k int, bias []float32, lo, hi float32) {
	for i := range productsKernels {
		if kernel := &productsKernels[i]; kernel.available {
			if rows == 1 && k > 0 && n*k <= productsBlock { // as kernel.products does, for what takes no longer than a call of it
				kernel.run[0](&dst[0], ldd, &x[0], ldx, &w[0], n, k, unsafe.SliceData(bias), lo, hi)
				return
			}
			kernel.products(dst, ldd, x, ldx, rows, w, n, k, bias, lo, hi)
			return
		}
	}
	productsGeneric(dst, ldd, x, ldx, rows, w, n, k, bias, lo, hi)
}

func productsHalf(dst []float32, ldd int, x []float32, ldx, rows int, w []uint16, n, k int, bias []float32, lo, hi float32) {
	for i := range productsHalfKernels {
		if kernel := &productsHalfKernels[i]; kernel.available {
			kernel.products(dst, ldd, x, ldx, rows, w, n, k, bias, lo, hi)
			return
		}
	}
	productsHalfGeneric(dst, ldd, x, ldx, rows, w, n, k, bias, lo, hi)
}

// products calls the kernels for blocks of w that the second-level cache keeps while all rows of x pass, none for longer than
// some 100 us.
func (kernel *productsKernel[W]) products(dst []float32, ldd int, x []float32, ldx, rows int, w []W, n, k int, bias []float32, lo, hi float32) {
	step := max(8, productsBlock/max(k, 1)&^7)
	if rows == 1 {
		step *= 4
	}
	for j := 0; j < n; j += step {
		count := min(step, n-j)
		var b *float32
		if bias != nil {
			b = &bias[j]
		}
		for p := 0; p < rows; {
			r := min(rows-p, len(kernel.run))
			var from *float32
			var rowsOfW *W
			if k > 0 {
				from, rowsOfW = &x[p*ldx], &w[j*k]
			}
			kernel.run[r-1](&dst[p*ldd+j], ldd, from, ldx, rowsOfW, count, k, b, lo, hi)
			p += r
		}
	}
}
