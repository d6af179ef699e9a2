package compress

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/litewren/litewren/schema/tflite"
)

// decodeTable is the second of the two constants of a TFLM_DECODE pair: a header of 16 bytes (kind 0, look-up table; version
// 1; version of the kind 1; bits of an index; values of a table) and a table for every channel. Source: TFLite Micro's
// decode_state_lut.
func (w *prunedWeights) decodeTable(values []float32, width, channels int) []byte {
	b := make([]byte, 16)
	b[1], b[4], b[5], b[6] = 1, 1, byte(width), byte(len(values))
	var table []byte
	for _, v := range values {
		if w.kind == tflite.TensorTypeFLOAT32 {
			table = binary.LittleEndian.AppendUint32(table, math.Float32bits(v))
		} else {
			table = append(table, byte(int64(v)+w.zero))
		}
	}
	for range channels {
		b = append(b, table...)
	}
	return b
}

// packIndexes writes the position of every element among the ascending values, width bits each.
func packIndexes(elements, values []float32, width int) []byte {
	indices := make([]int, len(elements))
	for i, v := range elements {
		indices[i], _ = slices.BinarySearch(values, v)
	}
	return packBits(indices, width)
}

// packBits writes numbers of width bits each, one after another, most significant bit first.
func packBits(numbers []int, width int) []byte {
	b := make([]byte, (len(numbers)*width+7)/8)
	for i, n := range numbers {
		for k := range width {
			if n>>(width-1-k)&1 != 0 {
				bit := i*width + k
				b[bit/8] |= 0x80 >> (bit % 8)
			}
		}
	}
	return b
}
