// Package edit changes the graphs of decoded models: it finds producers and consumers, adds and removes tensors, buffers,
// operators and operator codes, and clears away what nothing refers to any more.
//
// A Model is a private copy, so that transforms are pure functions. Payloads are shared with the original: a buffer's bytes
// are replaced, never written.
package edit

import (
	"fmt"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// Model is a model under change.
type Model struct {
	*tflite.ModelT
	file *schema.File
}

// Open checks f and copies it.
func Open(f *schema.File) (*Model, error) {
	if err := schema.Check(f); err != nil {
		if f.Model != nil && (&Model{ModelT: f.Model}).hasCompressionMetadata() {
			return nil, fmt.Errorf("constants stored as tables of %s, which is a last step: %w: %w", CompressionMetadata, ops.ErrUnsupported, err)
		}
		return nil, err
	}
	c := f.Clone()
	return &Model{ModelT: c.Model, file: c}, nil
}

// File ends the change: what nothing refers to is cleared away, and the result is checked. The Model must not be used
// afterwards.
func (m *Model) File() (*schema.File, error) {
	m.Clean()
	if err := schema.Check(m.file); err != nil {
		return nil, fmt.Errorf("after the change: %w", err)
	}
	return m.file, nil
}

// Draft returns the model as it stands, to run it: what nothing refers to is still there, so that indexes of tensors and nodes
// are those of the Model, which goes on changing it.
func (m *Model) Draft() *schema.File { return m.file }

// Graph returns subgraph i.
func (m *Model) Graph(i int) *Graph {
	return &Graph{SubGraphT: m.Subgraphs[i], Model: m, Index: i}
}

// Graphs returns all subgraphs.
func (m *Model) Graphs() []*Graph {
	out := make([]*Graph, len(m.Subgraphs))
	for i := range out {
		out[i] = m.Graph(i)
	}
	return out
}

// Code returns the builtin operator of a node, CUSTOM for custom ones.
func (m *Model) Code(op *tflite.OperatorT) tflite.BuiltinOperator {
	return schema.EffectiveCode(m.OperatorCodes[op.OpcodeIndex])
}

// Name returns the operator's name, that of the custom code for custom ones.
func (m *Model) Name(op *tflite.OperatorT) string {
	if c := m.OperatorCodes[op.OpcodeIndex]; schema.EffectiveCode(c) == tflite.BuiltinOperatorCUSTOM {
		return c.CustomCode
	}
	return m.Code(op).String()
}

// Version returns the version of a node's operator.
func (m *Model) Version(op *tflite.OperatorT) int32 {
	return max(m.OperatorCodes[op.OpcodeIndex].Version, 1)
}

// OperatorCode returns the index of the operator code with this operator, custom code and version, adding it if it is not there.
func (m *Model) OperatorCode(code tflite.BuiltinOperator, custom string, version int32) uint32 {
	for i, c := range m.OperatorCodes {
		if schema.EffectiveCode(c) == code && c.CustomCode == custom && max(c.Version, 1) == version {
			return uint32(i)
		}
	}
	// Readers older than the wide field take the narrow one, which holds this placeholder for codes that do not fit.
	const placeholder = 127
	m.OperatorCodes = append(m.OperatorCodes, &tflite.OperatorCodeT{
		BuiltinCode: code, DeprecatedBuiltinCode: int8(min(code, placeholder)), CustomCode: custom, Version: version,
	})
	return uint32(len(m.OperatorCodes) - 1)
}

// SetVersion gives a node's operator another version; other nodes keep theirs.
func (m *Model) SetVersion(op *tflite.OperatorT, version int32) {
	c := m.OperatorCodes[op.OpcodeIndex]
	op.OpcodeIndex = m.OperatorCode(schema.EffectiveCode(c), c.CustomCode, version)
}

// RaiseVersion sets the version of a node's operator unless it is as high already.
func (m *Model) RaiseVersion(op *tflite.OperatorT, version int32) {
	if m.Version(op) < version {
		m.SetVersion(op, version)
	}
}

// AddBuffer adds a buffer with these bytes and returns its index.
func (m *Model) AddBuffer(data []byte) uint32 {
	m.Buffers = append(m.Buffers, &tflite.BufferT{Data: data})
	return uint32(len(m.Buffers) - 1)
}

// TensorRef names a tensor.
type TensorRef struct{ Graph, Tensor int }

// BufferUsers returns the tensors of every buffer, by buffer; buffer 0, which holds nothing, has none.
func (m *Model) BufferUsers() [][]TensorRef {
	users := make([][]TensorRef, len(m.Buffers))
	for g, sub := range m.Subgraphs {
		for t, x := range sub.Tensors {
			if x.Buffer > 0 {
				users[x.Buffer] = append(users[x.Buffer], TensorRef{g, t})
			}
		}
	}
	return users
}
