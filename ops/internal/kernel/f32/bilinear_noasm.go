//go:build (!amd64 && !arm64) || noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/move"

func bilinearVector([]float32, []float32, *move.Scaling, int, int) bool { return false }
