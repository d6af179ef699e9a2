package f32

import "github.com/litewren/litewren/ops/internal/kernel/move"

// ResizeBilinear interpolates between the four pixels around each position: with rows y0, y1 and columns x0, x1 and the
// weights dy of y1 and dx of x1,
//
//	dst[b][y][x][c] = src[y0][x0]*(1-dy)*(1-dx) + src[y1][x0]*dy*(1-dx) + src[y0][x1]*(1-dy)*dx + src[y1][x1]*dy*dx
//
// for the rows from first to last, counted over all images. dst and src are all images.
func ResizeBilinear(dst, src []float32, s *move.Scaling, first, last int) {
	if !bilinearVector(dst, src, s, first, last) {
		resizeBilinearGeneric(dst, src, s, first, last)
	}
}

func resizeBilinearGeneric(dst, src []float32, s *move.Scaling, first, last int) {
	n := s.Channels
	dst = dst[first*s.Columns.Out*n:]
	for line := first; line < last; line++ {
		src, y := src[line/s.Rows.Out*s.Rows.In*s.Columns.In*n:], line%s.Rows.Out
		y0, y1, dy := s.Rows.Between(y)
		row0, row1 := src[y0*s.Columns.In*n:], src[y1*s.Columns.In*n:]
		for x := range s.Columns.Out {
			x0, x1, dx := s.Columns.Between(x)
			d := dst[:n]
			dst = dst[n:]
			p00, p01 := row0[x0*n:][:len(d)], row0[x1*n:][:len(d)]
			p10, p11 := row1[x0*n:][:len(d)], row1[x1*n:][:len(d)]
			ey, ex := 1-dy, 1-dx
			for c := range d {
				d[c] = float32(p00[c]*ey*ex) + float32(p10[c]*dy*ex) + float32(p01[c]*ey*dx) + float32(p11[c]*dy*dx)
			}
		}
	}
}
