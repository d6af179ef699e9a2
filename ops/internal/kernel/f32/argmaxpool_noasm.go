//go:build !amd64 || noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/window"

func argMaxVector[I int32 | float32]([]float32, []I, []float32, *window.Grid, int, bool, I, int, int, float32, float32) bool {
	return false
}
