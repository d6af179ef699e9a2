//go:build (!amd64 && !arm64) || noasm

package q

// gemmKernels has no kernels: products are generic.
var gemmKernels []GemmKernel
