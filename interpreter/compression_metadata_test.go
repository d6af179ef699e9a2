package interpreter_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	flatbuffers "github.com/google/flatbuffers/go"
	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// lut is an entry of the metadata of compressed constants.
type lut struct{ tensor, values, bits int }

// compression encodes the metadata.
func compression(version uint32, subgraphs ...[]lut) []byte {
	b := flatbuffers.NewBuilder(0)
	vector := func(list []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
		b.StartVector(4, len(list), 4)
		for i := len(list) - 1; i >= 0; i-- {
			b.PrependUOffsetT(list[i])
		}
		return b.EndVector(len(list))
	}
	var graphs []flatbuffers.UOffsetT
	for _, g := range subgraphs {
		var entries []flatbuffers.UOffsetT
		for _, l := range g {
			b.StartObject(3)
			b.PrependInt32Slot(0, int32(l.tensor), 0)
			b.PrependUint32Slot(1, uint32(l.values), 0)
			b.PrependByteSlot(2, byte(l.bits), 0)
			entries = append(entries, b.EndObject())
		}
		list := vector(entries)
		b.StartObject(1)
		b.PrependUOffsetTSlot(0, list, 0)
		graphs = append(graphs, b.EndObject())
	}
	list := vector(graphs)
	b.StartObject(2)
	b.PrependUint32Slot(0, version, 1)
	b.PrependUOffsetTSlot(1, list, 0)
	b.Finish(b.EndObject())
	return b.FinishedBytes()
}

// compressed is withWeights with w as three indices of two bits into a table.
func compressed(metadata []byte) *builder {
	b, w := withWeights()
	b.data(w, []byte{0b10_00_11_00})
	b.m.Buffers = append(b.m.Buffers, &tflite.BufferT{Data: floatBytes(20, -1, 10, 30)}, &tflite.BufferT{Data: metadata})
	b.m.Metadata = []*tflite.MetadataT{{Name: "note", Buffer: 2}, {Name: "COMPRESSION_METADATA", Buffer: 3}}
	return b
}

func TestCompressionMetadata(t *testing.T) {
	m := compressed(compression(1, []lut{{tensor: 1, values: 2, bits: 2}})).load(t)
	requireAdds(t, m)
	// What is left is a plain model.
	require.Equal(t, []string{"note"}, m.MetadataNames())
	require.Nil(t, m.File().Model.Buffers[0].Data)
	data, err := m.File().BufferData(int(m.File().Model.Subgraphs[0].Tensors[1].Buffer))
	require.NoError(t, err)
	require.Equal(t, floatBytes(10, 20, 30), data)
	// Metadata without entries changes nothing.
	b, w := withWeights()
	b.data(w, floatBytes(10, 20, 30))
	b.m.Buffers = append(b.m.Buffers, &tflite.BufferT{Data: compression(0)})
	b.m.Metadata = []*tflite.MetadataT{{Name: "COMPRESSION_METADATA", Buffer: 2}}
	requireAdds(t, b.load(t))
}

func TestCompressionChannels(t *testing.T) {
	for axis, want := range [][]int8{{1, 2, 2, 3, 4, 4}, {1, 4, 2, 3, 2, 4}} {
		b := newBuilder()
		shape := [][]int32{{2, 3}, {3, 2}}[axis]
		w := b.tensor("w", tensor.Int8, shape...)
		b.data(w, []byte{0b011_011_00}) // 0 1 1 0 1 1
		b.g.Tensors[w].Quantization = &tflite.QuantizationParametersT{
			Scale: []float32{1, 1}, ZeroPoint: []int64{0, 0}, QuantizedDimension: int32(axis),
		}
		b.outputs(w)
		b.m.Buffers = append(b.m.Buffers, &tflite.BufferT{Data: []byte{1, 2, 3, 4}}, &tflite.BufferT{Data: compression(1, []lut{{0, 2, 1}})})
		b.m.Metadata = []*tflite.MetadataT{{Name: "COMPRESSION_METADATA", Buffer: 3}}
		it, err := interpreter.New(b.load(t))
		require.NoError(t, err)
		require.NoError(t, it.Invoke(context.Background()))
		require.Equal(t, want, tensor.Data[int8](it.Output(0)), "axis %d", axis)
	}
}

func TestCompressionRefused(t *testing.T) {
	one := func(l lut) []byte { return compression(1, []lut{l}) }
	for name, c := range map[string]struct {
		metadata []byte
		want     error
		text     string
	}{
		"version":         {compression(2), interpreter.ErrUnsupported, "version 2, at most 1"},
		"subgraphs":       {compression(1, nil, nil), interpreter.ErrInvalidModel, "2 subgraphs, the model has 1"},
		"tensor":          {one(lut{3, 2, 2}), interpreter.ErrInvalidModel, "tensor 3: of 3"},
		"negative tensor": {one(lut{-1, 2, 2}), interpreter.ErrInvalidModel, "tensor -1"},
		"twice":           {compression(1, []lut{{1, 2, 2}, {1, 2, 2}}), interpreter.ErrInvalidModel, "twice"},
		"values":          {one(lut{1, 9, 2}), interpreter.ErrInvalidModel, "9 of 4"},
		"no values":       {one(lut{1, 0, 2}), interpreter.ErrInvalidModel, "0 bytes of values"},
		"bits":            {one(lut{1, 2, 8}), interpreter.ErrInvalidModel, "8 bits, want 1 to 7"},
		"no bits":         {one(lut{1, 2, 0}), interpreter.ErrInvalidModel, "0 bits, want 1 to 7"},
		"short indices":   {one(lut{1, 2, 3}), interpreter.ErrInvalidModel, "1 bytes of indices, want 2"},
		"empty":           {nil, interpreter.ErrInvalidModel, ""},
		"garbage":         {[]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, interpreter.ErrInvalidModel, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := interpreter.Load(compressed(c.metadata).bytes(t))
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.text)
		})
	}
	t.Run("index", func(t *testing.T) {
		b := compressed(one(lut{1, 2, 2}))
		b.m.Buffers[2].Data = floatBytes(20, 10)
		_, err := interpreter.Load(b.bytes(t))
		require.ErrorIs(t, err, interpreter.ErrInvalidModel)
		require.ErrorContains(t, err, "index 2 into a table of 2")
	})
	t.Run("type", func(t *testing.T) {
		b := compressed(one(lut{1, 2, 2}))
		b.g.Tensors[1].Type = tflite.TensorTypeSTRING
		_, err := interpreter.Load(b.bytes(t))
		require.ErrorIs(t, err, interpreter.ErrUnsupported)
	})
	t.Run("channels", func(t *testing.T) {
		b := compressed(one(lut{1, 2, 2}))
		b.g.Tensors[1].Shape = []int32{1, 3, 1}
		b.g.Tensors[1].Quantization = &tflite.QuantizationParametersT{Scale: []float32{1, 1, 1}, QuantizedDimension: 1}
		_, err := interpreter.Load(b.bytes(t))
		require.ErrorIs(t, err, interpreter.ErrUnsupported)
	})
	t.Run("expansion", func(t *testing.T) {
		// Two hundred tensors of the same indices.
		b := newBuilder()
		w := b.data(b.tensor("w", tensor.Int64, 1<<16), make([]byte, 1<<13))
		b.m.Buffers = append(b.m.Buffers, &tflite.BufferT{Data: make([]byte, 16)})
		list := []lut{{0, 2, 1}}
		for i := 1; i < 200; i++ {
			b.g.Tensors[b.tensor("v", tensor.Int64, 1<<16)].Buffer = b.g.Tensors[w].Buffer
			list = append(list, lut{i, 2, 1})
		}
		b.m.Buffers = append(b.m.Buffers, &tflite.BufferT{Data: compression(1, list)})
		b.m.Metadata = []*tflite.MetadataT{{Name: "COMPRESSION_METADATA", Buffer: 3}}
		_, err := interpreter.Load(b.bytes(t))
		require.ErrorIs(t, err, interpreter.ErrBudget)
	})
}

// tabledLayer is FULLY_CONNECTED with float weights of 4-bit indices, and the same layer with the weights written out.
func tabledLayer(t *testing.T, rows, units, depth int32) (stored, plain *builder) {
	r := rand.New(rand.NewPCG(5, 6))
	table := make([]float32, 16)
	for i := range table {
		table[i] = float32(r.NormFloat64())
	}
	indices, values := make([]byte, units*depth/2), make([]float32, units*depth)
	for i := range indices {
		indices[i] = byte(r.IntN(256))
		values[2*i], values[2*i+1] = table[indices[i]>>4], table[indices[i]&15]
	}
	build := func(w []byte) *builder {
		b := newBuilder()
		x, weights := b.tensor("x", tensor.Float32, rows, depth), b.data(b.tensor("w", tensor.Float32, units, depth), w)
		y := b.tensor("y", tensor.Float32, rows, units)
		b.op(tflite.BuiltinOperatorFULLY_CONNECTED, &tflite.BuiltinOptionsT{
			Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{}}, []int32{x, weights}, []int32{y})
		b.inputs(x)
		b.outputs(y)
		return b
	}
	stored, plain = build(indices), build(floatBytes(values...))
	stored.m.Buffers = append(stored.m.Buffers, &tflite.BufferT{Data: floatBytes(table...)}, &tflite.BufferT{Data: compression(1, []lut{{1, 2, 4}})})
	stored.m.Metadata = []*tflite.MetadataT{{Name: "COMPRESSION_METADATA", Buffer: 3}}
	return stored, plain
}

// TestCompressionKept: weights stay as indices, are expanded where a layer wants them, and go again once it has packed them.
func TestCompressionKept(t *testing.T) {
	const rows, units, depth = 8, 64, 256
	stored, other := tabledLayer(t, rows, units, depth)
	m := stored.load(t)
	values := make([]float32, rows*depth)
	for i := range values {
		values[i] = float32(i%17) - 8
	}
	run := func(it *interpreter.Interpreter) []float32 {
		copy(tensor.Data[float32](it.Input(0)), values)
		require.NoError(t, it.Invoke(context.Background()))
		return append([]float32(nil), tensor.Data[float32](it.Output(0))...)
	}
	reference, err := interpreter.New(other.load(t))
	require.NoError(t, err)
	want := run(reference)
	whole, err := interpreter.New(m, interpreter.WithoutRewrites())
	require.NoError(t, err)
	require.Equal(t, want, run(whole))
	require.Len(t, whole.Tensor(1).Bytes(), 4*units*depth, "every tensor is to be seen")
	packs := reference.MemoryUsed() > 4*units*depth // the panels, if the processor has kernels for them
	for range 2 {
		it, err := interpreter.New(m)
		require.NoError(t, err)
		require.Equal(t, want, run(it))
		if packs {
			require.Empty(t, it.Tensor(1).Bytes())
			require.Equal(t, reference.MemoryUsed(), it.MemoryUsed())
		}
		require.NoError(t, it.Resize(0, tensor.Shape{1, depth}))
		single := run(it) // from the weights as they are
		for i, v := range single {
			require.InDelta(t, want[i], v, 1e-3)
		}
		require.NoError(t, it.Resize(0, tensor.Shape{rows, depth}))
		require.Equal(t, want, run(it))
	}
	_, err = interpreter.New(m, interpreter.WithMemoryBudget(4*units*depth-1))
	require.ErrorIs(t, err, interpreter.ErrBudget)
	data, err := m.File().BufferData(int(m.File().Model.Subgraphs[0].Tensors[1].Buffer))
	require.NoError(t, err)
	original, err := other.load(t).File().BufferData(1)
	require.NoError(t, err)
	require.Equal(t, original, data, "tools see a plain model")
}

// TestCompressionMemory: a model that is loaded takes the room of its file, not of its weights.
func TestCompressionMemory(t *testing.T) {
	stored, _ := tabledLayer(t, 8, 512, 2048)
	b := stored.bytes(t)
	heap := func() int64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return int64(s.HeapAlloc)
	}
	before := heap()
	m, err := interpreter.Load(b)
	require.NoError(t, err)
	require.Less(t, heap()-before, int64(1<<20), "weights of 4 MB")
	m.File()
	require.Greater(t, heap()-before, int64(4<<20))
	runtime.KeepAlive(m)
	runtime.KeepAlive(b)
}

// TestCompressionKeptRefused: what is expanded late is checked when the model is loaded, and nobody may write it.
func TestCompressionKeptRefused(t *testing.T) {
	stored, _ := tabledLayer(t, 8, 64, 256)
	stored.m.Buffers[2].Data = floatBytes(1, 2, 3)
	_, err := interpreter.Load(stored.bytes(t))
	require.ErrorIs(t, err, interpreter.ErrInvalidModel)
	require.ErrorContains(t, err, "into a table of 3")
	stored, _ = tabledLayer(t, 8, 64, 256)
	stored.m.Buffers[1].Data = stored.m.Buffers[1].Data[1:]
	_, err = interpreter.Load(stored.bytes(t))
	require.ErrorIs(t, err, interpreter.ErrInvalidModel)
	stored, _ = tabledLayer(t, 8, 64, 256)
	v := stored.tensor("v", tensor.Float32, 64, 256)
	stored.op(tflite.BuiltinOperatorABS, nil, []int32{v}, []int32{1})
	stored.inputs(0, v)
	m, err := interpreter.Load(stored.bytes(t))
	if err == nil {
		_, err = interpreter.New(m)
	}
	require.ErrorIs(t, err, interpreter.ErrInvalidModel)
}

// FuzzCompressionMetadata looks for metadata that Load does not survive.
func FuzzCompressionMetadata(f *testing.F) {
	f.Add(compression(1, []lut{{1, 2, 2}}))
	f.Add(compression(1, nil, []lut{{1, 2, 2}, {2, 0, 9}}))
	f.Fuzz(func(t *testing.T, metadata []byte) {
		_, err := interpreter.Load(compressed(metadata).bytes(t))
		if err != nil {
			require.ErrorContains(t, err, "litewren: load: ")
		}
	})
}

// Any number in place of any word of the metadata is an error or harmless.
func TestCompressionMetadataSpoiled(t *testing.T) {
	good := compression(1, []lut{{1, 2, 2}})
	for at := 0; at+4 <= len(good); at += 2 {
		for _, v := range []uint32{0, 1, 0x7fffffff, 0x80000000, 0xffffffff, uint32(len(good)), uint32(len(good)) - 4} {
			bad := append([]byte(nil), good...)
			binary.LittleEndian.PutUint32(bad[at:], v)
			if _, err := interpreter.Load(compressed(bad).bytes(t)); err != nil {
				known := errors.Is(err, interpreter.ErrInvalidModel) || errors.Is(err, interpreter.ErrUnsupported)
				require.True(t, known, err)
			}
		}
	}
}

// TFLM_DECODE unpacks constants while the model is prepared: consumers see constants, once for all interpreters.
func TestDecodedConstants(t *testing.T) {
	b, w := withWeights()
	bytes := func(name string, data ...byte) int32 {
		return b.data(b.tensor(name, tensor.Uint8, int32(len(data))), data)
	}
	table := append([]byte{0, 1, 0, 0, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0}, floatBytes(20, -1, 10, 30)...)
	add := b.g.Operators[0]
	b.g.Operators = nil
	b.op(tflite.BuiltinOperatorCUSTOM, nil, []int32{bytes("encoded", 0b10_00_11_00), bytes("table", table...)}, []int32{w})
	b.m.OperatorCodes[1].CustomCode = "TFLM_DECODE"
	b.g.Operators = append(b.g.Operators, add)
	m := b.load(t)
	requireAdds(t, m)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	var seen []string
	it.SetTap(func(x interpreter.Tapped) { seen = append(seen, x.Op) })
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []string{"ADD"}, seen)
}
