//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package interpreter

import (
	"math"
	"os"
	"syscall"
)

// mapFile returns the bytes of a file, which must not be written to. Once a model is loaded they are never unmapped: slices of
// them are handed out as the elements of constants, and nothing tells when the last of these is gone.
func mapFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if !info.Mode().IsRegular() || size <= 0 || size > math.MaxInt {
		return os.ReadFile(path)
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil { // a file system without mappings
		return os.ReadFile(path)
	}
	return b, nil
}

// unmapFile takes back what mapFile has returned.
func unmapFile(b []byte) {
	syscall.Munmap(b) // an error says that b was read, not mapped
}
