//go:build (!amd64 && !arm64) || noasm

package q

// denseKernel says that there is no kernel.
var denseKernel *GemmKernel

const denseMost = 0

// denseRow is never called.
func denseRow(*denseArgs) {}
