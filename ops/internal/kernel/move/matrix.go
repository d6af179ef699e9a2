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

// TransposeRows transposes a matrix of rows x cols whose rows are lds apart to one whose rows are ldd apart:
//
//	for r := range rows { for c := range cols { dst[c*ldd+r] = src[r*lds+c] } }
func TransposeRows[T element](dst []T, ldd int, src []T, lds, rows, cols int) {
	if rows > 0 && cols > 0 {
		turn(dst, src, 0, 0, cols, rows, ldd, lds)
	}
}
