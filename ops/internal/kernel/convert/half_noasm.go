//go:build !amd64 || noasm

package convert

func fromFloat16Vector(_ []float32, _ []uint16) int { return 0 }

func toFloat16Vector(_ []uint16, _ []float32) int { return 0 }
