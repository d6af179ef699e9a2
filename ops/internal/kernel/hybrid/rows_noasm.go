//go:build (!amd64 && !arm64) || noasm

package hybrid

const (
	vectors = false
	nibbles = false
)

func rangeRow([]float32) (low, high float32) { return 0, 0 }

func quantizeRow([]int8, []float32, float32, int32, int32) {}

func scaleRows(dst []float32, ldd int, acc []int32, rows, n int, scale []float32, input float32, bias []float32, lo, hi float32) {
	scaleRowsGeneric(dst, ldd, acc, rows, n, scale, input, bias, lo, hi)
}

func accumulateScaled(out []float32, acc []int32, scale float32, each []float32, zero int32, sums []int32) {
	accumulateScaledGeneric(out, acc, scale, each, zero, sums)
}

func blockNibbles(out []float32, w []uint8, cols int, scales []float32, size int, spread []int8) {
	blockNibblesGeneric(out, w, cols, scales, size, spread)
}
