//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package interpreter

import (
	"math"
	"os"
	"syscall"
)

// mapFile returns the bytes of a file, which must not be written to, and whether they are mapped: where that cannot be they are
// read. Once a model is loaded they are never unmapped: slices of them are handed out as the elements of constants, and nothing
// tells when the last of these is gone.
//
// It goes to the system directly: the files of package os first try to join the poller of network connections, and starting that
// takes longer than loading a small model.
func mapFile(path string) (b []byte, mapped bool, err error) {
	if b := mapRegular(path); b != nil {
		return b, true, nil
	}
	b, err = os.ReadFile(path) // which has the words for what is wrong with the path
	return b, false, err
}

// mapRegular returns nil for a file that cannot be mapped. What is no regular file it does not open: a pipe can be opened once.
func mapRegular(path string) []byte {
	var info syscall.Stat_t
	if err := syscall.Stat(path, &info); err != nil || info.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return nil
	}
	f, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(f)
	if err := syscall.Fstat(f, &info); err != nil || info.Mode&syscall.S_IFMT != syscall.S_IFREG || info.Size <= 0 || info.Size > math.MaxInt {
		return nil
	}
	b, err := syscall.Mmap(f, 0, int(info.Size), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil { // a file system without mappings
		return nil
	}
	return b
}

// unmapFile takes back what mapFile has mapped.
func unmapFile(b []byte) { syscall.Munmap(b) }
