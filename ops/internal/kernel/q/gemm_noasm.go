//go:build (!amd64 && !arm64) || noasm

package q

// gemmKernels has no kernels: products are generic.
var gemmKernels []GemmKernel

// flipFast says that there is no faster kernel.
func flipFast(dst, x []int8) bool { return false }

// gemmWords has no kernels.
var gemmWords *GemmKernel
