package search

// peaksGeneric is the generic twin of Peaks.
func peaksGeneric(dst, src []uint8, n, stride int) {
	for i := range dst {
		row := src[i*stride:][:n]
		most := row[0]
		for _, v := range row {
			most = max(most, v)
		}
		dst[i] = most
	}
}

// Peaks finds the largest of the first n elements, at least one, of each row; rows are stride elements apart:
//
//	dst[i] = max over j < n of src[i*stride+j]
func Peaks(dst, src []uint8, n, stride int) {
	if len(dst) > 0 {
		_ = src[(len(dst)-1)*stride : (len(dst)-1)*stride+n]
		peaks(dst, src, n, stride)
	}
}
