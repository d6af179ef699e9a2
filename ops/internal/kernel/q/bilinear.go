package q

import "github.com/litewren/litewren/ops/internal/kernel/move"

// ResizeBilinear interpolates stored values between the four pixels around each position, with weights of 10 fractional bits:
//
//	dst[b][y][x][c] = round((src[y0][x0]*(1-dy)*(1-dx) + src[y1][x0]*dy*(1-dx) + src[y0][x1]*(1-dy)*dx + src[y1][x1]*dy*dx) / 2^20)
//
// halves rounded away from zero, for the rows from first to last, counted over all images. dst and src are all images.
func ResizeBilinear[T int8 | int16](dst, src []T, s *move.Scaling, first, last int) {
	if !bilinearVector(dst, src, s, first, last) {
		resizeBilinearGeneric(dst, src, s, first, last)
	}
}

func resizeBilinearGeneric[T int8 | int16](dst, src []T, s *move.Scaling, first, last int) {
	const one = 1 << 10
	n := s.Channels
	scaleY, scaleX := s.Rows.FixedScale(), s.Columns.FixedScale()
	dst = dst[first*s.Columns.Out*n:]
	for line := first; line < last; line++ {
		src, y := src[line/s.Rows.Out*s.Rows.In*s.Columns.In*n:], line%s.Rows.Out
		y0, y1, dy := s.Rows.BetweenFixed(y, scaleY)
		row0, row1 := src[y0*s.Columns.In*n:], src[y1*s.Columns.In*n:]
		for x := range s.Columns.Out {
			x0, x1, dx := s.Columns.BetweenFixed(x, scaleX)
			d := dst[:n]
			dst = dst[n:]
			p00, p01 := row0[x0*n:][:len(d)], row0[x1*n:][:len(d)]
			p10, p11 := row1[x0*n:][:len(d)], row1[x1*n:][:len(d)]
			w00, w10, w01, w11 := (one-dy)*(one-dx), dy*(one-dx), (one-dy)*dx, dy*dx
			for c := range d {
				sum := int64(p00[c])*w00 + int64(p10[c])*w10 + int64(p01[c])*w01 + int64(p11[c])*w11
				if sum >= 0 {
					sum += one * one / 2
				} else {
					sum -= one * one / 2
				}
				d[c] = T(sum / (one * one))
			}
		}
	}
}

// ResizeBilinearUint8 is ResizeBilinear in float32, as TFLite has it for UINT8: one half is added to the interpolated value
// and the fraction dropped.
func ResizeBilinearUint8(dst, src []uint8, s *move.Scaling, first, last int) {
	if !bilinearVector(dst, src, s, first, last) {
		resizeBilinearUint8Generic(dst, src, s, first, last)
	}
}

func resizeBilinearUint8Generic(dst, src []uint8, s *move.Scaling, first, last int) {
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
				// Each product is rounded on its own: a fused one could change the result.
				sum := float32(float32(p00[c])*ey*ex) + float32(float32(p10[c])*dy*ex)
				sum += float32(float32(p01[c]) * ey * dx)
				sum += float32(float32(p11[c]) * dy * dx)
				d[c] = uint8(int32(sum + 0.5))
			}
		}
	}
}
