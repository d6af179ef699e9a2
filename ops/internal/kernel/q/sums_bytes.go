package q

import "unsafe"

// sumBytes adds up eight signed bytes.
func sumBytes(v uint64) int32 {
	const even, tops = 0x00FF00FF00FF00FF, 0x8080808080808080
	v ^= tops // 128 more each
	return int32((v&even+v>>8&even)*0x0001000100010001>>48) - 8*128
}

// Magnitude adds up the absolute values of bytes.
func Magnitude(w []int8) (sum int64) {
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), len(w))
	for ; len(b) >= 8; b = b[8:] {
		const even, ones = 0x00FF00FF00FF00FF, 0x0101010101010101
		v := le.Uint64(b)
		negative := v >> 7 & ones
		v = v ^ negative*255 + negative // no byte exceeds 128
		sum += int64((v&even + v>>8&even) * 0x0001000100010001 >> 48)
	}
	for _, v := range b {
		v := int64(int8(v))
		sum += max(v, -v)
	}
	return sum
}
