package move

// TransposeMatrices transposes count matrices of rows x cols that stand behind each other:
//
//	for r := range rows { for c := range cols { dst[c*rows+r] = src[r*cols+c] } }
func TransposeMatrices[T element](dst, src []T, count, rows, cols int) {
	size := rows * cols
	if size == 0 {
		return
	}
	for i := range count {
		turn(dst, src, i*size, i*size, cols, rows, rows, cols)
	}
}
