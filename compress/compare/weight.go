package compare

import (
	"bytes"
	"compress/gzip"
	"math"
	"slices"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Weight is what a model's file holds.
type Weight struct {
	File       int64       `json:"file_bytes"`
	Gzip       int64       `json:"gzip_bytes"`    // the file after gzip -9
	Entropy    int64       `json:"entropy_bytes"` // of the constants' elements, each tensor's taken as independent draws: no coder of single values does better
	Constants  int64       `json:"constant_bytes"`
	Parameters int64       `json:"parameters"` // elements of constants that are not INT32 or INT64
	Types      []TypeCount `json:"types"`
	Zeros      float64     `json:"zeros"`  // share of parameters that are zero (or at the zero point)
	MACs       int64       `json:"macs"`   // multiply-accumulates of one invocation of the primary subgraph
	Integer    float64     `json:"intmac"` // share of them with integer weights
	Unique     int64       `json:"unique"` // different values, added up over the constants with parameters
	Nodes      int         `json:"nodes"`  // of the primary subgraph, as operators below
	Operators  []OpCount   `json:"operators"`
}

// OpCount counts the nodes of one operator in the file.
type OpCount struct {
	Op    string `json:"op"`
	Nodes int    `json:"nodes"`
}

// TypeCount counts the parameters of one element type.
type TypeCount struct {
	Type     string `json:"type"`
	Elements int64  `json:"elements"`
	Bytes    int64  `json:"bytes"`
}

// weigh looks at the constants and nodes of a model.
func weigh(m *interpreter.Model, b []byte) (Weight, error) {
	w := Weight{File: int64(len(b))}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return w, err
	}
	if _, err := z.Write(b); err != nil {
		return w, err
	}
	if err := z.Close(); err != nil {
		return w, err
	}
	w.Gzip = int64(packed.Len())
	model := m.File().Model
	seen := make([]bool, len(model.Buffers))
	zeros := int64(0)
	for _, g := range model.Subgraphs {
		for _, x := range g.Tensors {
			data := model.Buffers[x.Buffer].Data
			if x.IsVariable || len(data) == 0 || seen[x.Buffer] {
				continue
			}
			seen[x.Buffer] = true
			w.Constants += int64(len(data))
			zeros += w.add(x, data)
		}
	}
	w.Zeros = float64(zeros) / float64(max(w.Parameters, 1))
	w.macs(model)
	return w, nil
}

// add counts the elements of one constant and returns how many are zero.
func (w *Weight) add(x *tflite.TensorT, data []byte) int64 {
	width, known := map[tflite.TensorType]int{
		tflite.TensorTypeFLOAT32: 4, tflite.TensorTypeFLOAT16: 2, tflite.TensorTypeBFLOAT16: 2, tflite.TensorTypeINT8: 1,
		tflite.TensorTypeUINT8: 1, tflite.TensorTypeINT16: 2, tflite.TensorTypeINT4: 1, tflite.TensorTypeINT2: 1,
	}[x.Type]
	zero := byte(0)
	if q := x.Quantization; q != nil && len(q.ZeroPoint) == 1 && width == 1 {
		zero = byte(q.ZeroPoint[0])
	}
	symbols := map[string]int64{}
	left := int64(len(data)) * 4 // elements of INT2 and INT4 without the padding of the last byte
	if known && x.Sparsity == nil {
		left = 1
		for _, d := range x.Shape {
			left *= int64(d)
		}
	}
	add := func(s []byte) {
		if left > 0 || width != 1 {
			symbols[string(s)]++
			left--
		}
	}
	switch {
	case x.Type == tflite.TensorTypeINT4:
		for _, b := range data {
			add([]byte{b & 15})
			add([]byte{b >> 4})
		}
	case x.Type == tflite.TensorTypeINT2:
		for _, b := range data {
			for i := range 4 {
				add([]byte{b >> (2 * i) & 3})
			}
		}
	case known:
		for i := 0; i+width <= len(data); i += width {
			add(data[i : i+width])
		}
	default:
		for _, b := range data {
			add([]byte{b})
		}
	}
	n := int64(0)
	for _, count := range symbols {
		n += count
	}
	bits := 0.0
	for _, count := range symbols {
		p := float64(count) / float64(n)
		bits -= float64(count) * math.Log2(p)
	}
	w.Entropy += int64(math.Ceil(bits / 8))
	if !known {
		return 0
	}
	w.Parameters += n
	w.Unique += int64(len(symbols))
	name := x.Type.String()
	i := slices.IndexFunc(w.Types, func(t TypeCount) bool { return t.Type == name })
	if i < 0 {
		w.Types, i = append(w.Types, TypeCount{Type: name}), len(w.Types)
	}
	w.Types[i].Elements += n
	w.Types[i].Bytes += int64(len(data))
	if width == 1 {
		return symbols[string([]byte{zero})]
	}
	minus := make([]byte, width) // -0
	minus[width-1] = 0x80
	z := symbols[string(make([]byte, width))]
	if x.Type != tflite.TensorTypeINT16 {
		z += symbols[string(minus)]
	}
	return z
}

// macs counts the products of the primary subgraph by its declared shapes.
func (w *Weight) macs(model *tflite.ModelT) {
	g := model.Subgraphs[0]
	shapes := make([]tensor.Shape, len(g.Tensors))
	for i, x := range g.Tensors {
		for _, d := range x.Shape {
			shapes[i] = append(shapes[i], int(d))
		}
	}
	integer := int64(0)
	for _, op := range g.Operators {
		w.Nodes++
		name := schema.EffectiveCode(model.OperatorCodes[op.OpcodeIndex]).String()
		i := slices.IndexFunc(w.Operators, func(o OpCount) bool { return o.Op == name })
		if i < 0 {
			w.Operators, i = append(w.Operators, OpCount{Op: name}), len(w.Operators)
		}
		w.Operators[i].Nodes++
		n := MACs(name, op, shapes)
		w.MACs += n
		if len(op.Inputs) > 1 && op.Inputs[1] >= 0 {
			switch g.Tensors[op.Inputs[1]].Type {
			case tflite.TensorTypeINT8, tflite.TensorTypeUINT8, tflite.TensorTypeINT4, tflite.TensorTypeINT2, tflite.TensorTypeINT16:
				integer += n
			}
		}
	}
	w.Integer = float64(integer) / float64(max(w.MACs, 1))
}
