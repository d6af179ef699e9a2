package move

// CopyRows copies rows runs of n elements each; strides may be negative, and that of src 0:
//
//	for r := range rows { dst[d+r*dstRow:][:n] = src[s+r*srcRow:][:n] }
func CopyRows[T Word](dst, src []T, d, s, rows, n, dstRow, srcRow int) {
	if rows > 0 && n > 0 {
		copyRows(dst, src, d, s, rows, n, dstRow, srcRow)
	}
}

// copyRowsGeneric is the generic twin of copyRows, which is CopyRows for at least one element.
func copyRowsGeneric[T element](dst, src []T, d, s, rows, n, dstRow, srcRow int) {
	if n >= 8 { // else a call of memmove costs more than the elements
		for range rows {
			copy(dst[d:d+n], src[s:s+n])
			s += srcRow
			d += dstRow
		}
		return
	}
	for range rows {
		from := src[s : s+n]
		to := dst[d : d+n][:len(from)]
		for i, v := range from {
			to[i] = v
		}
		s += srcRow
		d += dstRow
	}
}

// element is what the kernels that assembly replaces move: a Word, or a number seen as itself.
type element interface {
	Word | bool | int8 | int16 | int32 | int64 | float32 | float64 | complex64
}

// span checks that the rows of a walk lie within a slice, so that assembly may go there: the first and the last element of the
// box at offset, of rows and columns with any strides. It panics as the generic loops would.
func span[T element](x []T, offset, rows, rowStep, n, step int) {
	row, column := (rows-1)*rowStep, (n-1)*step
	_ = x[offset+min(row, 0)+min(column, 0)]
	_ = x[offset+max(row, 0)+max(column, 0)]
}
