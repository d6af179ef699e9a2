//go:build !amd64 || noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/move"

func bilinearVector[T int8 | uint8 | int16]([]T, []T, *move.Scaling, int, int) bool { return false }
