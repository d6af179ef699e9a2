package move

import (
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

// Pad and MirrorPad against the definition, element by element.
func TestPad(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 500 {
		rank := r.IntN(4)
		dims := make([]PadDim, rank)
		in, out := 1, 1
		for i := range dims {
			dims[i] = PadDim{r.IntN(4), 1 + r.IntN(9), r.IntN(4)}
			in *= dims[i].N
			out *= dims[i].Before + dims[i].N + dims[i].After
		}
		src, got, want := fresh[uint16](t, r, in), guardtest.After[uint16](t, out), make([]uint16, out)
		for o := range want {
			s, unit, at, inside := 0, 1, o, true
			for i := rank - 1; i >= 0; i-- {
				d := dims[i]
				whole := d.Before + d.N + d.After
				k := at%whole - d.Before
				at /= whole
				inside = inside && k >= 0 && k < d.N
				s += k * unit
				unit *= d.N
			}
			want[o] = 7
			if inside {
				want[o] = src[s]
			}
		}
		Pad(got, src, dims, 7)
		require.Equal(t, want, got, "%v", dims)
		if rank > 0 { // in parts
			clear(got)
			whole := dims[0].Before + dims[0].N + dims[0].After
			for first := 0; first < whole; {
				last := min(whole, first+1+r.IntN(5))
				PadPart(got, src, dims, 7, first, last)
				first = last
			}
			require.Equal(t, want, got, "%v in parts", dims)
		}

		// The mirror image, of runs of some elements.
		unit, offset := 1+r.IntN(5), r.IntN(2)
		out = unit
		for i := range dims {
			most := dims[i].N - offset
			dims[i].Before, dims[i].After = min(dims[i].Before, most), min(dims[i].After, most)
			out *= dims[i].Before + dims[i].N + dims[i].After
		}
		src, got, want = fresh[uint16](t, r, in*unit), guardtest.After[uint16](t, out), make([]uint16, out)
		for o := range want {
			s, step, at := o%unit, unit, o/unit
			for i := rank - 1; i >= 0; i-- {
				d := dims[i]
				whole := d.Before + d.N + d.After
				k := at%whole - d.Before
				at /= whole
				if k < 0 {
					k = -k - 1 + offset
				}
				if k >= d.N {
					k = 2*d.N - 1 - k - offset
				}
				s += k * step
				step *= d.N
			}
			want[o] = src[s]
		}
		MirrorPad(got, src, dims, unit, offset)
		require.Equal(t, want, got, "%v of %d, offset %d", dims, unit, offset)
	}
}
