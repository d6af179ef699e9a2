//go:build !amd64 || noasm

package move

func gatherRows[T Word](dst, src []T, picks []int32, n int) { gatherRowsGeneric(dst, src, picks, n) }
