package move

// turnGeneric transposes, in squares that stay within the first-level cache:
//
//	for r := range rows { for i := range n { dst[d+r*dstRow+i] = src[s+i*srcRow+r] } }
func turnGeneric[T element](dst, src []T, d, s, rows, n, dstRow, srcRow int) {
	switch {
	case n == 2:
		weave2(dst, src, d, s, rows, dstRow, srcRow)
		return
	case n == 3:
		weave3(dst, src, d, s, rows, dstRow, srcRow)
		return
	case rows <= 4:
		for r := range rows {
			row := dst[d+r*dstRow:][:n]
			at := s + r
			for i := range row {
				row[i] = src[at]
				at += srcRow
			}
		}
		return
	}
	const side = 16
	for r0 := 0; r0 < rows; r0 += side {
		r1 := min(r0+side, rows)
		for i0 := 0; i0 < n; i0 += side {
			i1 := min(i0+side, n)
			for r := r0; r < r1; r++ {
				row := dst[d+r*dstRow+i0 : d+r*dstRow+i1]
				at := s + i0*srcRow + r
				for i := range row {
					row[i] = src[at]
					at += srcRow
				}
			}
		}
	}
}

// weave2 puts the elements of two rows side by side.
func weave2[T element](dst, src []T, d, s, rows, dstRow, srcRow int) {
	a, b := src[s:][:rows], src[s+srcRow:][:rows]
	for r, v := range a {
		to := dst[d : d+2]
		to[0], to[1] = v, b[r]
		d += dstRow
	}
}

// weave3 does so with three.
func weave3[T element](dst, src []T, d, s, rows, dstRow, srcRow int) {
	a, b, c := src[s:][:rows], src[s+srcRow:][:rows], src[s+2*srcRow:][:rows]
	for r, v := range a {
		to := dst[d : d+3]
		to[0], to[1], to[2] = v, b[r], c[r]
		d += dstRow
	}
}
