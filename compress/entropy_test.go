package compress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// storedWeights returns the weights of the only node as a file holds them, and their scale.
func storedWeights(f *schema.File) ([]int8, float64) {
	g := f.Model.Subgraphs[0]
	t := g.Tensors[g.Operators[0].Inputs[1]]
	var w []int8
	for _, b := range f.Model.Buffers[t.Buffer].Data {
		w = append(w, int8(b))
	}
	return w, float64(t.Quantization.Scale[0])
}

// rate is the entropy of integers in bits each.
func rate(w []int8) (bits float64) {
	counts := map[int8]float64{}
	for _, v := range w {
		counts[v]++
	}
	for _, n := range counts {
		bits -= n / float64(len(w)) * math.Log2(n/float64(len(w)))
	}
	return bits
}

// TestEntropyRate compares with what theory says of a normal variable and an entropy coder (Gish and Pierce, 1968): steps of k have the
// error k²/12 and take h - log2 k bits, h being the differential entropy; with few levels the trade is better than that of
// rounding to multiples of k, never worse.
func TestEntropyRate(t *testing.T) {
	w := gaussian(256*256, 5)
	f := dense(w, 256, 256)
	plain, _, err := compress.Dynamic(f, compress.DynamicConfig{})
	require.NoError(t, err)
	nearest, scale := storedWeights(plain)
	sigma := 0.0
	for _, v := range w {
		sigma += float64(v) * float64(v) / float64(len(w))
	}
	h := math.Log2(math.Sqrt(2*math.Pi*math.E*sigma) / scale)
	require.InDelta(t, h, rate(nearest), 0.03)
	for _, k := range []float64{2, 3.5, 8, 24} {
		out, _, err := compress.Dynamic(f, compress.DynamicConfig{Entropy: k})
		require.NoError(t, err)
		got, same := storedWeights(out)
		require.Equal(t, scale, same)
		cost := func(level func(i int) float64, bits float64) (float64, float64) {
			e := 0.0
			for i, v := range w {
				d := float64(v)/scale - level(i)
				e += d * d / float64(len(w))
			}
			return e, e + k*k/12*2*math.Ln2*bits
		}
		e, total := cost(func(i int) float64 { return float64(got[i]) }, rate(got))
		multiples := make([]int8, len(w))
		for i, v := range w {
			multiples[i] = int8(math.Min(math.Max(math.Round(k*math.Round(float64(v)/scale/k)), -127), 127))
		}
		_, most := cost(func(i int) float64 { return float64(multiples[i]) }, rate(multiples))
		t.Logf("%v: error %.3f of k²/12, %.2f bits of %.2f, cost %.2f of %.2f", k, e/(k*k/12), rate(got), h-math.Log2(k), total, most)
		require.LessOrEqual(t, total, most*1.0001)
		if k < 10 {
			require.InDelta(t, 1, e/(k*k/12), 0.25)
			require.InDelta(t, h-math.Log2(k), rate(got), 0.15)
		}
	}
}

// TestEntropyZip: pruned weights keep their zeros, and the file becomes smaller by what entropy says.
func TestEntropyZip(t *testing.T) {
	f := dense(gaussian(128*128, 6), 128, 128)
	pruned, _, err := compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.5})
	require.NoError(t, err)
	size := func(c compress.DynamicConfig) (int, []int8) {
		out, _, err := compress.Dynamic(pruned, c)
		require.NoError(t, err)
		b, err := schema.Encode(out)
		require.NoError(t, err)
		var zipped bytes.Buffer
		z, err := gzip.NewWriterLevel(&zipped, 9)
		require.NoError(t, err)
		_, err = z.Write(b)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		w, _ := storedWeights(out)
		return zipped.Len(), w
	}
	before, _ := size(compress.DynamicConfig{})
	after, w := size(compress.DynamicConfig{Entropy: 4})
	for i, v := range weightsOf(pruned) {
		require.True(t, v != 0 || w[i] == 0)
	}
	// Half of the weights lose two bits each.
	require.Less(t, float64(after), float64(before)-0.8*128*128/8)
	t.Logf("%d bytes, %d before", after, before)
}

func TestEntropyEverywhere(t *testing.T) {
	f := open(t, "tiny_resnet8_f32")
	set := smooth(interpret(t, f), 8, 1, -1, 1)
	out, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{Entropy: 4})
	require.NoError(t, err)
	plain, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{})
	require.NoError(t, err)
	for i, x := range plain.Model.Subgraphs[0].Tensors {
		y := out.Model.Subgraphs[0].Tensors[i]
		a, b := plain.Model.Buffers[x.Buffer].Data, out.Model.Buffers[y.Buffer].Data
		require.Equal(t, x.Quantization, y.Quantization)
		if x.Type != tflite.TensorTypeINT8 {
			require.Equal(t, a, b, x.Name)
			continue
		}
		if len(a) < 512 {
			require.Equal(t, a, b, x.Name)
			continue
		}
		bytes8 := func(b []byte) (w []int8) {
			for _, v := range b {
				w = append(w, int8(v))
			}
			return w
		}
		require.Less(t, rate(bytes8(b)), rate(bytes8(a))-1.2, x.Name)
	}
}

// TestEntropyGPTQ makes up for what coarse weights lose: as many bits, zeros that stay, and outputs that are closer on samples not used.
func TestEntropyGPTQ(t *testing.T) {
	const n = 48
	f := dense(gaussian(n*n, 7), n, n)
	f.Model.Subgraphs[0].Tensors[1].Name = "weights"
	pruned, _, err := compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.5})
	require.NoError(t, err)
	set, fresh := mixed(200, n, 1), mixed(50, n, 5000)
	want := outputs(t, interpret(t, pruned), fresh)
	c := compress.DynamicConfig{Entropy: 8, Clip: compress.ClipNothing}
	plain, _, err := compress.WeightOnly(pruned, c)
	require.NoError(t, err)
	rounded, grids, _, err := compress.GPTQ(context.Background(), pruned, set, compress.GPTQConfig{Bits: 8, Entropy: 8, Clip: compress.ClipNothing})
	require.NoError(t, err)
	require.Len(t, grids, 1)
	c.Grids = grids
	stored, report, err := compress.WeightOnly(rounded, c)
	require.NoError(t, err)
	require.Greater(t, float64(report.Changes[0].SQNR), 120.0, "nothing is rounded again")
	a, b := ints(plain), ints(stored)
	before := weightsOf(pruned)
	for i, v := range before {
		require.True(t, v != 0 || b[i] == 0, i)
	}
	require.Less(t, rate(b), rate(a)+0.15)
	from := float64(compress.SQNR(want, outputs(t, interpret(t, plain), fresh)))
	to := float64(compress.SQNR(want, outputs(t, interpret(t, stored), fresh)))
	t.Logf("%.2f bits, %.1f dB -> %.2f bits, %.1f dB", rate(a), from, rate(b), to)
	require.Greater(t, to, from+2)

	for _, c := range []compress.GPTQConfig{{Bits: 4, Entropy: 4}, {Bits: 8, Entropy: 4, Adaptive: true}, {Bits: 8, Entropy: 0.5}} {
		_, _, _, err = compress.GPTQ(context.Background(), f, set, c)
		require.ErrorIs(t, err, ops.ErrValue)
	}
}

// ints returns the largest int8 constant.
func ints(f *schema.File) []int8 {
	var w []int8
	for _, t := range f.Model.Subgraphs[0].Tensors {
		if data := f.Model.Buffers[t.Buffer].Data; t.Type == tflite.TensorTypeINT8 && len(data) > len(w) {
			w = w[:0]
			for _, b := range data {
				w = append(w, int8(b))
			}
		}
	}
	return w
}

// TestEntropyConstants: large constants that are no weights take fewer bits too, for about the error of the coarser grid; small ones stay.
func TestEntropyConstants(t *testing.T) {
	for size, shorter := range map[int32]bool{1024: true, 256: false} {
		s := newSequence(1, size)
		s.add(tflite.BuiltinOperatorADD, []int32{1, size}, nil, s.constant([]int32{1, size}, gaussian(int(size), 9)))
		f := schema.NewFile(s.m)
		var list [][]float32
		for i := range 3 {
			list = append(list, gaussian(int(size), uint64(20+i)))
		}
		set := samplesOf(list...)
		plain, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{})
		require.NoError(t, err)
		out, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{Entropy: 6})
		require.NoError(t, err)
		if !shorter {
			require.Equal(t, ints(plain), ints(out))
			continue
		}
		a, b := ints(plain), ints(out)
		require.Less(t, rate(b), rate(a)-2)
		squares := 0.0
		for i := range a {
			d := float64(a[i]) - float64(b[i])
			squares += d * d / float64(len(a))
		}
		require.InDelta(t, 36.0/12, squares, 1.5)
	}
}

func TestEntropyErrors(t *testing.T) {
	f := dense(gaussian(64, 6), 8, 8)
	for _, k := range []float64{1, 0.5, -2, 33, math.NaN(), math.Inf(1)} {
		_, _, err := compress.Dynamic(f, compress.DynamicConfig{Entropy: k})
		require.ErrorIs(t, err, ops.ErrValue)
		_, _, err = compress.Integer(context.Background(), f, nil, compress.IntegerConfig{Entropy: k})
		require.ErrorIs(t, err, ops.ErrValue)
	}
}
