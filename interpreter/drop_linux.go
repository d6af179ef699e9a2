package interpreter

import "syscall"

// dropPages says that whole pages of a mapped file are not needed in memory. Their contents stay what they are.
func dropPages(b []byte) {
	syscall.Madvise(b, syscall.MADV_DONTNEED) // advice: an error changes nothing
}
