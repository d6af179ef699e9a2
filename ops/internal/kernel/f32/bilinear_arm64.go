//go:build arm64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/move"

// bilinearF32NEON interpolates between four pixels of n channels, a multiple of 4, as resizeBilinearGeneric does, with weights
// multiplied first.
//
//go:noescape
func bilinearF32NEON(dst, p00, p10, p01, p11 *float32, n int, w00, w10, w01, w11 float32)

// bilinearVector is false where it leaves the work to the generic kernel: that of a number of channels that is no multiple of 4.
func bilinearVector(dst, src []float32, s *move.Scaling, first, last int) bool {
	n := s.Channels
	if n%4 != 0 || n == 0 {
		return false
	}
	row := s.Columns.In * n
	dst = dst[first*s.Columns.Out*n : last*s.Columns.Out*n]
	for line := first; line < last; line++ {
		y0, y1, dy := s.Rows.Between(line % s.Rows.Out)
		image := src[line/s.Rows.Out*s.Rows.In*row:]
		top, bottom := image[y0*row:][:row], image[y1*row:][:row]
		for x := range s.Columns.Out {
			x0, x1, dx := s.Columns.Between(x)
			left, right := x0*n, x1*n
			_, _, _ = top[left+n-1], top[right+n-1], dst[n-1]
			bilinearF32NEON(&dst[0], &top[left], &bottom[left], &top[right], &bottom[right], n, (1-dy)*(1-dx), dy*(1-dx), (1-dy)*dx, dy*dx)
			dst = dst[n:]
		}
	}
	return true
}
