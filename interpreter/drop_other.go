//go:build !linux

package interpreter

func dropPages([]byte) {}
