//go:build amd64 && !noasm

package q

import (
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/stretchr/testify/require"
)

// Reciprocals of sums are those of the fixedpoint package, at powers of two and between them.
func TestSoftmaxReciprocals(t *testing.T) {
	if !isa.VBMI {
		t.Skip("needs AVX-512 VBMI")
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 20000 {
		var rows softmaxParams
		for j := range rows.sum {
			rows.sum[j] = 1<<19 + rng.Int32N(1<<28-1<<19)>>rng.IntN(10)
		}
		if i < 9 {
			rows.sum[i], rows.sum[15-i] = 1<<(19+i), 1<<(20+i)-1
		}
		softmaxReciprocalsVBMI(&rows)
		for j, sum := range rows.sum {
			inverse, over := fixedpoint.GetReciprocal(sum, softmaxSumBits)
			right := uint64(over + 31 - 8)
			require.Equal(t, inverse, int32(uint32(rows.inverse[j])), "1/%d", sum)
			require.Equal(t, []uint64{1<<30 + 1<<(30+right), 31 + right, right - 1}, []uint64{rows.half[j], rows.even[j], rows.odd[j]}, "1/%d", sum)
		}
	}
}
