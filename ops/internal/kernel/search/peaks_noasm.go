//go:build !amd64 || noasm

package search

func peaks(dst, src []uint8, n, stride int) { peaksGeneric(dst, src, n, stride) }
