//go:build (!amd64 && !arm64) || noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/window"

const depthwiseInWords = false

func depthwiseAvailable() bool { return false }

// DepthwiseRows is never called: [NewDepthwise] makes nothing to call it with.
func DepthwiseRows[T int8 | uint8 | int16](*Depthwise, []byte, []T, []T, *window.Grid, int, int) {}
