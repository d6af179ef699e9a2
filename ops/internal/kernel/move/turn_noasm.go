//go:build (!amd64 && !arm64) || noasm

package move

func turn[T element](dst, src []T, d, s, rows, n, dstRow, srcRow int) {
	turnGeneric(dst, src, d, s, rows, n, dstRow, srcRow)
}
