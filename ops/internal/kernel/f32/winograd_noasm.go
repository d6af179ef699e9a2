//go:build !amd64 || noasm

package f32

func winogradVector() bool { return false }

func winogradInput(dst []float32, plane int, d []float32, row, pixel, channels int, _ []float32) {
	winogradInputGeneric(dst, plane, d, row, pixel, channels)
}

func winogradOutput(dst []float32, row, pixel int, m []float32, plane, channels int, bias []float32, lo, hi float32, _ []float32) {
	winogradOutputGeneric(dst, row, pixel, m, plane, channels, bias, lo, hi)
}

func winogradWeights(dst []float32, plane int, w []float32, channels int, _ []float32) {
	winogradWeightsGeneric(dst, plane, w, channels)
}
