package tensor

import (
	"os"
	"syscall"
	"unsafe"
)

// madvPopulateWrite is MADV_POPULATE_WRITE of Linux 5.14: prefault page tables for writing, as if by writing to the pages.
const madvPopulateWrite = 23

func populate(b []byte) {
	page := os.Getpagesize()
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & uintptr(page-1))
	if n := (len(b) - skip) &^ (page - 1); n > 0 {
		syscall.Madvise(b[skip:skip+n], madvPopulateWrite) // advice: older systems refuse it, and nothing is lost
	}
}
