//go:build (!amd64 && !arm64) || noasm

package f32

func products(dst []float32, ldd int, x []float32, ldx, rows int, w []float32, n, k int, bias []float32, lo, hi float32) {
	productsGeneric(dst, ldd, x, ldx, rows, w, n, k, bias, lo, hi)
}

func productsHalf(dst []float32, ldd int, x []float32, ldx, rows int, w []uint16, n, k int, bias []float32, lo, hi float32) {
	productsHalfGeneric(dst, ldd, x, ldx, rows, w, n, k, bias, lo, hi)
}
