//go:build !(amd64 || arm64) || noasm

package q

// productsFast says that there is no faster kernel.
func productsFast[X, W int8 | uint8 | int16, A int32 | int64](dst []A, x []X, ldx, rows int, w []W, n, k int, base []A) bool {
	return false
}
