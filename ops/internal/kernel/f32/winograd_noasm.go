//go:build !amd64 || noasm

package f32

var winogradKernels []winogradKernel
