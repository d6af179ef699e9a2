// Package recurrenttest makes small recurrent models with random weights, for tests.
package recurrenttest

import (
	"math"
	"math/rand/v2"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// LSTM describes a model of one UNIDIRECTIONAL_SEQUENCE_LSTM, or of one LSTM when Steps is 0.
type LSTM struct {
	Batch, Steps, Depth, Cells, Units                     int32 // Units are Cells where there is no projection
	Coupled, Peepholes, Projection, Bias, Norm, TimeMajor bool
	CellClip, ProjClip                                    float32
	Seed                                                  uint64
	InputNode                                             bool // an ADD of a constant 0.125 stands before the LSTM
}

type builder struct {
	model  *tflite.ModelT
	graph  *tflite.SubGraphT
	random *rand.Rand
}

func newBuilder(seed uint64) *builder {
	b := &builder{random: rand.New(rand.NewPCG(seed, 3))}
	b.graph = &tflite.SubGraphT{DebugMetadataIndex: -1}
	b.model = &tflite.ModelT{Version: 3, Buffers: []*tflite.BufferT{{}}, Subgraphs: []*tflite.SubGraphT{b.graph}}
	return b
}

func (b *builder) tensor(name string, shape ...int32) int32 {
	b.graph.Tensors = append(b.graph.Tensors, &tflite.TensorT{Name: name, Shape: shape})
	return int32(len(b.graph.Tensors) - 1)
}

func (b *builder) variable(name string, shape ...int32) int32 {
	t := b.tensor(name, shape...)
	b.graph.Tensors[t].IsVariable = true
	return t
}

func (b *builder) constant(name string, values []float32, shape ...int32) int32 {
	t := b.tensor(name, shape...)
	b.model.Buffers = append(b.model.Buffers, &tflite.BufferT{Data: edit.FloatBytes(values)})
	b.graph.Tensors[t].Buffer = uint32(len(b.model.Buffers) - 1)
	return t
}

// weights is a constant of values spread evenly over centre-spread to centre+spread.
func (b *builder) weights(name string, centre, spread float64, shape ...int32) int32 {
	n := int32(1)
	for _, d := range shape {
		n *= d
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(centre + spread*(2*b.random.Float64()-1))
	}
	return b.constant(name, values, shape...)
}

func (b *builder) node(code tflite.BuiltinOperator, in []int32, out int32, kind tflite.BuiltinOptions, options any) {
	b.model.OperatorCodes = append(b.model.OperatorCodes, &tflite.OperatorCodeT{
		BuiltinCode: code, DeprecatedBuiltinCode: int8(min(code, 127)), Version: 1,
	})
	b.graph.Operators = append(b.graph.Operators, &tflite.OperatorT{
		OpcodeIndex: uint32(len(b.model.OperatorCodes) - 1), Inputs: in, Outputs: []int32{out}, DebugMetadataIndex: -1,
		BuiltinOptions: &tflite.BuiltinOptionsT{Type: kind, Value: options},
	})
}

func (b *builder) file(input, output int32) *schema.File {
	b.graph.Inputs, b.graph.Outputs = []int32{input}, []int32{output}
	return schema.NewFile(b.model)
}

// File makes the model.
func (m LSTM) File() *schema.File {
	b := newBuilder(m.Seed)
	shape, outShape := []int32{m.Batch, m.Steps, m.Depth}, []int32{m.Batch, m.Steps, m.Units}
	if m.TimeMajor {
		shape, outShape = []int32{m.Steps, m.Batch, m.Depth}, []int32{m.Steps, m.Batch, m.Units}
	}
	if m.Steps == 0 {
		shape, outShape = []int32{m.Batch, m.Depth}, []int32{m.Batch, m.Units}
	}
	x := b.tensor("x", shape...)
	in := make([]int32, 20, 24)
	for i := range in {
		in[i] = -1
	}
	if m.Norm {
		in = append(in, -1, -1, -1, -1)
	}
	in[0] = x
	if m.InputNode {
		in[0] = b.tensor("shifted", shape...)
		zero := b.constant("shift", []float32{0.125}, 1)
		b.node(tflite.BuiltinOperatorADD, []int32{x, zero}, in[0], tflite.BuiltinOptionsAddOptions, &tflite.AddOptionsT{})
	}
	names := []string{"input", "forget", "cell", "output"}
	for g, name := range names {
		if g == 0 && m.Coupled {
			continue
		}
		in[1+g] = b.weights("w "+name, 0, 1.5/math.Sqrt(float64(m.Depth)), m.Cells, m.Depth)
		in[5+g] = b.weights("r "+name, 0, 1.5/math.Sqrt(float64(m.Units)), m.Cells, m.Units)
		in[12+g] = b.weights("b "+name, 0, 0.5, m.Cells)
		if m.Norm {
			in[20+g] = b.weights("n "+name, 0.9, 0.3, m.Cells)
		}
		if m.Peepholes && g != 2 {
			in[[]int{9, 10, -1, 11}[g]] = b.weights("p "+name, 0, 0.4, m.Cells)
		}
	}
	if m.Projection {
		in[16] = b.weights("projection", 0, 2/math.Sqrt(float64(m.Cells)), m.Units, m.Cells)
		if m.Bias {
			in[17] = b.weights("projection bias", 0, 0.2, m.Units)
		}
	}
	in[18], in[19] = b.variable("output state", m.Batch, m.Units), b.variable("cell state", m.Batch, m.Cells)
	y := b.tensor("y", outShape...)
	if m.Steps == 0 {
		b.node(tflite.BuiltinOperatorLSTM, in, y, tflite.BuiltinOptionsLSTMOptions, &tflite.LSTMOptionsT{
			FusedActivationFunction: tflite.ActivationFunctionTypeTANH, CellClip: m.CellClip, ProjClip: m.ProjClip,
		})
	} else {
		b.node(tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM, in, y, tflite.BuiltinOptionsUnidirectionalSequenceLSTMOptions,
			&tflite.UnidirectionalSequenceLSTMOptionsT{
				FusedActivationFunction: tflite.ActivationFunctionTypeTANH, CellClip: m.CellClip, ProjClip: m.ProjClip, TimeMajor: m.TimeMajor,
			})
	}
	return b.file(x, y)
}

// SVDF describes a model of one SVDF with RELU.
type SVDF struct {
	Batch, Depth, Units, Rank, Memory int32
	Bias                              bool
	Activation                        tflite.ActivationFunctionType
	Seed                              uint64
}

// File makes the model.
func (m SVDF) File() *schema.File {
	b := newBuilder(m.Seed)
	x := b.tensor("x", m.Batch, m.Depth)
	filters := m.Units * m.Rank
	in := []int32{
		x, b.weights("features", 0, 1/math.Sqrt(float64(m.Depth)), filters, m.Depth),
		b.weights("time", 0.2, 1/math.Sqrt(float64(m.Memory)), filters, m.Memory), -1, -1,
	}
	if m.Bias {
		in[3] = b.weights("bias", 0.1, 0.3, m.Units)
	}
	in[4] = b.variable("state", m.Batch, filters*m.Memory)
	y := b.tensor("y", m.Batch, m.Units)
	b.node(tflite.BuiltinOperatorSVDF, in, y, tflite.BuiltinOptionsSVDFOptions,
		&tflite.SVDFOptionsT{Rank: m.Rank, FusedActivationFunction: m.Activation})
	return b.file(x, y)
}

// RNN describes a model of one UNIDIRECTIONAL_SEQUENCE_RNN.
type RNN struct {
	Batch, Steps, Depth, Units int32
	Seed                       uint64
}

// File makes the model.
func (m RNN) File() *schema.File {
	b := newBuilder(m.Seed)
	x := b.tensor("x", m.Batch, m.Steps, m.Depth)
	in := []int32{
		x, b.weights("w", 0, 1/math.Sqrt(float64(m.Depth)), m.Units, m.Depth), b.weights("r", 0, 1/math.Sqrt(float64(m.Units)), m.Units, m.Units),
		b.weights("b", 0, 0.3, m.Units), b.variable("state", m.Batch, m.Units),
	}
	y := b.tensor("y", m.Batch, m.Steps, m.Units)
	b.node(tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_RNN, in, y, tflite.BuiltinOptionsSequenceRNNOptions,
		&tflite.SequenceRNNOptionsT{FusedActivationFunction: tflite.ActivationFunctionTypeTANH})
	return b.file(x, y)
}

// Bidirectional describes a model of one BIDIRECTIONAL_SEQUENCE_RNN or _LSTM, whose outputs are one.
type Bidirectional struct {
	LSTM                       bool
	Batch, Steps, Depth, Units int32
	Seed                       uint64
}

// File makes the model.
func (m Bidirectional) File() *schema.File {
	b := newBuilder(m.Seed)
	x := b.tensor("x", m.Batch, m.Steps, m.Depth)
	in := []int32{x}
	matrix := func(name string, columns int32) int32 {
		return b.weights(name, 0, 1/math.Sqrt(float64(columns)), m.Units, columns)
	}
	for _, way := range []string{"forward ", "backward "} {
		if !m.LSTM {
			in = append(in, matrix(way+"w", m.Depth), matrix(way+"r", m.Units), b.weights(way+"b", 0, 0.3, m.Units), b.variable(way+"h", m.Batch, m.Units))
			continue
		}
		for _, gate := range []string{"input", "forget", "cell", "output"} {
			in = append(in, matrix(way+"w "+gate, m.Depth))
		}
		for _, gate := range []string{"input", "forget", "cell", "output"} {
			in = append(in, matrix(way+"r "+gate, m.Units))
		}
		in = append(in, -1, -1, -1)
		for _, gate := range []string{"input", "forget", "cell", "output"} {
			in = append(in, b.weights(way+"b "+gate, 0.2, 0.3, m.Units))
		}
		in = append(in, -1, -1)
	}
	y := b.tensor("y", m.Batch, m.Steps, 2*m.Units)
	if m.LSTM {
		for _, state := range []string{"forward h", "forward c", "backward h", "backward c"} {
			in = append(in, b.variable(state, m.Batch, m.Units))
		}
		in = append(in, -1, -1, -1, -1, -1, -1, -1, -1, -1)
		b.node(tflite.BuiltinOperatorBIDIRECTIONAL_SEQUENCE_LSTM, in, y, tflite.BuiltinOptionsBidirectionalSequenceLSTMOptions,
			&tflite.BidirectionalSequenceLSTMOptionsT{FusedActivationFunction: tflite.ActivationFunctionTypeTANH, MergeOutputs: true})
	} else {
		in = append(in, -1, -1, -1)
		b.node(tflite.BuiltinOperatorBIDIRECTIONAL_SEQUENCE_RNN, in, y, tflite.BuiltinOptionsBidirectionalSequenceRNNOptions,
			&tflite.BidirectionalSequenceRNNOptionsT{FusedActivationFunction: tflite.ActivationFunctionTypeTANH, MergeOutputs: true})
	}
	return b.file(x, y)
}

// Samples returns random inputs for a model with one input: autocorrelated from element to element, as signals are.
func Samples(f *schema.File, n int, seed uint64) *dataset.Set {
	g := f.Model.Subgraphs[0]
	size := 1
	for _, d := range g.Tensors[g.Inputs[0]].Shape {
		size *= int(d)
	}
	r := rand.New(rand.NewPCG(seed, 4))
	list := make([]dataset.Sample, n)
	for i := range list {
		values := make([]float32, size)
		v := 0.0
		for k := range values {
			v = 0.5*v + 0.8*r.NormFloat64()
			values[k] = float32(v)
		}
		list[i] = dataset.Sample{Inputs: []dataset.Value{{Floats: values}}, Label: dataset.NoLabel}
	}
	return dataset.Of(list...)
}
