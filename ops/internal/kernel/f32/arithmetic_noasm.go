//go:build (!amd64 && !arm64) || noasm

package f32

func addVector(_, _, _ []float32, _, _ float32) bool { return false }

func addOneVector(_, _ []float32, _, _, _ float32) bool { return false }

func subVector(_, _, _ []float32, _, _ float32) bool { return false }

func oneSubVector(_ []float32, _ float32, _ []float32, _, _ float32) bool { return false }

func subOneVector(_, _ []float32, _, _, _ float32) bool { return false }

func mulVector(_, _, _ []float32, _, _ float32) bool { return false }

func mulOneVector(_, _ []float32, _, _, _ float32) bool { return false }

func divVector(_, _, _ []float32, _, _ float32) bool { return false }

func oneDivVector(_ []float32, _ float32, _ []float32, _, _ float32) bool { return false }

func divOneVector(_, _ []float32, _, _, _ float32) bool { return false }

func maxVector(_, _, _ []float32) bool { return false }

func oneMaxVector(_ []float32, _ float32, _ []float32) bool { return false }

func maxOneVector(_, _ []float32, _ float32) bool { return false }

func minVector(_, _, _ []float32) bool { return false }

func oneMinVector(_ []float32, _ float32, _ []float32) bool { return false }

func minOneVector(_, _ []float32, _ float32) bool { return false }

func squaredDifferenceVector(_, _, _ []float32) bool { return false }

func squaredDifferenceOneVector(_, _ []float32, _ float32) bool { return false }

func preluVector(_, _, _ []float32) bool { return false }

func preluOneVector(_, _ []float32, _ float32) bool { return false }

func leakyReluOneVector(_, _ []float32, _ float32) bool { return false }

func absVector(_, _ []float32) bool { return false }

func negVector(_, _ []float32) bool { return false }

func squareVector(_, _ []float32) bool { return false }

func clampVector(_, _ []float32, _, _ float32) bool { return false }
