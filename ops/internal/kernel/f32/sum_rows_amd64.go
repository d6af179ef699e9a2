//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// hasSumRows tells whether the processor has a kernel for sums of columns.
func hasSumRows() bool { return isa.AVX2 }

func sumRows32(dst, x *float32, rows, stride int) { sumRows32F32AVX2(dst, x, rows, stride) }

// sumRows32F32AVX2 sets 32 sums of columns; stride is in bytes. Its generic twin is the loop of [AddRows].
//
//go:noescape
func sumRows32F32AVX2(dst, x *float32, rows, stride int)
