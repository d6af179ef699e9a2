//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package interpreter

import "os"

func mapFile(path string) (b []byte, mapped bool, err error) {
	b, err = os.ReadFile(path)
	return b, false, err
}

func unmapFile([]byte) {}
