//go:build !arm64 || noasm

package sparse

// neon says that dense products have kernels where sparse ones have none.
const neon = false
