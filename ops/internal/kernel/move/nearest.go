package move

// ResizeNearest copies to each position of the resized images the pixel nearest to it:
//
//	dst[b][y][x] = src[b][s.Rows.Nearest(y)][s.Columns.Nearest(x)]
//
// for the rows from first to last, counted over all images. dst and src are all images.
func ResizeNearest[T uint8 | uint16 | uint32](dst, src []T, s *Scaling, first, last int) {
	n := s.Channels
	line := s.Columns.Out * n
	image := s.Rows.In * s.Columns.In * n
	for i := first; i < last; i++ {
		y := i % s.Rows.Out
		to := dst[i*line:][:line]
		iy := s.Rows.Nearest(y)
		if i > first && y > 0 && iy == s.Rows.Nearest(y-1) {
			copy(to, dst[(i-1)*line:])
			continue
		}
		row := src[i/s.Rows.Out*image+iy*s.Columns.In*n:]
		for x := range s.Columns.Out {
			copy(to[x*n:][:n], row[s.Columns.Nearest(x)*n:])
		}
	}
}
