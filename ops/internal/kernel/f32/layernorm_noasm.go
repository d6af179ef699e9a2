//go:build (!amd64 && !arm64) || noasm

package f32

func layerNormVector(dst, x, gamma, beta []float32, rows, n int, epsilon float32) bool { return false }

func instanceNormVector(dst, x, gamma, beta []float32, rows, n int, epsilon float32) bool {
	return false
}
