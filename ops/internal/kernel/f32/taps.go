package f32

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// AddTaps is move.AddTaps: the reverse of gathering one row of windows. acc is a row of a.In positions of n elements, and src has
// one row for each of the outputs first to first+count, of n elements for each tap. Taps outside of the row are dropped.
//
//	for p := range count { for t := range taps { acc[a.Start(first+p)+t*a.Dilation] += src[p][t] } }
func AddTaps(acc, src []float32, a *window.Axis, n, first, count int) {
	inf := float32(math.Inf(1))
	add := func(at int, x []float32) {
		d := acc[at*n:][:len(x)]
		Add(d, d, x, -inf, inf)
	}
	for p := range count {
		start := a.Start(first + p)
		lo, hi := a.Taps(start)
		row := src[p*a.Kernel*n:][:a.Kernel*n]
		if a.Dilation == 1 {
			if lo < hi {
				add(start+lo, row[lo*n:hi*n])
			}
			continue
		}
		for t := lo; t < hi; t++ {
			add(start+t*a.Dilation, row[t*n:][:n])
		}
	}
}
