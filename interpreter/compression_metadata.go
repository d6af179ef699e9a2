package interpreter

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// compressionMetadata is the name of the metadata in which TFLite Micro lists constants that are stored as indices into
// tables of values: a flatbuffer of its own.
//
//	table Metadata  { schema_version:uint = 1; subgraphs:[Subgraph]; }   // subgraphs as in the model
//	table Subgraph  { lut_tensors:[LutTensor]; }
//	table LutTensor { tensor:int; value_buffer:uint; index_bitwidth:uint8; }
//
// Source: tensorflow/lite/micro/compression/metadata.fbs of TFLite Micro.
const compressionMetadata = "COMPRESSION_METADATA"

const compressionVersion = 1

// maxExpansion bounds what compressed constants may grow to, by the size of the file: an index of one bit for eight bytes is
// the most there is.
const maxExpansion = 64

// lutTensor is an entry of the metadata.
type lutTensor struct {
	subgraph, tensor int64
	values           int64 // buffer
	bits             int
}

// storedLookUp is a constant that stays as indices and tables until a node that reads it is prepared.
type storedLookUp struct {
	subgraph, tensor int
	buffer           uint32 // that the elements are to be in
	kind             tensor.Type
	size             int
	lookup           tensor.LookUp
	indices          []byte
}

// elements expands the constant, in the byte order of the file.
func (s *storedLookUp) elements() ([]byte, error) {
	data := tensor.AlignedBytes(s.size)
	if err := s.lookup.Expand(data, s.indices); err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrInvalidModel)
	}
	return data, nil
}

// expandCompressed replaces compressed constants by what they stand for, and drops the metadata that tells of them: the model
// is then like any other. It runs before schema.Check, which compares constants with shapes, and so checks what it reads. Large weights
// that their nodes may pack are checked only and listed; their buffers hold zeros, all the same ones, until the graphs are made.
func expandCompressed(file *schema.File, size int64) ([]*storedLookUp, error) {
	var stored []*storedLookUp
	m := file.Model
	for i, e := range m.Metadata {
		if e.Name != compressionMetadata {
			continue
		}
		if int64(e.Buffer) >= int64(len(m.Buffers)) {
			return nil, fmt.Errorf("%s: buffer %d of %d: %w", compressionMetadata, e.Buffer, len(m.Buffers), ErrInvalidModel)
		}
		list, err := readCompression(m.Buffers[e.Buffer].Data, len(m.Subgraphs))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", compressionMetadata, err)
		}
		budget := size * maxExpansion
		seen := map[[2]int64]bool{}
		for _, l := range list {
			if key := [2]int64{l.subgraph, l.tensor}; seen[key] {
				return nil, fmt.Errorf("%s: subgraph %d: tensor %d twice: %w", compressionMetadata, l.subgraph, l.tensor, ErrInvalidModel)
			} else {
				seen[key] = true
			}
			late, err := l.expand(m, &budget)
			if err != nil {
				return nil, fmt.Errorf("%s: subgraph %d: tensor %d: %w", compressionMetadata, l.subgraph, l.tensor, err)
			}
			if late != nil {
				stored = append(stored, late)
			}
		}
		m.Metadata = append(m.Metadata[:i:i], m.Metadata[i+1:]...)
		break
	}
	most := 0
	for _, s := range stored {
		most = max(most, s.size)
	}
	zeros := tensor.AlignedBytes(most)
	for _, s := range stored {
		m.Buffers[s.buffer].Data = zeros[:s.size]
	}
	return stored, nil
}

// expand gives a tensor a buffer with its elements, or one that is to have them, and returns what these are.
func (l lutTensor) expand(m *tflite.ModelT, budget *int64) (*storedLookUp, error) {
	g := m.Subgraphs[l.subgraph]
	if l.tensor < 0 || l.tensor >= int64(len(g.Tensors)) {
		return nil, fmt.Errorf("of %d: %w", len(g.Tensors), ErrInvalidModel)
	}
	t := g.Tensors[l.tensor]
	if int64(t.Buffer) >= int64(len(m.Buffers)) || l.values >= int64(len(m.Buffers)) {
		return nil, fmt.Errorf("buffers %d and %d of %d: %w", t.Buffer, l.values, len(m.Buffers), ErrInvalidModel)
	}
	x := tensor.Tensor{Type: tensor.Type(t.Type), Shape: toInts(t.Shape)}
	switch x.Type {
	case tensor.Bool, tensor.Float32, tensor.Int8, tensor.Int16, tensor.Int32, tensor.Int64:
	default:
		return nil, fmt.Errorf("type %s: %w", t.Type, ErrUnsupported)
	}
	bytes, err := x.ByteSize()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrInvalidModel)
	}
	if t.Quantization != nil {
		x.Quant = &tensor.Quantization{Scale: t.Quantization.Scale, Axis: int(t.Quantization.QuantizedDimension)}
	}
	channels, run, ok := x.ChannelRuns()
	if !ok {
		return nil, fmt.Errorf("%d channels along dimension %d of %v, want the first or last: %w", len(x.Quant.Scale), x.Quant.Axis, x.Shape, ErrUnsupported)
	}
	tables, element := m.Buffers[l.values].Data, x.Type.Size()
	if len(tables) == 0 || len(tables)%(channels*element) != 0 {
		return nil, fmt.Errorf("%d bytes of values for %d channels of %s: %w", len(tables), channels, x.Type, ErrInvalidModel)
	}
	if *budget -= bytes; *budget < 0 || bytes > math.MaxInt {
		return nil, fmt.Errorf("constants grow by more than a factor of %d: %w", maxExpansion, ErrBudget)
	}
	s := &storedLookUp{
		subgraph: int(l.subgraph), tensor: int(l.tensor), buffer: uint32(len(m.Buffers)), kind: x.Type, size: int(bytes), indices: m.Buffers[t.Buffer].Data,
		lookup: tensor.LookUp{
			Bits: l.bits, Tables: tables, Stride: len(tables) / (channels * element), Channels: channels, Run: run, ElementSize: element,
		},
	}
	buffer := &tflite.BufferT{}
	late := bytes >= leastDropped && packable(m, g, int32(l.tensor))
	if late {
		if err := s.lookup.Check(bytes, s.indices); err != nil {
			return nil, fmt.Errorf("%w: %w", err, ErrInvalidModel)
		}
	} else if buffer.Data, err = s.elements(); err != nil {
		return nil, err
	}
	t.Buffer = s.buffer
	m.Buffers = append(m.Buffers, buffer)
	if !late {
		return nil, nil
	}
	return s, nil
}

// packable reports whether all that reads a tensor are layers of which it is the weights. Nothing is verified yet.
func packable(m *tflite.ModelT, g *tflite.SubGraphT, t int32) bool {
	if slices.Contains(g.Inputs, t) || slices.Contains(g.Outputs, t) || g.Tensors[t].IsVariable || g.Tensors[t].Sparsity != nil {
		return false
	}
	for _, o := range g.Operators {
		for i, k := range o.Inputs {
			if k != t {
				continue
			}
			if i != 1 || int64(o.OpcodeIndex) >= int64(len(m.OperatorCodes)) {
				return false
			}
			switch schema.EffectiveCode(m.OperatorCodes[o.OpcodeIndex]) {
			case tflite.BuiltinOperatorFULLY_CONNECTED, tflite.BuiltinOperatorCONV_2D, tflite.BuiltinOperatorDEPTHWISE_CONV_2D, tflite.BuiltinOperatorTRANSPOSE_CONV:
			default:
				return false
			}
		}
	}
	return true
}

// keepStored leaves listed constants as indices: in the graphs they have no data, nor in the file until somebody asks for it.
func (m *Model) keepStored(list []*storedLookUp) {
	for _, s := range list {
		d := &m.graphs[s.subgraph].tensors[s.tensor]
		d.stored = s
		d.proto.SetBytes(nil)
		m.file.Model.Buffers[s.buffer].Data = nil
	}
	m.stored = list
}

// expandFile completes the tables of the file, for tools.
func (m *Model) expandFile() {
	for _, s := range m.stored {
		if data, err := s.elements(); err == nil { // Load has checked them
			m.file.Model.Buffers[s.buffer].Data = data
		}
	}
}

// key is that of the expanded constant among what the model has computed: a node that the file does not have.
func (s *storedLookUp) key() foldKey { return foldKey{s.subgraph, -1 - s.tensor} }

// expandInputs gives the inputs of a node that are stored as indices their elements.
func (in *instance) expandInputs(n *node) error {
	for _, k := range n.def.inputs {
		if k < 0 || in.graph.tensors[k].stored == nil || len(in.tensors[k].Bytes()) > 0 {
			continue
		}
		s, t := in.graph.tensors[k].stored, in.tensors[k]
		if err := in.account(t, int64(s.size)); err != nil {
			return err
		}
		done := in.it.model.fold(s.key(), nil)
		if done == nil {
			data, err := s.elements()
			if err != nil {
				return err
			}
			done = in.it.model.fold(s.key(), []foldedTensor{{t.Shape.Clone(), tensor.FromLittleEndian(s.kind, data)}})
		}
		t.SetBytes(done[0].data)
	}
	return nil
}

// readCompression reads the metadata of a model with that many subgraphs.
func readCompression(b []byte, subgraphs int) ([]lutTensor, error) {
	root, err := (flatTable{b: b}).follow(0)
	if err != nil {
		return nil, err
	}
	if v := root.number(0, 4, compressionVersion); v > compressionVersion {
		return nil, fmt.Errorf("version %d, at most %d: %w", v, compressionVersion, ErrUnsupported)
	}
	graphs, err := root.tables(1)
	if err != nil {
		return nil, err
	}
	if len(graphs) > subgraphs {
		return nil, fmt.Errorf("%d subgraphs, the model has %d: %w", len(graphs), subgraphs, ErrInvalidModel)
	}
	var list []lutTensor
	for i, g := range graphs {
		entries, err := g.tables(0)
		if err != nil {
			return nil, err
		}
		// Each entry takes at least its offset, so shared tables cannot make more of them than the bytes allow.
		if 4*(len(list)+len(entries)) > len(b) {
			return nil, fmt.Errorf("%d bytes with shared vectors: %w", len(b), ErrInvalidModel)
		}
		for _, e := range entries {
			list = append(list, lutTensor{int64(i), int64(int32(e.number(0, 4, 0))), int64(e.number(1, 4, 0)), int(e.number(2, 1, 0))})
		}
	}
	return list, nil
}

// flatTable is a table of a flatbuffer whose every read is checked.
type flatTable struct {
	b      []byte
	at     int64
	vtable []byte // nil for the beginning of the buffer
}

func (t flatTable) broken(what string, at int64) error {
	return fmt.Errorf("%s at byte %d of %d: %w", what, at, len(t.b), ErrInvalidModel)
}

// follow reads the offset at a position and returns the table it leads to.
func (t flatTable) follow(at int64) (flatTable, error) {
	size := int64(len(t.b))
	if at < 0 || at > size-4 {
		return t, t.broken("offset", at)
	}
	pos := at + int64(binary.LittleEndian.Uint32(t.b[at:]))
	if pos > size-4 {
		return t, t.broken("table", pos)
	}
	v := pos - int64(int32(binary.LittleEndian.Uint32(t.b[pos:])))
	if v < 0 || v > size-4 {
		return t, t.broken("vtable", v)
	}
	n, object := int64(binary.LittleEndian.Uint16(t.b[v:])), int64(binary.LittleEndian.Uint16(t.b[v+2:]))
	if n < 4 || n%2 != 0 || n > size-v || object < 4 || object > size-pos {
		return t, t.broken("vtable", v)
	}
	return flatTable{t.b, pos, t.b[v+4 : v+n]}, nil
}

// field returns the position of field i, which has width bytes; ok is false where it is left out or lies outside.
func (t flatTable) field(i int, width int64) (at int64, ok bool) {
	if 2*i+2 > len(t.vtable) {
		return 0, false
	}
	o := int64(binary.LittleEndian.Uint16(t.vtable[2*i:]))
	if o < 4 || t.at+o > int64(len(t.b))-width {
		return 0, false
	}
	return t.at + o, true
}

// number returns field i, an unsigned integer of 1 or 4 bytes.
func (t flatTable) number(i int, width int64, def uint32) uint32 {
	at, ok := t.field(i, width)
	switch {
	case !ok:
		return def
	case width == 1:
		return uint32(t.b[at])
	}
	return binary.LittleEndian.Uint32(t.b[at:])
}

// tables returns field i, a vector of tables.
func (t flatTable) tables(i int) ([]flatTable, error) {
	at, ok := t.field(i, 4)
	if !ok {
		return nil, nil
	}
	size := int64(len(t.b))
	pos := at + int64(binary.LittleEndian.Uint32(t.b[at:]))
	if pos > size-4 {
		return nil, t.broken("vector", pos)
	}
	n := int64(binary.LittleEndian.Uint32(t.b[pos:]))
	if n > (size-pos-4)/4 {
		return nil, t.broken("vector", pos)
	}
	list := make([]flatTable, n)
	for k := range list {
		var err error
		if list[k], err = t.follow(pos + 4 + 4*int64(k)); err != nil {
			return nil, err
		}
	}
	return list, nil
}
