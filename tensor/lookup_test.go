package tensor_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/tensor"
)

// packIndices packs numbers of some bits, the most significant bit first.
func packIndices(bits int, values ...int) []byte {
	out := make([]byte, (len(values)*bits+7)/8)
	for i, v := range values {
		for b := range bits {
			if at := i*bits + b; v>>(bits-1-b)&1 != 0 {
				out[at/8] |= 0x80 >> (at % 8)
			}
		}
	}
	return out
}

func TestLookUp(t *testing.T) {
	for bits := 1; bits <= 7; bits++ {
		table := make([]byte, 2<<bits)
		for i := range table {
			table[i] = byte(3*i + 1)
		}
		var values []int
		want := make([]byte, 0, 80)
		for i := range 40 {
			v := (i*i + 7*i) % (1 << bits)
			values = append(values, v)
			want = append(want, table[2*v], table[2*v+1])
		}
		l := tensor.LookUp{Bits: bits, Tables: table, Stride: 1 << bits, Channels: 1, Run: 40, ElementSize: 2}
		got := make([]byte, 80)
		require.NoError(t, l.Expand(got, packIndices(bits, values...)))
		require.Equal(t, want, got, "%d bits", bits)
	}
	// Two tables of three: channels first and last.
	l := tensor.LookUp{Bits: 2, Tables: []byte{10, 11, 12, 20, 21, 22}, Stride: 3, Channels: 2, Run: 3, ElementSize: 1}
	got := make([]byte, 6)
	indices := packIndices(2, 0, 1, 2, 2, 1, 0)
	require.NoError(t, l.Expand(got, indices))
	require.Equal(t, []byte{10, 11, 12, 22, 21, 20}, got)
	l.Run = 1
	require.NoError(t, l.Expand(got, indices))
	require.Equal(t, []byte{10, 21, 12, 22, 11, 20}, got)

	require.ErrorContains(t, l.Expand(got, packIndices(2, 0, 1, 3, 0, 0, 0)), "index 3 into a table of 3")
	require.ErrorContains(t, l.Expand(got, indices[:1]), "1 bytes of indices, want 2")
	require.Error(t, l.Expand(got[:5], indices), "half a channel")
	l.Tables = l.Tables[:5]
	require.ErrorContains(t, l.Expand(got, indices), "5 values in the tables, want 6")
	l.Bits = 8
	require.Error(t, l.Expand(got, indices))
	require.NoError(t, (&tensor.LookUp{Bits: 1, Channels: 1, ElementSize: 1}).Expand(nil, nil))
}

func TestChannelRuns(t *testing.T) {
	x := tensor.New(tensor.Int8, 2, 3, 4)
	check := func(channels, run int, ok bool) {
		t.Helper()
		c, r, o := x.ChannelRuns()
		require.Equal(t, []any{channels, run, ok}, []any{c, r, o})
	}
	check(1, 24, true)
	quant := func(n, axis int) {
		x.Quant = &tensor.Quantization{Scale: make([]float32, n), ZeroPoint: make([]int32, n), Axis: axis}
	}
	quant(1, 1)
	check(1, 24, true)
	quant(2, 0)
	check(2, 12, true)
	quant(4, 2)
	check(4, 1, true)
	quant(3, 1)
	check(0, 0, false)
	quant(5, 2)
	check(0, 0, false)
}

// TestLookUpCheck: what Expand refuses Check refuses, with the same words.
func TestLookUpCheck(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	refused := 0
	for range 400 {
		bits := 1 + r.IntN(8)
		l := tensor.LookUp{Bits: bits, Stride: 1 + r.IntN(1<<bits), Channels: 1 + r.IntN(2), Run: 1 + r.IntN(3), ElementSize: 1 + r.IntN(2)}
		l.Tables = make([]byte, l.Channels*l.Stride*l.ElementSize)
		dst := make([]byte, l.Channels*l.Run*l.ElementSize*r.IntN(5))
		indices := make([]byte, len(dst))
		for i := range indices {
			indices[i] = byte(r.IntN(256))
		}
		if r.IntN(4) > 0 {
			clear(indices)
		}
		want := l.Expand(dst, indices)
		require.Equal(t, want, l.Check(int64(len(dst)), indices))
		if want != nil {
			refused++
		}
	}
	require.Greater(t, refused, 40)
	require.Less(t, refused, 360)
}
