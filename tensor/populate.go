package tensor

import "unsafe"

// A process touches each page of new memory once before it has it, and the trap that this is costs about as much as filling the page.
// Blocks of these sizes are asked for in one system call instead. Smaller ones often lie in memory that has been used before, and
// what is larger may be meant for a few elements only.
const (
	leastPopulated = 16 << 10
	mostPopulated  = 64 << 20
)

// Populate tells the system that all of b, new memory, will be written soon. The contents stay what they are.
func Populate(b []byte) {
	if len(b) >= leastPopulated && len(b) <= mostPopulated {
		populate(b)
	}
}

// Zeros returns n zero elements in memory as AlignedBytes returns it.
func Zeros[T Element](n int) []T {
	var zero T
	b := AlignedBytes(n * int(unsafe.Sizeof(zero)))
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}
