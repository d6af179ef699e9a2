// Package guardtest gives tests memory whose neighbourhood may not be touched: a kernel that reads or writes a byte outside
// its slices faults. Only tests import it.
package guardtest

import (
	"testing"
	"unsafe"
)

// Before returns n zero elements that directly follow a page without access, After n that directly precede one. They are
// gone when the test ends. On systems other than Linux they are ordinary memory.
func Before[T any](t testing.TB, n int) []T {
	t.Helper()
	size := n * int(unsafe.Sizeof(*new(T)))
	return elements[T](pages(t, size)[:size])
}

// After: see Before.
func After[T any](t testing.TB, n int) []T {
	t.Helper()
	size := n * int(unsafe.Sizeof(*new(T)))
	m := pages(t, size)
	return elements[T](m[len(m)-size:])
}

// Copy returns After with the elements of x.
func Copy[T any](t testing.TB, x []T) []T {
	t.Helper()
	dst := After[T](t, len(x))
	copy(dst, x)
	return dst
}

func elements[T any](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(*new(T))))
}
