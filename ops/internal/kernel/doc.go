// Package kernel has no code of its own: the kernels are in the packages below it, one for each kind of element or of work.
package kernel

//go:generate go run -C ../asmgen .
