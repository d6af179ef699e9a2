package interpreter

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// graph is what all interpreters of a model share of one subgraph.
type graph struct {
	index           int
	name            string
	tensors         []tensorDef
	nodes           []nodeDef
	inputs, outputs []int // tensor indexes; -1 for an absent input
	source          []int // by tensor: the node that computes it, -1 for inputs, noSource for none
	// plain is the subgraph that this one is a rewritten form of, nil for one as the file has it.
	plain *graph
}

// noSource is later than any node.
const noSource = math.MaxInt

// reads reports whether tensor k is an operand of a node or an output.
func (g *graph) reads(k int) bool {
	for i := range g.nodes {
		if slices.Contains(g.nodes[i].inputs, k) {
			return true
		}
	}
	return slices.Contains(g.outputs, k)
}

// tensorDef is a tensor as the file declares it; for constants proto has the data.
type tensorDef struct {
	proto    tensor.Tensor
	constant bool
	variable bool
	stored   *storedLookUp // a constant whose elements are computed when a node that reads it is prepared
}

// nodeDef is a node as the file declares it.
type nodeDef struct {
	op                    *ops.Op
	name                  string
	version               int
	options               any
	custom                []byte
	inputs, intermediates []int
	outputs               []int // those that are there
	outputSlots           []int // all of them, -1 where nobody wants the value
	err                   error // why the node cannot run here
	origin                int   // its number in the file; for one that replaces several, that of the last
	padding               *ops.Padding
}

// reason tells why a node is unsupported where its operator exists.
func (n *nodeDef) reason() string {
	if errors.Is(n.err, errNoOperator) {
		return ""
	}
	return fmt.Sprintf(" (%v)", n.err)
}

func newGraph(file *schema.File, index int, c *loadConfig, x *externals) (*graph, error) {
	s := file.Model.Subgraphs[index]
	b := newBlocks(s)
	g := &graph{index: index, name: s.Name, inputs: b.toInts(s.Inputs), outputs: b.toInts(s.Outputs)}
	g.tensors = make([]tensorDef, len(s.Tensors))
	for i, t := range s.Tensors {
		if err := g.tensors[i].decode(file, t, x, b); err != nil {
			return nil, fmt.Errorf("tensor %d (%q): %w", i, t.Name, err)
		}
	}
	for i, t := range s.Tensors {
		if err := g.resolveBlocks(i, t); err != nil {
			return nil, fmt.Errorf("tensor %d (%q): %w", i, t.Name, err)
		}
	}
	g.nodes = make([]nodeDef, len(s.Operators))
	for i, o := range s.Operators {
		g.nodes[i] = newNode(file.Model, o, c.registry, b)
		g.nodes[i].origin = i
	}
	g.findSources()
	g.markEmptyConstants()
	return g, nil
}

func (g *graph) findSources() {
	g.source = make([]int, len(g.tensors))
	for i := range g.source {
		g.source[i] = noSource
	}
	for i := range g.nodes {
		for _, k := range g.nodes[i].outputs {
			g.source[k] = min(g.source[k], i)
		}
	}
	for _, k := range g.inputs {
		if k >= 0 {
			g.source[k] = -1
		}
	}
}

// markEmptyConstants makes constants of the tensors without elements that nobody writes: they have no data to tell them by.
func (g *graph) markEmptyConstants() {
	for i := range g.tensors {
		d := &g.tensors[i]
		if g.source[i] == noSource && !d.variable && !d.constant && d.proto.Type.Bits() > 0 && len(d.proto.Shape) > 0 && d.proto.Elements() == 0 {
			d.constant = true
			d.proto.SetBytes([]byte{})
		}
	}
}

func newNode(m *tflite.ModelT, o *tflite.OperatorT, r *ops.Registry, b *blocks) nodeDef {
	code := m.OperatorCodes[o.OpcodeIndex]
	builtin := schema.EffectiveCode(code)
	n := nodeDef{
		version: int(code.Version), custom: o.CustomOptions,
		inputs: b.toInts(o.Inputs), outputSlots: b.toInts(o.Outputs), intermediates: b.toInts(o.Intermediates),
	}
	n.outputs = n.outputSlots
	if slices.Contains(n.outputSlots, -1) {
		n.outputs = slices.DeleteFunc(slices.Clone(n.outputSlots), func(k int) bool { return k < 0 })
	}
	switch {
	case o.BuiltinOptions != nil && o.BuiltinOptions.Value != nil:
		n.options = o.BuiltinOptions.Value
	case o.BuiltinOptions2 != nil && o.BuiltinOptions2.Value != nil:
		n.options = o.BuiltinOptions2.Value
	}
	if builtin == tflite.BuiltinOperatorCUSTOM {
		n.name = code.CustomCode
		n.op = r.Custom(n.name)
	} else {
		n.name = builtin.String()
		n.op = r.Builtin(builtin)
	}
	switch {
	case n.op != nil:
		n.err = n.op.CheckVersion(n.version)
	case builtin == tflite.BuiltinOperatorCUSTOM && strings.HasPrefix(n.name, flexPrefix):
		n.err = errFlex
	default:
		n.err = errNoOperator
	}
	return n
}

func (d *tensorDef) decode(file *schema.File, t *tflite.TensorT, x *externals, b *blocks) error {
	d.proto = tensor.Tensor{Name: t.Name, Type: tensor.Type(t.Type), Shape: b.toInts(t.Shape), Signature: nil}
	if !d.proto.Type.Valid() {
		return fmt.Errorf("type %d: %w", t.Type, ErrInvalidModel)
	}
	if len(t.ShapeSignature) > 0 {
		d.proto.Signature = b.toInts(t.ShapeSignature)
	}
	if err := d.proto.Shape.Check(); err != nil {
		return fmt.Errorf("%w: %w", err, ErrInvalidModel)
	}
	q, err := quantization(t.Quantization, b)
	if err != nil {
		return err
	}
	if q.PerAxis() && len(d.proto.Shape) == 1 {
		q.Axis = 0 // converters copy the weights' axis to the bias, which has only one
	}
	if err := q.Check(d.proto.Type, d.proto.Shape); err != nil {
		return fmt.Errorf("%w: %w", err, ErrInvalidModel)
	}
	d.proto.Quant = q
	if t.Sparsity != nil {
		d.proto.Sparsity = sparsity(t.Sparsity)
	}
	d.variable = t.IsVariable
	var data []byte
	if t.Buffer != 0 {
		if data, err = file.BufferData(int(t.Buffer)); err != nil {
			return err
		}
	}
	if t.ExternalBuffer != 0 {
		if data, err = d.external(x, t, data); err != nil {
			return err
		}
	}
	if len(data) == 0 {
		// Writers give tensors without data an empty buffer of their own; markEmptyConstants sorts out the rest.
		return nil
	}
	d.constant = true
	if d.proto.Type == tensor.String {
		n, err := tensor.StringCount(data)
		if err != nil {
			return fmt.Errorf("%w: %w", err, ErrInvalidModel)
		}
		if want := d.proto.Elements(); n != want {
			return fmt.Errorf("%d strings, want %d for shape %v: %w", n, want, d.proto.Shape, ErrInvalidModel)
		}
	} else if d.proto.Sparsity == nil {
		size, err := d.proto.ByteSize()
		if err != nil {
			return fmt.Errorf("%w: %w", err, ErrInvalidModel)
		}
		if int64(len(data)) < size {
			return fmt.Errorf("%d bytes of data, want %d for %s%v: %w", len(data), size, d.proto.Type, d.proto.Shape, ErrInvalidModel)
		}
		data = data[:size:size]
	}
	if d.proto.Type == tensor.Bool {
		data = truthValues(data)
	}
	d.proto.SetBytes(tensor.FromLittleEndian(d.proto.Type, data))
	return nil
}

// truthValues returns BOOL elements as bytes of 0 and 1, which is all that Go's bool may hold; any other byte means true.
func truthValues(data []byte) []byte {
	for i, v := range data {
		if v > 1 {
			data = append([]byte(nil), data...)
			for j := i; j < len(data); j++ {
				data[j] = min(data[j], 1)
			}
			break
		}
	}
	return data
}

// quantization converts the table; files that only carry min and max have none.
func quantization(t *tflite.QuantizationParametersT, b *blocks) (*tensor.Quantization, error) {
	if t == nil {
		return nil, nil
	}
	if t.Details != nil && t.Details.Type == tflite.QuantizationDetailsBlockwiseQuantization {
		return &tensor.Quantization{Axis: int(t.QuantizedDimension)}, nil // resolveBlocks completes it
	}
	if len(t.Scale) == 0 {
		return nil, nil
	}
	q := &cut(&b.quantizations, 1)[0]
	*q = tensor.Quantization{Scale: t.Scale, Axis: int(t.QuantizedDimension)}
	if !slices.ContainsFunc(t.ZeroPoint, func(z int64) bool { return z != 0 }) {
		q.ZeroPoint = b.zeros[:len(t.Scale):len(t.Scale)] // as nearly all weights have: they share them
		return q, nil
	}
	if len(t.Scale) == 1 {
		q.ZeroPoint = cut(&b.zeroPoints, 1)
	} else {
		q.ZeroPoint = make([]int32, len(t.Scale))
	}
	for i := range q.ZeroPoint {
		var z int64
		switch {
		case i < len(t.ZeroPoint):
			z = t.ZeroPoint[i]
		case len(t.ZeroPoint) == 1:
			z = t.ZeroPoint[0]
		}
		if z < math.MinInt32 || z > math.MaxInt32 {
			return nil, fmt.Errorf("zero point %d is %d, outside int32: %w", i, z, ErrInvalidModel)
		}
		q.ZeroPoint[i] = int32(z)
	}
	return q, nil
}

// resolveBlocks links a blockwise quantized tensor to the tensors that hold its scales.
func (g *graph) resolveBlocks(i int, t *tflite.TensorT) error {
	if t.Quantization == nil || t.Quantization.Details == nil {
		return nil
	}
	b, ok := t.Quantization.Details.Value.(*tflite.BlockwiseQuantizationT)
	if !ok || b == nil {
		return nil
	}
	of := func(what string, k int32) (*tensor.Tensor, error) {
		if k < 0 || int(k) >= len(g.tensors) {
			return nil, fmt.Errorf("blockwise %s: tensor %d of %d: %w", what, k, len(g.tensors), ErrInvalidModel)
		}
		if !g.tensors[k].constant {
			return nil, fmt.Errorf("blockwise %s: tensor %d is not constant: %w", what, k, ErrInvalidModel)
		}
		return &g.tensors[k].proto, nil
	}
	block := &tensor.Blockwise{Size: int(b.BlockSize)}
	if block.Size <= 0 {
		return fmt.Errorf("blockwise: block size %d: %w", block.Size, ErrInvalidModel)
	}
	var err error
	if block.Scales, err = of("scales", b.Scales); err != nil {
		return err
	}
	if b.ZeroPoints >= 0 && b.ZeroPoints != b.Scales && b.ZeroPoints != 0 {
		if block.ZeroPoints, err = of("zero points", b.ZeroPoints); err != nil {
			return err
		}
	}
	g.tensors[i].proto.Quant.Block = block
	return nil
}

func sparsity(t *tflite.SparsityParametersT) *tensor.Sparsity {
	s := &tensor.Sparsity{TraversalOrder: toInts(t.TraversalOrder), BlockMap: toInts(t.BlockMap)}
	for _, d := range t.DimMetadata {
		l := tensor.SparseLevel{Sparse: d.Format == tflite.DimensionTypeSPARSE_CSR, DenseSize: int(d.DenseSize)}
		if l.Sparse {
			l.Segments, l.Indices = indexVector(d.ArraySegments), indexVector(d.ArrayIndices)
		}
		s.Levels = append(s.Levels, l)
	}
	return s
}

func indexVector(v *tflite.SparseIndexVectorT) tensor.IndexVector {
	if v == nil {
		return tensor.IndexVector{}
	}
	switch x := v.Value.(type) {
	case *tflite.Int32VectorT:
		return tensor.Indices(x.Values)
	case *tflite.Uint16VectorT:
		return tensor.Indices(x.Values)
	case *tflite.Uint8VectorT:
		return tensor.Indices(x.Values)
	}
	return tensor.IndexVector{}
}

func toInts(v []int32) []int {
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}
