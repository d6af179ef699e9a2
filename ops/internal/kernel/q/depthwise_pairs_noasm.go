//go:build !(amd64 || arm64) || noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/window"

// depthwiseRowFast says that there is no faster kernel.
func depthwiseRowFast[X int8 | uint8 | int16, W int8 | int16, A int32 | int64](acc []A, x []X, w []W, g *window.Grid, oy, channels int, zero A, base []A) bool {
	return false
}
