//go:build !amd64 || noasm

package move

func copyRows[T element](dst, src []T, d, s, rows, n, dstRow, srcRow int) {
	copyRowsGeneric(dst, src, d, s, rows, n, dstRow, srcRow)
}
