package f32

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The heap selects what a stable sort and a walk over all candidates select.
func TestSuppressBoxes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n, stride, limit := r.IntN(60), 1+r.IntN(3), r.IntN(20)
		boxes, scores := make([]float32, 4*n), make([]float32, n*stride)
		for i := range n {
			y, x := r.Float32()*5, r.Float32()*5
			copy(boxes[4*i:], []float32{y, x, y + r.Float32()*2, x + r.Float32()*2})
			scores[i*stride] = float32(r.IntN(12)) / 8 // many are equal
		}
		candidates := []int32{}
		for i := range n {
			if scores[i*stride] >= 0.25 {
				candidates = append(candidates, int32(i))
			}
		}
		slices.SortStableFunc(candidates, func(a, b int32) int {
			return int(8*scores[int(b)*stride]) - int(8*scores[int(a)*stride])
		})
		want := []int32{}
		for _, c := range candidates {
			overlaps := slices.ContainsFunc(want, func(s int32) bool { return BoxOverlap(boxes, s, c) > 0.3 })
			if !overlaps && len(want) < limit {
				want = append(want, c)
			}
		}
		order := make([]int32, n)
		got := SuppressBoxes(order, boxes, scores, stride, limit, 0.25, 0.3)
		require.Equal(t, want, order[:got])
	}
}
