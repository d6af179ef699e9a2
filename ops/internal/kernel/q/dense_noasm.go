//go:build (!amd64 && !arm64) || noasm

package q

// denseKernel says that there is no kernel.
var denseKernel *GemmKernel

// denseRow is never called.
func denseRow(*denseArgs) {}
