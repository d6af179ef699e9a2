//go:build (!amd64 && !arm64) || noasm

package q

func quantizeVector[T int8 | uint8 | int16](_ []T, _ []float32, _ float32, _, _, _ int32) int {
	return 0
}

func dequantizeVector[T int8 | uint8 | int16](_ []float32, _ []T, _ float32, _ int32) int { return 0 }
