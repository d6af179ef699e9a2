package schema

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/litewren/litewren/schema/tflite"
)

// contents counts what the vectors and strings of a file hold. The verifier sees them all and the decoder copies them, so that
// the decoder knows what room it needs before it begins.
type contents struct {
	ints, longs, floats int64 // elements
	text                int64 // bytes
	quantizations       int64 // tables
}

// slabs are blocks of memory that the numbers and names of a model are cut from: a model has thousands of vectors of a few
// elements each, and an allocation apiece was half the time of loading it.
type slabs struct {
	ints          []int32
	longs         []int64
	floats        []float32
	text          strings.Builder
	quantizations []tflite.QuantizationParametersT
}

// largestSlab bounds a slab; what does not fit gets memory of its own. Parts that a file shares count each time, which may be more
// than an int holds where addresses have 32 bits.
const largestSlab = 1 << 24

func (s *slabs) reserve(c contents) {
	room := func(n int64) int { return int(min(n, largestSlab)) }
	// One block: each size of object that a new process allocates costs it two pages.
	longs, ints, floats := room(c.longs), room(c.ints), room(c.floats)
	words := make([]int64, longs+(ints+1)/2+(floats+1)/2)
	s.longs = words[:longs:longs]
	words = words[longs:]
	s.ints = unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(words))), ints)
	words = words[(ints+1)/2:]
	s.floats = unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(words))), floats)
	s.quantizations = make([]tflite.QuantizationParametersT, room(c.quantizations))
	s.text.Grow(room(c.text))
}

// cut takes the next n elements off a slab, without spare capacity.
func cut[T any](slab *[]T, n int) []T {
	if n == 0 {
		return []T{} // absent vectors are nil, empty ones are not
	}
	if n > len(*slab) {
		return make([]T, n)
	}
	part := (*slab)[:n:n]
	*slab = (*slab)[n:]
	return part
}

// string returns bytes as a string of its own.
func (s *slabs) string(b []byte) string {
	start := s.text.Len()
	s.text.Write(b)
	return s.text.String()[start:]
}

// number is an element that a file stores in little-endian order.
type number interface {
	uint16 | int32 | int64 | float32
}

// littleHost reports whether this machine stores numbers as files do.
func littleHost() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}

// copyNumbers sets dst, all of it and zeros before, to the numbers that b holds.
func copyNumbers[T number](dst []T, b []byte) {
	if allZero(b) {
		return // as most zero points are: memory that nobody writes to need not exist
	}
	width := int(unsafe.Sizeof(T(0)))
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), len(dst)*width)
	copy(raw, b)
	if !littleHost() {
		reverseEach(raw, width)
	}
}

func allZero(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if le.Uint64(b) != 0 {
			return false
		}
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// reverseEach reverses the bytes of every word.
func reverseEach(b []byte, width int) {
	for ; len(b) >= width; b = b[width:] {
		slices.Reverse(b[:width])
	}
}
