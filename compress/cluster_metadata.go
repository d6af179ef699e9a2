package compress

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// tabled collects clustered tensors that are to become indices and tables. That is done behind everything else: the model
// then fails the checks that compare constants with shapes.
type tabled struct {
	weights []tabledWeights
	tensors map[*tflite.TensorT]bool // all that were clustered
}

// tabledWeights are the tensors of one buffer of weights, and their place in the report.
type tabledWeights struct {
	*prunedWeights
	first  *tflite.TensorT
	change int
}

func (l *tabled) add(m *edit.Model, w *prunedWeights, change int) {
	if l.tensors == nil {
		l.tensors = map[*tflite.TensorT]bool{}
	}
	for _, u := range w.users {
		l.tensors[m.Subgraphs[u.Graph].Tensors[u.Tensor]] = true
	}
	l.weights = append(l.weights, tabledWeights{w, m.Subgraphs[w.graph].Tensors[w.tensor], change})
}

// lutEntry is a tensor of the metadata.
type lutEntry struct {
	tensor, values int
	bits           int
}

// compressConstants gives the collected tensors packed indices instead of elements, and the model the metadata that says so.
func (l *tabled) compressConstants(f *schema.File, r *Report) {
	m := &edit.Model{ModelT: f.Model}
	entries := make([][]lutEntry, len(m.Subgraphs))
	done := map[uint32]int{} // bytes by buffer: equal weights share one
	for _, w := range l.weights {
		buffer := w.first.Buffer
		if after, ok := done[buffer]; ok {
			r.Changes[w.change].BytesAfter = int64(after)
			continue
		}
		users := m.BufferUsers()[buffer]
		if reason := l.leave(m, buffer, users); reason != "" {
			r.skip(w.graph, w.name, "no table: %s", reason)
			continue
		}
		t, reason := newLookUp(w.first, m.Buffers[buffer].Data)
		if reason != "" {
			r.skip(w.graph, w.name, "no table: %s", reason)
			continue
		}
		m.Buffers[buffer] = &tflite.BufferT{Data: t.indices}
		values := int(m.AddBuffer(t.Tables))
		for _, u := range users {
			entries[u.Graph] = append(entries[u.Graph], lutEntry{u.Tensor, values, t.Bits})
		}
		done[buffer] = len(t.indices) + len(t.Tables)
		r.Changes[w.change].BytesAfter = int64(done[buffer])
	}
	if len(done) == 0 {
		r.warn("no weights to store as tables")
		return
	}
	for i, list := range entries {
		if len(list) == 0 {
			r.warn("subgraph %d has no tables: TFLite Micro wants some in every subgraph", i)
		}
	}
	m.Metadata = append(m.Metadata, &tflite.MetadataT{Name: edit.CompressionMetadata, Buffer: m.AddBuffer(encodeCompression(entries))})
}

// leave says why TFLite Micro could not read a buffer as indices, "" if it can.
func (l *tabled) leave(m *edit.Model, buffer uint32, users []edit.TensorRef) string {
	if slices.Contains(m.MetadataBuffer, int32(buffer)) ||
		slices.ContainsFunc(m.Metadata, func(d *tflite.MetadataT) bool { return d.Buffer == buffer }) {
		return "metadata has the same bytes"
	}
	first := channelsOf(m.Subgraphs[users[0].Graph].Tensors[users[0].Tensor])
	for _, u := range users {
		g := m.Graph(u.Graph)
		x := g.Tensors[u.Tensor]
		if !l.tensors[x] || channelsOf(x) != first {
			return fmt.Sprintf("%q has the same bytes", x.Name)
		}
		if g.IsOutput(int32(u.Tensor)) || g.IsInput(int32(u.Tensor)) {
			return "an input or output of the subgraph"
		}
		for _, use := range g.UsesOf(int32(u.Tensor)) {
			switch m.Code(use.Op) {
			case tflite.BuiltinOperatorFULLY_CONNECTED, tflite.BuiltinOperatorCONV_2D, tflite.BuiltinOperatorDEPTHWISE_CONV_2D,
				tflite.BuiltinOperatorTRANSPOSE_CONV, tflite.BuiltinOperatorCONCATENATION, tflite.BuiltinOperatorASSIGN_VARIABLE:
			default:
				return fmt.Sprintf("%s reads it", m.Name(use.Op))
			}
		}
	}
	return ""
}

// channelLayout is how elements of a tensor belong to tables.
type channelLayout struct {
	kind          tflite.TensorType
	elements      int
	channels, run int // 0 where the format has no tables for them
}

func channelsOf(x *tflite.TensorT) channelLayout {
	v := tensor.Tensor{Type: tensor.Type(x.Type)}
	for _, d := range x.Shape {
		v.Shape = append(v.Shape, int(d))
	}
	if q := x.Quantization; q != nil {
		v.Quant = &tensor.Quantization{Scale: q.Scale, Axis: int(q.QuantizedDimension)}
	}
	l := channelLayout{kind: x.Type, elements: v.Elements()}
	if channels, run, ok := v.ChannelRuns(); ok && len(x.Shape) > 0 {
		l.channels, l.run = channels, run
	}
	return l
}

// packedLookUp is a constant as tables and indices.
type packedLookUp struct {
	tensor.LookUp
	indices []byte
}

// newLookUp makes a table of the different values of every channel, all as long as the longest. It says why it cannot.
func newLookUp(x *tflite.TensorT, data []byte) (*packedLookUp, string) {
	const most, entry = 128, 64 // values of a table; bytes of an entry of the metadata and what belongs to it, about
	l := channelsOf(x)
	t := &packedLookUp{LookUp: tensor.LookUp{Channels: l.channels, Run: l.run, ElementSize: 1}}
	switch {
	case l.channels == 0:
		return nil, "its channels are neither the first nor the last dimension"
	case x.Type == tflite.TensorTypeFLOAT32:
		t.ElementSize = 4
	case x.Type != tflite.TensorTypeINT8:
		return nil, fmt.Sprintf("type %s", x.Type)
	}
	size := t.ElementSize
	channel := func(i int) int { return i / l.run % l.channels }
	values := make([][][]byte, l.channels)
	for i := range l.elements {
		values[channel(i)] = append(values[channel(i)], data[i*size:(i+1)*size])
	}
	for c, list := range values {
		slices.SortFunc(list, bytes.Compare)
		values[c] = slices.CompactFunc(list, bytes.Equal)
		t.Stride = max(t.Stride, len(values[c]))
	}
	t.Bits = max(bits.Len(uint(t.Stride-1)), 1)
	after := (l.elements*t.Bits+7)/8 + l.channels*t.Stride*size
	switch {
	case t.Stride > most:
		return nil, fmt.Sprintf("%d values in a channel, more than %d", t.Stride, most)
	case after+entry > len(data):
		return nil, fmt.Sprintf("indices of %d bits and tables for %d channels take no less room", t.Bits, l.channels)
	}
	t.Tables = make([]byte, l.channels*t.Stride*size)
	for c, list := range values {
		for k, v := range list {
			copy(t.Tables[(c*t.Stride+k)*size:], v)
		}
	}
	indices := make([]int, l.elements)
	for i := range indices {
		indices[i], _ = slices.BinarySearchFunc(values[channel(i)], data[i*size:(i+1)*size], bytes.Compare)
	}
	t.indices = packBits(indices, t.Bits)
	return t, ""
}

// encodeCompression writes the metadata: a flatbuffer without identifier, whose subgraphs are those of the model.
//
//	table Metadata  { schema_version:uint = 1; subgraphs:[Subgraph]; }
//	table Subgraph  { lut_tensors:[LutTensor]; }
//	table LutTensor { tensor:int; value_buffer:uint; index_bitwidth:uint8; }
//
// Source: tensorflow/lite/micro/compression/metadata.fbs of TFLite Micro.
func encodeCompression(subgraphs [][]lutEntry) []byte {
	b := flatbuffers.NewBuilder(0)
	vector := func(list []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
		b.StartVector(flatbuffers.SizeUOffsetT, len(list), flatbuffers.SizeUOffsetT)
		for _, o := range slices.Backward(list) {
			b.PrependUOffsetT(o)
		}
		return b.EndVector(len(list))
	}
	var graphs []flatbuffers.UOffsetT
	for _, list := range subgraphs {
		var entries []flatbuffers.UOffsetT
		for _, e := range list {
			b.StartObject(3)
			b.PrependInt32Slot(0, int32(e.tensor), 0)
			b.PrependUint32Slot(1, uint32(e.values), 0)
			b.PrependByteSlot(2, byte(e.bits), 0)
			entries = append(entries, b.EndObject())
		}
		tensors := vector(entries)
		b.StartObject(1)
		b.PrependUOffsetTSlot(0, tensors, 0)
		graphs = append(graphs, b.EndObject())
	}
	all := vector(graphs)
	b.StartObject(2)
	b.PrependUint32Slot(0, 1, 0) // written out, default or not
	b.PrependUOffsetTSlot(1, all, 0)
	b.Finish(b.EndObject())
	return b.FinishedBytes()
}

// refuseCompressed refuses models that have tables already: their entries name tensors by index.
func refuseCompressed(f *schema.File) error {
	if f.Model != nil {
		for _, d := range f.Model.Metadata {
			if d != nil && d.Name == edit.CompressionMetadata {
				return fmt.Errorf("cluster: the model has %s already: %w", edit.CompressionMetadata, ops.ErrUnsupported)
			}
		}
	}
	return nil
}
