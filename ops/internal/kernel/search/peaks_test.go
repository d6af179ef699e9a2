package search

import (
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

func TestPeaks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 100; n++ {
		for _, rows := range []int{1, 2, 7} {
			stride, top := n+r.IntN(3), 1+r.IntN(256)
			src := guardtest.After[uint8](t, (rows-1)*stride+n)
			for i := range src {
				src[i] = uint8(r.IntN(top))
			}
			got, want := guardtest.After[uint8](t, rows), make([]uint8, rows)
			Peaks(got, src, n, stride)
			peaksGeneric(want, src, n, stride)
			require.Equal(t, want, got, "%d rows of %d", rows, n)
		}
	}
	Peaks(nil, nil, 4, 4)
}
