//go:build !amd64 || noasm

package f32

func rowPays(_, _ int) bool { return false }

// do is never called.
func (*Row) do(_, _ []float32) {}
