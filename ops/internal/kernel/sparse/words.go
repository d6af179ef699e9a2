package sparse

import (
	"cmp"
	"math"
	"slices"
	"unsafe"
)

// Words is a sparse matrix of 4-byte words, row by row, each row by rising columns.
type Words struct {
	Rows, Columns int // of words
	elements      []element
	segments      []int32 // row r has the elements segments[r] to segments[r+1]-1
	sums          []int32 // of the int8 of the rows; nil for float32
	start         []int32 // -128 times sums: kernels take bytes of x as 128 more
}

// element is a word and the place of its column in a matrix of 64 bytes for each column.
type element struct {
	place int32
	word  uint32
}

const placeBytes = 64

// Stored is how many words are stored.
func (w *Words) Stored() int { return len(w.elements) }

// Floats returns the matrix of float32 whose row r has the blocks segments[r] to segments[r+1]-1 of size elements, block p at
// column columns[p].
func Floats(values []float32, segments, columns []int32, size, width int) *Words {
	w := &Words{Rows: len(segments) - 1, Columns: width, segments: make([]int32, len(segments)), elements: make([]element, 0, len(values))}
	for r := range w.Rows {
		for p := int(segments[r]); p < int(segments[r+1]); p++ {
			for i, v := range values[p*size : (p+1)*size] {
				w.elements = append(w.elements, element{(columns[p] + int32(i)) * placeBytes, math.Float32bits(v)})
			}
		}
		w.segments[r+1] = int32(len(w.elements))
	}
	return w
}

// Bytes is Floats for int8: what shares a word is stored together, filled up with zeros. width is a multiple of 4.
func Bytes(values []int8, segments, columns []int32, size, width int) *Words {
	w := &Words{Rows: len(segments) - 1, Columns: width / 4, segments: make([]int32, len(segments)), sums: make([]int32, len(segments)-1)}
	for r := range w.Rows {
		from := len(w.elements)
		for p := int(segments[r]); p < int(segments[r+1]); p++ {
			for i, v := range values[p*size : (p+1)*size] {
				c := columns[p] + int32(i)
				place := c / 4 * placeBytes
				if len(w.elements) == from || w.elements[len(w.elements)-1].place != place {
					w.elements = append(w.elements, element{place: place})
				}
				// the bytes stand in memory as those of x do
				word := &w.elements[len(w.elements)-1].word
				(*[4]int8)(unsafe.Pointer(word))[c%4] = v
				w.sums[r] += int32(v)
			}
		}
		w.segments[r+1] = int32(len(w.elements))
	}
	w.start = make([]int32, w.Rows)
	for r, s := range w.sums {
		w.start[r] = -128 * s
	}
	return w
}

// byCount returns the rows in order of falling counts.
func byCount(count []int32) []int32 {
	order := make([]int32, len(count))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(count[b], count[a]) })
	return order
}
