//go:build arm64 && !noasm

package f32

// hasSumRows tells whether the processor has a kernel for sums of columns.
func hasSumRows() bool { return true }

func sumRows32(dst, x *float32, rows, stride int) { sumRows32F32NEON(dst, x, rows, stride) }

// sumRows32F32NEON sets 32 sums of columns; stride is in bytes. Its generic twin is the loop of [AddRows].
//
//go:noescape
func sumRows32F32NEON(dst, x *float32, rows, stride int)
