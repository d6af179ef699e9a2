//go:build !amd64 || noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/window"

func depthwiseAvailable() bool { return false }

// DepthwiseRows is never called: [NewDepthwise] makes nothing to call it with.
func DepthwiseRows[T int8 | uint8](*Depthwise, []T, []T, *window.Grid, int, int) {}

// DepthwiseSingleRows is never called, either.
func DepthwiseSingleRows[T int8 | uint8](*Depthwise, []T, []byte, *window.Grid, int, int) {}
