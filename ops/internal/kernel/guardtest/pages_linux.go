package guardtest

import (
	"syscall"
	"testing"
)

// pages returns whole pages for size bytes, at least one, between two pages without access.
func pages(t testing.TB, size int) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	inner := max(1, (size+page-1)/page) * page
	m, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatalf("mmap: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(m) })
	for _, guard := range [][]byte{m[:page], m[page+inner:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatalf("mprotect: %v", err)
		}
	}
	return m[page : page+inner : page+inner]
}
