package ops_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/ops/internal/optest"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// nodeCase is one node of a builtin operator in its newest version.
func nodeCase(code tflite.BuiltinOperator, opts any, outs []*tensor.Tensor, ins ...*tensor.Tensor) optest.Case {
	op := ops.Builtins().Builtin(code)
	return optest.Case{Op: op, Version: op.MaxVersion, Options: opts, Inputs: ins, Outputs: outs}
}

func list[T any](v ...T) []T { return v }

func TestEmbeddingLookup(t *testing.T) {
	lookup := func(out *tensor.Tensor, ids, table *tensor.Tensor) optest.Case {
		return nodeCase(tflite.BuiltinOperatorEMBEDDING_LOOKUP, nil, list(out), ids, table)
	}
	ids := tensor.From(tensor.Int32, []int32{2, 0, 2}, 3)
	out := tensor.New(tensor.Int16)
	c := lookup(out, ids, tensor.From(tensor.Int16, []int16{1, 2, 3, 4, 5, 6}, 3, 2))
	c.Check(t)
	require.Equal(t, tensor.Shape{3, 2}, out.Shape)
	require.Equal(t, []int16{5, 6, 1, 2, 5, 6}, tensor.Data[int16](out))

	out = tensor.New(tensor.Int4)
	c = lookup(out, ids, packedInts(tensor.Int4, []int8{1, -2, 3, -4, 5, -6}, 3, 2))
	c.Check(t)
	require.Equal(t, []byte{0xA5, 0xE1, 0xA5}, out.Bytes())

	values := []int8{1, -2, 1, 0, -1, 1, -2, 0, 1}
	old := tensor.New(tensor.Uint8, 3, 3)
	for i, v := range values {
		old.Bytes()[i] = byte(v)
	}
	for name, table := range map[string]*tensor.Tensor{
		"int8": tensor.From(tensor.Int8, values, 3, 3), "uint8": old,
		"int4": packedInts(tensor.Int4, values, 3, 3), "int2": packedInts(tensor.Int2, values, 3, 3),
	} {
		t.Run(name, func(t *testing.T) {
			for _, half := range []bool{false, true} {
				for _, scales := range [][]float32{{0.5}, {0.5, 1, 4}} {
					withQuant(table, 0, scales...)
					out := tensor.New(tensor.Float32)
					if half {
						out.Type = tensor.Float16
					}
					c := lookup(out, ids, table)
					c.Check(t)
					got, err := tensor.DequantizeFloat32(out, nil)
					require.NoError(t, err)
					last := scales[len(scales)-1]
					require.Equal(t, []float32{-2 * last, 0, last, 0.5, -1, 0.5, -2 * last, 0, last}, got)
				}
			}
		})
	}

	blocks := packedInts(tensor.Int4, []int8{1, 2, 3, 4, 5, 6, 7, -8}, 2, 4)
	blocks.Quant = &tensor.Quantization{Block: &tensor.Blockwise{Size: 2, Scales: tensor.From(tensor.Float32, []float32{1, 10, 100, 1000}, 2, 2)}}
	out = tensor.New(tensor.Float32)
	c = lookup(out, tensor.From(tensor.Int32, []int32{1, 0}, 2), blocks)
	c.Check(t)
	require.Equal(t, []float32{500, 600, 7000, -8000, 1, 2, 30, 40}, tensor.Data[float32](out))
	blocks.Quant.Block.Size = 3
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)

	table := tensor.From(tensor.Int16, []int16{1, 2, 3, 4, 5, 6}, 3, 2)
	for _, id := range []int32{-1, 3} {
		c = lookup(tensor.New(tensor.Int16), tensor.From(tensor.Int32, []int32{id}, 1), table)
		require.ErrorIs(t, c.Run(), ops.ErrValue)
	}
	c = lookup(tensor.New(tensor.Float32), ids, table)
	require.ErrorIs(t, c.Run(), ops.ErrUnsupported)
	c = lookup(tensor.New(tensor.Int16), ids, tensor.New(tensor.Int16, 3))
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)
	c = lookup(tensor.New(tensor.Float32), ids, tensor.New(tensor.Int8, 3, 2))
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)
	c = lookup(tensor.New(tensor.Int16), tensor.From(tensor.Int32, []int32{0}, 1), tensor.New(tensor.Int16, 0, 2))
	require.ErrorIs(t, c.Run(), ops.ErrValue)
}

func TestEmbeddingLookupSparse(t *testing.T) {
	table := tensor.From(tensor.Float32, []float32{1, 10, 2, 20, 3, 30}, 3, 2)
	weights := tensor.From(tensor.Float32, []float32{1, 3, 4}, 3)
	at := func(v ...int32) *tensor.Tensor { return tensor.From(tensor.Int32, v, len(v)/2, 2) }
	dense := tensor.From(tensor.Int32, []int32{3, 5}, 2)
	run := func(combiner tflite.CombinerType, constant []int, ids []int32, indices, dense *tensor.Tensor) ([]float32, error) {
		out := tensor.New(tensor.Float32)
		c := nodeCase(tflite.BuiltinOperatorEMBEDDING_LOOKUP_SPARSE, &tflite.EmbeddingLookupSparseOptionsT{Combiner: combiner},
			list(out), tensor.From(tensor.Int32, ids, len(ids)), indices, dense, weights, table)
		c.Const = constant
		if err := c.Run(); err != nil {
			return nil, err
		}
		c.Check(t)
		return tensor.Data[float32](out), nil
	}
	ids, buckets := []int32{0, 2, 1}, at(0, 1, 2, 0, 2, 4)
	for combiner, want := range map[tflite.CombinerType][]float32{
		tflite.CombinerTypeSUM:   {1, 10, 0, 0, 17, 170},
		tflite.CombinerTypeMEAN:  {1, 10, 0, 0, 17. / 7, 170. / 7},
		tflite.CombinerTypeSQRTN: {1, 10, 0, 0, 17. / 5, 170. / 5},
	} {
		for _, constant := range [][]int{nil, {2}} {
			got, err := run(combiner, constant, ids, buckets, dense)
			require.NoError(t, err)
			optest.Close(t, want, got, 1e-6)
		}
	}
	for name, c := range map[string]struct {
		ids            []int32
		indices, dense *tensor.Tensor
		want           error
	}{
		"id":             {[]int32{0, 3, 1}, buckets, dense, ops.ErrValue},
		"negative id":    {[]int32{0, -1, 1}, buckets, dense, ops.ErrValue},
		"bucket":         {ids, at(0, 0, 3, 0, 1, 0), dense, ops.ErrValue},
		"negative index": {ids, at(0, 0, -1, 0, 1, 0), dense, ops.ErrValue},
		"negative size":  {ids, buckets, tensor.From(tensor.Int32, []int32{-3, 5}, 2), ops.ErrValue},
		"huge size":      {ids, buckets, tensor.From(tensor.Int32, []int32{1<<31 - 1, 5}, 2), ops.ErrValue},
		"too few ids":    {[]int32{0}, buckets, dense, ops.ErrInvalidModel},
		"dense rank":     {ids, buckets, tensor.From(tensor.Int32, []int32{3}, 1), ops.ErrInvalidModel},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(tflite.CombinerTypeSUM, nil, c.ids, c.indices, c.dense)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestHashtableLookup(t *testing.T) {
	lookup := tensor.From(tensor.Int32, []int32{1234, -292, -11, 0}, 4)
	keys := tensor.From(tensor.Int32, []int32{-11, 0, 1234}, 3)
	out, hits := tensor.New(tensor.Float32), tensor.New(tensor.Uint8)
	c := nodeCase(tflite.BuiltinOperatorHASHTABLE_LOOKUP, nil, list(out, hits), lookup, keys,
		tensor.From(tensor.Float32, []float32{1, 2, 3, 4, 5, 6}, 3, 2))
	c.Check(t)
	require.Equal(t, tensor.Shape{4, 2}, out.Shape)
	require.Equal(t, []float32{5, 6, 0, 0, 1, 2, 3, 4}, tensor.Data[float32](out))
	require.Equal(t, []uint8{1, 0, 1, 1}, hits.Bytes())

	words := tensor.New(tensor.String, 3)
	b, err := tensor.EncodeStrings([][]byte{[]byte("a"), []byte("bc"), []byte("def")})
	require.NoError(t, err)
	words.SetBytes(b)
	out = tensor.New(tensor.String)
	c = nodeCase(tflite.BuiltinOperatorHASHTABLE_LOOKUP, nil, list(out, hits), lookup, keys, words)
	require.NoError(t, c.Run())
	got, err := tensor.Strings(out)
	require.NoError(t, err)
	require.Equal(t, [][]byte{[]byte("def"), {}, []byte("a"), []byte("bc")}, got)
	require.Equal(t, []uint8{1, 0, 1, 1}, hits.Bytes())

	words.SetBytes([]byte{9, 9})
	require.ErrorIs(t, c.Run(), ops.ErrValue)
	c = nodeCase(tflite.BuiltinOperatorHASHTABLE_LOOKUP, nil, list(tensor.New(tensor.Float32), hits), lookup, keys, tensor.New(tensor.Float32, 2, 2))
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)
}

func TestDensify(t *testing.T) {
	in := tensor.From(tensor.Int8, []int8{1, 2, 3}, 3)
	in.Shape = tensor.Shape{2, 3}
	in.Sparsity = &tensor.Sparsity{TraversalOrder: []int{0, 1}, Levels: []tensor.SparseLevel{
		{DenseSize: 2}, {Sparse: true, Segments: tensor.Indices([]int32{0, 1, 3}), Indices: tensor.Indices([]int32{1, 0, 2})},
	}}
	out := tensor.New(tensor.Int8)
	c := nodeCase(tflite.BuiltinOperatorDENSIFY, nil, list(out), in)
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel) // not constant
	c.Const = []int{0}
	c.Check(t)
	require.Equal(t, []int8{0, 1, 0, 2, 0, 3}, tensor.Data[int8](out))

	in.Sparsity.Levels[1].Indices.Wide()[0] = 3
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)
	in.Sparsity = nil
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel)
}
