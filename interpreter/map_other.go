//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package interpreter

import "os"

func mapFile(path string) ([]byte, error) { return os.ReadFile(path) }

func unmapFile([]byte) {}
