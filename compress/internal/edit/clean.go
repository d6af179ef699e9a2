package edit

import (
	"bytes"
	"hash/maphash"

	"github.com/litewren/litewren/schema/tflite"
)

// Clean removes what nothing refers to: tensors, buffers and operator codes; and it stores equal constants once. Nodes stay,
// whether anybody reads their outputs or not: see RemoveDeadNodes.
func (m *Model) Clean() {
	for _, g := range m.Graphs() {
		g.dropTensors()
	}
	m.shareBuffers()
	m.dropBuffers()
	m.dropCodes()
}

// dropTensors removes unused tensors of a subgraph. Tensors of a compressed model's metadata are named by index there, so
// such models keep theirs.
func (g *Graph) dropTensors() {
	for _, d := range g.Model.Metadata {
		if d != nil && d.Name == CompressionMetadata {
			return
		}
	}
	used := make([]bool, len(g.Tensors))
	each := func(visit func(*int32)) {
		for _, op := range g.Operators {
			for _, list := range [][]int32{op.Inputs, op.Outputs, op.Intermediates} {
				for i := range list {
					visit(&list[i])
				}
			}
		}
		for _, list := range [][]int32{g.Inputs, g.Outputs} {
			for i := range list {
				visit(&list[i])
			}
		}
		for _, t := range g.Tensors {
			if b := blockwise(t); b != nil {
				visit(&b.Scales)
				visit(&b.ZeroPoints)
			}
		}
	}
	// What an unused blockwise tensor names stays for this time: it costs nothing to be late.
	each(func(t *int32) {
		if *t >= 0 {
			used[*t] = true
		}
	})
	signature := func(visit func(*uint32)) {
		for _, s := range g.Model.SignatureDefs {
			if int(s.SubgraphIndex) != g.Index {
				continue
			}
			for _, list := range [][]*tflite.TensorMapT{s.Inputs, s.Outputs} {
				for _, x := range list {
					visit(&x.TensorIndex)
				}
			}
		}
	}
	signature(func(t *uint32) { used[*t] = true })

	place := make([]int32, len(g.Tensors))
	kept := g.Tensors[:0:0]
	for i, t := range g.Tensors {
		if used[i] {
			place[i] = int32(len(kept))
			kept = append(kept, t)
		}
	}
	if len(kept) == len(g.Tensors) {
		return
	}
	each(func(t *int32) {
		if *t >= 0 {
			*t = place[*t]
		}
	})
	signature(func(t *uint32) { *t = uint32(place[*t]) })
	g.Tensors = kept
}

// CompressionMetadata is the name under which a model keeps the look-up tables of tflite-micro's compressed tensors.
const CompressionMetadata = "COMPRESSION_METADATA"

func blockwise(t *tflite.TensorT) *tflite.BlockwiseQuantizationT {
	if t.Quantization == nil || t.Quantization.Details == nil {
		return nil
	}
	b, _ := t.Quantization.Details.Value.(*tflite.BlockwiseQuantizationT)
	return b
}

// shareBuffers makes tensors with equal constants use one buffer.
func (m *Model) shareBuffers() {
	if m.hasCompressionMetadata() {
		return // its tables name buffers by index
	}
	seed := maphash.MakeSeed()
	first := map[uint64][]uint32{}
	same := make([]uint32, len(m.Buffers))
	for i, b := range m.Buffers {
		same[i] = uint32(i)
		if i == 0 || len(b.Data) == 0 {
			continue
		}
		h := maphash.Bytes(seed, b.Data)
		for _, other := range first[h] {
			if bytes.Equal(m.Buffers[other].Data, b.Data) {
				same[i] = other
			}
		}
		if same[i] == uint32(i) {
			first[h] = append(first[h], uint32(i))
		}
	}
	for _, g := range m.Subgraphs {
		for _, t := range g.Tensors {
			if !t.IsVariable {
				t.Buffer = same[t.Buffer]
			}
		}
	}
}

func (m *Model) hasCompressionMetadata() bool {
	for _, d := range m.Metadata {
		if d != nil && d.Name == CompressionMetadata {
			return true
		}
	}
	return false
}

// dropBuffers removes buffers of no tensor and no metadata. Buffer 0 stays: it means "no value".
func (m *Model) dropBuffers() {
	if m.hasCompressionMetadata() {
		return
	}
	used := make([]bool, len(m.Buffers))
	visit := func(f func(*uint32)) {
		for _, g := range m.Subgraphs {
			for _, t := range g.Tensors {
				f(&t.Buffer)
			}
		}
		for _, d := range m.Metadata {
			f(&d.Buffer)
		}
	}
	visit(func(b *uint32) { used[*b] = true })
	for _, b := range m.MetadataBuffer {
		if b >= 0 && int(b) < len(used) {
			used[b] = true
		}
	}
	place := make([]uint32, len(m.Buffers))
	kept := m.Buffers[:0:0]
	for i, b := range m.Buffers {
		if i == 0 || used[i] {
			place[i] = uint32(len(kept))
			kept = append(kept, b)
		}
	}
	visit(func(b *uint32) { *b = place[*b] })
	for i, b := range m.MetadataBuffer {
		if b >= 0 && int(b) < len(place) {
			m.MetadataBuffer[i] = int32(place[b])
		}
	}
	m.Buffers = kept
}

// dropCodes removes operator codes of no node.
func (m *Model) dropCodes() {
	used := make([]bool, len(m.OperatorCodes))
	for _, g := range m.Subgraphs {
		for _, op := range g.Operators {
			used[op.OpcodeIndex] = true
		}
	}
	place := make([]uint32, len(m.OperatorCodes))
	kept := m.OperatorCodes[:0:0]
	for i, c := range m.OperatorCodes {
		if used[i] {
			place[i] = uint32(len(kept))
			kept = append(kept, c)
		}
	}
	for _, g := range m.Subgraphs {
		for _, op := range g.Operators {
			op.OpcodeIndex = place[op.OpcodeIndex]
		}
	}
	m.OperatorCodes = kept
}
