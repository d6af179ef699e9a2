package q

// Lookup8 is
//
//	for i, v := range x { dst[i] = table[v] }
//
// over the raw bytes of int8 or uint8 values. dst may be x.
func Lookup8(dst, x []uint8, table *[256]uint8) {
	if dst = dst[:len(x)]; !lookupVector(dst, x, table) {
		lookupGeneric(dst, x, table)
	}
}

func lookupGeneric(dst, x []uint8, table *[256]uint8) {
	for i, v := range x {
		dst[i] = table[v]
	}
}

// Lookup16 interpolates between the samples of a function at every 128th stored value:
//
//	for i, v := range x {
//		k, f := 256 + v>>7, v&127
//		dst[i] = table[k] + (int16(table[k+1]-table[k])*f + 64) >> 7
//	}
//
// dst may be x.
func Lookup16(dst, x []int16, table *[513]int16) {
	dst = dst[:len(x)]
	for i, v := range x {
		k := 256 + int(v>>7)
		low := table[k]
		slope := table[k+1] - low
		dst[i] = low + int16((int32(slope)*int32(v&127)+64)>>7)
	}
}
