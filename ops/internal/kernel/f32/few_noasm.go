//go:build !amd64 || noasm

package f32

// HasFew reports that there are no kernels for few columns.
func HasFew() bool { return false }

// FewElements returns 0: there are no kernels for few columns.
func FewElements(_, _, _ int) int { return 0 }

// PackFew is not called.
func PackFew(_, _ []float32, _, _, _ int) {}

// DoFew is not called.
func (g *Gemm) DoFew(_, _ int) {}
