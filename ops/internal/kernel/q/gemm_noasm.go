//go:build !amd64 || noasm

package q

// gemmKernels has no kernels: products are generic.
var gemmKernels []GemmKernel
