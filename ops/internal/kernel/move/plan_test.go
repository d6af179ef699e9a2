package move

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// naive does what the documentation of Plan says.
func naive[T Word](dst, src []T, dims, ss, ds []int, so, do int) {
	if len(dims) == 0 {
		dst[do] = src[so]
		return
	}
	for i := range dims[0] {
		naive(dst, src, dims[1:], ss[1:], ds[1:], so+i*ss[0], do+i*ds[0])
	}
}

// box is a random walk: a permuted, partly reversed or repeated source and a destination with gaps.
type box struct {
	dims, ss, ds                   []int
	so, do, sourceSize, targetSize int
}

func randomBox(r *rand.Rand) box {
	rank := r.IntN(6)
	b := box{sourceSize: 1, targetSize: 1}
	for range rank {
		d := 1 + r.IntN(5)
		if r.IntN(4) == 0 {
			d = 1 + r.IntN(40)
		}
		b.dims, b.ss, b.ds = append(b.dims, d), append(b.ss, 0), append(b.ds, 0)
	}
	for _, i := range r.Perm(rank) {
		b.ss[i] = b.sourceSize
		b.sourceSize *= b.dims[i]
	}
	for i := rank - 1; i >= 0; i-- {
		b.ds[i] = b.targetSize
		b.targetSize *= b.dims[i]
		if r.IntN(4) == 0 {
			b.targetSize *= 2
		}
	}
	for i, d := range b.dims {
		switch r.IntN(5) {
		case 0:
			b.ss[i] = 0
		case 1:
			b.so += (d - 1) * b.ss[i]
			b.ss[i] = -b.ss[i]
		}
	}
	b.so += 2
	b.do = 3
	b.sourceSize += 2
	b.targetSize += 3
	return b
}

func TestCopy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var p, part Plan
	for range 2000 {
		b := randomBox(r)
		src := make([]uint16, b.sourceSize)
		for i := range src {
			src[i] = uint16(r.Uint32())
		}
		want, got := make([]uint16, b.targetSize), make([]uint16, b.targetSize)
		naive(want, src, b.dims, b.ss, b.ds, b.so, b.do)
		p.Set(b.dims, b.ss, b.ds)
		p.SrcOffset, p.DstOffset = b.so, b.do
		Copy(got, src, &p)
		require.Equal(t, want, got, "%+v", b)
		n := 1
		for _, d := range b.dims {
			n *= d
		}
		require.Equal(t, n, p.Elements())

		clear(got)
		for first := 0; first < p.Parts(); {
			last := min(p.Parts(), first+1+r.IntN(3))
			part.Part(&p, first, last)
			Copy(got, src, &part)
			first = last
		}
		require.Equal(t, want, got, "%+v in parts", b)
	}
	p.Set([]int{3, 0, 2}, []int{0, 2, 1}, []int{0, 2, 1})
	Copy[uint16](nil, nil, &p)
	require.Zero(t, p.Elements())
}

func TestCopyPacked(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var p Plan
	for _, bits := range []int{4, 2} {
		per := 8 / bits
		for range 500 {
			b := randomBox(r)
			src, packed := make([]uint8, b.sourceSize), make([]byte, (b.sourceSize+per-1)/per)
			for i := range src {
				src[i] = uint8(r.Uint32()) & (1<<bits - 1)
				put(packed, i, bits, src[i])
			}
			want := make([]uint8, b.targetSize)
			naive(want, src, b.dims, b.ss, b.ds, b.so, b.do)
			out := make([]byte, (b.targetSize+per-1)/per)
			p.Set(b.dims, b.ss, b.ds)
			p.SrcOffset, p.DstOffset = b.so, b.do
			CopyPacked(out, packed, bits, &p)
			got := make([]uint8, b.targetSize)
			for i := range got {
				got[i] = take(out, i, bits)
			}
			require.Equal(t, want, got, "%+v", b)
		}
	}
	tail := []byte{0xff, 0xff}
	ClearTail(tail, 3, 4)
	require.Equal(t, []byte{0xff, 0x0f}, tail)
}

func TestCombine(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var p Plan
	for c, f := range map[Combination]func(a, b int32) int32{
		Assign:   func(_, b int32) int32 { return b },
		Add:      func(a, b int32) int32 { return a + b },
		Multiply: func(a, b int32) int32 { return a * b },
		Maximum:  func(a, b int32) int32 { return max(a, b) },
		Minimum:  func(a, b int32) int32 { return min(a, b) },
	} {
		for range 100 {
			b := randomBox(r)
			src, got := make([]int32, b.sourceSize), make([]int32, b.targetSize)
			for i := range src {
				src[i] = r.Int32() - 1<<30
			}
			for i := range got {
				got[i] = r.Int32() - 1<<30
			}
			moved, touched := make([]uint32, len(got)), make([]uint32, len(got))
			words, ones := make([]uint32, len(src)), make([]uint32, len(src))
			for i, v := range src {
				words[i], ones[i] = uint32(v), 1
			}
			naive(moved, words, b.dims, b.ss, b.ds, b.so, b.do)
			naive(touched, ones, b.dims, b.ss, b.ds, b.so, b.do)
			want := append([]int32{}, got...)
			for i := range want {
				if touched[i] != 0 {
					want[i] = f(want[i], int32(moved[i]))
				}
			}
			p.Set(b.dims, b.ss, b.ds)
			p.SrcOffset, p.DstOffset = b.so, b.do
			Combine(got, src, &p, c)
			require.Equal(t, want, got)
		}
	}
}
